"""The gate before training and forecasting: prices with errors are refused, with the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.findings import Finding
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.quality import inspect
from rnnforecast.dataset.automatic import resolve
from rnnforecast.dataset.cleaning import clean, lacking
from rnnforecast.dataset.dataset import in_range, read_columns
from rnnforecast.dataset.features import LOGS
from rnnforecast.errors import DataError

MOST_DROPPED = 0.01
"""The share of bars that may be left out without being asked for."""
AS_THEY_ARE = "or use them as they are with --allow-bad"
LEFT = 60
"""Bars that must be left after a day from which to begin."""
DIFFERENCES = (
    "use --set window.target=difference --set 'window.features=[difference, abs_difference]'"
)
WAYS_OUT = {
    "bad ticks": "leave them out with --set data.bad_ticks=drop",
    "zero or negative prices": "leave them out with --set data.bad_ticks=drop",
    "adjusted closes not positive": "use --set data.price=close",
    "split-like jumps": "fetch again, or begin there with --set data.start={last}",
    "splits recorded but not applied": "fetch again, or begin there with --set data.start={last}",
    "wild highs or lows": "use features without highs and lows: --set window.features=[log_return]",
    "bars of the future": "correct the dates, or end before them with --set data.end={before}",
}
"""What can be done about each kind of error."""


def check_prices(
    experiment: Experiment,
    history: PriceHistory,
    exogenous: Mapping[str, PriceHistory] | None = None,
) -> list[Finding]:
    """Look at the bars that an experiment would use, as it would use them.

    Args:
        experiment: which bars, and what is done about missing and bad ones.
        history: as stored.
        exogenous: those of ``data.exogenous``, as stored.

    Returns:
        what is worth knowing; errors too, where ``data.allow_bad`` lets them pass.

    Raises:
        DataError: naming the first error, the day and the way out; or a column whose gaps would
            cost the newest bar, or more than one in a hundred.
    """
    bars = in_range(experiment, history)
    experiment = resolve(experiment, [bars])
    cleaned, _ = clean(bars, experiment.data, read_columns(experiment, bars))
    if not experiment.data.allow_bad:
        _refuse_gaps(experiment, bars, cleaned)
    findings = _judged(experiment, cleaned)
    for other in (exogenous or {}).values():
        findings += [
            Finding(f"{other.symbol}: {one.kind}", one.severity, one.dates, one.detail)
            for one in _judged(experiment, other)
            if one.severity == "error"
        ]
    return findings


def _judged(experiment: Experiment, history: PriceHistory) -> list[Finding]:
    """Findings about one series; errors are refused unless they may pass."""
    data = experiment.data
    findings = inspect(history, adjusted=data.price == "adjusted")
    errors = [one for one in findings if one.severity == "error" and not _fits(experiment, one)]
    if errors and not data.allow_bad:
        more = f" (and {len(errors) - 1} more errors)" if len(errors) > 1 else ""
        raise DataError(
            f"{history.symbol}: {errors[0].sentence()}{more}",
            _way_out(experiment, errors[0], history),
        )
    return findings


def _fits(experiment: Experiment, finding: Finding) -> bool:
    """Whether an error is none for this experiment:
    prices may be negative where no logs are taken."""
    window = experiment.window
    others = window.exogenous_features if experiment.data.exogenous else ()
    names = (*window.features, *others)
    logs = any(name.rpartition("_")[0] in LOGS or name in LOGS for name in names)
    return (
        finding.kind == "zero or negative prices"
        and window.target in ("difference", "price")
        and not logs
    )


def _way_out(experiment: Experiment, finding: Finding, history: PriceHistory) -> str:
    """What the user can do about an error: what leaves enough bars, that is."""
    day = pd.Timedelta(days=1)
    days = [pd.Timestamp(date).normalize().tz_localize(None) for date in finding.dates]
    words = {
        "last": f"{days[-1]:%Y-%m-%d}",
        "after": f"{days[-1] + day:%Y-%m-%d}",
        "before": f"{days[0] - day:%Y-%m-%d}",
    }
    late = (history.dates.tz_localize(None) > days[-1]).sum() < LEFT
    begin, end = (
        "begin later with --set data.start={after}",
        "end before it with --set data.end={before}",
    )
    way = WAYS_OUT.get(finding.kind, f"fetch again, or {end if late else begin}")
    if "{last}" in way and late:
        way = f"fetch again once the source has corrected it, or {end}"
    if finding.kind == "impossible values" and finding.detail.startswith("close"):
        way = WAYS_OUT["bad ticks"]
    if "bad_ticks" in way and experiment.data.bad_ticks == "drop":
        way = end if late else begin
    if finding.kind == "zero or negative prices":
        many = len(days) > max(1, MOST_DROPPED * len(history))
        where = f"{DIFFERENCES} where prices may be negative"
        way = where if many else f"{way}, {end if late else begin}, {where}"
    return f"{way.format(**words)}, {AS_THEY_ARE}"


def _refuse_gaps(experiment: Experiment, bars: PriceHistory, cleaned: PriceHistory) -> None:
    """Refuse to leave out the newest bar, or many, without being asked."""
    lost = len(bars.dates.difference(cleaned.dates))
    newest = cleaned.last < bars.last
    if not newest and lost <= max(1, MOST_DROPPED * len(bars)):
        return
    absent = lacking(bars, experiment.data, read_columns(experiment, bars))
    counts = absent.sum()
    if not len(counts) or not counts.max():
        raise DataError(
            f"{bars.symbol}: data.bad_ticks=drop would leave out {lost} of {len(bars)} bars"
            + (f", the newest ({bars.last:%Y-%m-%d}) among them" if newest else ""),
            "fetch again, use --set data.bad_ticks=flag, or end before it with data.end",
        )
    name = str(counts.idxmax())
    days = bars.dates[absent[name].to_numpy(bool)]
    raise DataError(
        f"{bars.symbol}: {name} is missing on {len(days)} of {len(bars)} bars, "
        f"{days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
        + (", the newest among them" if newest else ""),
        _without(name, cleaned),
    )


def _without(name: str, cleaned: PriceHistory) -> str:
    """What to do where a column is missing."""
    end = f"or end with --set data.end={cleaned.last:%Y-%m-%d}"
    if name == "adj_close":
        return f"use --set data.price=close, fetch again, {end}"
    return f"use features without the {name}, --set data.missing=ffill, {end}"


def sentences(symbol: str, findings: Sequence[Finding]) -> list[str]:
    """Findings for people, one line each with the date."""
    return [f"{symbol}: {one.sentence()}" for one in findings]

"""The gate before training and forecasting: prices with errors are refused, with the way out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from rnnforecast.config import Experiment, with_settings
from rnnforecast.config.features import own_feature
from rnnforecast.data.bars import OHLC
from rnnforecast.data.findings import Finding
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.quality import inspect
from rnnforecast.dataset.automatic import resolve
from rnnforecast.dataset.cleaning import clean, lacking
from rnnforecast.dataset.dataset import in_range, prepare, read_columns
from rnnforecast.dataset.features import LOGS, MARKET, columns_read
from rnnforecast.dataset.ways_out import (
    ALLOWED,
    ONLY_COUNT,
    PAID,
    WayOut,
    candidates_for,
    candidates_for_gaps,
    ends,
    ways_out,
)
from rnnforecast.errors import DataError, RnnForecastError

MOST_DROPPED = 0.01
"""The share of bars that may be left out without being asked for."""

Others = Mapping[str, PriceHistory]


def check_prices(
    experiment: Experiment,
    history: PriceHistory,
    exogenous: Others | None = None,
    *,
    members: Sequence[PriceHistory] = (),
    trained_until: str | None = None,
) -> list[Finding]:
    """Look at the bars that an experiment would use, as it would use them.

    Args:
        experiment: which bars, and what is done about missing and bad ones.
        history: as stored.
        exogenous: those of ``data.exogenous``, as stored.
        members: symbols of the market that are not looked at by themselves, as stored.
        trained_until: of networks that are trained already, the newest day (ISO) that they know.
            Their settings stand, so other ways out are named.

    Returns:
        what is worth knowing; errors too, where ``data.allow_bad`` lets them pass.

    Raises:
        DataError: naming the first error, the day and the ways out, each of which was tried; or a
            column whose gaps would cost the newest bar, or more than one in a hundred.
    """
    others = {**(exogenous or {}), **{member.symbol: member for member in members}}
    try:
        return _findings(experiment, history, others)
    except _UnfitPricesError as refusal:
        source = history if refusal.symbol == history.symbol else others[refusal.symbol]
        ways = [_at_the_source(source)]
        if trained_until is None:
            ways.append(
                ways_out(
                    refusal.candidates,
                    experiment,
                    lambda changed: goes_on(changed, history, others),
                )
            )
        else:
            day = f"{refusal.first - pd.Timedelta(days=1):%Y-%m-%d}"
            # Networks that learned from later days would know the future of such a forecast.
            if day >= trained_until[:10] and _passes_by(day, experiment, history, others):
                ways.append(f"forecast from before it with --as-of {day}")
            if goes_on(with_settings(experiment, ALLOWED.settings), history, others):
                ways.append(f"{ALLOWED.words} with --allow-bad")
        raise DataError(refusal.problem, ", or ".join(filter(None, ways))) from None


def _passes_by(day: str, experiment: Experiment, history: PriceHistory, others: Others) -> bool:
    """Say whether the prices up to a day pass."""
    try:
        cut = {name: other.between(end=day) for name, other in others.items()}
        return goes_on(experiment, history.between(end=day), cut)
    except DataError:
        return False


def goes_on(experiment: Experiment, history: PriceHistory, exogenous: Others) -> bool:
    """Return whether an experiment's prices pass the gate, and windows can be made of them.

    Args:
        experiment: to try.
        history: as stored.
        exogenous: those beside it and members of the market, as stored; more than the experiment
            names do no harm.
    """
    read = (*experiment.data.exogenous, MARKET)
    named = {symbol: exogenous[symbol] for symbol in read if symbol in exogenous}
    members = {
        symbol: exogenous[symbol]
        for symbol in experiment.data.market_members
        if symbol in exogenous
    }
    try:
        _findings(experiment, history, {**named, **members})
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            prepare(experiment, history, named).fit_scalers()
    except RnnForecastError:
        return False
    return True


class _UnfitPricesError(DataError):
    """Prices that are refused, and what may help."""

    def __init__(
        self, symbol: str, problem: str, first: pd.Timestamp, candidates: Sequence[WayOut]
    ) -> None:
        super().__init__(problem, "")
        self.symbol = symbol
        self.first = first
        self.candidates = candidates


def _findings(experiment: Experiment, history: PriceHistory, exogenous: Others) -> list[Finding]:
    """Return every finding; what is refused raises a :class:`_UnfitPricesError`."""
    bars = in_range(experiment, history)
    experiment = resolve(experiment, [bars])
    cleaned, _ = clean(bars, experiment.data, read_columns(experiment, bars))
    if not experiment.data.allow_bad:
        _refuse_gaps(experiment, bars, cleaned)
    findings = _judged(experiment, cleaned, beside=False)
    for other in exogenous.values():
        if other.symbol == MARKET:  # computed from its members, which are looked at themselves
            continue
        findings += [
            Finding(f"{other.symbol}: {item.kind}", item.severity, item.dates, item.detail)
            for item in _judged(experiment, other, beside=True)
            if item.severity == "error"
        ]
    return findings


def _judged(experiment: Experiment, history: PriceHistory, *, beside: bool) -> list[Finding]:
    """Return the findings about one series; refuse errors unless they may pass."""
    data = experiment.data
    findings = inspect(history, adjusted=data.price == "adjusted")
    errors = [
        item
        for item in findings
        if item.severity == "error" and not _fits(experiment, item, beside=beside)
    ]
    if errors and not data.allow_bad:
        more = f" (and {len(errors) - 1} more errors)" if len(errors) > 1 else ""
        candidates = [
            way
            for error in errors
            for way in candidates_for(error, experiment, history, beside=beside)
        ]
        problem = f"{history.symbol}: {errors[0].sentence()}{more}"
        first = pd.Timestamp(min(error.dates[0] for error in errors))
        raise _UnfitPricesError(history.symbol, problem, first, candidates)
    return findings


def _fits(experiment: Experiment, finding: Finding, *, beside: bool) -> bool:
    """Say whether an error does not matter to this experiment.

    Prices may be negative where no logarithms are taken, and a column that nothing reads may hold
    anything.
    """
    window = experiment.window
    others = window.exogenous_features if experiment.data.exogenous else ()
    names = (*window.features, *others)
    if finding.columns:
        return not set(finding.columns) & set(_read(experiment, beside=beside))
    logs = any(name.rpartition("_")[0] in LOGS or name in LOGS for name in names)
    return (
        finding.kind == "zero or negative prices"
        and window.target in ("difference", "price")
        and not logs
    )


def _read(experiment: Experiment, *, beside: bool) -> Iterator[str]:
    """Yield the columns that an experiment reads of a series;
    the user's own features may read all."""
    window = experiment.window
    names = window.exogenous_features if beside else window.features
    yield "close"
    if experiment.data.price == "adjusted":
        yield from PAID
    if not beside and "har" in experiment.pool_parts:
        yield from OHLC
    for name in names:
        yield from (*OHLC, "volume") if own_feature(name) else columns_read(name)


def _refuse_gaps(experiment: Experiment, bars: PriceHistory, cleaned: PriceHistory) -> None:
    """Refuse to leave out the newest bar, or many, without being asked."""
    lost = len(bars.dates.difference(cleaned.dates))
    newest = cleaned.last < bars.last
    # One bar may be left out however short the history, but never the newest.
    if not newest and lost <= max(1, MOST_DROPPED * len(bars)):
        return
    absent = lacking(bars, experiment.data, read_columns(experiment, bars))
    counts = absent.sum()
    if not len(counts) or not counts.max():
        raise _UnfitPricesError(
            bars.symbol,
            f"{bars.symbol}: data.bad_ticks=drop would leave out {lost} of {len(bars)} bars"
            + (f", the newest ({bars.last:%Y-%m-%d}) among them" if newest else ""),
            bars.dates.difference(cleaned.dates)[0],
            [ONLY_COUNT, ends(cleaned.last)],
        )
    name = str(counts.idxmax())
    days = bars.dates[absent[name].to_numpy(bool)]
    raise _UnfitPricesError(
        bars.symbol,
        f"{bars.symbol}: {name} is missing on {len(days)} of {len(bars)} bars, "
        f"{days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
        + (", the newest among them" if newest else ""),
        days[0],
        [*candidates_for_gaps(name, experiment, cleaned)],
    )


def _at_the_source(history: PriceHistory) -> str:
    """Say what can be done where the bars come from."""
    match history.provenance.get("source"):
        case "file":
            return "correct the file and import it again"
        case "yahoo" | "binance":
            return "fetch again once the source has corrected it"
    return ""


def sentences(symbol: str, findings: Sequence[Finding]) -> list[str]:
    """Write findings as lines for people, each with the symbol and the date."""
    return [f"{symbol}: {item.sentence()}" for item in findings]

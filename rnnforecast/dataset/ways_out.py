"""Ways out of prices with errors: settings under which an experiment goes on,
tried before named."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from rnnforecast.config import with_settings
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.findings import Finding
from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import UsageError

Tries = Callable[[Experiment], bool]
"""Whether an experiment goes on."""

MOST = 3
"""Ways that one message names, beside ``--allow-bad``."""
LEFT = 60
"""Bars that must be left by a way out that begins later or ends earlier."""
PAID = ("adj_close", "dividends", "splits", "capital_gains")
"""Columns that adjusted prices follow from."""
BARS = ("bad ticks", "zero or negative prices", "impossible values", "outside high and low",
        "wild highs or lows", "stand-ins for unknown")  # fmt: skip
"""Kinds of errors of single bars, which may be left out."""
CHANGES = ("split-like jumps", "splits recorded but not applied", "level shifts")
"""Kinds of errors that divide a history: what follows the day is sound by itself."""


@dataclass(frozen=True)
class WayOut:
    """Settings that may help.

    Args:
        words: what they do.
        settings: as of ``--set``.
    """

    words: str
    settings: tuple[str, ...]

    def sentence(self) -> str:
        """Return the words with the options to write."""
        options = " ".join(f"--set {shlex.quote(setting)}" for setting in self.settings)
        return f"{self.words} with {options}"

    @property
    def shortens(self) -> bool:
        """Whether it does without a part of the history."""
        return self.settings[0].startswith(("data.start", "data.end"))


ALLOWED = WayOut("use them as they are", ("data.allow_bad=true",))
LEAVE_OUT = WayOut("leave them out", ("data.bad_ticks=drop",))
REPEAT = WayOut("repeat the bar before", ("data.missing=ffill",))
ONLY_COUNT = WayOut("keep those bars", ("data.bad_ticks=flag",))
UNADJUSTED = WayOut("use closes as traded", ("data.price=close",))
DIFFERENCES = WayOut(
    "where prices may be negative, forecast differences",
    ("window.target=difference", "window.features=[difference,abs_difference]"),
)


def closes_alone(experiment: Experiment) -> WayOut:
    """Read no opens, highs and lows, neither for the network nor for what is averaged with it."""
    without = tuple(part for part in experiment.pool_parts if part != "har")
    pool = () if without == experiment.pool_parts else (f"pool=[{','.join(without)}]",)
    return WayOut("read closes alone", ("window.features=[log_return,abs_log_return]", *pool))


def ways_out(candidates: Iterable[WayOut], experiment: Experiment, tries: Tries) -> str:
    """Return what helps, in words: the candidates that work, or two of them that do together.

    Args:
        candidates: in the order in which they are named.
        experiment: that is refused as it is.
        tries: whether an experiment goes on.
    """
    options = list(dict.fromkeys(candidates))
    working = [way for way in options if _works([way], experiment, tries)]
    sentences = [way.sentence() for way in working[:MOST]]
    # Two settings together are worth a try where no single one keeps the whole history.
    if all(way.shortens for way in working):
        pairs = combinations([way for way in options if not way.shortens], 2)
        pair = next((two for two in pairs if _works(two, experiment, tries)), ())
        together = [" and ".join(way.sentence() for way in pair)] if pair else []
        sentences = [*together, *sentences]
    if _works([ALLOWED], experiment, tries):
        sentences.append(f"{ALLOWED.words} with --allow-bad")
    return ", or ".join(sentences)


def candidates_for(
    finding: Finding, experiment: Experiment, history: PriceHistory, *, beside: bool
) -> Iterator[WayOut]:
    """Yield what may help against an error.

    Args:
        finding: the error.
        experiment: that met it.
        history: the bars that it is about, as used.
        beside: whether these are of ``data.exogenous``, which the settings of bars do not concern.
    """
    if {*finding.columns} & {*PAID} or finding.kind == "adjusted closes not positive":
        yield UNADJUSTED
    if beside:
        yield _without(history.symbol, experiment)
        return
    if finding.kind in BARS:
        yield LEAVE_OUT
    if finding.columns:
        yield closes_alone(experiment)
    yield from _around(finding.dates, history, begins_there=finding.kind in CHANGES)
    if finding.kind == "zero or negative prices":
        yield DIFFERENCES


def candidates_for_gaps(
    name: str, experiment: Experiment, cleaned: PriceHistory
) -> Iterator[WayOut]:
    """Yield what may help where a column is missing on many bars, or on the newest.

    Args:
        name: of the column.
        experiment: that reads it.
        cleaned: the bars that have it.
    """
    yield UNADJUSTED if name == "adj_close" else closes_alone(experiment)
    yield REPEAT
    yield ends(cleaned.last)


def ends(day: pd.Timestamp) -> WayOut:
    """Return the way out that ends with a day."""
    return WayOut("end there", (f"data.end={day:%Y-%m-%d}",))


def _around(dates: Sequence[str], history: PriceHistory, *, begins_there: bool) -> Iterator[WayOut]:
    """Begin after the error, or end before it, wherever enough bars are left."""
    day = pd.Timedelta(days=1)
    days = [pd.Timestamp(date).normalize().tz_localize(None) for date in dates]
    known = history.dates.tz_localize(None)
    first = days[-1] if begins_there else days[-1] + day
    if (known >= first).sum() >= LEFT:
        word = "begin there" if begins_there else "begin later"
        yield WayOut(word, (f"data.start={first:%Y-%m-%d}",))
    elif (known < days[0]).sum() >= LEFT:
        yield WayOut("end before it", (f"data.end={days[0] - day:%Y-%m-%d}",))


def _without(symbol: str, experiment: Experiment) -> WayOut:
    """Do without a series beside the one that is forecast."""
    others = [name for name in experiment.data.exogenous if name != symbol]
    return WayOut(f"leave out {symbol}", (f"data.exogenous=[{','.join(map(_quoted, others))}]",))


def _quoted(name: str) -> str:
    """Quote a symbol so that YAML reads it back."""
    return f'"{name}"'


def _works(ways: Sequence[WayOut], experiment: Experiment, tries: Tries) -> bool:
    """Say whether the experiment goes on under the settings of these ways together."""
    settings = [setting for way in ways for setting in way.settings]
    try:
        return tries(with_settings(experiment, settings))
    except UsageError:  # two settings that exclude each other
        return False

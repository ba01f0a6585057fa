"""Where prices come from: one module for each source, which is found by its file name.

To add a source, put a module here whose ``SOURCE`` fulfils :class:`Source`; ``fetch --source NAME``
finds it by the module's name. What comes over the wire becomes a history by ``history_of``, which
leaves out what is unfinished or has no price.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from rnnforecast.errors import DataError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from rnnforecast.data.history import PriceHistory
    from rnnforecast.data.sources.patience import Patience


@dataclass(frozen=True)
class Question:
    """What a source is asked.

    Args:
        symbol: checked, in the source's spelling.
        interval: length of a bar, in Yahoo's words.
        start: ISO date of the first bar; by default the oldest there is.
        end: ISO date of the last bar, included; by default the newest.
        patience: tries, time-outs and waits; the source's own where there is none.
        include_live: keep a bar that is not finished; provenance names it.
    """

    symbol: str
    interval: str = "1d"
    start: str | None = None
    end: str | None = None
    patience: Patience | None = None
    include_live: bool = False


@dataclass(frozen=True)
class RawBars:
    """What has come over the wire.

    Args:
        bars: open, high, low, close and volume by the instant in UTC at which each begins
            (bar, column).
        ends: instants at which they are finished (bar,).
        now: the source's own clock.
        sessions: the calendar of the instrument.
        currency: of the prices, where known.
        provenance: where they come from; plain JSON values.
    """

    bars: pd.DataFrame
    ends: pd.DatetimeIndex
    now: pd.Timestamp
    sessions: str
    currency: str | None
    provenance: Mapping[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A place that prices come from.

    Attributes:
        title: what people call it.
        networked: whether asking needs a network.
        pace_s: seconds to leave between two symbols.
        windows: days back that it has bars for, by interval; those that are not named have no
            bound.
    """

    title: str
    networked: bool
    pace_s: float
    windows: Mapping[str, int]

    def history(self, question: Question) -> PriceHistory:
        """Return finished, checked bars.

        Raises:
            DataError: if it does not know the symbol, or has no bars in that range.
            NetworkError: if it could not be reached, refused, or answered unreadably.
        """
        ...


def names() -> list[str]:
    """Return the sources that there are, by the names of their modules."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in modules if name not in _HELPERS)


_HELPERS = ("patience", "failures")


def source(name: str) -> Source:
    """Return a source by its name.

    Raises:
        UsageError: if there is none.
    """
    if name not in names():
        raise UsageError(f"no source is called {name!r}", f"use one of: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    found: Source = module.SOURCE
    return found


def history_of(question: Question, raw: RawBars, title: str) -> PriceHistory:
    """Make a history of raw bars: finished ones with a close, others named in the provenance.

    Raises:
        DataError: if none is left.
    """
    import pandas as pd

    from rnnforecast.data.history import OHLC, PriceHistory
    from rnnforecast.data.intervals import is_intraday

    dates = pd.DatetimeIndex(raw.bars.index)
    live = (raw.ends > raw.now) & (dates <= raw.now)
    future = dates > raw.now
    close = raw.bars["close"]
    priced = close.notna() & (close != 0)
    kept = (priced.to_numpy() & ~future) & (question.include_live | ~live)
    bars = raw.bars[kept].copy()
    for name in OHLC:
        if name in bars:
            bars[name] = bars[name].where(bars[name] != 0)
    if bars.empty:
        raise DataError(
            f"{title} has no finished bars of {question.symbol}",
            "ask for another range or interval",
        )
    index = pd.DatetimeIndex(bars.index)
    if not is_intraday(question.interval):
        index = index.tz_localize(None).normalize()
    bars.index = index.as_unit("ns").rename("date")
    dropped = {
        "unfinished": _days(dates[~kept & (live | future)]),
        "without_price": _days(dates[~priced.to_numpy() & ~live & ~future]),
    }
    kept_live = bars.index[live[kept]] if question.include_live else bars.index[:0]
    provenance = {
        **raw.provenance,
        "answered_at": raw.now.isoformat(),
        "dropped": dropped,
        "live": _days(pd.DatetimeIndex(kept_live)),
    }
    return PriceHistory(
        question.symbol, bars, question.interval, raw.sessions, raw.currency, provenance
    )


def _days(dates: pd.DatetimeIndex) -> list[str]:
    return [date.isoformat() for date in dates.tz_localize(None)]

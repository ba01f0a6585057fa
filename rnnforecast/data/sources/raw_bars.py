"""What has come over the wire to a history: finished bars that have a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from rnnforecast.data.bars import OHLC
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.intervals import is_intraday
from rnnforecast.data.sources import Question
from rnnforecast.errors import DataError


@dataclass(frozen=True)
class RawBars:
    """Bars as they have come over the wire.

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


def history_of(question: Question, raw: RawBars, title: str) -> PriceHistory:
    """Make a history of raw bars: finished ones with a close, others named in the provenance.

    Raises:
        DataError: if none is left.
    """
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

"""Yahoo's answer to a history: finished bars only, bad rows named, every suspicion refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rnnforecast.data.bars import OHLC
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.intervals import is_intraday, offset, same_length
from rnnforecast.data.sessions import guess
from rnnforecast.errors import DataError, NetworkError

COLUMNS = {
    "Open": "open", "High": "high", "Low": "low", "Close": "close", "Adj Close": "adj_close",
    "Volume": "volume", "Dividends": "dividends", "Stock Splits": "splits",
}  # fmt: skip
GAINS = {"Capital Gains": "capital_gains"}
NEEDED = ("close", "adj_close")
"""A bar without one of these is left out; one without an open, high or low is not.

Where there is neither a price nor a volume, nothing was traded: Yahoo sends such rows for thinly
traded listings, and repeats the last close for others.
"""
SETTLES = pd.Timedelta(minutes=30)
"""After its close a bar may still change for this long."""
FINER = {"30m": "15m"}
"""Bars that yfinance puts together from finer ones."""


def read_answer(
    symbol: str,
    interval: str,
    frame: pd.DataFrame,
    meta: Mapping[str, Any],
    provenance: Mapping[str, Any],
    *,
    include_live: bool = False,
) -> PriceHistory:
    """Check and clean one answer.

    Args:
        symbol: asked for.
        interval: asked for.
        frame: of ``Ticker.history``, with nulls kept.
        meta: of the answer, with ``answered_at``.
        provenance: to be completed.
        include_live: keep what is unfinished; provenance names it under ``live``.

    Raises:
        DataError: if no finished bar is left.
        NetworkError: if the answer is about something else.
    """
    _check_question(symbol, interval, meta)
    if frame.empty:
        raise DataError(f"Yahoo has no bars of {symbol}", "ask for another range or interval")
    if pd.DatetimeIndex(frame.index).hasnans:
        raise NetworkError(
            f"Yahoo's answer for {symbol} cannot be read (a bar without a date)", "try again later"
        )
    _check_clock(symbol, pd.DatetimeIndex(frame.index), meta)
    bars = frame.rename(columns={**COLUMNS, **GAINS})[_columns(frame)].astype(float)
    open_bars = unfinished(pd.DatetimeIndex(bars.index), meta, interval)
    live = open_bars if include_live else open_bars[:0]
    bars = bars.drop(open_bars.difference(live))
    bars[[*OHLC]] = bars[[*OHLC]].where(bars[[*OHLC]] != 0)  # no price, as Yahoo's old opens
    bad = bars[[name for name in NEEDED if name in bars]].isna().any(axis=1)
    idle = bars[[*OHLC]].isna().all(axis=1) & (bars["volume"].fillna(0) == 0)
    lacking = bars[[name for name in NEEDED if name in bars]].isna().sum()
    dropped = {
        "unfinished": _days(open_bars.difference(live)),
        "without_price": _days(pd.DatetimeIndex(bars.index[bad])),
        "untraded": _days(pd.DatetimeIndex(bars.index[idle])),
    }
    bars = bars[~bad]
    bars.index = _stored_index(pd.DatetimeIndex(bars.index), interval)
    if bars.empty:
        raise DataError(
            f"Yahoo has no finished bars of {symbol}", "ask for another range or interval"
        )
    names = {
        "exchange": "exchangeName",
        "timezone": "exchangeTimezoneName",
        "instrument": "instrumentType",
    }
    market = {ours: meta.get(theirs) for ours, theirs in names.items()}
    complete = {
        **provenance,
        **market,
        "answered_symbol": meta.get("symbol"),
        "answered_at": meta.get("answered_at"),
        "dropped": dropped,
        "lacking": str(lacking.idxmax()).replace("adj_", "adjusted ") if bad.any() else None,
        "live": [date.isoformat() for date in _stored_index(live, interval)],
    }
    sessions = guess(symbol, pd.DatetimeIndex(bars.index), market["exchange"], market["timezone"])
    currency = meta.get("currency")
    known = currency if isinstance(currency, str) and currency else None
    return PriceHistory(symbol, bars, interval, sessions, known, complete)


def unfinished(dates: pd.DatetimeIndex, meta: Mapping[str, Any], interval: str) -> pd.DatetimeIndex:
    """Return the bars that Yahoo may still change, by Yahoo's own clock.

    The time of the last trade is no help: a thin stock's last trade is before the close for ever.

    Args:
        dates: of the bars, with their zone (bar,).
        meta: with ``currentTradingPeriod`` and ``answered_at``.
        interval: of the bars.
    """
    period = (meta.get("currentTradingPeriod") or {}).get("regular") or {}
    if not len(dates) or "start" not in period:
        return dates[:0]
    zone = dates.tz
    opens, closes = (_instant(period[name]).tz_convert(zone) for name in ("start", "end"))
    now = _instant(meta.get("answered_at")).tz_convert(zone)
    last = dates[-1:]
    if interval == "1d":
        return last if last[0].date() == opens.date() and now < closes + SETTLES else dates[:0]
    step = offset(interval)
    if not is_intraday(interval):  # also the second row that the running week or month has
        return dates[dates + step + SETTLES > now]
    settled = (dates + step + SETTLES <= now) | (now >= closes + SETTLES)
    return dates[~settled | (dates.second != 0)]


def _columns(frame: pd.DataFrame) -> list[str]:
    """Return our columns of a frame; funds that pay out capital gains have one more."""
    names = [*COLUMNS.values()]
    gains = frame.get("Capital Gains")
    return names + ["capital_gains"] * bool(gains is not None and (gains.fillna(0) != 0).any())


def _check_clock(symbol: str, dates: pd.DatetimeIndex, meta: Mapping[str, Any]) -> None:
    """Refuse bars of the future, by Yahoo's own clock.

    Raises:
        NetworkError: naming the last of them.
    """
    now = _instant(meta.get("answered_at")).tz_convert(dates.tz)
    future = dates[dates > now + pd.Timedelta(days=1)]
    if len(future):
        raise NetworkError(
            f"Yahoo's answer for {symbol} has {len(future)} bars of the future, "
            f"the last on {future[-1]:%Y-%m-%d}",
            "try again another day; the stored bars are kept",
        )


def _check_question(symbol: str, interval: str, meta: Mapping[str, Any]) -> None:
    """Refuse an answer to another question."""
    answered, granularity = (
        str(meta.get("symbol") or symbol),
        str(meta.get("dataGranularity") or interval),
    )
    if answered.upper() != symbol.upper():
        raise NetworkError(
            f"asked for {symbol}, Yahoo answered with {answered}",
            "ask for that symbol if you mean it",
        )
    if not same_length(granularity, FINER.get(interval, interval)) and granularity != interval:
        raise NetworkError(
            f"asked for {interval} bars of {symbol}, Yahoo answered with {granularity}",
            "use that interval",
        )


def _stored_index(dates: pd.DatetimeIndex, interval: str) -> pd.DatetimeIndex:
    """Return naive midnights of the exchange's own date; UTC instants for intraday bars."""
    index = (
        dates.tz_convert("UTC") if is_intraday(interval) else dates.tz_localize(None).normalize()
    )
    return index.as_unit("ns").rename("date")


def _instant(value: Any) -> pd.Timestamp:
    """Read a time from seconds since 1970 or from text; now where there is none."""
    if value is None:
        return pd.Timestamp.now("UTC")
    stamp = (
        pd.Timestamp(value, unit="s", tz="UTC")
        if isinstance(value, int | float)
        else pd.Timestamp(value)
    )
    return stamp.tz_localize("UTC") if stamp.tz is None else stamp


def _days(dates: pd.DatetimeIndex) -> list[str]:
    return [date.isoformat() for date in dates.tz_localize(None)]

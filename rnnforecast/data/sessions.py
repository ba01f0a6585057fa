"""When an instrument trades, past and future."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from rnnforecast.data import hours
from rnnforecast.data.calendars import (
    Calendar,
    calendar,
    name_of,
    out_of_range,
)
from rnnforecast.data.exchanges import CURRENCIES, EXCHANGES, INDICES, SUFFIXES, ZONES
from rnnforecast.data.intervals import following, is_intraday

USUAL_WEEK = (0, 1, 2, 3, 4)
RECENT = 500
"""The newest days that say on which days of the week a series has bars."""
FEW = 15
"""Days from which on the days of the week say something."""
ROUND_THE_CLOCK = 20
"""Hours of the day with bars from which on a series trades by night as well."""
_CRYPTO = re.compile(r"[A-Z0-9]{2,}-(USD|USDT|USDC|EUR|GBP|JPY|KRW|AUD|CAD|BTC|ETH)")


@dataclass(frozen=True)
class Guess:
    """The calendar of a symbol.

    Args:
        sessions: its name.
        certain: whether an exchange, a suffix, the form of the symbol or the bars say so.
    """

    sessions: str
    certain: bool


def guess(
    symbol: str,
    dates: pd.DatetimeIndex,
    exchange: str | None = None,
    zone: str | None = None,
) -> str:
    """Name the calendar of a symbol; see ``recognise``."""
    return recognise(symbol, dates, exchange, zone).sessions


def recognise(
    symbol: str,
    dates: pd.DatetimeIndex,
    exchange: str | None = None,
    zone: str | None = None,
) -> Guess:
    """Recognise the calendar of a symbol: by index, exchange code, suffix, form, bars and time
    zone, in this order.

    Args:
        symbol: in Yahoo's spelling.
        dates: of its bars (bar,).
        exchange: Yahoo's code, where known.
        zone: of the exchange's clock, where known.
    """
    symbol = symbol.upper()
    known = INDICES.get(symbol) or EXCHANGES.get(str(exchange).upper()) or _by_suffix(symbol)
    if known:
        return Guess(known, certain=True)
    week = usual_week(dates)
    if week == tuple(range(7)) or (_CRYPTO.fullmatch(symbol) and not week):
        return Guess("24/7", certain=True)
    if symbol.endswith("=X") or (len(symbol) == 6 and {symbol[:3], symbol[3:]} <= CURRENCIES):
        named = name_of(week) if 6 in week and dates.tz is None else None
        return Guess(named or "24/5", certain=True)
    if symbol.endswith("=F"):
        return Guess("us_futures", certain=True)
    if _by_night(dates):
        return Guess("24/5", certain=False)
    if week and week != USUAL_WEEK and (named := name_of(week)):
        return Guess(named, certain=False)
    if zone in ZONES:
        return Guess(ZONES[str(zone)], certain=True)
    return Guess("XNYS", certain=False)


def _by_suffix(symbol: str) -> str | None:
    _, dot, suffix = symbol.rpartition(".")
    return SUFFIXES.get(suffix) if dot else None


def usual_week(dates: pd.DatetimeIndex) -> tuple[int, ...]:
    """Return the days of the week on which a series has bars (0 is Monday); none where the bars do
    not say.

    Args:
        dates: of the bars, daily or shorter (bar,).
    """
    days = dates.tz_localize(None).normalize().unique()[-RECENT:]
    if len(days) < FEW:
        return ()
    span = (days.max() - days.min()).days + 1
    if span > 4 * len(days):  # weeks and months
        return ()
    counts = pd.Series(days.day_of_week).value_counts()
    return tuple(sorted(counts[counts >= 0.6 * counts.max()].index))


def _by_night(dates: pd.DatetimeIndex) -> bool:
    """Say whether the bars of a series come at nearly every hour of the day."""
    return dates.tz is not None and dates.hour.nunique() >= ROUND_THE_CLOCK


def upcoming(
    sessions: str,
    after: pd.Timestamp,
    count: int,
    interval: str = "1d",
    past: pd.DatetimeIndex | None = None,
) -> pd.DatetimeIndex:
    """Return the dates of the next bars.

    Args:
        sessions: name of a calendar.
        after: date of the last known bar; an instant in UTC for intraday bars.
        count: how many dates to return.
        interval: length of a bar.
        past: dates of the known bars, from which the hours of intraday bars are learned (bar,).

    Returns:
        dates (count,), the first one later than ``after``.

    Raises:
        UsageError: if there is no calendar of that name.
        DataError: if the dates reach beyond 2262.
    """
    try:
        if sessions == "24/7" or not (is_intraday(interval) or interval == "1d"):
            dates = following(after, count, interval)
            return _as_labelled(dates, sessions, interval, past)
        trading = calendar(sessions, after)
        if interval == "1d":
            return _next_sessions(trading, after, count)
        return hours.coming_bars(trading, after, count, interval, past)
    except (pd.errors.OutOfBoundsDatetime, OverflowError):
        raise out_of_range(after) from None


def _next_sessions(trading: Calendar, after: pd.Timestamp, count: int) -> pd.DatetimeIndex:
    span = pd.Timedelta(days=2 * count + 14)
    while True:
        days = trading.sessions(after.normalize() + pd.Timedelta(days=1), after.normalize() + span)
        if len(days) >= count:
            return days[:count].as_unit("ns").rename("date")
        span *= 2


def _as_labelled(
    dates: pd.DatetimeIndex, sessions: str, interval: str, past: pd.DatetimeIndex | None
) -> pd.DatetimeIndex:
    """Keep long bars that are dated by their last session so:
    a Friday that is a holiday moves back."""
    if past is None or sessions == "24/7" or interval not in ("1wk", "1mo", "3mo"):
        return dates
    trading, newest = calendar(sessions, past[-24:][0]), past[-24:]
    ends = pd.DatetimeIndex([_last_session(trading, day, interval) for day in newest])
    by_week = interval == "1wk" and (newest.day_of_week != 4).mean() > 0.2
    if by_week or (ends == newest).mean() < 0.8:
        return dates
    moved = [_last_session(trading, day, interval) for day in dates]
    return pd.DatetimeIndex(moved).as_unit("ns").rename("date")


def _last_session(trading: Calendar, day: pd.Timestamp, interval: str) -> pd.Timestamp:
    """Return the last session of the week or month of a day."""
    end = day + pd.Timedelta(days=4 - day.day_of_week)
    if interval != "1wk":
        end = day + pd.offsets.MonthEnd(0)
    days = trading.sessions(end - pd.Timedelta(days=10), end)
    return days[-1] if len(days) else day

"""When an instrument trades, past and future: exchanges, FX (24/5) and crypto (24/7)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rnnforecast.data.intervals import following, is_intraday, offset
from rnnforecast.errors import DataError, UsageError

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

    from rnnforecast.data.history import PriceHistory

SUFFIXES = {
    "L": "XLON", "DE": "XETR", "F": "XFRA", "PA": "XPAR", "AS": "XAMS", "BR": "XBRU", "MI": "XMIL",
    "MC": "XMAD", "SW": "XSWX", "ST": "XSTO", "HE": "XHEL", "CO": "XCSE", "OL": "XOSL", "LS": "XLIS",
    "VI": "XWBO", "WA": "XWAR", "IR": "XDUB", "AT": "ASEX", "IS": "XIST", "JO": "XJSE", "TA": "XTAE",
    "TO": "XTSE", "V": "XTSE", "SA": "BVMF", "MX": "XMEX", "AX": "XASX", "NZ": "XNZE", "T": "XTKS",
    "HK": "XHKG", "SS": "XSHG", "SZ": "XSHG", "KS": "XKRX", "KQ": "XKRX", "TW": "XTAI", "SI": "XSES",
    "BK": "XBKK", "JK": "XIDX", "KL": "XKLS", "NS": "XBOM", "BO": "XBOM",
}  # fmt: skip
"""Yahoo's symbol suffixes and the calendars of exchange_calendars that they trade by."""

EXCHANGES = {
    **dict.fromkeys(("NMS", "NYQ", "NGM", "NCM", "PCX", "ASE", "BTS", "SNP", "DJI", "NIM", "CBO", "NAS"), "XNYS"),
    **dict.fromkeys(("CCC", "CCX"), "24/7"), "CCY": "24/5", "LSE": "XLON", "GER": "XETR", "FRA": "XFRA",
    "PAR": "XPAR", "AMS": "XAMS", "BRU": "XBRU", "MIL": "XMIL", "MCE": "XMAD", "EBS": "XSWX", "STO": "XSTO",
    "HEL": "XHEL", "CPH": "XCSE", "OSL": "XOSL", "LIS": "XLIS", "VIE": "XWBO", "TOR": "XTSE", "VAN": "XTSE",
    "SAO": "BVMF", "ASX": "XASX", "NZE": "XNZE", "JPX": "XTKS", "HKG": "XHKG", "SHH": "XSHG", "SHZ": "XSHG",
    "KSC": "XKRX", "KOE": "XKRX", "TAI": "XTAI", "SES": "XSES", "NSI": "XBOM", "BSE": "XBOM",
    "CME": "us_futures", "CMX": "us_futures", "NYM": "us_futures", "CBT": "us_futures",
}  # fmt: skip
"""Yahoo's exchange codes and the calendars of exchange_calendars that they trade by."""


CURRENCIES = {
    "USD", "EUR", "JPY", "GBP", "CHF", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "TRY", "ZAR",
    "MXN", "BRL", "INR", "CNY", "CNH", "HKD", "SGD", "KRW", "TWD", "THB", "ILS", "RUB",
}  # fmt: skip


def guess(symbol: str, dates: pd.DatetimeIndex) -> str:
    """The sessions of a symbol, from its dates first and its name second.

    Args:
        symbol: in Yahoo's spelling.
        dates: of its bars (bar,); one in ten on a Saturday or Sunday means it never closes.

    Returns:
        a name of exchange_calendars: ``24/7``, ``24/5``, ``XNYS``, ...
    """
    if len(dates) and float((dates.day_of_week >= 5).mean()) > 0.1:
        return "24/7"
    if symbol.endswith("=X") or (len(symbol) == 6 and {symbol[:3], symbol[3:]} <= CURRENCIES):
        return "24/5"
    if symbol.endswith("=F"):
        return "us_futures"
    _, dot, suffix = symbol.rpartition(".")
    return SUFFIXES.get(suffix.upper(), "XNYS") if dot else "XNYS"


def upcoming(
    sessions: str, after: pd.Timestamp, count: int, interval: str = "1d"
) -> pd.DatetimeIndex:
    """The dates of the next bars of a calendar.

    Args:
        sessions: a name of exchange_calendars.
        after: date of the last known bar; an instant in UTC for intraday bars.
        count: how many dates to return.
        interval: length of a bar.

    Returns:
        dates (count,), the first one later than ``after``.
    """
    if sessions == "24/7" or not (is_intraday(interval) or interval == "1d"):
        return following(after, count, interval)
    if interval == "1d":
        end = after + pd.Timedelta(days=3 * count + 30)
        found = pd.DatetimeIndex(calendar(sessions, after, end).sessions)
        return pd.DatetimeIndex(found[found > after][:count]).as_unit("ns").rename("date")
    naive = after.tz_localize(None)
    end = naive + offset(interval) * 12 * count + pd.Timedelta(days=14)
    found = bars_of_sessions(sessions, naive - pd.Timedelta(days=7), end, interval)
    return pd.DatetimeIndex(found[found > after][:count]).as_unit("ns").rename("date")


def bars_of_sessions(
    sessions: str, start: pd.Timestamp, end: pd.Timestamp, interval: str
) -> pd.DatetimeIndex:
    """When the intraday bars of a calendar begin, in UTC; half days have fewer."""
    days = calendar(sessions, start, end)
    step = pd.Timedelta(
        minutes=int(pd.Timedelta(interval.replace("m", "min")).total_seconds() // 60)
    )
    found = days.trading_index(
        days.first_session, days.last_session, step, intervals=False, closed="left"
    )
    return pd.DatetimeIndex(found)


def closing_times(history: PriceHistory) -> pd.DatetimeIndex:
    """When each bar was finished, in UTC (bar,).

    Daily bars end at their session's close, those of series that never close at midnight, longer ones where the
    next begins. A day that the calendar does not know counts as over at the end of the day, UTC.
    """
    dates = history.dates
    if history.intraday:
        return pd.DatetimeIndex(dates + offset(history.interval)).as_unit("ns")
    ends = pd.DatetimeIndex(dates + offset(history.interval)).tz_localize("UTC").as_unit("ns")
    if history.interval != "1d" or history.sessions in ("24/7", "24/5"):
        return ends
    today = (
        pd.Timestamp.now().normalize()
    )  # one calendar for every length of a history: they are slow to make
    closes = calendar(history.sessions, dates[0], max(dates[-1], today)).closes.reindex(dates)
    return pd.DatetimeIndex(closes.where(closes.notna(), pd.Series(ends, index=dates))).as_unit(
        "ns"
    )


def days_to_next_session(history: PriceHistory) -> pd.Series:
    """Return the calendar days from each daily bar to the next session, as scheduled on that day.

    Weekends and regular holidays count. Closures that nobody could foresee (a hurricane, a day of
    mourning) do not: before such a day the schedule said that there would be a session.

    Raises:
        DataError: if the bars are not daily.
    """
    if history.interval != "1d":
        raise DataError(
            f"{history.symbol} has bars of {history.interval}, the schedule counts days",
            "drop the feature days_to_next_session",
        )
    dates, weekmask, holidays = history.dates, "1111100", np.array([], "datetime64[D]")
    if history.sessions == "24/7":
        weekmask = "1111111"
    elif history.sessions != "24/5":
        end = dates[-1] + pd.Timedelta(days=30)
        schedule = calendar(history.sessions, dates[0], end)
        weekmask = schedule.weekmask
        if schedule.regular_holidays is not None:
            known = schedule.regular_holidays.holidays(dates[0], end)
            holidays = known.to_numpy().astype("datetime64[D]")
    days = dates.to_numpy().astype("datetime64[D]")
    following_sessions = np.busday_offset(
        days + 1, 0, roll="forward", weekmask=weekmask, holidays=holidays
    )
    return pd.Series((following_sessions - days).astype(float), index=dates)


def check_sessions(sessions: str) -> str:
    """Return the name of a calendar if there is one.

    Raises:
        UsageError: if there is none.
    """
    import exchange_calendars

    if sessions not in exchange_calendars.get_calendar_names():
        raise UsageError(
            f"no calendar is called {sessions!r}",
            "use an ISO 10383 code such as XNYS, or 24/7 or 24/5",
        )
    return sessions


@lru_cache(maxsize=16)
def calendar(sessions: str, start: pd.Timestamp, end: pd.Timestamp) -> ExchangeCalendar:
    """A calendar that covers a range of dates.

    Raises:
        UsageError: if there is no calendar of that name.
        DataError: if it does not reach that far.
    """
    import exchange_calendars

    check_sessions(sessions)
    try:
        return exchange_calendars.get_calendar(
            sessions, start=start.normalize(), end=end.normalize()
        )
    except ValueError as error:
        uncovered = (
            f"calendar {sessions} does not cover {start:%Y-%m-%d} to {end:%Y-%m-%d}: {error}"
        )
        raise DataError(
            uncovered, "import it with other --sessions, such as 24/5 or 24/7"
        ) from None

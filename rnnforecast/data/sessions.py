"""When an instrument trades, past and future: exchanges, FX (24/5) and crypto (24/7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rnnforecast.errors import DataError

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

SUFFIXES = {
    "L": "XLON", "DE": "XETR", "F": "XFRA", "PA": "XPAR", "AS": "XAMS", "BR": "XBRU", "MI": "XMIL",
    "MC": "XMAD", "SW": "XSWX", "ST": "XSTO", "HE": "XHEL", "CO": "XCSE", "OL": "XOSL", "LS": "XLIS",
    "VI": "XWBO", "WA": "XWAR", "IR": "XDUB", "AT": "ASEX", "IS": "XIST", "JO": "XJSE", "TA": "XTAE",
    "TO": "XTSE", "V": "XTSE", "SA": "BVMF", "MX": "XMEX", "AX": "XASX", "NZ": "XNZE", "T": "XTKS",
    "HK": "XHKG", "SS": "XSHG", "SZ": "XSHG", "KS": "XKRX", "KQ": "XKRX", "TW": "XTAI", "SI": "XSES",
    "BK": "XBKK", "JK": "XIDX", "KL": "XKLS", "NS": "XBOM", "BO": "XBOM",
}  # fmt: skip
"""Yahoo's symbol suffixes and the calendars of exchange_calendars that they trade by."""


def guess(symbol: str, dates: pd.DatetimeIndex) -> str:
    """The sessions of a symbol, from its dates first and its name second.

    Args:
        symbol: in Yahoo's spelling.
        dates: of its bars (bar,); one in ten on a Saturday or Sunday means it never closes.

    Returns:
        a name of exchange_calendars: ``24/7``, ``24/5``, ``XNYS``, ...
    """
    if len(dates) and float((dates.dayofweek >= 5).mean()) > 0.1:
        return "24/7"
    if symbol.endswith("=X"):
        return "24/5"
    if symbol.endswith("=F"):
        return "us_futures"
    _, dot, suffix = symbol.rpartition(".")
    return SUFFIXES.get(suffix.upper(), "XNYS") if dot else "XNYS"


def upcoming(sessions: str, after: pd.Timestamp, count: int) -> pd.DatetimeIndex:
    """The next sessions of a calendar.

    Args:
        sessions: a name of exchange_calendars.
        after: the last known session.
        count: how many sessions to return.

    Returns:
        dates (count,), the first one later than ``after``.
    """
    end = after + pd.Timedelta(days=3 * count + 30)
    found = calendar(sessions, after, end).sessions
    return found[found > after][:count].rename("date")


def calendar(sessions: str, start: pd.Timestamp, end: pd.Timestamp) -> ExchangeCalendar:
    """A calendar that covers a range of dates.

    Raises:
        DataError: if there is no calendar of that name, or it does not reach that far.
    """
    import exchange_calendars

    try:
        return exchange_calendars.get_calendar(sessions, start=start.normalize(), end=end.normalize())
    except exchange_calendars.errors.InvalidCalendarName:
        raise DataError(f"no calendar is called {sessions!r}", "use an ISO 10383 code such as XNYS, or 24/7 or 24/5") from None
    except ValueError as error:
        raise DataError(f"calendar {sessions} does not cover {start:%Y-%m-%d} to {end:%Y-%m-%d}: {error}") from None

"""The calendar of a history: when its bars were finished, which come next, what to know of it."""

from __future__ import annotations

import pandas as pd

from rnnforecast.data.calendars import calendar, unknown_years, week_of
from rnnforecast.data.exchanges import SETTLES
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.intervals import offset
from rnnforecast.data.sessions import recognise, upcoming


def calendar_guess(history: PriceHistory) -> str | None:
    """Say where nothing but a guess names the calendar of a history: "calendar guessed: XNYS"."""
    provenance = history.provenance
    if provenance.get("sessions_from") == "user" or not (
        history.interval == "1d" or history.intraday
    ):
        return None
    recognised = recognise(
        history.symbol, history.dates, provenance.get("exchange"), provenance.get("timezone")
    )
    if recognised.certain or recognised.sessions != history.sessions:
        return None
    return f"calendar guessed: {recognised.sessions}"


def coming_dates(history: PriceHistory, count: int) -> pd.DatetimeIndex:
    """Return the dates of the bars after the newest one of a history (count,).

    Args:
        history: whose calendar is followed.
        count: how many bars ahead.
    """
    return upcoming(history.sessions, history.last, count, history.interval, history.dates)


def history_notes(history: PriceHistory) -> tuple[str, ...]:
    """Say what a reader of a history should know that its bars do not show, a sentence each."""
    notes = [note] if (note := calendar_guess(history)) else []
    pays = not week_of(history.sessions) and history.sessions != "us_futures"
    if history.intraday and history.priced and pays and not history.symbol.startswith("^"):
        notes.append(
            f"{history.interval} bars are not adjusted for dividends: what is paid overnight is in "
            "the returns"
        )
    return tuple(notes)


def calendar_notes(history: PriceHistory, dates: pd.DatetimeIndex) -> tuple[str, ...]:
    """Say what a reader of coming dates should know about the calendar, a sentence each.

    Args:
        history: whose bars are forecast.
        dates: of the coming bars (step,).
    """
    notes = list(history_notes(history))
    if history.interval == "1d" or history.intraday:
        naive = dates.tz_localize(None)
        notes += unknown_years(calendar(history.sessions, naive[0]), naive)
    return tuple(notes)


def closing_times(history: PriceHistory) -> pd.DatetimeIndex:
    """Return the time at which each bar was finished, in UTC (bar,).

    Daily bars end at their session's close, or at the time at which their index is settled; those
    of series that never close at midnight, longer ones where the next begins. A day that the
    calendar does not know counts as over at the end of the day, UTC.
    """
    dates = history.dates
    if history.intraday:
        return pd.DatetimeIndex(dates + offset(history.interval)).as_unit("ns")
    ends = pd.DatetimeIndex(dates + offset(history.interval)).tz_localize("UTC").as_unit("ns")
    if history.interval != "1d" or week_of(history.sessions):
        return ends
    trading = calendar(history.sessions, dates[0])
    closes = trading.closes(dates)
    if settled := SETTLES.get(history.symbol.upper()):
        clock = pd.DatetimeIndex(dates + pd.Timedelta(f"{settled}:00")).tz_localize(trading.zone)
        closes = pd.Series(clock.tz_convert("UTC"), index=dates).where(closes.notna())
    return pd.DatetimeIndex(closes.where(closes.notna(), pd.Series(ends, index=dates))).as_unit(
        "ns"
    )

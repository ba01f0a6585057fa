"""At which hours of the week intraday bars come: learned from the bars, met with the calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.calendars import Calendar, calendar, localised, week_of
from rnnforecast.data.intervals import offset

LEARNED_FROM = pd.Timedelta(days=91)
"""The newest bars that say at which hours there are bars:
a quarter, on one side of most clock changes."""
ENOUGH = 5
"""Days of bars without which the calendar alone tells the hours."""
USUAL = 0.5
"""The share of days on which an hour must have had a bar to be expected again."""
DAY = pd.Timedelta(days=1)
FX_OPEN, FX_CLOSE = pd.Timedelta(hours=17), pd.Timedelta(hours=17)
"""Currencies trade from Sunday evening to Friday evening, by New York's clock."""
PAUSE = (pd.Timedelta(hours=16), pd.Timedelta(hours=17))
"""The hour at which Chicago's futures do not trade, by Chicago's clock."""


def coming_bars(
    trading: Calendar,
    after: pd.Timestamp,
    count: int,
    interval: str,
    past: pd.DatetimeIndex | None = None,
) -> pd.DatetimeIndex:
    """Return the next intraday bars.

    Args:
        trading: the sessions.
        after: instant of the last known bar, in UTC.
        count: how many.
        interval: length of a bar.
        past: instants of the known bars (bar,).

    Returns:
        instants in UTC (count,).
    """
    if trading.name == "us_futures":  # intraday they trade on New York's holidays, for some hours
        trading = calendar("CMES", after)
    step = _length(interval)
    slots = usual_slots(past, trading.zone) if past is not None else {}
    start = after.tz_convert(trading.zone).tz_localize(None).normalize()
    span = 14 * DAY
    while True:
        days = pd.date_range(start - DAY, start + span, freq="D")
        bars = _learned(trading, days, slots) if slots else _by_calendar(trading, days, step)
        bars = bars[bars > after].unique().sort_values()
        if len(bars) >= count:
            return bars[:count].as_unit("ns").rename("date")
        span *= 2


def usual_slots(past: pd.DatetimeIndex, zone: str) -> dict[int, tuple[pd.Timedelta, ...]]:
    """Learn the times of day at which there usually are bars, by day of the week (0 is Monday).

    Args:
        past: instants of bars in UTC (bar,).
        zone: of the clock by which they come.

    Returns:
        nothing where there are too few bars to say.
    """
    local = past[past > past[-1] - LEARNED_FROM].tz_convert(zone)
    table = pd.DataFrame({"day": local.tz_localize(None).normalize(), "weekday": local.day_of_week})
    table["clock"] = local.tz_localize(None) - pd.DatetimeIndex(table["day"])
    whole = table[(table["day"] > table["day"].min()) & (table["day"] < table["day"].max())]
    if whole["day"].nunique() < ENOUGH:
        return {}
    slots = {}
    for weekday, bars in whole.groupby("weekday"):
        share = bars["clock"].value_counts() / bars["day"].nunique()
        slots[int(str(weekday))] = tuple(sorted(share[share >= USUAL].index))
    return slots


def _learned(
    trading: Calendar, days: pd.DatetimeIndex, slots: dict[int, tuple[pd.Timedelta, ...]]
) -> pd.DatetimeIndex:
    """Return bars at the usual hours of every day, as far as the exchange is open."""
    clocks_of_a_day = tuple(sorted({clock for clocks in slots.values() for clock in clocks}))
    bars = [
        day + clock
        for day in days
        for clock in slots.get(day.day_of_week, () if week_of(trading.name) else clocks_of_a_day)
    ]
    instants = localised(pd.DatetimeIndex(bars), trading.zone).tz_convert("UTC")
    if week_of(trading.name):
        return instants
    return instants[open_at(trading, instants)]


def open_at(trading: Calendar, instants: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Say whether the exchange is open; its bars may come somewhat before and after its hours.

    Regular days are trusted; half days end, and late openings begin, at the calendar's own time.
    """
    local = instants.tz_convert(trading.zone).tz_localize(None)
    table = trading.hours(local[0].normalize() - 30 * DAY, local[-1].normalize() + 14 * DAY)
    opens, closes = pd.DatetimeIndex(table["open"]), pd.DatetimeIndex(table["close"])
    if (opens.tz_convert(trading.zone).tz_localize(None).normalize() < table.index).mean() > 0.5:
        session = closes.searchsorted(
            instants, side="right"
        )  # sessions that begin the evening before
        inside = session < len(opens)
        begun = opens[session.clip(max=len(opens) - 1)] <= instants
        return np.asarray(inside & begun, bool)
    first, last = (
        pd.Series(times.tz_convert(trading.zone).tz_localize(None) - table.index, table.index)
        for times in (opens, closes)
    )
    day = local.normalize()
    clock = local - day
    in_session = day.isin(table.index)
    usual_first, usual_last = first.mode().iloc[0], last.mode().iloc[0]
    begins, ends = first.reindex(day).to_numpy(), last.reindex(day).to_numpy()
    early = (begins > usual_first) & (clock < begins)
    late = (ends < usual_last) & (clock >= ends)
    return np.asarray(in_session & ~early & ~late, bool)


def _by_calendar(trading: Calendar, days: pd.DatetimeIndex, step: pd.Timedelta) -> pd.DatetimeIndex:
    """Return bars from each session's open to its close, but for the breaks."""
    if week_of(trading.name):
        return _by_week(trading, days, step)
    bars = pd.DatetimeIndex([], tz="UTC")
    for session in trading.hours(days[0], days[-1]).to_dict("records"):
        stamps = pd.date_range(session["open"], session["close"], freq=step, inclusive="left")
        if pd.notna(session["break_start"]):
            lunch = (stamps >= session["break_start"]) & (stamps < session["break_end"])
            stamps = stamps[~lunch]
        bars = pd.DatetimeIndex(bars.append(stamps))
    if trading.name == "CMES":
        local = bars.tz_convert(trading.zone).tz_localize(None)
        clock = local - local.normalize()
        bars = bars[(clock < PAUSE[0]) | (clock >= PAUSE[1])]
    return bars


def _by_week(trading: Calendar, days: pd.DatetimeIndex, step: pd.Timedelta) -> pd.DatetimeIndex:
    """Return bars round the clock on a week's days; of currencies from Sunday to Friday evening."""
    stamps = pd.date_range(days[0], days[-1] + DAY, freq=step, inclusive="left")
    weekday, clock = stamps.day_of_week, stamps - stamps.normalize()
    if trading.name != "24/5":
        return stamps[weekday.isin(week_of(trading.name))].tz_localize("UTC")
    stamps = stamps[
        (weekday < 4)
        | ((weekday == 4) & (clock < FX_CLOSE))
        | ((weekday == 6) & (clock >= FX_OPEN))
    ]
    return localised(stamps, trading.zone).tz_convert("UTC").unique()


def _length(interval: str) -> pd.Timedelta:
    start = pd.Timestamp("2024-01-01")
    return start + offset(interval) - start

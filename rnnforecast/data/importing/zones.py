"""Times of a file to instants: by the zone that is named, else by evidence, else refused."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.calendars import calendar
from rnnforecast.data.intervals import offset
from rnnforecast.data.sessions import ROUND_THE_CLOCK
from rnnforecast.errors import DataError, UsageError

FITS = 0.98
"""A zone fits if this share of the bars lies within the sessions."""
RECENT = 400
"""Days whose bars are looked at."""
WEEKS = ("UTC", "America/New_York", "Europe/London", "Europe/Athens")
"""Zones that files of currencies are written in; Athens stands for MetaTrader's servers."""


def to_instants(
    dates: pd.DatetimeIndex,
    sessions: str,
    interval: str,
    timezone: str | None,
    name: str,
    *,
    priced: bool = True,
) -> tuple[pd.DatetimeIndex, str]:
    """Return the instants of intraday bars, in UTC.

    Args:
        dates: ascending, naive or with a zone (bar,).
        sessions: the calendar that the series is likely to follow.
        interval: of the bars.
        timezone: named by the user or by the file.
        name: of the series, for messages.
        priced: whether these are prices, which trade at certain hours.

    Returns:
        instants, NaT where a local time does not exist, and what was decided.

    Raises:
        DataError: if the zone cannot be known, or does not fit.
        UsageError: if there is no such zone.
    """
    if dates.tz is not None:
        return dates.tz_convert("UTC"), ""
    if timezone is not None:
        return _localised(dates, timezone, name), f"times are of {timezone}"
    _refuse_changed_clocks(dates, interval, name)
    if sessions == "24/7" or not priced:
        return dates.tz_localize("UTC"), "times taken as UTC, which --timezone can change"
    if dates.hour.nunique() >= ROUND_THE_CLOCK:
        sessions = "24/5"
    candidates = _candidates(sessions, dates)
    fitting = [zone for zone in candidates if _fits(dates, sessions, interval, zone)]
    if len(fitting) == 1:
        zone = fitting[0]
        return _localised(dates, zone, name), f"times are of {zone}, as the trading hours show"
    raise DataError(
        f"{name} has times without a zone, such as {dates[-1]:%Y-%m-%d %H:%M}",
        "name their zone, as --timezone America/New_York or --timezone UTC",
    )


def own_days(dates: pd.DatetimeIndex, timezone: str | None = None) -> pd.DatetimeIndex:
    """Return naive midnights of daily and longer bars, of the exchange's own days.

    Midnight in Tokyo is the evening before in UTC: where such stamps fall on Sundays instead of
    Fridays, the days are those that follow.

    Args:
        dates: naive or with a zone (bar,).
        timezone: of the exchange, where the user named it.
    """
    if dates.tz is None:
        return dates.normalize()
    if timezone is not None:
        return dates.tz_convert(_zone(timezone)).tz_localize(None).normalize()
    days = dates.tz_localize(None).normalize()
    if str(dates.tz) != "UTC" or float(np.median(dates.hour)) < 12:
        return days
    ahead = days + pd.Timedelta(days=1)
    return ahead if _weekends(ahead) < _weekends(days) - 0.1 else days


def _weekends(days: pd.DatetimeIndex) -> float:
    return float((days.day_of_week >= 5).mean())


def _zone(name: str) -> str:
    """Return the name, if there is such a zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"no time zone is called {name!r}", "write it as Europe/Berlin or UTC"
        ) from None
    return name


def _localised(dates: pd.DatetimeIndex, timezone: str, name: str) -> pd.DatetimeIndex:
    """Turn local times into instants; an hour that is there twice is two hours.

    Raises:
        DataError: if more than a few times do not exist in that zone.
    """
    summer = ~dates.duplicated(keep="first")  # the first of two equal times is summer time
    local = dates.tz_localize(_zone(timezone), ambiguous=summer, nonexistent="NaT")
    skipped = np.asarray(local.isna())
    if skipped.sum() > max(2, 0.001 * len(dates)):
        raise DataError(
            f"{name}: {dates[skipped][0]:%Y-%m-%d %H:%M} does not exist in {timezone}",
            "name the zone in which the times were written with --timezone",
        )
    return local.tz_convert("UTC")


def _refuse_changed_clocks(dates: pd.DatetimeIndex, interval: str, name: str) -> None:
    """Refuse times in which an hour repeats one Sunday in autumn: they follow a local clock.

    Raises:
        DataError: naming that hour.
    """
    repeated = dates[dates.duplicated()]
    nights = repeated[(repeated.day_of_week == 6) & (repeated.hour <= 3)]
    nights = nights[nights.month.isin([3, 4, 10, 11])]
    if len(nights) and len(repeated) <= 13 * max(1, len(set(nights.year))):
        raise DataError(
            f"{name}: {nights[0]:%Y-%m-%d %H:%M} is there twice, as where clocks are put back",
            "name the zone of these local times, as --timezone Europe/Berlin",
        )


def _candidates(sessions: str, dates: pd.DatetimeIndex) -> list[str]:
    """Return the zones that the times of a calendar's bars may be written in."""
    zone = calendar(sessions, dates[0]).zone
    return list(WEEKS) if sessions == "24/5" else list(dict.fromkeys([zone, "UTC"]))


def _fits(dates: pd.DatetimeIndex, sessions: str, interval: str, zone: str) -> bool:
    """Say whether bars lie within the sessions, from the first hour of a day to its last."""
    recent = dates[dates >= dates[-1] - pd.Timedelta(days=RECENT)]
    local = recent.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").tz_convert("UTC")
    instants = local[local.notna()]
    step = pd.Timestamp(0) + offset(interval) - pd.Timestamp(0)
    if sessions == "24/5":
        return _fits_week(instants, step)
    schedule = calendar(sessions, recent[0]).hours(
        recent[0].normalize(), recent[-1].normalize() + timedelta(days=1)
    )
    if schedule.empty or instants.empty:
        return False
    opens, closes = (_seconds(pd.DatetimeIndex(schedule[name])) for name in ("open", "close"))
    stamps = _seconds(instants)
    place = np.searchsorted(opens, stamps, side="right") - 1
    inside = (place >= 0) & (stamps < closes[np.maximum(place, 0)])
    if inside.mean() < FITS:
        return False
    per_day = pd.Series(stamps[inside]).groupby(place[inside]).agg(["min", "max"])
    first = per_day["min"].to_numpy() - opens[per_day.index]
    last = closes[per_day.index] - per_day["max"].to_numpy()
    length = step / pd.Timedelta(seconds=1)
    return bool(np.median(first) < length and np.median(last) <= 2 * length)


def _seconds(instants: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return the seconds since 1970 (bar,)."""
    return instants.as_unit("s").asi8


def _fits_week(instants: pd.DatetimeIndex, step: pd.Timedelta) -> bool:
    """Say whether weeks end on Friday at 17:00 in New York, as those of currencies do."""
    local = instants.tz_convert("America/New_York")
    pauses = np.flatnonzero(np.diff(_seconds(instants)) > 40 * 3_600)
    ends = local[pauses] + step
    if len(ends) < 2:
        return False
    hours = ends.hour + ends.minute / 60
    weekly = (ends.day_of_week == 4) & (
        np.abs(hours - 17) <= 0.25 + step / pd.Timedelta(hours=1) / 2
    )
    return bool(weekly.mean() >= 0.8)

"""Trading calendars: sessions where holidays are known, the days of the week beyond."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd

from rnnforecast.data import calendar_cache, own_exchanges
from rnnforecast.data.own_exchanges import INCOMPLETE, OWN, public_holidays
from rnnforecast.errors import DataError, UsageError

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

EARLIEST = pd.Timestamp("1950-01-01")
"""No calendar is asked for holidays of earlier years."""
BUCKETS = tuple(map(pd.Timestamp, ("1950-01-01", "1990-01-01", "2010-01-01", "2022-01-01")))
"""A calendar begins at one of these days: few are made, and those of recent years are made fast."""
YEARS_AHEAD = 2
"""Calendars reach to the end of this many years after the present one, where holidays are known."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = re.compile(f"({'|'.join(_DAYS)})-({'|'.join(_DAYS)})")


@dataclass(frozen=True, eq=False)
class Calendar:
    """The sessions of an exchange.

    Args:
        name: of ``exchange_calendars``, of ``OWN``, or a week such as ``Sun-Thu``.
        zone: of its clock.
        schedule: opens and closes in UTC by session, with ``break_start`` and ``break_end``.
        first: the oldest day on which holidays are known.
        last: the newest such day.
    """

    name: str
    zone: str
    schedule: pd.DataFrame
    first: pd.Timestamp
    last: pd.Timestamp

    def sessions(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DatetimeIndex:
        """Return the sessions between two days, both included; before ``first`` by the week,
        after ``last`` by the week without the holidays that fall on the same day each year.

        Args:
            start: naive midnight.
            end: naive midnight.

        Returns:
            naive midnights (session,).
        """
        days = pd.DatetimeIndex(self.schedule.index)
        known = days[days.searchsorted(start) : days.searchsorted(end, side="right")]
        day = pd.Timedelta(days=1)
        if start < self.first:
            early = _by_week(start, min(end, self.first - day), self._first_week)
            known = pd.DatetimeIndex(early.append(known))
        if end > self.last:
            late = _by_week(max(start, self.last + day), end, self._last_week)
            late = late[~late.strftime("%m-%d").isin(_fixed_holidays(self.name, self.last))]
            known = pd.DatetimeIndex(known.append(late))
        return pd.DatetimeIndex(known).as_unit("ns")

    def hours(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return opens and closes by session; where no holidays are known,
        those of the nearest session."""
        days = self.sessions(start, end)
        table = self.schedule.reindex(days)
        unknown = table.index[table["open"].isna()]
        for edge, part in ((0, unknown[unknown < self.first]), (-1, unknown[unknown > self.last])):
            usual, day = self.schedule.iloc[edge], self.schedule.index[edge]
            for name in table.columns:
                if len(part) and pd.notna(usual[name]):
                    clock = usual[name].tz_convert(self.zone).tz_localize(None) - day
                    table.loc[part, name] = localised(part + clock, self.zone).tz_convert("UTC")
        return table

    def closes(self, days: pd.DatetimeIndex) -> pd.Series:
        """Return when each of some days closes (day,); NaT where it is no session.

        Args:
            days: naive midnights, in order.
        """
        known = self.first <= days[0] and days[-1] <= self.last
        return (self.schedule if known else self.hours(days[0], days[-1]))["close"].reindex(days)

    @cached_property
    def _first_week(self) -> tuple[int, ...]:
        return _week(pd.DatetimeIndex(self.schedule.index[:250]))

    @cached_property
    def _last_week(self) -> tuple[int, ...]:
        return _week(pd.DatetimeIndex(self.schedule.index[-250:]))


@lru_cache(maxsize=32)
def _fixed_holidays(name: str, last: pd.Timestamp) -> frozenset[str]:
    """Return days such as ``01-01`` that were never a session on any
    of eight or more working days."""
    if name in OWN or week_of(name):
        return frozenset()
    known = pd.DatetimeIndex(_exchange(name, BUCKETS[-2], last).schedule.index)
    days = _by_week(known[0], last, _week(known[-250:]))
    held = pd.Series(days.isin(known)).groupby(days.strftime("%m-%d")).agg(["sum", "count"])
    return frozenset(held.index[(held["sum"] == 0) & (held["count"] >= 8)])


def _week(days: pd.DatetimeIndex) -> tuple[int, ...]:
    """Return the days of the week on which there are sessions (0 is Monday)."""
    counts = pd.Series(days.day_of_week).value_counts()
    return tuple(sorted(counts[counts >= 0.25 * counts.max()].index))


def localised(naive: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    """Turn wall-clock times into instants; an hour that occurs twice is its first,
    one that is skipped moves on.

    Args:
        naive: wall-clock times (row,).
        zone: name of the time zone in which they were read.

    Returns:
        instants of that zone (row,).
    """
    repeated = [True] * len(naive)
    return naive.tz_localize(zone, ambiguous=repeated, nonexistent="shift_forward")  # type: ignore[arg-type]


def calendar(name: str, start: pd.Timestamp) -> Calendar:
    """Return a calendar that knows the days from ``start`` on, as far as anybody does.

    Args:
        name: an ISO 10383 code, ``24/7``, ``24/5``, or days such as ``Sun-Thu``.
        start: the first day that has to be known.

    Raises:
        UsageError: if there is no calendar of that name.
    """
    day = start.tz_localize(None) if start.tz is not None else start
    bucket = max((bucket for bucket in BUCKETS if bucket <= day), default=BUCKETS[0])
    return _calendar(name, bucket)


@lru_cache(maxsize=128)
def _calendar(name: str, bucket: pd.Timestamp) -> Calendar:
    end = pd.Timestamp(f"{max(pd.Timestamp.now(), bucket).year + YEARS_AHEAD}-12-31")
    if name not in OWN and (week := week_of(name)):
        return _weekly(name, week, bucket, end)
    path = calendar_cache.path_of(name, bucket, end, _source())
    if path is not None and (kept := calendar_cache.load_schedule(path)):
        return Calendar(name, *kept)
    check_calendar(name)
    trading = (_own if name in OWN else _of_exchange)(name, bucket, end)
    if path is not None:
        calendar_cache.keep_schedule(
            path, trading.zone, trading.schedule, trading.first, trading.last
        )
    return trading


@lru_cache(maxsize=1)
def _source() -> str:
    """Return the hash of the modules whose rules a calendar follows."""
    modules = (__file__, own_exchanges.__file__)
    return hashlib.sha256(b"".join(Path(path).read_bytes() for path in modules)).hexdigest()


def _of_exchange(name: str, bucket: pd.Timestamp, end: pd.Timestamp) -> Calendar:
    """Make a calendar of ``exchange_calendars``, without the holidays that it lacks."""
    exchange = _exchange(name, bucket, end)
    schedule = exchange.schedule
    if name == "us_futures":  # Yahoo has no daily bars of futures on holidays of New York's shares
        closed = _exchange("XNYS", bucket, end).regular_holidays.holidays(bucket, end)
        schedule = schedule[~schedule.index.isin(closed)]
    if name in INCOMPLETE:
        country, since = INCOMPLETE[name]
        closed = public_holidays(country, since, end, collective=True)
        schedule = schedule[~schedule.index.isin(closed)]
    low, high = exchange.bound_min(), exchange.bound_max()
    first = bucket if low is None else max(bucket, low)
    last = end if high is None else min(end, high)
    schedule = schedule.set_axis(pd.DatetimeIndex(schedule.index).as_unit("ns"))
    return Calendar(name, str(exchange.tz), schedule, first, last)


def _exchange_calendars() -> ModuleType:
    """Return the library, which takes half a second to load,
    for symbols that trade on an exchange."""
    import exchange_calendars

    return exchange_calendars  # type: ignore[no-any-return]


def _exchange(name: str, start: pd.Timestamp, end: pd.Timestamp) -> ExchangeCalendar:
    """Return a calendar of ``exchange_calendars``, no further than it goes."""
    exchange_calendars = _exchange_calendars()
    try:
        return exchange_calendars.get_calendar(name, start=start, end=end)
    except ValueError:
        usual = exchange_calendars.get_calendar(name)
    low, high = usual.bound_min() or start, usual.bound_max() or end
    return exchange_calendars.get_calendar(name, start=max(start, low), end=min(end, high))


def _own(name: str, start: pd.Timestamp, end: pd.Timestamp) -> Calendar:
    """Make a calendar of ``OWN``: weekdays without public holidays, as far as these are known."""
    own = OWN[name]
    days = pd.DatetimeIndex([])
    begins = [max(start, pd.Timestamp(day)) for day, _ in own.weeks]
    for begin, stop, (_, week) in zip(
        begins, [*begins[1:], end + pd.Timedelta(days=1)], own.weeks, strict=True
    ):
        part = _by_week(begin, stop - pd.Timedelta(days=1), week_of(week))
        days = pd.DatetimeIndex(days.append(part))
    closed = public_holidays(own.country, start, end)
    end = min(end, pd.Timestamp(f"{closed.max().year}-12-31"))
    days = days[~days.isin(closed) & (days <= end)].unique().sort_values()
    opens, closes = (
        localised(days + pd.Timedelta(f"{clock}:00"), own.zone).tz_convert("UTC")
        for clock in own.hours
    )
    return Calendar(name, own.zone, _schedule(days, opens, closes), start, end)


def _weekly(name: str, week: tuple[int, ...], start: pd.Timestamp, end: pd.Timestamp) -> Calendar:
    """Make a calendar of days of the week, from midnight to midnight, without holidays."""
    days = _by_week(start, end, week)
    opens = days.tz_localize("UTC")
    zone = "America/New_York" if name == "24/5" else "UTC"
    return Calendar(name, zone, _schedule(days, opens, opens + pd.Timedelta(days=1)), start, end)


def _schedule(
    days: pd.DatetimeIndex, opens: pd.DatetimeIndex, closes: pd.DatetimeIndex
) -> pd.DataFrame:
    never = pd.DatetimeIndex([pd.NaT] * len(days), tz="UTC")
    columns = {"open": opens, "break_start": never, "break_end": never, "close": closes}
    return pd.DataFrame(columns).set_axis(days.as_unit("ns"))


def _by_week(start: pd.Timestamp, end: pd.Timestamp, week: tuple[int, ...]) -> pd.DatetimeIndex:
    """Return every day of a range that falls on certain days of the week."""
    if start > end:
        return pd.DatetimeIndex([])
    days = pd.date_range(start.normalize(), end.normalize(), freq="D")
    return days[days.day_of_week.isin(week)]


def week_of(name: str) -> tuple[int, ...]:
    """Read the days from a week's name, such as ``24/7``, ``24/5`` or ``Sun-Thu``;
    none of any other name."""
    if name in ("24/7", "24/5"):
        return tuple(range(int(name[-1])))
    match = _WEEK.fullmatch(name)
    if not match:
        return ()
    first, last = map(_DAYS.index, match.groups())
    return tuple(sorted(day % 7 for day in range(first, last + 1 + 7 * (last < first))))


def name_of(week: tuple[int, ...]) -> str | None:
    """Name days of the week that follow one another: (0, 1, 2, 3, 6) is ``Sun-Thu``."""
    names = (f"{first}-{last}" for first in _DAYS for last in _DAYS if first != last)
    return next((name for name in names if week_of(name) == week), None)


def check_calendar(name: str) -> str:
    """Return the name of a calendar if there is one.

    Raises:
        UsageError: if there is none.
    """
    if name in OWN or week_of(name):
        return name
    if name not in _exchange_calendars().get_calendar_names():
        raise UsageError(
            f"no calendar is called {name!r}",
            "use an ISO 10383 code such as XNYS or XLON, days such as Sun-Thu, 24/7 or 24/5",
        )
    return name


def unknown_years(trading: Calendar, dates: pd.DatetimeIndex) -> Iterator[str]:
    """Say what is not known about the holidays around some dates, a sentence each.

    Args:
        trading: the calendar.
        dates: of the bars that are asked about (row,).
    """
    years = [f"{year}" for year in sorted({day.year for day in dates if day > trading.last})]
    if years and not week_of(trading.name):
        spoken = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
        yield (
            f"holidays of {spoken} are not known yet: the calendar {trading.name} goes on by the "
            f"days of its week and its fixed holidays after {trading.last:%Y-%m-%d}"
        )
    partly = trading.name in INCOMPLETE and dates[-1] >= INCOMPLETE[trading.name][1]
    if trading.name in OWN or partly:
        yield (
            f"the calendar {trading.name} is made of its week and the public holidays of its "
            "country; religious ones are estimates"
        )


def out_of_range(after: pd.Timestamp) -> DataError:
    """Return the failure of dates beyond 2262, the last year that pandas knows."""
    return DataError(
        f"dates after {after:%Y-%m-%d} cannot be counted", "correct the dates of the newest bars"
    )

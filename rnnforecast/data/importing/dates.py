"""Dates of a file: the order of day and month is decided once, by evidence, or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.importing.clocks import clock_of_digits
from rnnforecast.data.importing.rewriting import ZONE, plain
from rnnforecast.data.importing.spellings import month_of
from rnnforecast.data.importing.stamps import DAY_COUNTS, MOSTLY, dates_of_days, from_numbers
from rnnforecast.errors import DataError

Order = Literal["dmy", "mdy", "ymd", "excel", "excel1904", "days1970"]
"""Of day, month and year; or what days are counted from."""

OLDEST = 1760
"""Nobody has prices from before that year, and time spans of nanoseconds end there."""

ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "CET": 60, "MEZ": 60, "BST": 60, "CEST": 120, "MESZ": 120,
    "EET": 120,
    "MSK": 180, "SGT": 480, "HKT": 480, "JST": 540, "KST": 540, "EST": -300, "EDT": -240,
    "PST": -480, "PDT": -420,
}  # fmt: skip
"""Minutes ahead of UTC; abbreviations with several meanings (CST, IST) are left out."""

_TOKEN = r"(\d{1,4}|[^\W\d_]+\.?)"
_BETWEEN = r"[\s\-/.,]+(?:de\s+)?"
_CLOCK = r"(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?|\d{4}|\d{6})\s*([AaPp]\.?[Mm]\.?)?"
_ZONE = r"((?:UTC|GMT)?[+-]\d\d:?\d\d|[A-Z]{1,4})"
_CELL = re.compile(
    rf"^(?:[^\W\d_]{{2,}}\.?,?\s+)?{_TOKEN}{_BETWEEN}{_TOKEN}{_BETWEEN}{_TOKEN}\.?"
    rf"(?:[T,\s]+{_CLOCK})?\s*{_ZONE}?$"
)
_OFFSET = r"\d[+-]\d\d:?\d\d$|Z$"


def read_dates(
    column: pd.Series, name: str, order: Order | None = None, hint: Order | None = None
) -> tuple[pd.DatetimeIndex, str]:
    """Read a column of dates.

    Args:
        column: cells as text, numbers or dates (row,).
        name: of the file, for messages.
        order: of day, month and year, or the count of days, where the user named it; by default
            found by evidence.
        hint: the order that the file's other headings suggest, where the dates do not show any.

    Returns:
        dates, naive or with their zone, NaT where a cell holds none (row,), and what was decided.

    Raises:
        DataError: if cells can be meant in two ways, or mix two orders.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.DatetimeIndex(column), ""
    if order is not None and order in DAY_COUNTS:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
        return dates_of_days(numbers, DAY_COUNTS[order]), f"dates counted as {order}, as asked"
    codes, distinct = pd.factorize(column.astype(str).str.strip())
    cells = pd.Series(distinct, dtype=object)
    dates, note = _read_distinct(cells, name, order, hint)
    return pd.DatetimeIndex(dates.take(codes)), note


def _read_distinct(
    cells: pd.Series, name: str, order: Order | None, hint: Order | None
) -> tuple[pd.DatetimeIndex, str]:
    """Read distinct cells, in the order of the file."""
    if order in (None, "ymd") and re.match(r"\d{4}-\d\d-\d\d([ T]\d\d:|$)", str(cells.iloc[0])):
        dates = _iso(cells)  # by far the most frequent kind, and the fastest to read
        if np.mean(dates.notna()) >= MOSTLY and not cells.str.contains("GMT|UTC").any():
            return dates, ""
    if cells.str.len().max() == 6 and cells.str.fullmatch(r"\d{6}").all():
        return _from_six_digits(cells, name, order)
    filled = cells.str.len().to_numpy(float) > 0
    if not filled.any():
        return pd.DatetimeIndex([pd.NaT] * len(cells)), ""
    if (numeric := _numeric(cells, filled, name, order, hint)) is not None:
        return numeric
    cells, zone = _without_zone(plain(cells))
    if (numeric := _numeric(cells, filled, name, order, hint)) is not None:
        return numeric
    if order in (None, "ymd"):
        dates = _iso(cells)
        if np.mean(dates[filled].notna()) >= MOSTLY:
            return _in_zone(dates, zone), ""
    dates, note = _from_words(cells, name, order, hint)
    return _in_zone(dates, zone), note


def _numeric(
    cells: pd.Series, filled: NDArray[np.bool_], name: str, order: Order | None, hint: Order | None
) -> tuple[pd.DatetimeIndex, str] | None:
    """Read cells that are numbers; None if they are not."""
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float)
    if np.isfinite(numbers[filled]).mean() < MOSTLY:
        return None
    read = from_numbers(cells, numbers, name)
    if read is not None:
        return read
    parts = cells.str.zfill(8).str.extract(r"(\d\d)(\d\d)(\d{4})")
    return _from_words(parts[0] + "/" + parts[1] + "/" + parts[2], name, order, hint)


def _without_zone(cells: pd.Series) -> tuple[pd.Series, str | None]:
    """Remove the zone that all times name in words: ``16:00:00 US/Eastern``."""
    zones = cells.str.extract(ZONE)[0]
    if zones.isna().any() or zones.nunique() != 1:
        return cells, None
    return cells.str.replace(ZONE, "", regex=True), str(zones.iloc[0])


def _in_zone(dates: pd.DatetimeIndex, zone: str | None) -> pd.DatetimeIndex:
    """Turn local times into instants; midnights stay days."""
    if zone is None or dates.tz is not None or (dates == dates.normalize()).mean() > 0.5:
        return dates
    try:
        local = dates.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    except (ValueError, KeyError, OSError):
        return dates
    return local.tz_convert("UTC")


def _from_six_digits(
    cells: pd.Series, name: str, order: Order | None
) -> tuple[pd.DatetimeIndex, str]:
    """Read two digits each of year, month and day: the order in which the dates are in order."""
    months = cells.str.slice(0, 4).astype(int) * 12 + cells.str.slice(4).astype(int) - 1
    if len(cells) > 6 and cells.str.slice(4).between("01", "12").all() and _consecutive(months):
        written = cells.str.slice(0, 4) + "-" + cells.str.slice(4) + "-01"
        return pd.DatetimeIndex(pd.to_datetime(written, errors="coerce")), "dates are months"
    fields = _fields(cells.str.extract(r"(\d\d)(\d\d)(\d\d)").set_axis(list("abc"), axis=1))
    orders: tuple[Order, ...] = ("ymd", "dmy", "mdy")
    fitting = [which for which in orders if _ordered(_days(fields, which))]
    chosen = [order] if order else fitting
    if not chosen:
        numbers = np.asarray(cells, np.float64)
        read = from_numbers(cells, numbers, name)
        if read is not None and read[0].notna().all():
            return read
    if len(chosen) != 1:
        raise DataError(
            f"{name}: dates such as {cells.iloc[0]!r} can be read in several orders",
            "say which with --dates ymd, dmy or mdy",
        )
    return _days(fields, chosen[0]), f"dates read as {_spelled(chosen[0])}"


def _iso(cells: pd.Series) -> pd.DatetimeIndex:
    """Read ISO 8601, with its zone where most cells have one."""
    timed = cells.str.contains(r":\d\d", regex=True)
    zoned = timed & cells.str.contains(_OFFSET, regex=True)
    if zoned.mean() <= 0.5:
        naive = cells.where(~zoned)  # a zone here and there is no plain date
        return pd.DatetimeIndex(pd.to_datetime(naive, format="ISO8601", errors="coerce"))
    if cells[zoned].str.contains(r"[T ]00:00(?::00)?", regex=True).mean() > 0.5:
        own_days = cells.str.slice(0, 10)  # the exchange's own dates, however far from UTC
        return pd.DatetimeIndex(pd.to_datetime(own_days, format="ISO8601", errors="coerce"))
    instants = cells.where(zoned)
    return pd.DatetimeIndex(pd.to_datetime(instants, format="ISO8601", errors="coerce", utc=True))


def _from_words(
    cells: pd.Series, name: str, order: Order | None, hint: Order | None
) -> tuple[pd.DatetimeIndex, str]:
    """Read days, months and years in any order and with names of months."""
    parts = cells.str.extract(_CELL)
    parts.columns = pd.Index(["a", "b", "c", "clock", "half", "zone"])
    fields = _fields(parts)
    decided, note = _decide(cells, fields, name, order, hint)
    days = _days(fields, decided)
    instants = days + _time_of_day(parts)
    zones = parts["zone"].map(_minutes, na_action="ignore").to_numpy(float)
    zoned, named = np.isfinite(zones), parts["zone"].notna().to_numpy()
    if zoned.mean() <= 0.5:  # a zone here and there is no plain date
        return pd.DatetimeIndex(np.where(named, np.datetime64("NaT"), instants.to_numpy())), note
    clocks = _time_of_day(parts)
    if (clocks[zoned] == pd.Timedelta(0)).mean() > 0.5:
        return instants.normalize(), note
    shifted = instants - pd.to_timedelta(zones, unit="m")
    return pd.DatetimeIndex(shifted).tz_localize("UTC"), note


def _fields(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of each cell in its order; ``named`` says where a month's name stood.

    A month's name decides its own place: such cells are turned to day, month, year.
    """
    fields = pd.DataFrame(index=parts.index)
    names = {}
    for place in "abc":
        words = parts[place].fillna("")
        letters = ~words.str.match(r"^\d*$")
        names[place] = letters.to_numpy()
        numbers = pd.to_numeric(words, errors="coerce").to_numpy(float, copy=True)
        numbers[letters] = [month_of(word.rstrip(".")) or np.nan for word in words[letters]]
        fields[place] = numbers
    fields["digits"] = np.where(names["a"], 0, parts["a"].fillna("").str.len())
    fields["year_digits"] = parts["c"].fillna("").str.len()
    a, b, c = (fields[place].to_numpy(float) for place in "abc")
    fields["a"] = np.where(names["c"], np.nan, np.where(names["a"], b, a))
    fields["b"] = np.where(names["a"], a, b)
    fields["c"] = np.where(names["c"], np.nan, c)
    fields["named"] = names["a"] | names["b"]
    return fields


def _decide(
    cells: pd.Series, fields: pd.DataFrame, name: str, order: Order | None, hint: Order | None
) -> tuple[Order, str]:
    """Decide the order of the cells that begin with neither a year nor a name.

    Evidence, in turn: a first or second number above 12; dots between the numbers, which stand
    after the day wherever they are used; one order alone in which the dates ascend or descend.
    """
    if order is not None:
        return order, f"dates read as {_spelled(order)}, as asked"
    open_ = (~fields["named"] & (fields["digits"] < 3) & fields["a"].notna()).to_numpy()
    if not open_.any():
        return "dmy", ""
    a, b = (fields[place].to_numpy(float)[open_] for place in "ab")
    texts = cells[open_]
    two_digits = (fields["year_digits"].to_numpy()[open_] <= 2).all()
    year_first = two_digits and _ordered(_days(fields[open_], "ymd"))
    if two_digits and (
        (a > 31).any() or (year_first and not _ordered(_days(fields[open_], "dmy")))
    ):
        return "ymd", f"dates read as {_spelled('ymd')}"
    day_first, month_first = (a > 12) & (b <= 12), (b > 12) & (a <= 12)
    if day_first.any() and month_first.any():
        raise DataError(
            f"{name} mixes two orders of dates: {texts[day_first].iloc[0]!r} begins with the day, "
            f"{texts[month_first].iloc[0]!r} with the month",
            "write all dates in one order, such as 2024-01-31",
        )
    if day_first.any() or month_first.any():
        decided: Order = "dmy" if day_first.any() else "mdy"
        witness = texts[day_first if day_first.any() else month_first].iloc[0]
        return decided, f"dates read as {_spelled(decided)}, as {witness!r} shows"
    if texts.str.contains(r"^\d{1,2}\.\d{1,2}\.").all():
        return "dmy", f"dates read as {_spelled('dmy')}, as dots say"
    orders: tuple[Order, ...] = ("dmy", "mdy")
    ordered = [which for which in orders if _ordered(_days(fields[open_], which))]
    if len(ordered) == 1 and len(texts) >= 4:
        return ordered[0], f"dates read as {_spelled(ordered[0])}: only so are they in order"
    if hint is not None:
        return hint, f"dates read as {_spelled(hint)}, as the headings suggest"
    raise DataError(
        f"{name}: dates such as {texts.iloc[0]!r} can be day/month or month/day",
        "say which with --dates dmy or --dates mdy",
    )


def _consecutive(months: pd.Series) -> bool:
    """Say whether counted months follow one another in one direction."""
    steps = np.diff(months)
    return bool((steps == 1).mean() > 0.9 or (steps == -1).mean() > 0.9)


def _spelled(order: Order) -> str:
    return {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day"}[order]


def _ordered(days: pd.DatetimeIndex) -> bool:
    """Say whether dates never go back, or never go forward."""
    steps = np.diff(days.to_numpy().astype("datetime64[s]").astype("int64"))
    return bool(days.notna().all() and ((steps >= 0).all() or (steps <= 0).all()))


def _days(fields: pd.DataFrame, order: str) -> pd.DatetimeIndex:
    """Return dates from the fields, with an order for the cells that do not show their own."""
    a, b, c = (fields[place].to_numpy(float) for place in "abc")
    year_first = (fields["digits"] >= 3).to_numpy()
    named = fields["named"].to_numpy(bool)
    if order == "ymd":
        year_first = year_first | ~named
    months_first = ~named & ~year_first & (order == "mdy")
    year = np.where(year_first, a, c)
    month = np.where(months_first, a, b)
    day = np.where(year_first, c, np.where(months_first, b, a))
    if (year_first & (b > 12)).any() and not (year_first & ~named & (c > 12)).any():
        month, day = np.where(year_first, c, month), np.where(year_first, b, day)  # 2023-31-01
    digits = np.where(year_first, fields["digits"], fields["year_digits"])
    year = np.where(digits <= 2, year + np.where(year <= 68, 2000, 1900), year)
    republic = (digits == 3) & (year >= 50) & (year <= 200)  # Taiwan counts from 1911
    year = np.where(republic, year + 1911, year)
    good = (year >= 1678) & (year <= 2261) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    dates = np.full(len(fields), np.datetime64("NaT"), dtype="datetime64[ns]")
    columns = {"year": year[good], "month": month[good], "day": day[good]}
    dates[good] = pd.to_datetime(pd.DataFrame(columns), errors="coerce").to_numpy()
    return pd.DatetimeIndex(dates)


def _time_of_day(parts: pd.DataFrame) -> pd.TimedeltaIndex:
    """Read the time since midnight, in twelve or twenty-four hours; none counts as midnight."""
    text = parts["clock"].fillna("00:00").str.replace(",", ".", regex=False)
    compact = text.str.match(r"^\d+$")
    text = text.where(~compact, text.map(clock_of_digits))
    text = text.where(text.str.count(":") == 2, text + ":00")
    elapsed = pd.to_timedelta(text, errors="coerce")
    half = parts["half"].fillna("").str.lower().str.slice(0, 1).to_numpy()
    hours = elapsed.dt.components["hours"].to_numpy()
    hours_added = np.where((half == "p") & (hours < 12), 12, 0)
    hours_added = hours_added - np.where((half == "a") & (hours == 12), 12, 0)
    return pd.TimedeltaIndex(elapsed + pd.to_timedelta(hours_added, unit="h"))


def _minutes(zone: str) -> float:
    """Return a zone's minutes ahead of UTC; NaN for a zone that is not known."""
    if zone in ZONES:
        return float(ZONES[zone])
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d):?(\d\d)", zone)
    if not match:
        return np.nan
    return (1 if match[1] == "+" else -1) * (60 * int(match[2]) + int(match[3]))


def check_range(dates: pd.DatetimeIndex, cells: Sequence[str], name: str) -> None:
    """Refuse dates that lie years ahead or centuries back: a misread column, or another mistake.

    Raises:
        DataError: naming the first of them.
    """
    first, last = dates.min(), dates.max()
    remedy = "correct that row, or name the column of dates with --time"
    if last.year > date.today().year + 10:
        cell = cells[int(np.argmax(dates.asi8))]
        raise DataError(f"{name} has a date in the far future: {cell!r} is {last:%Y-%m-%d}", remedy)
    if first.year < OLDEST:
        cell = cells[int(np.argmin(dates.asi8))]
        raise DataError(f"{name} has a date in the far past: {cell!r} is {first:%Y-%m-%d}", remedy)

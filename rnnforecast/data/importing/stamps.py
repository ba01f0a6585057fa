"""Dates written as numbers: stamps since 1970, counted days, compact dates, years."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.errors import DataError

MOSTLY = 0.98
"""A column is of a kind if this share of its cells is."""
EPOCHS = ((1e8, 5e9, 1_000_000, "seconds"), (1e11, 5e12, 1_000, "milliseconds"),
          (1e14, 5e15, 1, "microseconds"))  # fmt: skip
"""Smallest and largest stamp of a unit (1973 to 2128), and microseconds in it."""
NANOSECONDS = (1e17, 5e18)
HUNDREDS = ((5.8e17, 6.6e17, 621_355_968_000_000_000, ".NET's ticks"),
            (1.16e17, 1.42e17, 116_444_736_000_000_000, "Windows file times"))  # fmt: skip
"""Counts of 100 ns: their range from 1970 to 2050, the count at 1970, what they are."""
DAY_NUMBERS = (
    ("Excel's serial numbers", 25_569.0, -10_569), ("days since 1970", 0.0, 5_000),
    ("Excel's serial numbers since 1904", 24_107.0, -10_957),
    ("MATLAB's day numbers", 719_529.0, -25_000), ("Python's ordinals", 719_163.0, -25_000),
    ("Julian days", 2_440_587.5, -25_000),
)  # fmt: skip
"""Ways to count days, the likelier ones first, what 1970-01-01 is in them, and the first day since
1970 at which prices are likely to be counted so."""
DAY_COUNTS = {"excel": 25_569.0, "excel1904": 24_107.0, "days1970": 0.0}
"""The counts of days that a user can name, and what 1970-01-01 is in them."""
CRYPTO = 14_247
"""Days from 1970 to the first bitcoin: nothing was traded on every day of the week before."""
YEARS = (1800, 2200)


def from_numbers(
    cells: pd.Series, numbers: NDArray[np.float64], name: str
) -> tuple[pd.DatetimeIndex, str] | None:
    """Read a column of numbers as dates.

    Args:
        cells: as text (row,).
        numbers: the same (row,).
        name: of the file, for messages.

    Returns:
        dates and what was decided; None where day, month and year stand side by side in an order
        that has yet to be found.

    Raises:
        DataError: if stamps have lost digits, or if days may be counted in two ways.
    """
    usual = float(np.nanmedian(numbers))
    for low, high, form in (
        (1.8e7, 2.2e7, "%Y%m%d"), (1.8e11, 2.2e11, "%Y%m%d%H%M"), (1.8e13, 2.2e13, "%Y%m%d%H%M%S"),
    ):  # fmt: skip
        if low < usual < high:
            dates = pd.to_datetime(cells, format=form, errors="coerce")
            if dates.notna().mean() >= MOSTLY:
                return pd.DatetimeIndex(dates), ""
    if cells.str.fullmatch(r"\d{4}\.(?:0[1-9]|1[0-2]?)").all():  # Shiller's 1871.1 is October
        written = cells.str.slice(0, 4) + "-" + cells.str.slice(5).str.ljust(2, "0") + "-01"
        months = pd.DatetimeIndex(pd.to_datetime(written, format="%Y-%m-%d", errors="coerce"))
        if len(months.month.unique()) > 6 or not len(months) > 6:
            return months, "dates are months"
    if cells.str.fullmatch(r"(?:0?[1-9]|1[0-2])\.(?:1[89]|2[01])\d\d").all():
        written = cells.str.slice(-4) + "-" + cells.str.slice(0, -5).str.zfill(2) + "-01"
        return pd.DatetimeIndex(pd.to_datetime(written)), "dates are months"
    whole = bool((numbers == np.round(numbers)).all())
    if YEARS[0] <= usual <= YEARS[1] and whole:
        years = [f"{int(number):04d}-01-01" for number in numbers]
        return pd.DatetimeIndex(pd.to_datetime(years, errors="coerce")), "dates are years"
    if whole and cells.str.len().max() == 7 and cells.str.fullmatch(r"\d{7}").all():
        ordinals = pd.DatetimeIndex(pd.to_datetime(cells, format="%Y%j", errors="coerce"))
        if ordinals.notna().all() and (
            ordinals.is_monotonic_increasing or ordinals.is_monotonic_decreasing
        ):
            return ordinals, "dates are years and days"
    if (counted := _counted_days(numbers)) is not None:
        return counted
    if 1e6 < usual < 3.2e7 and whole and cells.str.fullmatch(r"\d{7,8}").all():
        return None
    return _epochs(cells, numbers, name)


def dates_of_days(numbers: NDArray[np.float64], origin: float) -> pd.DatetimeIndex:
    """Return the dates of counted days, with their time of day.

    Args:
        numbers: days since some day (row,).
        origin: what 1970-01-01 is in them.
    """
    seconds = np.round((numbers - origin) * 86_400)
    return pd.DatetimeIndex(pd.Timestamp("1970-01-01") + pd.to_timedelta(seconds, unit="s"))


def _counted_days(numbers: NDArray[np.float64]) -> tuple[pd.DatetimeIndex, str] | None:
    """Read days counted from some day on: the way in which they fall on weekdays, if one does.

    Series without weekends have no such evidence; but nothing was traded on every day of the week
    before bitcoin was. What is left then is the likelier count, and the note says so.
    """
    tomorrow = datetime.now(UTC).timestamp() / 86_400 + 400
    known = numbers[np.isfinite(numbers)]
    readings = [
        (epoch, origin)
        for epoch, origin, first in DAY_NUMBERS
        if len(known) and np.median(known) - origin >= first and known.max() - origin <= tomorrow
    ]
    if not readings:
        return None
    sure = len(readings) == 1
    if not sure and len(known) >= 10:
        weekends = [float((((known - origin) // 1 + 3) % 7 >= 5).mean()) for _, origin in readings]
        on_weekdays = [
            reading for reading, share in zip(readings, weekends, strict=True) if share < 0.02
        ]
        daily = float(np.median(np.abs(np.diff(known)))) == 1
        recent = [(epoch, origin) for epoch, origin in readings if known.min() - origin >= CRYPTO]
        readings = on_weekdays or (recent if daily and recent else readings)
        sure = len(readings) == 1
    epoch, origin = readings[0]
    dates = dates_of_days(numbers, origin)
    if sure:
        return dates, f"dates are {epoch}"
    first, last = dates[np.isfinite(numbers)][[0, -1]].strftime("%Y-%m-%d")
    options = " or ".join(name for name, start in DAY_COUNTS.items() if start != origin)
    return dates, f"dates are {epoch}, {first} to {last}; else name them with --dates {options}"


def _epochs(
    cells: pd.Series, numbers: NDArray[np.float64], name: str
) -> tuple[pd.DatetimeIndex, str]:
    """Read stamps since 1970; each cell has its own unit, as Binance changed it in 2025."""
    _refuse_lost_digits(cells, numbers, name)
    if (ticks := _hundreds(cells, numbers)) is not None:
        return ticks
    micro = np.full(len(numbers), np.nan)
    units, factors = [], []
    for low, high, factor, unit in EPOCHS:
        flags = (numbers >= low) & (numbers < high)
        micro[flags] = np.round(numbers[flags] * factor)
        if flags.any():
            units.append(unit)
            factors.append(factor)
    nano = (numbers >= NANOSECONDS[0]) & (numbers < NANOSECONDS[1])
    if nano.any():  # more digits than a float holds
        exact = [int(cell) // 1000 if cell.isdigit() else float(cell) / 1e3 for cell in cells[nano]]
        micro[nano] = np.array(exact, float)
        units.append("nanoseconds")
    for factor, unit in ((1_000_000, "seconds"), (1_000, "milliseconds")):
        if not units and (numbers % (86_400e6 / factor) == 0).mean() >= MOSTLY:  # all before 1973
            units.append(unit)
            factors.append(factor)
    if len(units) == len(factors) == 1:  # the years before 1973 have the unit of all others
        early = (
            np.isfinite(numbers)
            & np.isnan(micro)
            & (np.abs(numbers) < EPOCHS[0][1] * 1e6 / factors[0])
        )
        micro[early] = np.round(numbers[early] * factors[0])
    known = np.isfinite(micro)
    stamps = np.full(len(micro), np.datetime64("NaT"), dtype="datetime64[us]")
    stamps[known] = micro[known].astype("int64").astype("datetime64[us]")
    note = f"times are {' and '.join(units)} since 1970, UTC" if units else ""
    return pd.DatetimeIndex(stamps).tz_localize("UTC"), note


def _hundreds(
    cells: pd.Series, numbers: NDArray[np.float64]
) -> tuple[pd.DatetimeIndex, str] | None:
    """Read counts of 100 ns, unless they are whole days or hours as nanoseconds."""
    for low, high, origin, epoch in HUNDREDS:
        if not ((numbers >= low) & (numbers < high)).all() or not cells.str.isdigit().all():
            continue
        counts = np.array([int(cell) for cell in cells], np.int64)
        if (counts % 60_000_000_000 == 0).mean() > 0.5:  # whole minutes as nanoseconds
            return None
        stamps = ((counts - origin) // 10).astype("datetime64[us]")
        return pd.DatetimeIndex(stamps).tz_localize("UTC"), f"times are {epoch}, UTC"
    return None


def _refuse_lost_digits(cells: pd.Series, numbers: NDArray[np.float64], name: str) -> None:
    """Refuse stamps that a spreadsheet has rounded: 1.67262E+12.

    Raises:
        DataError: naming one of them.
    """
    scientific = cells.str.contains(r"[eE]\+?\d", regex=True)
    if (
        scientific.mean() > 0.5
        and len(np.unique(numbers))
        and cells.str.replace(r"[eE].*", "", regex=True).str.len().max() < 9
    ):
        raise DataError(
            f"{name}: times such as {cells[scientific].iloc[0]!r} have lost their last digits",
            "export the file again, and do not save it with a spreadsheet program",
        )

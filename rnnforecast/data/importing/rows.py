"""The rows of a file: dates and numbers are read, and decided upon, once for all of its series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.importing.clocks import join_clock
from rnnforecast.data.importing.columns import Selection, recognise
from rnnforecast.data.importing.dates import read_dates
from rnnforecast.data.importing.numbers import decide_mark, read_numbers, units_in
from rnnforecast.data.importing.spellings import SITES, columns_called, normalise
from rnnforecast.data.importing.tables import PREAMBLE, Table
from rnnforecast.errors import DataError

TOLERATED = 0.02
"""More rows than this share (and than two) without a date, or repeated, mean a misread file."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """The rows of a file, before they are separated by symbol.

    Args:
        dates: naive or in UTC, NaT where there is none (row,).
        bars: numbers by our names (row, column).
        cells: what stands in the column of dates (row,).
        prices: what stands in the column of closes (row,).
        units: that these name; missing where they name none (row,).
        taken: for each of our columns, what it is called in the file.
        ignored: columns that were not taken.
        decisions: what was decided by evidence, in words.
        target: the column that is no price but what is to be forecast.
        utc: whether a heading says that times are UTC.
    """

    dates: pd.DatetimeIndex
    bars: pd.DataFrame
    cells: pd.Series
    prices: pd.Series
    units: pd.Series
    taken: Mapping[str, str]
    ignored: tuple[str, ...]
    decisions: tuple[str, ...] = ()
    target: str | None = None
    utc: bool = False


def read_rows(table: Table, name: str, selection: Selection) -> Rows:
    """Read dates and numbers of a whole file; each decision is made once."""
    frame = table.frame
    taken, target = recognise(frame, name, selection)
    if frame.empty:
        raise DataError(f"{name} has headings and no rows", "name a file with rows below them")
    dates, cells, notes = _read_days(frame, taken, name, selection)
    columns = {ours: frame[theirs] for ours, theirs in taken.items() if ours != "date"}
    mark, note = selection.decimal or ".", ""
    if selection.decimal is None:
        known = {
            ours: column for ours, column in columns.items() if target is None or ours == "close"
        }
        mark, note = decide_mark(known, table.separator, headed=table.headed, name=name)
    values, dropped = {}, []
    unreadable: Flags = np.zeros(len(frame), bool)
    for ours, column in columns.items():
        numbers, unread = read_numbers(column, mark)
        if ours == "close":
            unreadable = unread
        elif target is None and unread.mean() > TOLERATED:
            dropped.append(taken[ours])
            continue
        values[ours] = numbers
    taken = {ours: theirs for ours, theirs in taken.items() if theirs not in dropped}
    _refuse_if_many(unreadable & dates.notna(), frame[taken["close"]], "no number", name)
    _refuse_if_many(
        _undated(dates, frame, values["close"]), cells, "no date", name, _date_remedy(cells)
    )
    ignored = tuple(
        str(column)
        for column in frame.columns
        if str(column) and column not in taken.values() and _clock_note(column) not in notes
    )
    utc = any("utc" in normalise(word) or "gmt" in normalise(word) for word in [taken["date"]])
    notes = (*table.notes, *notes, *([note] if note else []),
             *(f"left out {column!r}: not numbers" for column in dropped))  # fmt: skip
    prices = columns["close"]
    bars, units = pd.DataFrame(values), units_in(prices)
    return Rows(dates, bars, cells, prices, units, taken, ignored, notes, target, utc)


def _read_days(
    frame: pd.DataFrame, taken: dict[str, str], name: str, selection: Selection
) -> tuple[pd.DatetimeIndex, pd.Series, tuple[str, ...]]:
    """Read the dates of the rows; a column of times is joined, a column of stamps is preferred."""
    column = frame[taken["date"]]
    headings = [str(heading) for heading in frame.columns]
    notes = []
    names = {normalise(heading): heading for heading in headings}
    if selection.time is None and {"year", "month", "day"} <= set(names):
        parts = [
            frame[names[name]].astype(str).str.replace(r"\.0$", "", regex=True).str.zfill(2)
            for name in ("year", "month", "day")
        ]
        column = (parts[0] + "-" + parts[1] + "-" + parts[2]).rename("Year, Month, Day")
        notes.append("dates from columns of years, months and days")
    elif selection.time is None:
        for heading in columns_called("clock", headings):
            joined = None if heading == taken["date"] else join_clock(column, frame[heading])
            if joined is not None:
                column = joined
                notes.append(_clock_note(heading))
                break
    hint = next((SITES[n] for n in map(normalise, headings) if n in SITES), None)
    dates, note = read_dates(column, name, selection.dates, hint)
    if selection.time is None and dates.tz is None and _times_of_day(dates):
        for heading in columns_called("date", headings):
            if heading == taken["date"]:
                continue
            stamps, unit = read_dates(frame[heading], name, "ymd")
            if stamps.tz is not None and np.mean(stamps.notna()) > 1 - TOLERATED:
                taken["date"] = heading
                return stamps, frame[heading], (unit,)
    return dates, column, tuple(filter(None, [*notes, note]))


def _clock_note(heading: object) -> str:
    """Note that a column of times of day was joined to the dates."""
    return f"times of day from {str(heading)!r}"


def _times_of_day(dates: pd.DatetimeIndex) -> bool:
    """Say whether dates have different times of day."""
    known = dates[dates.notna()]
    return bool(len(known) and np.mean(known != known.normalize()) > 0.1)


def _undated(dates: pd.DatetimeIndex, frame: pd.DataFrame, close: pd.Series) -> Flags:
    """Flag rows without a date but with something else in them.

    Facts above the first row and remarks below the last, which hold no price either, do not count.
    """
    undated: Flags = np.asarray(dates.isna())
    filled = np.flatnonzero(~undated | close.notna().to_numpy())
    if len(filled) and not undated.all():
        undated = undated.copy()
        undated[: min(filled[0], PREAMBLE)] = False
        undated[max(filled[-1] + 1, len(undated) - PREAMBLE) :] = False
    if undated.any():
        texts = frame[undated].astype(str).apply(lambda column: column.str.strip() != "")
        undated = undated.copy()
        undated[undated] = (texts.sum(axis=1) > 1).to_numpy()
    return undated


def _date_remedy(cells: pd.Series) -> str:
    """Say what helps where dates cannot be read."""
    numbers = pd.to_numeric(cells.head(50), errors="coerce")
    if numbers.notna().mean() > 0.5:
        return "these are plain numbers: name another column of dates with --time"
    return "write them as 2024-01-31, or name another column of dates with --time"


def _refuse_if_many(flags: Flags, cells: pd.Series, flaw: str, name: str, remedy: str = "") -> None:
    """Refuse a file of which many rows cannot be used, showing three cells.

    Raises:
        DataError: if these are more than two rows and more than 2 %.
    """
    count = int(flags.sum())
    if count > max(2, TOLERATED * len(flags)) or (count and count == len(flags)):
        examples = ", ".join(repr(str(cell))[:40] for cell in cells[flags].head(3))
        raise DataError(
            f"{name}: {count} of {len(flags)} rows have {flaw} in {cells.name!r} ({examples})",
            remedy or "correct these rows, or name another column with --target",
        )

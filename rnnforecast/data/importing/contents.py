"""The series of a file or a frame: decisions are reported, what cannot be known is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.data.bars import check_bars
from rnnforecast.data.importing.columns import BY_EVIDENCE, Selection, shown
from rnnforecast.data.importing.dates import check_range
from rnnforecast.data.importing.frames import to_pandas
from rnnforecast.data.importing.numbers import refuse_mixed_units
from rnnforecast.data.importing.readers import read_table, table_of_frame
from rnnforecast.data.importing.rows import TOLERATED, Flags, Rows, read_rows
from rnnforecast.data.importing.spellings import columns_called, normalise
from rnnforecast.data.importing.splits import as_adjusted
from rnnforecast.data.importing.tables import Table
from rnnforecast.data.importing.zones import own_days, to_instants
from rnnforecast.data.intervals import is_intraday, usual_interval
from rnnforecast.data.sessions import guess
from rnnforecast.data.symbols import check_symbol
from rnnforecast.errors import DataError, RnnForecastError

_TRADINGVIEW = re.compile(r"[A-Z0-9]+_([^,\s]+), \w+\.csv")
"""Exchange, symbol and interval, as TradingView names a file."""


@dataclass(frozen=True, eq=False)
class ImportedBars:
    """The bars of one symbol, checked, and what was decided when they were read.

    Args:
        symbol: whose bars.
        bars: as a ``PriceHistory`` has them.
        interval: length of a bar.
        sessions: name of the calendar.
        provenance: where the bars come from; plain JSON values.
        taken: for each of our columns, what it was called in the file.
        ignored: columns of the file that were not taken.
        decisions: what the file does not say outright and was decided by evidence, in words.

    Raises:
        DataError: if the bars make no history.
    """

    symbol: str
    bars: pd.DataFrame
    interval: str
    sessions: str
    provenance: Mapping[str, Any]
    taken: Mapping[str, str]
    ignored: tuple[str, ...]
    decisions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_bars(self.symbol, self.bars)


@dataclass(frozen=True)
class Contents:
    """All series of a file or a frame.

    Args:
        series: those that can be used.
        failed: why the others of a file of many cannot.
    """

    series: tuple[ImportedBars, ...]
    failed: tuple[RnnForecastError, ...] = ()

    def only(self) -> ImportedBars:
        """Return the one series there is.

        Raises:
            DataError: if there are several, or one that cannot be read.
        """
        if self.failed:
            raise self.failed[0]
        if len(self.series) > 1:
            symbols = ", ".join(series.symbol for series in self.series[:5])
            raise DataError(
                f"there are {len(self.series)} series ({symbols})", "choose one with symbol="
            )
        return self.series[0]


def read_contents(
    path: Path, symbol: str | None = None, selection: Selection = BY_EVIDENCE
) -> Contents:
    """Read a file of one series, or of many with a column of symbols.

    Args:
        path: of a CSV, Excel, parquet, feather or JSON file, also compressed.
        symbol: the name to store it under, or one of the symbols of a file of many; by default
            the file's own symbols, else what its name begins with.
        selection: which columns to take and how to read them.

    Raises:
        DataError: if the file is no table of prices, with the reason; a file of many fails as a
            whole only if none of its series can be read.
    """
    wanted = [name for name in (selection.target, selection.time) if name]
    return _read_series(read_table(path, wanted), path, symbol, selection)


def read_frame(frame: Any, symbol: str | None = None, **columns: str | None) -> ImportedBars:
    """Read the only series of a data frame, as a file is read.

    Args:
        frame: of pandas, Polars or Arrow, with dates as index or column.
        symbol: the name of the series; by default the frame's own.
        columns: which columns to take and how to read them: fields of a ``Selection``.

    Raises:
        DataError: if it is no table of prices, has no rows, or several series.
    """
    table = to_pandas(frame)
    if table.empty:
        raise DataError("the frame has no rows", "pass one with a row for each bar")
    selection = Selection(**columns)  # type: ignore[arg-type]  # its fields are texts
    return _read_series(table_of_frame(table), Path("series"), symbol, selection).only()


def _read_series(table: Table, path: Path, symbol: str | None, selection: Selection) -> Contents:
    """Read every series of a table; the path names it in messages."""
    rows = read_rows(table, path.name, selection)
    groups = _by_symbol(table.frame, rows, path, symbol, selection)
    series, failed = [], []
    for name, places in groups.items():
        label = path.name if len(groups) == 1 else f"{path.name} ({name})"
        try:
            series.append(_bars_of(rows, places, label, name, selection))
        except RnnForecastError as error:
            failed.append(error)
    if not series:
        raise failed[0]
    return Contents(tuple(series), tuple(failed))


def symbol_of(path: Path) -> str:
    """Return the symbol that a file's name begins with: ``BTC-USD_2014-2024.csv`` holds BTC-USD.

    TradingView writes the exchange before it: ``BATS_AAPL, 1D.csv`` holds AAPL.

    Raises:
        DataError: if it begins with none.
    """
    charted = _TRADINGVIEW.fullmatch(path.name)
    name = charted[1] if charted else path.name.split("_")[0]
    endings = (".gz", ".zip", ".bz2", ".xz", ".csv", ".txt", ".tsv", ".parquet", ".xlsx", ".json",
               ".jsonl", ".ndjson", ".feather", ".arrow", ".prn", ".dat")  # fmt: skip
    while name.lower().endswith(endings):
        name = name[: name.rindex(".")]
    try:
        return check_symbol(name)
    except DataError as error:
        raise DataError(error.problem, f"name the series with --symbol; {error.remedy}") from None


def _by_symbol(
    frame: pd.DataFrame, rows: Rows, path: Path, symbol: str | None, selection: Selection
) -> dict[str, Flags]:
    """Return the rows of each series, by its symbol."""
    whole: Flags = np.ones(len(frame), bool)
    headings = [str(column) for column in frame.columns if column not in rows.taken.values()]
    named = columns_called("symbol", headings)
    if not named:
        return {symbol or symbol_of(path): whole}
    names = frame[named[0]].astype(str).str.strip()
    boards = next((c for c in headings if normalise(c) == "series"), None)
    if boards and (frame[boards].astype(str).str.strip() == "EQ").any():  # NSE: shares, not bonds
        whole = (frame[boards].astype(str).str.strip() == "EQ").to_numpy()
    distinct = [str(name) for name in pd.unique(names[whole]) if str(name)]
    many = len(distinct) > 1 and _repeat(rows.dates[whole])
    if not many:
        own = _as_symbol(distinct[0]) if len(distinct) == 1 else None
        return {symbol or own or symbol_of(path): whole}
    if symbol is not None:
        if symbol not in distinct:
            raise DataError(
                f"{path.name} holds {len(distinct)} symbols, none of them {symbol}",
                f"leave out --symbol, or name one of {shown(distinct)}",
            )
        distinct = [symbol]
    groups = names.groupby(names).indices
    parts = {}
    for name in sorted(distinct):
        places = np.zeros(len(frame), bool)
        places[groups[name]] = True
        parts[_as_symbol(name) or name] = places & whole
    if max(int(places.sum()) for places in parts.values()) == 1:
        raise DataError(
            f"{path.name} holds one day of {len(parts)} symbols",
            "join the files of several days into one, and import that",
        )
    return parts


def _repeat(dates: pd.DatetimeIndex) -> bool:
    return bool(dates[dates.notna()].duplicated().any())


def _as_symbol(name: str) -> str | None:
    """Turn a name into a symbol: BTC/USD is BTC-USD; None where it cannot be one."""
    try:
        return check_symbol(name.replace("/", "-").replace(":", "-"))
    except DataError:
        return None


def _bars_of(
    rows: Rows, places: Flags, label: str, symbol: str, selection: Selection
) -> ImportedBars:
    """Read one series of a file.

    Raises:
        DataError: if its rows make no history.
    """
    check_symbol(symbol)
    dates, bars = rows.dates[places], rows.bars[places].set_axis(rows.dates[places])
    usable: Flags = np.asarray(dates.notna()) & bars["close"].notna().to_numpy()
    cells = rows.cells[places]
    if not usable.any():
        raise DataError(
            f"{label} has no row with a date and a number: its first dates are "
            f"{', '.join(repr(str(cell)) for cell in cells.head(3))}",
            "name the columns with --time and --target",
        )
    refuse_mixed_units(rows.units[places], rows.prices[places], label)
    unused = [str(cell) for cell in cells[~usable] if str(cell).strip()]
    bars = bars[usable]
    check_range(pd.DatetimeIndex(bars.index), [str(cell) for cell in cells[usable]], label)
    if bars.index[0] > bars.index[-1]:
        bars = bars[::-1]  # newest first: of two equal times the later one comes first
    bars = bars.sort_index(kind="stable")
    interval = usual_interval(pd.DatetimeIndex(bars.index), label)
    notes = list(rows.decisions)
    sessions = selection.sessions or guess(symbol, pd.DatetimeIndex(bars.index))
    index = pd.DatetimeIndex(bars.index)
    if is_intraday(interval):
        index, note = to_instants(
            index, sessions, interval, selection.timezone or ("UTC" if rows.utc else None),
            label, priced=rows.target is None,
        )  # fmt: skip
        notes += [note] if note else []
        bars = bars[index.notna()]
        index = index[index.notna()]
        sessions = selection.sessions or guess(symbol, index)
    else:
        index = own_days(index, selection.timezone)
    bars.index = index.as_unit("ns").rename("date")
    bars, repeated = _without_repeats(bars, label)
    bars = bars.dropna(axis="columns", how="all")
    bars, note = as_adjusted(bars)
    notes += [note] if note else []
    provenance: dict[str, Any] = {
        "source": "file",
        "file": label,
        "columns": dict(rows.taken),
        "decisions": notes,
        "dropped": {"without_date_or_close": unused, "repeated_dates": repeated},
    }
    if rows.target:
        provenance["target"] = rows.target
    if selection.sessions:
        provenance["sessions_from"] = "user"
    return ImportedBars(
        symbol, bars, interval, sessions, provenance, rows.taken, rows.ignored, tuple(notes)
    )


def _without_repeats(bars: pd.DataFrame, label: str) -> tuple[pd.DataFrame, list[str]]:
    """Keep the last row of each date; equal rows do no harm, many others do.

    Raises:
        DataError: if more than two rows and 2 % repeat a date with other values.
    """
    repeated: Flags = bars.index.duplicated(keep="last")
    if not repeated.any():
        return bars, []
    any_of = bars.index.duplicated(keep=False)
    identical = bars[any_of].reset_index().duplicated(keep=False).to_numpy()
    conflicting: Flags = repeated.copy()
    conflicting[any_of] = repeated[any_of] & ~identical
    days = pd.Series(bars.index.astype(str), name="date")
    count = int(conflicting.sum())
    if count > max(2, TOLERATED * len(bars)):
        examples = ", ".join(days[conflicting].head(3))
        raise DataError(
            f"{label}: {count} of {len(bars)} rows repeat a date with other values ({examples})",
            "join the column of times to that of dates, or split the file by what tells rows apart",
        )
    return bars[~repeated], list(days[repeated])

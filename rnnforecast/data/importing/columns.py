"""Prices and other series from files: each column is recognised and said, never guessed silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.readers import read_dates, read_numbers, read_table
from rnnforecast.data.intervals import is_intraday, usual_interval
from rnnforecast.data.sessions import guess
from rnnforecast.data.symbols import check_symbol
from rnnforecast.errors import DataError

SPELLINGS = {
    "date": (
        "date",
        "datetime",
        "time",
        "timestamp",
        "day",
        "unnamed: 0",
        "index",
        "price",
        "ticker",
        "open time",
    ),
    "open": ("open", "1. open"),
    "high": ("high", "2. high"),
    "low": ("low", "3. low"),
    "close": ("close", "close/last", "4. close", "last", "price"),
    "adj_close": ("adj close", "adjclose", "adj_close", "adjusted close", "5. adjusted close"),
    "volume": ("volume", "5. volume", "6. volume"),
    "dividends": ("dividends", "7. dividend amount"),
    "splits": ("stock splits", "splits", "8. split coefficient"),
}
"""What the columns of a price file are called, in lower case; the first that fits is taken."""

NAMES = ("ticker", "symbol", "name", "tic", "code")
"""What the column of symbols is called in a file of many."""


@dataclass(frozen=True)
class Selection:
    """How to read a file.

    Args:
        target: the column to forecast; by default the close. All other numeric columns are kept beside it.
        time: the column of dates; by default the one that is called so.
        sessions: a name of exchange_calendars; by default from the dates and the symbol.
    """

    target: str | None = None
    time: str | None = None
    sessions: str | None = None


@dataclass(frozen=True)
class Imported:
    """A history from a file.

    Args:
        history: its bars.
        taken: for each of our columns, what it was called in the file.
        ignored: columns of the file that were not taken.
    """

    history: PriceHistory
    taken: Mapping[str, str]
    ignored: tuple[str, ...]

    def columns(self) -> str:
        """Which column was taken for what, in words."""
        told = ", ".join(
            ours if ours == theirs else f"{ours} from {theirs!r}"
            for ours, theirs in self.taken.items()
        )
        return told + (f"; ignored {', '.join(map(repr, self.ignored))}" if self.ignored else "")


def read_prices(
    path: Path, symbol: str | None = None, selection: Selection = Selection()
) -> list[Imported]:
    """Read a CSV or parquet file of one series, or of many with a column of symbols.

    Args:
        path: of the file; compressed CSV is fine.
        symbol: the name to store it under; by default the file's name up to the first ``_`` or ``.csv``.
        selection: which columns to take.

    Raises:
        DataError: if the file is no table of prices, with the reason.
    """
    table = read_table(path)
    _refuse_side_by_side(table, path.name)
    name = None if symbol else _column_of_symbols(table, selection)
    if name is None:
        return [_read_one(table, path.name, symbol or symbol_of(path), selection)]
    parts = {
        str(key).strip(): part.drop(columns=name) for key, part in table.groupby(name, sort=True)
    }
    return [
        _read_one(part.reset_index(drop=True), f"{path.name} ({key})", key, selection)
        for key, part in parts.items()
    ]


def symbol_of(path: Path) -> str:
    """The symbol that a file's name begins with: ``BTC-USD_2014-2024.csv`` holds BTC-USD.

    Raises:
        DataError: if it begins with none.
    """
    return check_symbol(
        path.name.split("_")[0].removesuffix(".gz").removesuffix(".csv").removesuffix(".parquet")
    )


def _refuse_side_by_side(table: pd.DataFrame, name: str) -> None:
    """yfinance writes several tickers as column groups, which a plain reader mistakes for one."""
    if len(table) and str(table.iloc[0, 0]) == "Ticker":
        tickers = sorted({str(cell) for cell in table.iloc[0, 1:].dropna()})
        if len(tickers) > 1:
            raise DataError(
                f"{name} holds {len(tickers)} symbols side by side ({', '.join(tickers[:5])})",
                "export one symbol a file",
            )


def _column_of_symbols(table: pd.DataFrame, selection: Selection) -> str | None:
    """The column that tells symbols apart, where dates repeat without it."""
    named = [str(column) for column in table.columns if str(column).strip().lower() in NAMES]
    dates = recognise(table, "", selection)["date"]
    if not named or dates == named[0] or not table[dates].duplicated().any():
        return None
    return named[0]


def _read_one(table: pd.DataFrame, name: str, symbol: str, selection: Selection) -> Imported:
    """One series of a table."""
    taken = recognise(table, name, selection)
    dates = read_dates(table[taken["date"]])
    values = {ours: read_numbers(table[theirs]) for ours, theirs in taken.items() if ours != "date"}
    bars = pd.DataFrame(values).set_index(dates)
    usable = bars.index.notna() & bars["close"].notna().to_numpy()
    bars = bars[usable].sort_index(kind="stable")
    if bars.empty:
        raise DataError(
            f"{name} has no row with a date and a number", f"its columns are {_shown(table)}"
        )
    interval = usual_interval(pd.DatetimeIndex(bars.index), name)
    bars.index = _stored_index(pd.DatetimeIndex(bars.index), interval)
    repeated = bars.index.duplicated(keep="last")
    provenance: dict[str, Any] = {
        "source": "file",
        "file": name,
        "columns": taken,
        "dropped": {
            "without_date_or_close": _rows(table[taken["date"]], ~usable),
            "repeated_dates": [str(day) for day in bars.index[repeated]],
        },
    }
    if selection.target:
        provenance["target"] = selection.target
    bars = bars[~repeated].dropna(axis="columns", how="all")
    if selection.sessions:
        provenance["sessions_from"] = "user"
    sessions = selection.sessions or guess(symbol, pd.DatetimeIndex(bars.index))
    ignored = tuple(str(column) for column in table.columns if column not in taken.values())
    return Imported(
        PriceHistory(symbol, bars, interval, sessions, None, provenance), taken, ignored
    )


def recognise(table: pd.DataFrame, name: str, selection: Selection = Selection()) -> dict[str, str]:
    """Which column is which.

    Args:
        table: as read.
        name: of the file, for the message.
        selection: what the user named.

    Returns:
        our names to the file's.

    Raises:
        DataError: if there is no date or no price, or no column of the name that was given.
    """
    for asked in (selection.target, selection.time):
        if asked is not None and asked not in table.columns:
            raise DataError(
                f"{name} has no column {asked!r}; its columns are {_shown(table)}",
                "name one of them",
            )
    spelled = {str(column).strip().lower(): str(column) for column in table.columns}
    taken: dict[str, str] = {"date": selection.time} if selection.time else {}
    for ours, spellings in SPELLINGS.items():
        found = [
            spelled[name]
            for name in spellings
            if name in spelled and spelled[name] not in taken.values()
        ]
        if found and ours not in taken:
            taken[ours] = found[0]
    if selection.target:
        taken = {
            "date": taken.get("date", ""),
            "close": selection.target,
            **_others(table, taken, selection.target),
        }
    for needed, word in (("close", "price"), ("date", "date")):
        if not taken.get(needed):
            raise DataError(
                f"{name} has no {word} column; its columns are {_shown(table)}",
                "name it with --target" if needed == "close" else "name it with --time",
            )
    return taken


def _others(table: pd.DataFrame, taken: Mapping[str, str], target: str) -> dict[str, str]:
    """Every other column that holds numbers, under its own name."""
    others = [str(column) for column in table.columns if column not in (target, taken.get("date"))]
    numeric = [
        column for column in others if read_numbers(table[column].head(1000)).notna().mean() > 0.5
    ]
    return {f"{column}_" if column in ("date", "close") else column: column for column in numeric}


def _stored_index(dates: pd.DatetimeIndex, interval: str) -> pd.DatetimeIndex:
    """Naive midnights for daily and longer bars, UTC instants for intraday ones."""
    if is_intraday(interval):
        zoned = dates.tz_localize("UTC") if dates.tz is None else dates.tz_convert("UTC")
        return zoned.as_unit("ns").rename("date")
    return dates.tz_localize(None).normalize().as_unit("ns").rename("date")


def _rows(dates: pd.Series, flags: Any) -> list[str]:
    """What stands in the date column of some rows."""
    return [str(cell) for cell in dates[flags]]


def _shown(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns[:8])) + (", ..." if len(table.columns) > 8 else "")

"""Prices from files, in the layouts found in the wild: each column is recognised and said, never guessed silently."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rnnforecast.data.history import INTRADAY, PriceHistory
from rnnforecast.data.sessions import guess
from rnnforecast.errors import DataError

SPELLINGS = {
    "date": ("date", "datetime", "time", "timestamp", "day", "unnamed: 0", "index", "price", "ticker", "open time"),
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

NOT_TABLES = (
    (re.compile(r"\Aversion https://git-lfs"), "a Git LFS pointer, not the file itself", "fetch it with: git lfs pull"),
    (
        re.compile(r"^(<<<<<<<|=======|>>>>>>>)( |$)", re.M),
        "the markers of an unresolved Git conflict",
        "resolve it first",
    ),
    (re.compile(r'\A\s*\{\s*"cells"\s*:'), "a Jupyter notebook", "export the table from it as CSV"),
    (re.compile(r"\A\s*(<!doctype|<html)", re.I), "a web page", "download the CSV behind it"),
    (re.compile(r"\A\s*[\[{]"), "JSON", "convert it to CSV"),
)


def read_prices(path: Path, symbol: str, sessions: str | None = None) -> tuple[PriceHistory, dict[str, str]]:
    """Read a CSV or parquet file of daily or intraday prices.

    Args:
        path: of the file; compressed CSV is fine.
        symbol: the name to store it under.
        sessions: a name of exchange_calendars; by default from the dates and the symbol.

    Returns:
        the history, and for each of our columns the name that it had in the file.

    Raises:
        DataError: if the file is no table of prices, with the reason.
    """
    table = _read_table(path)
    taken = recognise(table, path.name)
    dates = _dates(table[taken["date"]], path.name)
    values = {ours: _numbers(table[theirs]) for ours, theirs in taken.items() if ours != "date"}
    bars = pd.DataFrame(values).set_index(dates)
    usable = bars.index.notna() & bars["close"].notna().to_numpy()
    bars = bars[usable].sort_index()
    if bars.empty:
        raise DataError(f"{path.name} has no row with a date and a close", f"its columns are {_shown(table)}")
    interval = _interval(pd.DatetimeIndex(bars.index), path.name)
    bars.index = _stored_index(pd.DatetimeIndex(bars.index), interval)
    duplicates = bars.index.duplicated(keep="last")
    provenance = {
        "source": "file",
        "file": path.name,
        "columns": taken,
        "dropped": {"without_date_or_close": int((~usable).sum()), "repeated_dates": int(duplicates.sum())},
    }
    bars = bars[~duplicates]
    calendar = sessions or guess(symbol, pd.DatetimeIndex(bars.index))
    return PriceHistory(symbol, bars, interval, calendar, None, provenance), taken


def recognise(table: pd.DataFrame, name: str) -> dict[str, str]:
    """Which column is which.

    Args:
        table: as read.
        name: of the file, for the message.

    Returns:
        our names to the file's.

    Raises:
        DataError: if there is no date or no price.
    """
    spelled = {str(column).strip().lower(): str(column) for column in table.columns}
    taken: dict[str, str] = {}
    for ours, spellings in SPELLINGS.items():
        found = [spelled[name] for name in spellings if name in spelled and spelled[name] not in taken.values()]
        if found:
            taken[ours] = found[0]
    for needed, word in (("close", "price"), ("date", "date")):
        if needed not in taken:
            raise DataError(
                f"{name} has no {word} column; its columns are {_shown(table)}", f"name one of them {needed}"
            )
    return taken


def _read_table(path: Path) -> pd.DataFrame:
    """The file as text columns, multi-line headers resolved."""
    if path.suffix == ".parquet":
        try:
            return pd.read_parquet(path).reset_index()
        except (OSError, ValueError) as error:
            raise DataError(f"{path.name} is not readable as parquet ({str(error)[:100]})") from None
    text = _read_text(path)
    for pattern, what, remedy in NOT_TABLES:
        if pattern.search(text):
            raise DataError(f"{path.name} holds {what}", remedy)
    try:
        table = pd.read_csv(io.StringIO(text), sep=None, engine="python", dtype=str)
    except (csv.Error, ValueError) as error:
        raise DataError(f"{path.name} is not a table ({' '.join(str(error).split())[:100]})") from None
    return table


def _read_text(path: Path) -> str:
    """The file's text, decompressed by its suffix."""
    import gzip

    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", "check its path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read as text ({error})", "name a CSV file in UTF-8") from None


def _dates(column: pd.Series, name: str) -> pd.DatetimeIndex:
    """Dates of the rows, naive or in UTC; NaT where a cell holds none (a second header line, say)."""
    cells = column.astype(str).str.strip()
    slashed = cells.str.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}").mean() > 0.5
    form = "%m/%d/%Y" if slashed else "ISO8601"
    zoned = cells.str.contains(r"\d[+-]\d\d:?\d\d$|Z$", regex=True).mean() > 0.5
    if not zoned:
        return pd.DatetimeIndex(pd.to_datetime(cells, format=form, errors="coerce"))
    midnight = cells.str.contains("00:00:00", regex=False).mean() > 0.5
    if midnight:  # the exchange's own date, whatever its distance from UTC
        return pd.DatetimeIndex(pd.to_datetime(cells.str.slice(0, 10), format="ISO8601", errors="coerce"))
    return pd.DatetimeIndex(pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True))


def _numbers(column: pd.Series) -> pd.Series:
    """Numbers of a column; ``$1,234.5`` is one, ``null`` is none."""
    cells = column.astype(str).str.replace(r"[$,\s]", "", regex=True)
    return pd.Series(pd.to_numeric(cells, errors="coerce").to_numpy(float))


def _interval(dates: pd.DatetimeIndex, name: str) -> str:
    """The interval whose length is nearest to the usual distance between bars."""
    if len(dates) < 2:
        raise DataError(f"{name} has {len(dates)} bar", "a history needs at least two")
    usual = pd.Series(dates.unique()).diff().dropna().median()
    lengths = {interval: pd.Timedelta(interval.replace("m", "min")) for interval in INTRADAY}
    lengths |= {
        "1d": pd.Timedelta(days=1),
        "1wk": pd.Timedelta(days=7),
        "1mo": pd.Timedelta(days=30),
        "3mo": pd.Timedelta(days=91),
    }
    return min(lengths, key=lambda interval: (abs(lengths[interval] - usual), interval == "60m"))


def _stored_index(dates: pd.DatetimeIndex, interval: str) -> pd.DatetimeIndex:
    """Naive midnights for daily and longer bars, UTC instants for intraday ones."""
    if interval in INTRADAY:
        zoned = dates.tz_localize("UTC") if dates.tz is None else dates.tz_convert("UTC")
        return zoned.as_unit("ns").rename("date")
    return dates.tz_localize(None).normalize().as_unit("ns").rename("date")


def _shown(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns[:8]))


def describe(taken: Mapping[str, str]) -> str:
    """Which column was taken for what, in words."""
    return ", ".join(f"{ours} from {theirs!r}" for ours, theirs in taken.items())

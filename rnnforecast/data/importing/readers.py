"""Text to a table: tables in the layouts found in the wild are read, everything else is refused with its name."""

from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from rnnforecast.errors import DataError

NOT_TABLES = (
    (
        re.compile(r"\Aversion https://git-lfs"),
        "a Git LFS pointer, not the file itself",
        "fetch it with: git lfs pull",
    ),
    (
        re.compile(r"^(<<<<<<<|=======|>>>>>>>)( |$)", re.M),
        "the markers of an unresolved Git conflict",
        "resolve it first",
    ),
    (
        re.compile(r'\A\s*\{(?=[\s\S]*"(nbformat|cell_type)"\s*:)'),
        "a Jupyter notebook",
        "export the table from it as CSV",
    ),
    (re.compile(r"\A\s*(<!doctype|<html)", re.I), "a web page", "download the CSV behind it"),
    (re.compile(r"\A\s*[\[{]"), "JSON", "convert it to CSV"),
)


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV (also gzipped) as text columns, or a parquet file as it is.

    Raises:
        DataError: if the file is no table, with what it is.
    """
    if path.suffix == ".parquet":
        return _read_parquet(path)
    text = _read_text(path)
    if not text.strip():
        raise DataError(f"{path.name} is empty", "name a CSV file with a header and rows")
    for pattern, what, remedy in NOT_TABLES:
        if pattern.search(text):
            raise DataError(f"{path.name} holds {what}", remedy)
    try:
        separator = (
            csv.Sniffer().sniff(text[: text.find("\n", 2000) + 1] or text, ",;\t|").delimiter
        )
    except csv.Error:
        separator = ","
    try:
        return pd.read_csv(io.StringIO(text), sep=separator, dtype=str)
    except ValueError as error:
        reason = str(error)[:100]
        raise DataError(
            f"{path.name} is not a table ({reason})", "write it as CSV with a row of headings"
        ) from None


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path).reset_index()
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", "check its path") from None
    except (OSError, ValueError) as error:
        reason = str(error)[:100]
        raise DataError(
            f"{path.name} is not readable as parquet ({reason})", "write it again, or as CSV"
        ) from None


def _read_text(path: Path) -> str:
    """The file's text, decompressed by its suffix; a few bytes that are not UTF-8 are let through."""
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", "check its path") from None
    except (OSError, EOFError) as error:
        raise DataError(
            f"{path.name} cannot be read ({error})", "name a CSV or parquet file"
        ) from None
    if b"\0" in content[:4096]:
        raise DataError(f"{path.name} is binary", "name a CSV or parquet file")
    return content.decode("utf-8-sig", errors="replace")


def read_dates(column: pd.Series) -> pd.DatetimeIndex:
    """Dates of the rows, naive or in UTC; NaT where a cell holds none (a second header line, say)."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.DatetimeIndex(column)
    cells = column.astype(str).str.strip()
    if cells.str.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}").mean() > 0.5:
        return pd.DatetimeIndex(pd.to_datetime(cells, format="%m/%d/%Y", errors="coerce"))
    zoned = cells.str.contains(r"\d[+-]\d\d:?\d\d$|Z$", regex=True).mean() > 0.5
    if not zoned:
        return pd.DatetimeIndex(pd.to_datetime(cells, format="ISO8601", errors="coerce"))
    if (
        cells.str.contains("00:00:00", regex=False).mean() > 0.5
    ):  # the exchange's own date, however far from UTC
        return pd.DatetimeIndex(
            pd.to_datetime(cells.str.slice(0, 10), format="ISO8601", errors="coerce")
        )
    return pd.DatetimeIndex(pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True))


def read_numbers(column: pd.Series) -> pd.Series:
    """Numbers of a column, exact to the last bit; ``$1,234.5`` is one, ``null`` is none."""
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float).reset_index(drop=True)
    try:
        return pd.Series(column.to_numpy(object).astype(float))
    except ValueError:  # something but a number among them
        cells = column.astype(str).str.replace(r"[$,\s]", "", regex=True)
    return pd.Series(np.fromiter(map(_number, cells), float, len(cells)))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan

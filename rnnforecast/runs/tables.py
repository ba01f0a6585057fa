"""The tables of a run, checked when they are read: somebody else may have written them.

A hash says that a file is what its writer wrote, not that it is what we would have written.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import pandas as pd
from pandas.api.types import infer_dtype, is_numeric_dtype

from rnnforecast.data.parquet import read_parquet
from rnnforecast.forecast.summary import QUANTILE_COLUMNS
from rnnforecast.runs.folder import Folder
from rnnforecast.runs.layout import (
    BACKTEST,
    COMPARISONS,
    FIT,
    FORECAST,
    MODEL_SET,
    PLAIN_BACKTEST,
    SCORES,
    SEEDS,
)
from rnnforecast.runs.packed_backtest import load_backtest

COLUMNS: Mapping[str, tuple[str, str, str]] = {
    # name: texts, numbers and dates that every version has written
    BACKTEST: ("model", "step last actual", "origin date"),
    PLAIN_BACKTEST: ("model", "step last actual", "origin date"),
    COMPARISONS: ("model baseline metric", "step skill p low high", ""),
    FIT: ("", "member epoch loss val_loss", ""),
    FORECAST: ("", "step", "date"),
    MODEL_SET: ("model", "p included", ""),
    SCORES: ("model metric", "step value low high n", ""),
    SEEDS: ("metric", "member value skill", ""),
}
"""The columns that a table must have."""
INTERVALS = ("median", "low_80", "high_80", "low_95", "high_95")
NUMBERS: Mapping[str, tuple[str, ...]] = {
    COMPARISONS: ("equivalence_p",),
    FORECAST: (*INTERVALS, "last", "rising"),
}
"""Columns that hold numbers where a table has them."""
KEYS: Mapping[str, list[str]] = {
    name: ["model", "symbol", "origin", "step"] for name in (BACKTEST, PLAIN_BACKTEST)
}
"""Columns whose values together name a row, so that none may come twice."""


def load_table(folder: Folder, name: str) -> pd.DataFrame | None:
    """Read a table, csv or parquet; None where the run has none yet.

    Raises:
        RunError: if it is damaged, or lacks what a table of this name must have.
    """
    table = load_backtest(folder) if name == BACKTEST else _load_table(folder, name)
    if table is not None and not is_table(name, table):
        raise folder.damaged(name)
    return table


def _load_table(folder: Folder, name: str) -> pd.DataFrame | None:
    if not folder.has(name):
        return None
    content = folder.read_bytes(name)
    try:
        if name.endswith(".parquet"):
            return read_parquet(content)
        # the usual parser of numbers is off by a bit in one of five
        return pd.read_csv(io.BytesIO(content), float_precision="round_trip")
    except (OSError, ValueError):
        raise folder.damaged(name) from None


def save_table(folder: Folder, name: str, table: pd.DataFrame) -> None:
    """Write a table as csv."""
    folder.write(name, table.to_csv(index=False))


def is_table(name: str, table: pd.DataFrame) -> bool:
    """Return whether a table has the columns that one of its name must have, and each row once."""
    if name not in COLUMNS:
        return True
    texts, numbers, dates = (names.split() for names in COLUMNS[name])
    levels = [column for column in table if str(column).startswith("q0.")]
    quantiles = list(QUANTILE_COLUMNS) if levels else []
    if {*levels} != {*quantiles} or not {*texts, *numbers, *dates} <= {*table.columns}:
        return False
    if table.empty:
        return True
    try:
        for column in dates:
            pd.to_datetime(table[column], format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        return False
    named = all(infer_dtype(table[column]) == "string" for column in texts)
    counts = [*numbers, *quantiles, *(set(NUMBERS.get(name, ())) & {*table.columns})]
    counted = all(is_numeric_dtype(table[column]) for column in counts)
    key = [column for column in KEYS.get(name, ()) if column in table]
    return named and counted and not (key and table.duplicated(key).any())

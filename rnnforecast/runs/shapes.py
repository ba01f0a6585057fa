"""What the tables and documents of a run consist of: somebody else may have written them.

A hash says that a file is what its writer wrote, not that it is what we would have written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from rnnforecast.runs.layout import (
    BACKTEST,
    COMPARISONS,
    FIT,
    FORECAST,
    MODEL_SET,
    PLAIN_BACKTEST,
    SCORES,
    SEEDS,
    VERDICT,
)

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, tuple[str, str, str]] = {
    # name: texts, numbers and dates that every version has written
    BACKTEST: ("model", "step last actual", "origin date"),
    PLAIN_BACKTEST: ("model", "step last actual", "origin date"),
    COMPARISONS: ("model baseline metric", "step skill p low high", ""),
    FIT: ("", "member epoch loss val_loss", ""),
    FORECAST: ("", "step median", "date"),
    MODEL_SET: ("model", "p included", ""),
    SCORES: ("model metric", "step value low high n", ""),
    SEEDS: ("metric", "member value skill", ""),
}
"""The columns that a table must have."""
KEYS: Mapping[str, list[str]] = {
    name: ["model", "symbol", "origin", "step"] for name in (BACKTEST, PLAIN_BACKTEST)
}
"""Columns whose values together name a row, so that none may come twice."""


class _Document(BaseModel):
    """A document that may have more than it must."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)


class _Verdict(_Document):
    headline: str
    sentence: str
    point: str | None = None
    distribution: str | None = None
    garch: str | None = None
    origins: int | None = None
    flags: list[str] = []
    summary: str | None = None
    rival: str | None = None
    against_rival: str | None = None


DOCUMENTS: Mapping[str, type[_Document]] = {VERDICT: _Verdict}


def is_table(name: str, table: pd.DataFrame) -> bool:
    """Return whether a table has the columns that one of its name must have, and each row once."""
    from pandas import to_datetime
    from pandas.api.types import infer_dtype, is_numeric_dtype

    from rnnforecast.forecast.summary import QUANTILE_COLUMNS

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
            to_datetime(table[column], format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        return False
    named = all(infer_dtype(table[column]) == "string" for column in texts)
    counted = all(is_numeric_dtype(table[column]) for column in (*numbers, *quantiles))
    key = [column for column in KEYS.get(name, ()) if column in table]
    return named and counted and not (key and table.duplicated(key).any())


def is_document(name: str, values: Mapping[str, Any]) -> bool:
    """Return whether a document has what one of its name must have."""
    try:
        DOCUMENTS.get(name, _Document).model_validate(values)
    except ValidationError:
        return False
    return True

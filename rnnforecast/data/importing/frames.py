"""Data frames of any library: pandas, Polars or Arrow, wide or in Nixtla's long format."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import narwhals as nw
import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.columns import BY_EVIDENCE, Selection
from rnnforecast.data.importing.importer import FileContents, read_frame
from rnnforecast.errors import DataError


def to_pandas(frame: Any) -> pd.DataFrame:
    """Return a frame of any library that narwhals knows as one of pandas.

    Raises:
        DataError: if it is no data frame.
    """
    if isinstance(frame, pd.DataFrame):
        return frame
    if isinstance(frame, pd.Series):
        return frame.to_frame(name=frame.name or "close")
    try:
        native = nw.from_native(frame)
    except TypeError:
        raise DataError(
            f"{type(frame).__name__} is no data frame", "pass one of pandas, Polars or Arrow"
        ) from None
    eager = native.collect() if isinstance(native, nw.LazyFrame) else native
    return eager.to_pandas()


def history_of_frame(
    frame: Any,
    symbol: str | None = None,
    *,
    currency: str | None = None,
    selection: Selection = BY_EVIDENCE,
) -> PriceHistory:
    """Return the one series of a frame; see ``PriceHistory.from_frame``.

    Raises:
        DataError: if it has no rows, holds several series, or cannot be read.
    """
    table = to_pandas(frame)
    if table.empty:
        raise DataError("the frame has no rows", "pass one with a row for each bar")
    return one_series(read_frame(table, symbol, selection), currency)


def one_series(contents: FileContents, currency: str | None = None) -> PriceHistory:
    """Return the history of a table that holds one series.

    Raises:
        DataError: if it holds several, or one that cannot be read.
    """
    if contents.failed:
        raise contents.failed[0]
    if len(contents.series) > 1:
        symbols = [series.history.symbol for series in contents.series]
        raise DataError(
            f"there are {len(symbols)} series ({', '.join(symbols[:5])})",
            "choose one with symbol=",
        )
    return replace(contents.series[0].history, currency=currency)

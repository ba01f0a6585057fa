"""Data frames of any library: pandas, Polars or Arrow."""

from __future__ import annotations

from typing import Any

import pandas as pd

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
    import narwhals as nw  # heavy, and most frames are pandas' own

    try:
        native = nw.from_native(frame)
    except TypeError:
        raise DataError(
            f"{type(frame).__name__} is no data frame", "pass one of pandas, Polars or Arrow"
        ) from None
    eager = native.collect() if isinstance(native, nw.LazyFrame) else native
    return eager.to_pandas()

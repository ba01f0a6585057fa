"""The table of bars: the names of its prices, and what it must be to be worked with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnforecast.errors import DataError, shortened

OHLC = ("open", "high", "low", "close")


def check_bars(symbol: str, bars: pd.DataFrame) -> None:
    """Refuse bars that are no numbers, that lack a finite close, or whose dates repeat or descend.

    Args:
        symbol: whose bars, for the message.
        bars: indexed by date (bar, column).

    Raises:
        DataError: saying what is wrong and what to do.
    """
    dates = bars.index
    if "close" not in bars.columns:
        columns = ", ".join(map(str, bars.columns)) or "none"
        raise DataError(
            f"{symbol}: no close price among the columns ({columns})", "name the price column"
        )
    if not len(dates):
        raise DataError(f"{symbol}: no bars", "fetch or import some")
    if not isinstance(dates, pd.DatetimeIndex):
        raise DataError(
            f"{symbol}: bars are indexed by {dates.dtype}, not by date", "import them again"
        )
    # the order first: it tells pandas that dates are unique, which otherwise costs a hash table
    if not (dates.is_monotonic_increasing and dates.is_unique):
        culprit = dates[1:][np.diff(dates.asi8) <= 0][0]
        raise DataError(
            f"{symbol}: dates repeat or descend at {culprit}", "sort and deduplicate the file"
        )
    for name, kind in bars.dtypes.items():
        if not pd.api.types.is_numeric_dtype(kind):
            raise DataError(
                f"{symbol}: the column {shortened(str(name))!r} holds {kind}, not numbers",
                "import them again",
            )
    missing = ~np.isfinite(bars["close"].to_numpy(float))
    if missing.any():
        raise DataError(
            f"{symbol}: {missing.sum()} bars lack a close, the first on {dates[missing][0]}",
            "drop those rows",
        )

"""Causal inputs: the value at a row uses that row and earlier ones, nothing later."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.experiment import Feature
from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import DataError

FEATURES: dict[Feature, Callable[[pd.DataFrame], pd.Series]] = {
    "log_return": lambda bars: np.log(bars["close"]).diff(),
    "abs_log_return": lambda bars: np.log(bars["close"]).diff().abs(),
    "difference": lambda bars: bars["close"].diff(),
    "abs_difference": lambda bars: bars["close"].diff().abs(),
    "close": lambda bars: bars["close"],
}


def feature_table(history: PriceHistory, names: Sequence[Feature]) -> NDArray[np.float64]:
    """The inputs of every row.

    Args:
        history: bars, already adjusted as wanted.
        names: of the features.

    Returns:
        values (row, feature); the first rows may be NaN while a feature has too little past.

    Raises:
        DataError: if a log is asked of a price that is not positive.
    """
    if any("log" in name for name in names):
        require_positive(history)
    return np.column_stack([FEATURES[name](history.bars).to_numpy(float) for name in names])


def first_usable(values: NDArray[np.float64], history: PriceHistory, names: Sequence[Feature]) -> int:
    """The first row at which every feature is known.

    Args:
        values: of the features (row, feature).
        history: whose rows they are, for the message.
        names: of the features.

    Raises:
        DataError: if a value is missing after that row.
    """
    known = np.isfinite(values)
    first = int(known.argmax(axis=0).max())
    if not known[first:].all():
        row, column = np.argwhere(~known[first:])[0]
        raise DataError(
            f"feature {names[column]} of {history.symbol} has no value on {history.dates[first + row]:%Y-%m-%d}",
            "drop that bar or that feature",
        )
    return first


def require_positive(history: PriceHistory) -> None:
    """Logs need positive prices.

    Raises:
        DataError: naming the first price that is not.
    """
    close = history.bars["close"]
    bad = close[close <= 0]
    if len(bad):
        raise DataError(
            f"{history.symbol} is {bad.iloc[0]:g} on {bad.index[0]:%Y-%m-%d}, and log returns need positive prices",
            "use --set window.target=difference --set 'window.features=[difference, abs_difference]'",
        )

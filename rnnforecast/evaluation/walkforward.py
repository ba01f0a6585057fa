"""Rolling origins over the test part: every model's forecasts in one tidy table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.dataset.preparation import Dataset
from rnnforecast.forecast.quantiles import LEVELS, MEDIAN

NETWORK, NAIVE, GARCH = "network", "naive", "garch"
"""Names of the models, in the order of the report card."""
QUANTILES = [f"q{level:g}" for level in LEVELS]
"""Names of the quantile columns."""
MEDIAN_COLUMN = QUANTILES[MEDIAN]


def backtest_table(dataset: Dataset, forecasts: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Forecasts from every test origin, beside what happened.

    Args:
        dataset: its test part is scored.
        forecasts: model name to quantiles (window, step, level), one window for each test origin.

    Returns:
        one row for each model, origin and step: model, symbol, origin, step, date (the target's own),
        last (the close at the origin, or the volatility of late), actual, and the quantile columns.
    """
    frame = _frame(dataset)
    tables = [
        pd.concat([frame.assign(model=model), pd.DataFrame(values.reshape(-1, len(LEVELS)), columns=QUANTILES)], axis=1)
        for model, values in forecasts.items()
    ]
    return pd.concat(tables, ignore_index=True)[["model", *frame.columns, *QUANTILES]]


def odds_table(dataset: Dataset, forecasts: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Probabilities of a rise from every test origin, beside what happened.

    Args:
        dataset: its test part is scored.
        forecasts: model name to probabilities (window, step), one window for each test origin.

    Returns:
        as ``backtest_table``, with one column ``rising`` instead of quantiles.
    """
    frame = _frame(dataset)
    tables = [frame.assign(model=model, rising=odds.ravel()) for model, odds in forecasts.items()]
    return pd.concat(tables, ignore_index=True)[["model", *frame.columns, "rising"]]


def _frame(dataset: Dataset) -> pd.DataFrame:
    """What every model's rows have in common."""
    origins = dataset.splits.origins("test")
    horizon = dataset.experiment.window.horizon
    rows = origins[:, None] + np.arange(1, horizon + 1)  # (window, step)
    return pd.DataFrame(
        {
            "symbol": dataset.history.symbol,
            "origin": np.repeat(dataset.history.dates[origins], horizon),
            "step": np.tile(np.arange(1, horizon + 1), len(origins)),
            "date": dataset.history.dates[rows.ravel()],
            "last": np.repeat(dataset.last[origins], horizon),
            "actual": dataset.coming[origins].ravel(),
        }
    )

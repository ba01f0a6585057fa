"""The backtest table: what every model forecast beside what happened, a row a model,
origin and step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN

NETWORK, UNCALIBRATED, NAIVE, GARCH = "network", "uncalibrated", "naive", "garch"
"""Names of models: what is delivered, the same before its calibration, and two of the baselines."""
NETWORKS_ALONE, FILTERS = "networks_alone", "filters"
"""Names of the parts of a pool: its networks by themselves, and the pool without them."""
SHOWN_ONLY = (UNCALIBRATED, NETWORKS_ALONE, FILTERS)
"""Models that show what a forecast is made of, and contend for nothing."""
QUANTILES = [f"q{level:g}" for level in LEVELS]
"""Names of the quantile columns."""
MEDIAN_COLUMN = QUANTILES[MEDIAN]
RISING = "rising"
"""The column of the probability of a rise, where a direction is forecast."""
OUTCOME = ["symbol", "origin", "step", "date", "last", "actual"]
"""The columns in which all models agree."""


def backtest_table(
    dataset: Dataset, forecasts: Mapping[str, NDArray[np.float64]], origins: Rows | None = None
) -> pd.DataFrame:
    """Put forecasts from some origins beside what happened.

    Args:
        dataset: whose prices they are.
        forecasts: model name to quantiles (window, step, level), one window for each origin.
        origins: rows of the last known closes (window,); by default those of the test part.

    Returns:
        One row for each model, origin and step: model, symbol, origin, step, date (the target's
        own), last (the close at the origin, or the recent volatility), actual, and the quantile
        columns.

    Raises:
        ValueError: as ``check_backtest``.
    """
    rows = [quantiles.reshape(-1, len(LEVELS)) for quantiles in forecasts.values()]
    # One block of memory: a table of each model, put together, would be copied three times.
    values = pd.DataFrame(np.concatenate(rows), columns=QUANTILES, copy=False)
    return check_backtest(pd.concat([_of_models(dataset, forecasts, origins), values], axis=1))


def probability_table(
    dataset: Dataset, forecasts: Mapping[str, NDArray[np.float64]], origins: Rows | None = None
) -> pd.DataFrame:
    """Put probabilities of a rise from some origins beside what happened.

    Args:
        dataset: whose prices they are.
        forecasts: model name to probabilities (window, step), one window for each origin.
        origins: as in ``backtest_table``.

    Returns:
        As ``backtest_table``, with one column ``rising`` instead of quantiles.

    Raises:
        ValueError: as ``check_backtest``.
    """
    values = np.concatenate([probabilities.ravel() for probabilities in forecasts.values()])
    return check_backtest(_of_models(dataset, forecasts, origins).assign(**{RISING: values}))


def check_backtest(table: pd.DataFrame) -> pd.DataFrame:
    """Return a backtest table that can be scored, or say what is wrong with it.

    Raises:
        ValueError: where a forecast is missing or its quantiles cross, where a probability is
            none, or where the models were not asked at the same origins.
    """
    if table["actual"].isna().any():
        raise ValueError("a target of the backtest has not happened yet")
    if RISING in table:
        if not table[RISING].between(0, 1).all():
            raise ValueError("a probability of a rise lies outside 0 to 1")
    else:
        quantiles = table[QUANTILES].to_numpy(float)
        if not np.isfinite(quantiles).all():
            raise ValueError(f"{_first(table, ~np.isfinite(quantiles))} has a missing quantile")
        steps = np.diff(quantiles, axis=1)
        # means and sums round in the last digits, so that equal quantiles may cross by that much
        if (
            steps.min(initial=0) < 0
            and (crossing := steps < -1e-9 * np.abs(quantiles[:, 1:])).any()
        ):
            raise ValueError(f"{_first(table, crossing)} has quantiles that cross")
    outcomes = table[["model", *OUTCOME]]
    rows = dict(iter(outcomes.groupby("model", sort=False)))
    first, *others = rows.values()
    for other in others:
        # column by column: a table of several types would become one of Python's objects
        if not all(np.array_equal(first[name], other[name]) for name in OUTCOME):
            raise ValueError(f"the models {', '.join(map(str, rows))} have different origins")
    return table


def _first(table: pd.DataFrame, wrong: NDArray[np.bool_]) -> str:
    """Name the first forecast with something wrong (row, level)."""
    row = table.iloc[int(wrong.any(axis=1).argmax())]
    return f"the forecast of {row['model']} from {row['origin']}, step {row['step']},"


def _of_models(dataset: Dataset, models: Iterable[str], origins: Rows | None) -> pd.DataFrame:
    """Return the columns beside the forecasts: a row for each model, origin and step."""
    outcome, names = _outcome(dataset, origins), list(models)
    table = pd.concat([outcome] * len(names), ignore_index=True)
    table.insert(0, "model", np.repeat(np.array(names, object), len(outcome)))
    return table


def _outcome(dataset: Dataset, origins: Rows | None) -> pd.DataFrame:
    """Return what the rows of every model have in common."""
    origins = dataset.splits.origins("test") if origins is None else origins
    horizon = dataset.experiment.window.horizon
    rows = origins[:, None] + np.arange(1, horizon + 1)  # (window, step)
    return pd.DataFrame(
        {
            "symbol": dataset.history.symbol,
            "origin": np.repeat(dataset.history.dates[origins], horizon),
            "step": np.tile(np.arange(1, horizon + 1), len(origins)),
            "date": dataset.history.dates[rows.ravel()],
            "last": np.repeat(dataset.last_value[origins], horizon),
            "actual": dataset.future_values[origins].ravel(),
        }
    )

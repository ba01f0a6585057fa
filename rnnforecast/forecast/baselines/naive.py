"""What every forecast stands beside: distributions that need no network."""

from __future__ import annotations

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Target
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.quantities import PRICE


def change_unit(dataset: Dataset) -> Target:
    """The unit in which values walk: log returns where all are positive, differences otherwise."""
    return "log_return" if (dataset.closes > 0).all() else "difference"


def known_changes(dataset: Dataset) -> Array:
    """What came of every row over the horizon, less its last value, as far as it was known before the test part.

    Returns:
        (row, step), in ``change_unit``, of the rows before the test part; NaN where it begins, and before the first
        row that may teach.
    """
    splits, horizon = dataset.splits, dataset.experiment.window.horizon
    rows = np.arange(splits.learnable_stop)[:, None]
    known = (rows + np.arange(1, horizon + 1) < splits.learnable_stop) & (
        rows >= splits.learnable_start
    )
    coming, last = (
        np.where(known, dataset.future_values[: splits.learnable_stop], np.nan),
        dataset.last_value[: splits.learnable_stop, None],
    )
    return UNITS[change_unit(dataset)].encode(coming, last)


def naive_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """The random walk: the median is the last value, the spread is always what it was before the test part.

    The spread at each step is the empirical distribution, moved to median zero, of all changes over that many steps
    whose end lies before the first test target. Changes are log returns where all prices are positive, differences
    otherwise. A volatility changes from that of late, and is not moved: that of one bar is mostly below its root mean
    square, so what usually came of it is the median.

    Args:
        dataset: whose prices or volatilities are forecast.
        origins: rows of the last known closes (window,).

    Returns:
        quantiles (window, step, level).
    """
    spread = np.nanquantile(known_changes(dataset), LEVELS, axis=0).T  # (step, level)
    if dataset.experiment.window.quantity == PRICE:
        spread = spread - spread[:, [MEDIAN]]
    return UNITS[change_unit(dataset)].decode(spread, dataset.last_value[origins][:, None, None])


def base_rate(dataset: Dataset, origins: Rows) -> Array:
    """The share of rises over each number of steps before the test part, always the same.

    Prices that did not move count for neither side.

    Returns:
        probabilities (window, step).
    """
    moved = np.sign(known_changes(dataset))
    rate = np.nanmean(np.where(moved == 0, np.nan, moved > 0), axis=0, where=~np.isnan(moved))
    return np.broadcast_to(rate, (len(origins), len(rate)))

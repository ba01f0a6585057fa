"""What every forecast stands beside: distributions that need no network."""

from __future__ import annotations

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Target
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.quantities import PRICE, VOLATILITY


def change_unit(dataset: Dataset) -> Target:
    """The unit in which values walk: log returns where all are positive, differences otherwise."""
    return "log_return" if (dataset.closes > 0).all() else "difference"


def known_changes(dataset: Dataset) -> Array:
    """What came of every row over the horizon, less its last value, as far as it was known before
    the test part.

    Returns:
        (row, step), in ``change_unit``, of the rows before the test part; NaN where it begins, and
        before the first row that may teach.
    """
    values = known_values(dataset)
    return UNITS[change_unit(dataset)].encode(values, dataset.last_value[: len(values), None])


def known_values(dataset: Dataset) -> Array:
    """Return what came of every row over the horizon, as far as it was known before the test part.

    Returns:
        (row, step) of the rows before the test part; NaN as in ``known_changes``.
    """
    splits, horizon = dataset.splits, dataset.experiment.window.horizon
    rows = np.arange(splits.learnable_stop)[:, None]
    known = (rows + np.arange(1, horizon + 1) < splits.learnable_stop) & (
        rows >= splits.learnable_start
    )
    return np.where(known, dataset.future_values[: splits.learnable_stop], np.nan)


def naive_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """The random walk: the median is the last value, the spread is always what it was before the
    test part.

    The spread at each step is the empirical distribution, moved to median zero, of all changes over
    that many steps whose end lies before the first test target. Changes are log returns where all
    prices are positive, differences otherwise. A volatility changes from that of late, and is not
    moved: that of one bar is mostly below its root mean square, so what usually came of it is the
    median.

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


def constant_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Answer with the distribution of all volatilities of the past, always the same.

    Naive's last 21 bars are a noisy estimate; where volatility does not cluster, this is better.

    Args:
        dataset: whose volatilities are forecast.
        origins: rows of the last known closes (window,).

    Returns:
        Quantiles (window, step, level).
    """
    quantiles = np.nanquantile(known_values(dataset), LEVELS, axis=0).T  # (step, level)
    return np.broadcast_to(quantiles, (len(origins), *quantiles.shape)).copy()


def recent_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Answer with a constant spread of the same recency as the network's calibration has.

    It is that of the validation windows; where ``calibration`` goes on learning (``rolling``,
    ``aci``), that of as many of the newest windows whose outcomes are known at each origin. Of a
    price it stands around the last close; of a volatility it is the distribution of its values.

    Args:
        dataset: whose prices or volatilities are forecast.
        origins: rows of the last known closes (window,).

    Returns:
        Quantiles (window, step, level).
    """
    validation, horizon = dataset.splits.origins("validation"), dataset.experiment.window.horizon
    of_price = dataset.experiment.window.quantity == PRICE
    unit, last = UNITS[change_unit(dataset)], dataset.last_value
    values = (
        unit.encode(dataset.future_values, last[:, None]) if of_price else dataset.future_values
    )
    if dataset.experiment.calibration in ("rolling", "aci"):
        count = len(validation)
        steps = np.arange(1, horizon + 1)
        ends = origins[:, None] - steps + 1  # the window after the newest one that is known
        spread = np.stack(
            [
                np.quantile(
                    values[ends[:, step, None] - np.arange(1, count + 1), step], LEVELS, axis=1
                ).T
                for step in range(horizon)
            ],
            axis=1,
        )  # (window, step, level)
    else:
        constant = np.quantile(values[validation], LEVELS, axis=0).T  # (step, level)
        spread = np.broadcast_to(constant, (len(origins), *constant.shape))
    if not of_price:
        return np.array(spread)
    return unit.decode(spread - spread[..., [MEDIAN]], last[origins][:, None, None])


BASELINES = (
    Baseline("naive", "naive", naive_quantiles, (PRICE, VOLATILITY)),
    Baseline("recent", "recent spread", recent_quantiles, (PRICE, VOLATILITY)),
    Baseline("constant", "long-run constant", constant_quantiles, (VOLATILITY,)),
)

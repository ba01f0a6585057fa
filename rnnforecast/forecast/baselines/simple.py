"""Baselines that need no fit but a few averages: drift, seasonal naive,
AR(1) and RiskMetrics' EWMA."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaincinv, ndtri

from rnnforecast.arrays import Array
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import SMALLEST_VOLATILITY, UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.forecast.baselines.naive import change_unit, known_changes
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.quantities import PRICE, VOLATILITY

DECAY = 0.94
"""Of RiskMetrics' daily variance (J.P. Morgan 1996)."""


def level(dataset: Dataset) -> Array:
    """Return the series in which values walk (row,): log closes where all are positive,
    else closes."""
    return np.log(dataset.closes) if change_unit(dataset) == "log_return" else dataset.closes


def to_prices(dataset: Dataset, origins: Rows, changes: Array) -> Array:
    """Convert changes from the last close (window, step, level), in ``change_unit``, to prices."""
    return UNITS[change_unit(dataset)].decode(changes, dataset.closes[origins][:, None, None])


def drift_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast by the random walk with drift: naive, moved by the mean change of the past.

    Returns:
        quantiles of prices (window, step, level).
    """
    known = known_changes(dataset)
    spread = np.nanquantile(known, LEVELS, axis=0).T  # (step, level)
    steps = np.arange(1, len(spread) + 1)[:, None]
    # The median moves by the mean change of one step, times the steps; the spread stays naive's.
    changes = np.nanmean(known[:, 0]) * steps + spread - spread[:, [MEDIAN]]
    return to_prices(dataset, origins, np.broadcast_to(changes, (len(origins), *changes.shape)))


def season_of(history: PriceHistory) -> int:
    """Return the bars in the shortest season that calendars know: a week of days, a day of intraday
    bars, a year of months.

    Returns:
        1 where there is none.
    """
    if history.intraday:
        days = pd.Series(history.dates.normalize()).value_counts()
        # The commonest number of bars a day; the largest, where several are as common.
        return int(days.mode().iloc[-1])
    around_the_clock = history.sessions == "24/7"
    return {"1d": 7 if around_the_clock else 5, "1wk": 52, "1mo": 12, "3mo": 4}.get(
        history.interval, 1
    )


def seasonal_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast the value of one season before, with the spread that this had in the past.

    Returns:
        quantiles of prices (window, step, level).

    Raises:
        DataError: if the bars have no season, or there are too few of them.
    """
    season, values, known = (
        season_of(dataset.history),
        level(dataset),
        dataset.splits.learnable_stop,
    )
    if season < 2:
        raise DataError(
            f"{dataset.history.symbol} has bars of {dataset.history.interval}, which know no season"
        )
    if known <= 2 * season + dataset.experiment.window.horizon:
        raise DataError(
            f"{dataset.history.symbol} has {known} bars to learn from, "
            f"too few for a season of {season}"
        )
    changes = []
    for step in range(1, dataset.experiment.window.horizon + 1):
        back = (
            season * -(-step // season) - step
        )  # rows from the origin back to the same place of the last season
        rows = np.arange(dataset.splits.learnable_start + back, known - step)
        errors = values[rows + step] - values[rows - back]
        spread = np.quantile(errors, LEVELS)
        changes.append(
            (values[origins - back] - values[origins])[:, None] + spread - spread[MEDIAN]
        )
    return to_prices(dataset, origins, np.stack(changes, axis=1))


def ar1_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast by an autoregression of one lag on the changes, by least squares on the past, with
    the spread of its errors there.

    Returns:
        quantiles of prices (window, step, level).
    """
    changes, known = (
        np.diff(level(dataset)),
        dataset.splits.learnable_stop,
    )  # changes[i] leads from row i to row i + 1
    past = changes[dataset.splits.learnable_start : known - 1]
    (constant, slope), *_ = np.linalg.lstsq(
        np.column_stack([np.ones(len(past) - 1), past[:-1]]), past[1:]
    )
    horizon = dataset.experiment.window.horizon
    paths = ar1_paths(
        np.concatenate([[np.nan], changes]), float(constant), float(slope), horizon
    )  # (row, step)
    errors = known_changes(dataset) - paths[:known]
    spread = np.nanquantile(errors, LEVELS, axis=0).T
    return to_prices(dataset, origins, paths[origins][..., None] + spread - spread[:, [MEDIAN]])


def ar1_paths(newest: Array, constant: float, slope: float, horizon: int) -> Array:
    """Compute the expected cumulative changes after every row.

    Args:
        newest: the change that led to each row (row,).
        constant: of the autoregression.
        slope: of the autoregression.
        horizon: steps ahead.

    Returns:
        (row, step).
    """
    steps, expected = [], newest
    for _ in range(horizon):
        expected = constant + slope * expected
        steps.append(expected)
    return np.stack(steps, axis=1).cumsum(axis=1)


def ewma_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast Gaussian changes with the exponentially weighted variance of the past; the median is
    the last close.

    Returns:
        quantiles of prices, or of the volatility of the coming steps (window, step, level).

    Source: RiskMetrics technical document, J.P. Morgan 1996, section 5.2.
    """
    changes = np.diff(level(dataset), prepend=np.nan)
    squares = pd.Series(changes[1:] ** 2).ewm(alpha=1 - DECAY, adjust=False).mean().to_numpy()
    deviation = np.sqrt(np.concatenate([[np.nan], squares]))[origins]
    if not (deviation > 0).all():
        raise DataError(f"{dataset.history.symbol} does not move, so it has no EWMA volatility")
    steps = np.arange(1, dataset.experiment.window.horizon + 1)
    if dataset.experiment.window.quantity == VOLATILITY:
        # the root mean square of Gaussian changes follows the chi distribution (step, level)
        realised = np.sqrt(2 * gammaincinv(steps[:, None] / 2, LEVELS) / steps[:, None])
        quantiles: Array = np.maximum(deviation[:, None, None] * realised, SMALLEST_VOLATILITY)
        return quantiles
    spread = np.sqrt(steps)[:, None] * ndtri(LEVELS)
    return to_prices(dataset, origins, deviation[:, None, None] * spread)


BASELINES = (
    Baseline("drift", "drift", drift_quantiles),
    Baseline("seasonal_naive", "seasonal naive", seasonal_quantiles),
    Baseline("ar1", "AR(1)", ar1_quantiles),
    Baseline("ewma", "EWMA(0.94)", ewma_quantiles, (PRICE, VOLATILITY)),
)

"""What every forecast stands beside: distributions that need no network."""

from __future__ import annotations

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Target
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.quantities import PRICE, VOLATILITY


def change_unit(dataset: Dataset) -> Target:
    """Return the unit in which values walk: log returns where all are positive, else
    differences."""
    return "log_return" if (dataset.closes > 0).all() else "difference"


def known_changes(dataset: Dataset) -> Array:
    """Return the changes from every row's value over the horizon, as far as they were known before
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
    """Forecast by the random walk: the median is the last value, the spread is always what it was
    before the test part.

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
    """Return the share of rises over each number of steps before the test part, always the same.

    Prices that did not move count for neither side.

    Returns:
        probabilities (window, step).
    """
    moved = np.sign(known_changes(dataset))
    rate = np.nanmean(np.where(moved == 0, np.nan, moved > 0), axis=0, where=~np.isnan(moved))
    return np.broadcast_to(rate, (len(origins), len(rate)))


def constant_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Answer with the distribution of all the past, always the same.

    Of a price, that is the distribution of its moves, with the median that they had: where moves
    are skewed, naive's spread about the last close is not it. Of a volatility, naive's last 21 bars
    are a noisy estimate; where volatility does not cluster, this is better.

    Args:
        dataset: whose prices or volatilities are forecast.
        origins: rows of the last known closes (window,).

    Returns:
        Quantiles (window, step, level).
    """
    if dataset.experiment.window.quantity == PRICE:
        moves = np.nanquantile(known_changes(dataset), LEVELS, axis=0).T  # (step, level)
        unit, last = UNITS[change_unit(dataset)], dataset.last_value[origins]
        return unit.decode(moves, last[:, None, None])
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
    if dataset.experiment.calibration_kind in ("rolling", "aci"):
        count = len(validation)
        steps = np.arange(1, horizon + 1)
        ends = origins[:, None] - steps + 1  # the window after the newest one that is known
        by_step = [
            rolling_quantiles(values[:, step], ends[:, step], count) for step in range(horizon)
        ]
        spread = np.stack(by_step, axis=1)  # (window, step, level)
    else:
        constant = np.quantile(values[validation], LEVELS, axis=0).T  # (step, level)
        spread = np.broadcast_to(constant, (len(origins), *constant.shape))
    if not of_price:
        return np.array(spread)
    return unit.decode(spread - spread[..., [MEDIAN]], last[origins][:, None, None])


def rolling_quantiles(values: Array, ends: Rows, count: int) -> Array:
    """Return the quantiles of the newest values before each of some rows (window, level).

    The values stay sorted from one row to the next, so that long histories take seconds.

    Args:
        values: by row (row,).
        ends: rows, in any order (window,).
        count: of values before each row.

    Raises:
        DataError: if there are not so many before the first of the rows.
    """
    if ends.min() < count:
        raise DataError(
            f"{count} known windows are wanted before each forecast, and one has {ends.min()}",
            "keep the parts in the order of time",
        )
    # As NumPy's linear quantiles: between the two order statistics around level * (count - 1).
    places = LEVELS * (count - 1)
    below = np.floor(places).astype(int)
    above, share = np.minimum(below + 1, count - 1), places - below
    end = int(ends.min())
    window = np.sort(values[end - count : end])
    quantiles = np.empty((len(ends), len(LEVELS)))
    for number in np.argsort(ends, kind="stable"):
        for row in range(end, int(ends[number])):
            _replace(window, values[row - count], values[row])
        end = int(ends[number])
        quantiles[number] = window[below] + share * (window[above] - window[below])
    return quantiles


def _replace(window: Array, old: float, new: float) -> None:
    """Take a value out of a sorted window and put another in, in place."""
    # Only the values between the two places move, by one: the rest stays sorted.
    out, into = np.searchsorted(window, (old, new))
    if out < into:
        window[out : into - 1] = window[out + 1 : into]
        window[into - 1] = new
    else:
        window[into + 1 : out + 1] = window[into:out]
        window[into] = new


BASELINES = (
    Baseline("naive", "naive", naive_quantiles, (PRICE, VOLATILITY)),
    Baseline("recent", "recent spread", recent_quantiles, (PRICE, VOLATILITY)),
    Baseline("constant", "long-run constant", constant_quantiles, (PRICE, VOLATILITY)),
)

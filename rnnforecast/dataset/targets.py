"""What is forecast, in the network's unit and back: the only place where units change.

Two steps lead to a target. A *quantity* says what is looked at: its level at each row, known from
the past, which naive repeats, and what comes of it. A *unit* is a pair of inverse functions of
(value, last known level), increasing in the first, so that quantiles stay quantiles on the way
back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Target
from rnnforecast.dataset.windows import Rows
from rnnforecast.quantities import PRICE, VOLATILITY, Quantity

RECENT = 21
"""Bars whose volatility is the last known one: a month of sessions."""
SMALLEST_VOLATILITY = 1e-4
"""A basis point a bar: less counts as that much, so that logs exist where a price stands still."""


@dataclass(frozen=True)
class Unit:
    """A unit for future values.

    Args:
        encode: (value, last level) to the target's unit.
        decode: (target, last level) to the value.
    """

    encode: Callable[[Array, Array], Array]
    decode: Callable[[Array, Array], Array]


UNITS: dict[Target, Unit] = {
    "log_return": Unit(
        lambda value, last: np.log(value / last), lambda target, last: last * np.exp(target)
    ),
    "return": Unit(lambda value, last: value / last - 1, lambda target, last: last * (1 + target)),
    "difference": Unit(lambda value, last: value - last, lambda target, last: last + target),
    # ``+ 0 * last`` gives results the common shape of both, as where the last level matters
    "price": Unit(lambda value, last: value + 0 * last, lambda target, last: target + 0 * last),
    "volatility": Unit(
        lambda value, last: np.log(value) + 0 * last, lambda target, last: np.exp(target) + 0 * last
    ),
    # a price that does not move says nothing for either side; what is forecast stays a probability
    "direction": Unit(
        lambda value, last: (np.sign(value - last) + 1) / 2, lambda target, last: target + 0 * last
    ),
}


def target_paths(
    closes: Array, horizon: int, target: Target, rows: Rows | slice = slice(None)
) -> Array:
    """Compute the path after some rows, in the target's unit.

    Args:
        closes: (row,).
        horizon: steps ahead.
        target: the unit.
        rows: by default every row.

    Returns:
        (wanted row, horizon): at step ``h`` of row ``i`` what came true at row ``i + h + 1``, seen
        from row ``i``; NaN where that row has not happened yet.
    """
    quantity = VOLATILITY if target == "volatility" else PRICE
    future, last = future_values(closes, horizon, quantity), last_values(closes, quantity)
    return UNITS[target].encode(future[rows], last[rows, None])


def last_values(closes: Array, quantity: Quantity) -> Array:
    """Return what naive repeats at every row (row,): the close,
    or the volatility of RECENT bars up to it."""
    if quantity != VOLATILITY:
        return closes
    squares = pd.Series(_log_returns(closes)).pow(2)
    return _root(squares.rolling(RECENT, min_periods=1).mean().to_numpy(float))


def _log_returns(closes: Array) -> Array:
    """Log returns of ratios, which no unit of price changes by a bit; NaN at first (row,)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        returns: Array = np.log(np.r_[np.nan, closes[1:] / closes[:-1]])
    return returns


def future_values(closes: Array, horizon: int, quantity: Quantity) -> Array:
    """Return the outcomes that follow every row.

    Returns:
        (row, horizon): at ``[i, h]`` the close of row ``i + h + 1``, or the realised volatility of
        the bars ``i + 1`` to ``i + h + 1``: the root mean square of their log returns; NaN where
        that row has not happened yet.
    """
    # The NaN after the newest close stand for what is not known yet.
    padded = np.concatenate([closes, np.full(horizon, np.nan)])
    if quantity != VOLATILITY:
        return np.lib.stride_tricks.sliding_window_view(padded[1:], horizon)
    squares = np.lib.stride_tricks.sliding_window_view(_log_returns(padded)[1:] ** 2, horizon)
    return _root(squares.cumsum(axis=1) / np.arange(1, horizon + 1))


def _root(mean_squares: Array) -> Array:
    """Return the volatility, no less than the smallest one; NaN stays NaN."""
    return np.maximum(np.sqrt(mean_squares), SMALLEST_VOLATILITY)

"""What is forecast, in the network's unit and back in prices: the only place where units change.

Each target is a pair of inverse functions of (price, last close), increasing in the first, so that
quantiles stay quantiles on the way back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnforecast.config.experiment import Target

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Unit:
    """A unit for future prices.

    Args:
        encode: (price, last close) to the target's unit.
        decode: (value, last close) to a price.
    """

    encode: Callable[[Array, Array], Array]
    decode: Callable[[Array, Array], Array]


UNITS: dict[Target, Unit] = {
    "log_return": Unit(lambda price, last: np.log(price / last), lambda value, last: last * np.exp(value)),
    "return": Unit(lambda price, last: price / last - 1, lambda value, last: last * (1 + value)),
    "difference": Unit(lambda price, last: price - last, lambda value, last: last + value),
    "price": Unit(lambda price, last: price + 0 * last, lambda value, last: value + 0 * last),
}


def target_paths(closes: Array, horizon: int, target: Target) -> Array:
    """The path after every row.

    Args:
        closes: (row,).
        horizon: steps ahead.
        target: the unit.

    Returns:
        (row, horizon): at ``[i, h]`` the close of row ``i + h + 1``, seen from row ``i``; NaN where
        that row has not happened yet.
    """
    padded = np.concatenate([closes, np.full(horizon, np.nan)])
    ahead = np.lib.stride_tricks.sliding_window_view(padded[1:], horizon)
    return UNITS[target].encode(ahead, closes[:, None])

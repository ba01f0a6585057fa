"""One step, again and again: paths drawn from one-step distributions,
so that later steps keep their spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rnnforecast.arrays import Array
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.forecast.quantile_levels import LEVELS

Windows = NDArray[np.float32]

PATHS = 256
CHUNK = 64
"""Origins simulated together: it bounds the memory."""

NEXT: dict[str, Callable[[Array, Array], Array]] = {
    "log_return": lambda price, last: np.log(price / last),
    "abs_log_return": lambda price, last: np.abs(np.log(price / last)),
    "difference": lambda price, last: price - last,
    "abs_difference": lambda price, last: np.abs(price - last),
    "close": lambda price, last: price,
    "log_close": lambda price, last: np.log(price),
}
"""Features of a new close, given the one before it;
the same as ``dataset.indicators`` computes from bars."""


def simulate(
    one_step: Callable[[Windows, Array], Array],
    windows: Windows,
    last: Array,
    horizon: int,
    features: Sequence[str],
    scaler: Scaler,
) -> Array:
    """Simulate paths step by step, and return the quantiles of their prices.

    Every origin meets the same draws (a Latin hypercube over steps), so a forecast depends on its
    own window alone.

    Args:
        one_step: (scaled windows, last closes) to price quantiles of the next step (window, level).
        windows: scaled inputs up to each origin (window, lookback, feature).
        last: closes at the origins (window,).
        horizon: steps to simulate.
        features: of the windows, each a key of NEXT.
        scaler: of the features.

    Returns:
        prices (window, step, level).
    """
    from scipy.stats import (
        qmc,  # takes half a second to load, and most forecasts need no simulation
    )

    draws = qmc.LatinHypercube(horizon, rng=np.random.default_rng(0)).random(PATHS)  # (path, step)
    chunks = [
        _simulate(
            one_step, windows[at : at + CHUNK], last[at : at + CHUNK], draws, features, scaler
        )
        for at in range(0, len(windows), CHUNK)
    ]
    return np.concatenate(chunks)


def _simulate(
    one_step: Callable[[Windows, Array], Array],
    windows: Windows,
    last: Array,
    draws: Array,
    features: Sequence[str],
    scaler: Scaler,
) -> Array:
    count, (paths, horizon) = len(windows), draws.shape
    seen, price, steps = np.repeat(windows, paths, axis=0), np.repeat(last, paths), []
    for step in range(horizon):
        first = step == 0  # every path of an origin begins with the same window
        quantiles = (
            np.repeat(one_step(windows, last), paths, axis=0) if first else one_step(seen, price)
        )
        # Rows are ordered by origin, then by path: each origin meets the same draws of this step.
        before, price = price, draw(quantiles, np.tile(draws[:, step], count))
        steps.append(price.reshape(count, paths))
        row = scaler.apply(
            np.column_stack([NEXT[name](price, before) for name in features])
        ).astype(np.float32)
        seen = np.concatenate([seen[:, 1:], row[:, None]], axis=1)
    return np.moveaxis(np.quantile(np.stack(steps, axis=1), LEVELS, axis=2), 0, 2)


def draw(quantiles: Array, uniforms: Array) -> Array:
    """Draw one value of each distribution: straight lines over normal scores, beyond the outermost
    levels as well.

    Args:
        quantiles: at LEVELS (window, level).
        uniforms: in (0, 1) (window,).
    """
    known, score = ndtri(LEVELS), ndtri(uniforms)
    # A score beyond the outermost levels gets a share below 0 or above 1 of the outermost segment.
    right = np.clip(np.searchsorted(known, score), 1, len(known) - 1)
    share = (score - known[right - 1]) / (known[right] - known[right - 1])
    rows = np.arange(len(quantiles))
    low, high = quantiles[rows, right - 1], quantiles[rows, right]
    drawn: Array = low + share * (high - low)
    return drawn

"""Where an outcome fell in its predictive distribution, and how dense that was there."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from rnnforecast.arrays import Array
from rnnforecast.forecast.quantile_levels import LEVELS

SMALLEST_GAP = 1e-6
"""Share of the distance from the lowest to the highest quantile that two neighbours are apart at
least: where a price often stands still they may coincide, and a density would be infinite."""


def normal_scores(quantiles: Array, actual: Array) -> tuple[Array, Array]:
    """Turn outcomes into normal scores, and return how fast these grow there.

    Straight lines over normal scores, between neighbouring quantiles and beyond the outermost ones.
    Calibration by few windows lets the outermost two coincide. A line through them would be next to
    upright and the tail beyond them without width, so a tail is as wide as the whole at least.

    Args:
        quantiles: at LEVELS, increasing (forecast, level).
        actual: outcomes (forecast,).

    Returns:
        scores (forecast,), standard normal where the forecasts are right; and their slope
        (forecast,), per unit.
    """
    scores = ndtri(LEVELS)
    below, up_to = (
        (quantiles < actual[:, None]).sum(axis=1),
        (quantiles <= actual[:, None]).sum(axis=1),
    )
    tied = up_to - below > 1  # several quantiles lie at the outcome: it fell in the middle of them
    right = np.where(tied, up_to - 1, np.clip(up_to, 1, len(LEVELS) - 1))
    left, rows = np.where(tied, below, right - 1), np.arange(len(actual))
    low, high = quantiles[rows, left], quantiles[rows, right]
    gap = np.maximum(high - low, SMALLEST_GAP * (quantiles[:, -1] - quantiles[:, 0]))
    slope = (scores[right] - scores[left]) / _positive(gap)
    beyond = (up_to == 0) | (below == len(LEVELS))
    whole = (scores[-1] - scores[0]) / _positive(quantiles[:, -1] - quantiles[:, 0])
    # A smaller slope is a wider tail: scores grow by less for each unit of the outcome.
    slope = np.where(beyond, np.minimum(slope, whole), slope)
    anchor, at = np.where(below == len(LEVELS), (high, scores[right]), (low, scores[left]))
    return np.where(tied, (scores[left] + scores[right]) / 2, at + slope * (actual - anchor)), slope


def _positive(gap: Array) -> Array:
    """Return gaps, NaN in place of zero: a point has no density."""
    return np.where(gap > 0, gap, np.nan)


def log_scores(quantiles: Array, actual: Array) -> Array:
    """Compute minus the log density at the outcome (forecast,), in nats (Good 1952)."""
    z, slope = normal_scores(quantiles, actual)
    # By change of variables, the density of the outcome is the normal density of z times dz / dy.
    density: Array = z**2 / 2 + np.log(2 * np.pi) / 2 - np.log(slope)
    return density


def pit(quantiles: Array, actual: Array) -> Array:
    """Return probability integral transforms (forecast,), uniform where the forecasts are right.

    Source: Dawid, Journal of the Royal Statistical Society A 147 (1984).
    """
    transformed: Array = ndtr(normal_scores(quantiles, actual)[0])
    return transformed

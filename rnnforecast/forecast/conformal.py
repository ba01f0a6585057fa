"""Split conformal calibration: intervals as wide as validation says they must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rnnforecast.forecast.quantiles import LEVELS, MEDIAN, interval_positions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """How many spreads from its median a forecast must reach to hold its coverage.

    The score of a validation window is ``|actual - median| / spread``, where the spread is half the
    network's own central 68 % interval (1 for a point forecast). An interval of coverage c reaches as
    far as the ceil((n + 1) c)-th smallest score. Medians stay where they are. Of a ``skewed`` quantity the scores keep
    their sign, so that each tail has its own reach and the median moves as well.

    Coverage is guaranteed where validation and future windows are exchangeable; prices are only
    roughly so, and windows overlap. ``evaluate`` tells what was really held.

    Args:
        reach: in spreads, for each step and level, negative below the median (step, level).
        windows: how many validation windows it rests on.

    Source: Vovk, Gammerman & Shafer 2005; normalised scores: Papadopoulos et al. 2008.
    """

    reach: tuple[tuple[float, ...], ...]
    windows: int

    @classmethod
    def fit(cls, quantiles: Array, actual: Array, *, skewed: bool = False) -> Self:
        """Learn from validation windows.

        Args:
            quantiles: the network's own (window, step, level).
            actual: outcomes in the same unit (window, step).
            skewed: whether outcomes reach further to one side.
        """
        errors = (actual - quantiles[..., MEDIAN]) / spread(quantiles)
        windows = len(errors)
        if skewed:
            rank = np.where(LEVELS < 0.5, np.floor((windows + 1) * LEVELS), np.ceil((windows + 1) * LEVELS))
            reach = np.sort(errors, axis=0)[np.clip(rank.astype(int), 1, windows) - 1].T  # (step, level)
        else:
            rank = np.ceil((windows + 1) * np.abs(2 * LEVELS - 1))
            scores = np.sort(np.abs(errors), axis=0)
            reach = np.sign(LEVELS - 0.5) * scores[np.clip(rank.astype(int), 1, windows) - 1].T
        return cls(tuple(tuple(map(float, row)) for row in reach), windows)

    def apply(self, quantiles: Array) -> Array:
        """Calibrated quantiles (window, step, level) of a network's own."""
        calibrated: Array = quantiles[..., MEDIAN, None] + spread(quantiles)[..., None] * np.asarray(self.reach)
        return calibrated


def spread(quantiles: Array) -> Array:
    """Half the width of the central 68 % interval, 1 where a forecast is a point (window, step)."""
    low, high = interval_positions(0.68)
    half = (quantiles[..., high] - quantiles[..., low]) / 2
    return np.where(half > 0, half, 1.0)

"""The levels at which every predictive distribution is written down,
by networks and baselines alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEVELS: NDArray[np.float64] = np.unique(
    np.round([0.005, 0.025, *np.arange(1, 100) / 100, 0.975, 0.995], 3)
)
"""0.005, 0.01, 0.02, 0.025, 0.03, ..., 0.99, 0.995:
percentiles, and the ends of the 95 and 99 % intervals."""

PERCENTILES: NDArray[np.int64] = np.flatnonzero(
    np.isclose(LEVELS * 100 % 1, 0) | np.isclose(LEVELS * 100 % 1, 1)
)
"""Where the 99 evenly spaced levels stand: the pinball losses that approximate the CRPS."""

MEDIAN = int(np.searchsorted(LEVELS, 0.5))


def position(level: float) -> int:
    """Return the place of a level in LEVELS."""
    nearest = int(np.argmin(np.abs(LEVELS - level)))
    assert abs(LEVELS[nearest] - level) < 1e-9, level
    return nearest


def interval_positions(coverage: float) -> tuple[int, int]:
    """Return the places in LEVELS of the two ends of a central prediction interval."""
    return position((1 - coverage) / 2), position((1 + coverage) / 2)

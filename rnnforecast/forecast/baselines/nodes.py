"""What follows from many variances, simulated from a few."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from rnnforecast.arrays import Array

NODES_PER_E = 2
"""Variances from which paths are simulated, to a factor of e; those between are interpolated."""
FIRST_SEED = 10_000
"""Of the draws from the variance 1."""


def interpolated(simulated: Callable[[float, int], Array], variances: Array) -> Array:
    """Return what follows from many variances, simulated from a few.

    What follows is, in units of the deviation, a smooth function of the variance alone. It is
    simulated at fixed nodes, evenly spaced in the logarithm, with draws of their own, so that the
    noise averages out over origins. Between them run cubics through the nearest four: a row's
    answer does not depend on the other rows.

    Args:
        simulated: a variance and a seed to answers in units of ``size`` (...).
        variances: (row,).

    Returns:
        (row, ...).
    """
    place = NODES_PER_E * np.log(variances)
    left = np.floor(place).astype(int)
    share = place - left
    weights = (  # Lagrange's, for nodes at -1, 0, 1 and 2
        -share * (share - 1) * (share - 2) / 6,
        (share + 1) * (share - 1) * (share - 2) / 2,
        -(share + 1) * share * (share - 2) / 2,
        (share + 1) * share * (share - 1) / 6,
    )
    total = 0.0
    for node in np.unique(left[:, None] + np.arange(-1, 3)).tolist():
        variance = math.exp(node / NODES_PER_E)
        # In units of the node's deviation answers vary slowly; each row gets its own one back.
        answers = simulated(variance, node + FIRST_SEED) / math.sqrt(variance)
        weight = sum(
            np.where(left + offset == node, blend, 0.0)
            for offset, blend in zip(range(-1, 3), weights, strict=True)
        )
        total = total + np.multiply.outer(weight * np.sqrt(variances), answers)
    return np.asarray(total, float)

"""Heads: how many numbers the network answers for each step, and which distribution they mean.

Without TensorFlow, so that forecasts need none; the losses that fit these numbers are in ``losses``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
HeadName = Literal["student_t", "gaussian", "point"]

SMALLEST_SCALE = 1e-3
SMALLEST_DF = 2.1
"""Above 2, so that the variance exists."""


def softplus(value: Array) -> Array:
    """log(1 + exp(value)), without overflow."""
    return np.logaddexp(0.0, value)


def _student_t(raw: Array, levels: Array) -> Array:
    location, scale, df = raw[..., :1], SMALLEST_SCALE + softplus(raw[..., 1:2]), SMALLEST_DF + softplus(raw[..., 2:])
    quantiles: Array = location + scale * stdtrit(df, levels)
    return quantiles


def _gaussian(raw: Array, levels: Array) -> Array:
    quantiles: Array = raw[..., :1] + (SMALLEST_SCALE + softplus(raw[..., 1:])) * ndtri(levels)
    return quantiles


def _point(raw: Array, levels: Array) -> Array:
    return raw + np.zeros_like(levels)


@dataclass(frozen=True)
class Head:
    """What the network's last layer means.

    Args:
        parameters: numbers for each step.
        quantiles: (raw output (..., parameter), levels (level,)) to quantiles (..., level).
    """

    parameters: int
    quantiles: Callable[[Array, Array], Array]


HEADS: dict[HeadName, Head] = {
    "student_t": Head(3, _student_t),
    "gaussian": Head(2, _gaussian),
    "point": Head(1, _point),
}

"""The loss of each head: what makes the network's numbers the parameters of a distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rnnforecast.model.backend import keras, tf
from rnnforecast.model.heads import SMALLEST_DF, SMALLEST_SCALE, HeadName

Tensor = Any


def student_t_loss(actual: Tensor, raw: Tensor) -> Tensor:
    """Negative log likelihood of a Student-t with location, scale and degrees of freedom.

    Args:
        actual: (window, step).
        raw: (window, step, 3), unconstrained.

    Returns:
        (window, step).
    """
    softplus = keras.ops.softplus
    location, scale, df = raw[..., 0], SMALLEST_SCALE + softplus(raw[..., 1]), SMALLEST_DF + softplus(raw[..., 2])
    z = (actual - location) / scale
    constant = tf.math.lgamma(df / 2) - tf.math.lgamma((df + 1) / 2) + tf.math.log(math.pi * df) / 2
    return constant + tf.math.log(scale) + (df + 1) / 2 * tf.math.log1p(z * z / df)


def gaussian_loss(actual: Tensor, raw: Tensor) -> Tensor:
    """Negative log likelihood of a normal with mean and standard deviation.

    Args:
        actual: (window, step).
        raw: (window, step, 2), unconstrained.

    Returns:
        (window, step).
    """
    scale = SMALLEST_SCALE + keras.ops.softplus(raw[..., 1])
    z = (actual - raw[..., 0]) / scale
    return math.log(2 * math.pi) / 2 + tf.math.log(scale) + z * z / 2


def squared_error(actual: Tensor, raw: Tensor) -> Tensor:
    """Squared error of a point forecast.

    Args:
        actual: (window, step).
        raw: (window, step, 1), or (window, step) once Keras has squeezed it to the rank of ``actual``.

    Returns:
        (window, step).
    """
    return keras.ops.square(actual - keras.ops.reshape(raw, keras.ops.shape(actual)))


LOSSES: dict[HeadName, Callable[[Tensor, Tensor], Tensor]] = {
    "student_t": student_t_loss,
    "gaussian": gaussian_loss,
    "point": squared_error,
}

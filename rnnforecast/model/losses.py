"""The loss of each head: what makes the network's numbers the parameters of a distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.model import Model
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.heads import (
    HEADS,
    LARGEST_SKEW,
    PINBALL_LEVELS,
    SMALLEST_DF,
    SMALLEST_SCALE,
)

Tensor = Any


def student_t_loss(actual: Tensor, raw: Tensor) -> Tensor:
    """Compute a Student-t's negative log likelihood: location, scale and degrees of freedom.

    Args:
        actual: (window, step).
        raw: (window, step, 3), unconstrained.

    Returns:
        (window, step).
    """
    softplus = keras.ops.softplus
    location, scale, df = (
        raw[..., 0],
        SMALLEST_SCALE + softplus(raw[..., 1]),
        SMALLEST_DF + softplus(raw[..., 2]),
    )
    z = (actual - location) / scale
    # The density is Gamma((df + 1) / 2) / (Gamma(df / 2) sqrt(pi df) scale)
    # times (1 + z^2 / df)^(-(df + 1) / 2).
    constant = tf.math.lgamma(df / 2) - tf.math.lgamma((df + 1) / 2) + tf.math.log(math.pi * df) / 2
    return constant + tf.math.log(scale) + (df + 1) / 2 * tf.math.log1p(z * z / df)


def skewed_t_loss(actual: Tensor, raw: Tensor) -> Tensor:
    """Compute the negative log likelihood of Hansen's skewed Student-t (1994, equations 10 to 13).

    With z the distance from the location in units of the scale, and ``shift`` and ``width`` as in
    ``heads.hansen_moments``, it is a Student-t of (width z + shift) / (1 -+ skew).

    Args:
        actual: (window, step).
        raw: (window, step, 4), unconstrained: location, scale, degrees of freedom, skewness.

    Returns:
        (window, step).
    """
    softplus = keras.ops.softplus
    scale, df = SMALLEST_SCALE + softplus(raw[..., 1]), SMALLEST_DF + softplus(raw[..., 2])
    skew = LARGEST_SKEW * tf.math.tanh(raw[..., 3])
    log_peak = tf.math.lgamma((df + 1) / 2) - tf.math.lgamma(df / 2) - tf.math.log(math.pi * df) / 2
    shift = 4 * skew * tf.math.exp(log_peak) * df / (df - 1)
    width = tf.math.sqrt(1 + 3 * skew**2 - shift**2 * (df - 2) / df)
    moved = width * (actual - raw[..., 0]) / scale + shift
    # The two pieces meet where ``moved`` is 0: the left one has the width 1 - skew, the right one
    # 1 + skew.
    z = moved / (1 + tf.math.sign(moved) * skew)
    log_density = log_peak + tf.math.log(width / scale) - (df + 1) / 2 * tf.math.log1p(z * z / df)
    return -log_density


def gaussian_loss(actual: Tensor, raw: Tensor) -> Tensor:
    """Compute the negative log likelihood of a normal with mean and standard deviation.

    Args:
        actual: (window, step).
        raw: (window, step, 2), unconstrained.

    Returns:
        (window, step).
    """
    scale = SMALLEST_SCALE + keras.ops.softplus(raw[..., 1])
    z = (actual - raw[..., 0]) / scale
    return math.log(2 * math.pi) / 2 + tf.math.log(scale) + z * z / 2


def pinball_loss(actual: Tensor, raw: Tensor) -> Tensor:
    """Compute the mean pinball loss over PINBALL_LEVELS (Koenker & Bassett 1978), of quantiles that
    cannot cross.

    Args:
        actual: (window, step).
        raw: (window, step, level), unconstrained; as in ``heads.fixed_quantiles``.

    Returns:
        (window, step).
    """
    ops, middle = keras.ops, len(PINBALL_LEVELS) // 2
    median, steps = raw[..., middle : middle + 1], ops.softplus(raw)
    # Softplus is positive, so sums of steps from the median outwards increase: no quantile crosses.
    below = median - ops.flip(ops.cumsum(ops.flip(steps[..., :middle], axis=-1), axis=-1), axis=-1)
    above = median + ops.cumsum(steps[..., middle + 1 :], axis=-1)
    error = actual[..., None] - ops.concatenate([below, median, above], axis=-1)
    levels = tf.constant(PINBALL_LEVELS, error.dtype)
    return ops.mean(ops.maximum(levels * error, (levels - 1) * error), axis=-1)


def point_loss(measure: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """Make the loss of a point forecast from a measure of its error.

    The raw output is (window, step, 1), or (window, step) once Keras has squeezed it to the rank of
    the actual.
    """
    return lambda actual, raw: measure(actual - keras.ops.reshape(raw, keras.ops.shape(actual)))


def bernoulli_loss(actual: Tensor, raw: Tensor) -> Tensor:
    """Compute the cross-entropy of a yes (1) or no (0);
    0.5, an unmoved price, pulls to neither side.

    Args:
        actual: (window, step).
        raw: (window, step, 1), a logit.

    Returns:
        (window, step).
    """
    logit = keras.ops.reshape(raw, keras.ops.shape(actual))
    # -actual log p - (1 - actual) log(1 - p) with p = sigmoid(logit), written so that no logarithm
    # of 0 is taken.
    return keras.ops.softplus(logit) - actual * logit


def huber(error: Tensor) -> Tensor:
    """Compute Huber's loss: quadratic up to one standard deviation, linear beyond (Huber 1964,
    delta = 1 in scaled units)."""
    size = keras.ops.abs(error)
    # value and slope of the two pieces agree at 1
    return keras.ops.where(size <= 1, size**2 / 2, size - 0.5)


POINT_LOSSES = {
    "mse": point_loss(keras.ops.square),
    "mae": point_loss(keras.ops.abs),
    "huber": point_loss(huber),
}


def loss_of(experiment: Experiment) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss of an experiment's head.

    Returns:
        (actual (window, step), raw (window, step, parameter)) to losses (window, step).
    """
    loss = head_loss(experiment.model)
    if experiment.location == "learned":
        return loss
    location = HEADS[experiment.model.head].location
    return lambda actual, raw: loss(actual, _insert_zero(actual, raw, location))


def _insert_zero(actual: Tensor, raw: Tensor, at: int | None) -> Tensor:
    """Put a location of 0 among the numbers of a head that is centred there.

    Keras squeezes a single number for each step to the rank of the actual (window, step).
    """
    if len(raw.shape) == len(actual.shape):
        raw = raw[..., None]
    zero = keras.ops.zeros_like(raw[..., :1])
    return keras.ops.concatenate([raw[..., :at], zero, raw[..., at:]], axis=-1)


def head_loss(model: Model) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss of a head that learns all its numbers, as ``loss_of`` does."""
    match model.head:
        case "student_t":
            return student_t_loss
        case "skewed_t":
            return skewed_t_loss
        case "gaussian":
            return gaussian_loss
        case "quantile":
            return pinball_loss
        case "point":
            return POINT_LOSSES[model.point_loss]
        case "bernoulli":
            return bernoulli_loss

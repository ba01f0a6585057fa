"""Heads: how many numbers the network answers for each step, and which distribution they mean.

Without TensorFlow, so that forecasts need none; the losses that fit these numbers are in
``losses``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import expit, gammaln, ndtri, stdtrit

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.model import HeadName

SMALLEST_SCALE = 1e-3
"""In scaled units: a scale of 0 would make the likelihood of a hit infinite."""
SMALLEST_DF = 2.1
"""Above 2, so that the variance exists."""
LARGEST_SKEW = 0.9
"""Of Hansen's skewness, whose limit of 1 would leave one side no width."""
DEGREE = 20
"""Of the polynomials that give Student-t quantiles."""
PINBALL_LEVELS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99)
"""Levels of the quantile head; the middle one is the median."""


def softplus(value: Array) -> Array:
    """Compute log(1 + exp(value)) without overflow."""
    return np.logaddexp(0.0, value)


def _student_t(raw: Array, levels: Array) -> Array:
    location, scale, df = (
        raw[..., :1],
        SMALLEST_SCALE + softplus(raw[..., 1:2]),
        SMALLEST_DF + softplus(raw[..., 2]),
    )
    quantiles: Array = location + scale * student_t_quantiles(df, levels)
    return quantiles


def student_t_quantiles(df: Array, levels: Array) -> Array:
    """Compute quantiles of the standard Student-t, a hundred times faster than by a root-finding
    for each of them.

    At a fixed level the quantile is a smooth function of 1 / df down to the Gaussian at 0, so a
    polynomial of low degree interpolates it to 1e-12.

    Args:
        df: degrees of freedom, at least SMALLEST_DF (...,).
        levels: (level,).

    Returns:
        (..., level).
    """
    place = 2 * SMALLEST_DF / df - 1  # 1 / df from [0, 1 / SMALLEST_DF] to [-1, 1]
    quantiles: Array = chebyshev.chebvander(place, DEGREE) @ _student_t_polynomials(tuple(levels))
    return quantiles


@lru_cache(maxsize=8)
def _student_t_polynomials(levels: tuple[float, ...]) -> Array:
    """Return Chebyshev coefficients of the quantiles as functions of 1 / df (degree, level)."""

    def exact(place: Array) -> Array:
        # 1 / df = 0 is the Gaussian, for which a very large df stands.
        inverse = np.maximum((place + 1) / (2 * SMALLEST_DF), 1e-12)
        quantiles: Array = stdtrit(1 / inverse[:, None], np.array(levels))
        return quantiles

    return np.asarray(chebyshev.chebinterpolate(exact, DEGREE), float)  # type: ignore[type-var]  # stubs know scalars


def _skewed_t(raw: Array, levels: Array) -> Array:
    """Compute quantiles of Hansen's skewed Student-t: two half-t of unequal width, of mean zero.

    With a skewness of 0 it is the Student-t of ``_student_t``, number for number.

    Source: Hansen 1994, Autoregressive Conditional Density Estimation, equations 10 to 13.
    """
    location, scale = raw[..., :1], SMALLEST_SCALE + softplus(raw[..., 1:2])
    df, skew = SMALLEST_DF + softplus(raw[..., 2:3]), LARGEST_SKEW * np.tanh(raw[..., 3:4])
    shift, width = hansen_moments(df, skew)
    # Hansen's left piece holds (1 - skew) / 2 of the probability: a level within a piece is read as
    # a level of the whole Student-t, whose halves the pieces are.
    left = levels < (1 - skew) / 2
    side = np.where(left, 1 - skew, 1 + skew)
    within = np.where(left, levels / side, 1 - (1 - levels) / side)
    quantiles: Array = location + scale * (side * stdtrit(df, within) - shift) / width
    return quantiles


def hansen_moments(df: Array, skew: Array) -> tuple[Array, Array]:
    """Return what moves Hansen's two half-t to mean zero, and to the variance of a Student-t.

    Both are in units of a Student-t's own scale: Hansen's ``a`` times sqrt(df / (df - 2)), and
    ``b`` (equations 12 and 13).

    Args:
        df: degrees of freedom, above 2.
        skew: Hansen's lambda, between -1 and 1.
    """
    # The density of a Student-t at 0, which is Hansen's c in units of the Student-t's own scale.
    peak = np.exp(gammaln((df + 1) / 2) - gammaln(df / 2)) / np.sqrt(np.pi * df)
    shift = 4 * skew * peak * df / (df - 1)
    return shift, np.sqrt(1 + 3 * skew**2 - shift**2 * (df - 2) / df)


def _gaussian(raw: Array, levels: Array) -> Array:
    quantiles: Array = raw[..., :1] + (SMALLEST_SCALE + softplus(raw[..., 1:])) * ndtri(levels)
    return quantiles


def fixed_quantiles(raw: Array) -> Array:
    """Turn the quantile head's numbers into quantiles at PINBALL_LEVELS that cannot cross.

    The middle number is the median, each other one the softplus of a step away from its inner
    neighbour.
    """
    middle = len(PINBALL_LEVELS) // 2
    median, steps = raw[..., middle : middle + 1], softplus(raw)
    # Sums run from the median outwards, and are turned back into increasing levels.
    below = median - np.cumsum(steps[..., middle - 1 :: -1], axis=-1)[..., ::-1]
    above = median + np.cumsum(steps[..., middle + 1 :], axis=-1)
    return np.concatenate([below, median, above], axis=-1)


def _quantile(raw: Array, levels: Array) -> Array:
    """Interpolate the fixed levels, and go beyond them, by straight lines over normal scores."""
    known, at, scores = fixed_quantiles(raw), ndtri(np.array(PINBALL_LEVELS)), ndtri(levels)
    right = np.clip(np.searchsorted(at, scores), 1, len(at) - 1)
    share = (scores - at[right - 1]) / (at[right] - at[right - 1])
    quantiles: Array = known[..., right - 1] + share * (known[..., right] - known[..., right - 1])
    return quantiles


def _point(raw: Array, levels: Array) -> Array:
    return np.broadcast_to(raw, (*raw.shape[:-1], len(levels)))  # takes no memory


def _bernoulli(raw: Array, levels: Array) -> Array:
    """Return the probability of a yes, whatever the levels: averaged over members, it stays one."""
    probability: Array = expit(raw)
    return probability


@dataclass(frozen=True)
class Head:
    """The meaning of the network's last layer.

    Args:
        parameters: numbers for each step.
        answer: (raw output (..., parameter), levels (level,)) to quantiles (..., level); of a
            ``bernoulli`` to its probability (..., 1).
        location: which of the numbers says where the distribution is; None where it lies at 0.
        silent: which of the numbers is 0 until the network has learned otherwise.
    """

    parameters: int
    answer: Callable[[Array, Array], Array]
    location: int | None = 0
    silent: int | None = None

    def centred(self) -> Head:
        """Return the same distribution around 0: a number fewer for each step."""
        assert self.location is not None
        at = self.location

        def answer(raw: Array, levels: Array) -> Array:
            return self.answer(np.insert(raw, at, 0.0, axis=-1), levels)

        silent = None if self.silent is None else self.silent - (self.silent > at)
        return Head(self.parameters - 1, answer, location=None, silent=silent)


HEADS: dict[HeadName, Head] = {
    "student_t": Head(3, _student_t),
    "skewed_t": Head(4, _skewed_t, silent=3),
    "gaussian": Head(2, _gaussian),
    "quantile": Head(len(PINBALL_LEVELS), _quantile, len(PINBALL_LEVELS) // 2),
    "point": Head(1, _point),
    "bernoulli": Head(1, _bernoulli),
}


def head_of(experiment: Experiment) -> Head:
    """Return the head of an experiment: centred where its location is not learned."""
    head = HEADS[experiment.model.head]
    return head if experiment.location == "learned" else head.centred()

"""Shocks of unit variance: the distributions that GARCH models draw from."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr, ndtri, stdtrit

from rnnforecast.arrays import Array

POINTS, MULTIPLIER = 65_521, 8_950
"""Of the lattice: a prime number of paths, and the number whose powers spread them over
the steps."""

KEPT_LATTICES, LONGEST_KEPT = 12, 10
"""Lattices that are kept, since many symbols need the same few, and the most steps of one: each
step takes a megabyte."""
KEPT_SHAPES = 8
"""Shapes whose quantiles are kept: one symbol needs the same few again and again."""
SCORE, KNOTS = 5.0, 10_001
"""Normal scores between which quantiles are interpolated, and at how many; the draws reach 4.3."""


def shock_quantiles(shares: Array, shape: tuple[float, ...]) -> Array:
    """Return quantiles of a Student-t shock of mean 0 and variance 1, skewed or not.

    Args:
        shares: probabilities between 0 and 1, of any shape.
        shape: degrees of freedom, more than 2; and, of a skewed one, Hansen's lambda between
            -1 and 1, which is negative where falls are larger than rises.

    Returns:
        Of the shape of ``shares``.

    Source: Hansen, International Economic Review 35 (1994).
    """
    degrees, *rest = shape
    # A Student-t has the variance degrees / (degrees - 2); this brings it to 1.
    unit = np.sqrt((degrees - 2) / degrees)
    if not rest:
        return np.asarray(unit * stdtrit(degrees, shares), float)
    (skew,) = rest
    log_constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2)
    constant = np.exp(log_constant) / np.sqrt(np.pi * (degrees - 2))
    # Hansen's a (equation 12) and b (13), which bring the two pieces to mean 0 and variance 1.
    shift = 4 * skew * constant * (degrees - 2) / (degrees - 1)
    spread = np.sqrt(1 + 3 * skew**2 - shift**2)
    below = shares < (1 - skew) / 2  # the share of Hansen's left piece
    inner = np.where(below, shares / (1 - skew), 0.5 + (shares - (1 - skew) / 2) / (1 + skew))
    pieces = stdtrit(degrees, inner) * unit * np.where(below, 1 - skew, 1 + skew)
    return np.asarray((pieces - shift) / spread, float)


def quantiles_of_draws(draws: Array, shares: Array) -> Array:
    """Return what ``np.quantile`` does, in a seventh of the time where many shares are wanted.

    It selects the neighbours of each share; one sort of a column has all of them.

    Args:
        draws: of several steps (path, step).
        shares: probabilities from 0 to 1 (level,).

    Returns:
        (step, level).
    """
    ordered = np.sort(draws.T, axis=1)
    places = shares * (len(draws) - 1)
    left = np.floor(places).astype(int)
    low, high = ordered[:, left], ordered[:, np.minimum(left + 1, len(draws) - 1)]
    return np.asarray(low + (high - low) * (places - left), float)


def shock_paths(shape: tuple[float, ...], steps: int, seed: int) -> Array:
    """Draw shocks of coming steps (path, step), the same for the same seed.

    Each step lies by itself in memory, which halves the time of all that is done with them.
    Uniform draws are a Korobov lattice, moved by a random shift: one step ahead their distribution
    is exact, further ahead the noise in the width of an interval is a third of that of as many
    independent draws. The outermost two draws of each step stand for the whole tails: they lie
    where the variance becomes 1.

    Args:
        shape: as of ``shock_quantiles``.
        steps: ahead.
        seed: of the shift.

    Source: L'Ecuyer & Lemieux, Management Science 46 (2000), table 1.
    """
    places, scores = (_kept_lattice if steps <= LONGEST_KEPT else _lattice)(steps, seed)
    strata = _interpolated_quantiles(scores, shape)  # (step, point)
    strata -= strata.mean(axis=1)[:, None]
    tails = np.maximum(POINTS - (strata[:, 1:-1] ** 2).sum(axis=1), 0)
    strata[:, [0, -1]] = np.array([-1.0, 1.0]) * np.sqrt(tails / 2)[:, None]
    shocks = np.empty_like(strata)
    for step, row in enumerate(places):
        strata[step].take(row, out=shocks[step])
    return shocks.T


def _lattice(steps: int, seed: int) -> tuple[NDArray[np.int64], Array]:
    """Return which stratum each path meets at each step, and the normal score drawn in each.

    They do not depend on the shape of the shocks, so all symbols share them (step, path).
    """
    powers = [pow(MULTIPLIER, step, POINTS) for step in range(steps)]
    generator = np.random.default_rng(seed)
    # each column holds each number once; without the shift one path would meet every extreme
    lattice = np.arange(POINTS)[:, None] * np.array(powers) + generator.integers(POINTS, size=steps)
    shares = (np.arange(POINTS)[:, None] + generator.random(steps)) / POINTS
    places = np.ascontiguousarray((lattice % POINTS).T)
    return places, np.ascontiguousarray(ndtri(shares).T, float)


_kept_lattice = lru_cache(maxsize=KEPT_LATTICES)(_lattice)


def _interpolated_quantiles(scores: Array, shape: tuple[float, ...]) -> Array:
    """Return ``shock_quantiles`` at normal scores to 1e-5, seven times as fast: lines between
    some of them."""
    knots = np.linspace(-SCORE, SCORE, KNOTS)
    return np.asarray(np.interp(scores, knots, _at_knots(shape)), float)


@lru_cache(maxsize=KEPT_SHAPES)
def _at_knots(shape: tuple[float, ...]) -> Array:
    """Return ``shock_quantiles`` at the knots (knot,)."""
    return shock_quantiles(ndtr(np.linspace(-SCORE, SCORE, KNOTS)), shape)


def running_sums(draws: Array) -> Array:
    """Add up the steps of each path (path, step)."""
    reached = draws.copy(order="K")
    for step in range(1, draws.shape[1]):
        reached[:, step] += reached[:, step - 1]
    return reached

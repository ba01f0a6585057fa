"""How far the mean of a correlated series may lie from the truth.

Losses of forecasts that overlap share their errors, and the difference between two spreads keeps
its sign for weeks. The variance of their mean is the spectrum at frequency zero, which no finite
sample shows: it has to be inferred from the lowest frequencies. A kernel takes the spectrum as flat
there, and rejects far too often where it rises towards zero. Here each of several shapes of the
rise gives its own t test, and the shapes are averaged by how well they fit.

Source: equal-weighted cosines, Mueller, Journal of Econometrics 81 (2007), and Lazarus, Lewis,
    Stock & Watson, Journal of Business & Economic Statistics 36 (2018), which are the flat shape;
    persistence plus noise below a cut-off, Mueller & Watson, Econometrica 86 (2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import stdtr, stdtrit

from rnnforecast.arrays import Array
from rnnforecast.evaluation.significance.decisions import minimum_origins

SHAPES = {
    (0.5, 1.0): 0.06,
    (0.8, 0.8): 0.04,
    (0.8, 1.0): 0.12,
    (0.9, 1.0): 0.08,
    (0.95, 0.98): 0.02,
    (0.95, 1.0): 0.06,
    (0.98, 1.0): 0.03,
    (0.99, 0.98): 0.06,
    (0.99, 1.0): 0.04,
}
"""Prior weight of a spectrum, by the autocorrelation of its persistent part from one origin to the
next and by that part's share at frequency zero; the rest is noise. What is left is the weight of no
persistence at all. Chosen by the table of sizes and powers in docs/significance.md."""
HALVINGS = 32
"""Of the bracket of an interval's end."""


@dataclass(frozen=True, eq=False)
class MeanEstimate:
    """The knowledge of the true means of several series: a mixture of t distributions each.

    Args:
        center: the sample means (series,).
        errors: standard errors by shape of the spectrum (shape, series).
        weights: of the shapes, which sum to 1 (shape, series).
        degrees: degrees of freedom, the number of cosines (series,); 0 where there are too few
            origins, and everything about the series is NaN.
    """

    center: Array
    errors: Array
    weights: Array
    degrees: Array

    def probability_below(self, value: Array | float) -> Array:
        """Return the probability of a true mean below a value (series,).

        With the value 0 this is the p of a one-sided test that the true mean is positive; where
        all values of a series are equal to the value it is 0.5.
        """
        distance = np.asarray(value, float) - self.center
        with np.errstate(divide="ignore", invalid="ignore"):
            # A mean without an error is known: every other value lies infinitely far from it.
            t = np.where(self.errors > 0, distance / self.errors, np.sign(distance) * np.inf)
        t = np.where((self.errors == 0) & (distance == 0), 0.0, t)
        below: Array = (self.weights * stdtr(np.maximum(self.degrees, 1.0), t)).sum(axis=0)
        return np.where(self.degrees > 0, np.clip(below, 0.0, 1.0), np.nan)

    def interval(self, coverage: float = 0.95) -> Array:
        """Return the lower and upper ends of the interval of the true mean (end, series)."""
        half = self.half_width(coverage)
        return np.stack([self.center - half, self.center + half])

    def half_width(self, coverage: float = 0.95) -> Array:
        """Return half the width of the interval, which is symmetric (series,)."""
        degrees = np.maximum(self.degrees, 1.0)
        # Bisection: a mixture has no quantile in closed form, but its largest part bounds it.
        high = self.errors.max(axis=0) * stdtrit(degrees, (1 + coverage) / 2)
        low = np.zeros_like(high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            inside = self.probability_below(self.center + middle) < (1 + coverage) / 2
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return np.where(self.degrees > 0, high, np.nan)


def cosines(origins: int, horizon: int) -> int:
    """Return how many cosines are used: 2 n^(2/3), and only those slower than the overlap.

    Args:
        origins: n.
        horizon: steps ahead; forecasts of h steps overlap, and so smooth what is faster than
            n / h.
    """
    # Wave j has the frequency pi j / n, so none is faster than 0.8 pi / h, where a sum over h steps
    # still has 57 % of its power at zero. Faster ones would understate the spectrum there.
    return int(min(2 * origins ** (2 / 3), origins / (1.25 * horizon)))


@lru_cache(maxsize=64)
def spectral_shapes(origins: int, number: int) -> tuple[Array, Array]:
    """Return the spectra that are averaged, relative to frequency zero, and their prior weights.

    The shape of persistence a and share c is c (1 - a)^2 / (1 + a^2 - 2 a cos w) + 1 - c at the
    frequencies w = pi j / n, j = 1, 2, ...

    Args:
        origins: n.
        number: of cosines.

    Returns:
        spectra (shape, cosine), the first is flat, and weights (shape,).
    """
    angles = np.pi * np.arange(1, number + 1) / origins
    shapes, weights = [np.ones(number)], [1 - sum(SHAPES.values())]
    for (persistence, share), weight in SHAPES.items():
        # The spectrum of an AR(1), 1 / (1 + a^2 - 2 a cos w), over its value 1 / (1 - a)^2 at zero.
        rise = (1 - persistence) ** 2 / (1 + persistence**2 - 2 * persistence * np.cos(angles))
        shapes.append(share * rise + 1 - share)
        weights.append(weight)
    return np.stack(shapes), np.array(weights)


def estimate_means(values: Array, horizon: int) -> MeanEstimate:
    """Estimate the true means of several series and how sure they are.

    Args:
        values: in order of time (origin, series); NaN does not count.
        horizon: steps ahead, which is how many neighbouring values share what happened.
    """
    known = ~np.isnan(values)
    if known.all():
        return _estimate(values, horizon)
    parts = [_estimate(column[~np.isnan(column)][:, None], horizon) for column in values.T]
    return MeanEstimate(
        np.concatenate([part.center for part in parts]),
        np.concatenate([part.errors for part in parts], axis=1),
        np.concatenate([part.weights for part in parts], axis=1),
        np.concatenate([part.degrees for part in parts]),
    )


def weighted_waves(values: Array, horizon: int) -> Array:
    """Return the cosine transforms of series, each wave relative to the spectrum fitted to it.

    Args:
        values: in order of time (origin, series), without NaN.
        horizon: steps ahead.

    Returns:
        (cosine, series); by the fit, of equal variance and independent within a series.
    """
    number = cosines(len(values), horizon)
    spectra, _ = spectral_shapes(len(values), number)
    weights = _estimate(values, horizon).weights
    # spectra.T @ weights is the spectrum averaged over the shapes (cosine, series).
    whitened: Array = _waves(values, number) / np.sqrt(spectra.T @ weights)
    return whitened


def _estimate(values: Array, horizon: int) -> MeanEstimate:
    """Estimate the means of series without gaps."""
    origins, series = values.shape
    if origins < minimum_origins(horizon):
        return _unknown(values)
    number = cosines(origins, horizon)
    spectra, prior = spectral_shapes(origins, number)
    waves = _waves(values, number)
    # If the spectrum is s(j) v, each wave j is N(0, s(j) v), so the likeliest v is the mean of
    # waves^2 / s, and its log likelihood is -number / 2 log v - sum of log s / 2 + a constant.
    variances = (1 / spectra) @ waves**2 / number  # (shape, series), at frequency zero
    with np.errstate(divide="ignore"):
        fit = -number / 2 * np.log(variances) - np.log(spectra).sum(axis=1, keepdims=True) / 2
    fit = np.where(variances > 0, fit, 0.0) + np.log(prior)[:, None]
    weights = np.exp(fit - fit.max(axis=0))  # Bayes' rule; less the largest, nothing overflows
    return MeanEstimate(
        values.mean(axis=0),
        # the variance of a mean is the long-run variance over n
        np.sqrt(variances / origins),
        weights / weights.sum(axis=0),
        # each cosine adds one independent square, hence one degree of freedom
        np.full(series, float(number)),
    )


def _waves(values: Array, number: int) -> Array:
    """Return the first cosine transforms but the mean: sqrt(2 / n) sum of x_t cos(w (t - 1/2))."""
    from scipy.fft import dct  # heavy, and predict needs none

    waves = dct(values - values.mean(axis=0), type=2, norm="ortho", axis=0)[1 : number + 1]
    # constant series have no waves but those of rounding, which must not be taken for a spread
    rounding = 1e-12 * np.abs(values).max(axis=0) * np.sqrt(len(values))
    slow: Array = np.where(np.abs(waves) <= rounding, 0.0, waves)
    return slow


def _unknown(values: Array) -> MeanEstimate:
    """Return what is known of series with too few origins: their means."""
    center = values.mean(axis=0) if len(values) else np.full(values.shape[1], np.nan)
    nothing = np.full((1 + len(SHAPES), values.shape[1]), np.nan)
    return MeanEstimate(center, nothing, nothing, np.zeros(values.shape[1]))

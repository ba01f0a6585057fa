"""Joint forecasts of several symbols: a copula ties their distributions to common paths.

Each symbol keeps its own predictive distribution. What ties them is how they surprised together
before: the normal scores of past outcomes in their forecasts have a correlation, which is shrunk
because it has more entries than a year has days.

Example:
    >>> scores = normal_scores(probabilities)                     # (origin, symbol)
    >>> copula = Copula.fit(scores)
    >>> values = copula.sample(quantiles, draws=20_000)           # (draw, symbol)
    >>> rank_probabilities(values, groups=5)                      # (symbol, group)

Source: Sklar 1959; Ledoit & Wolf 2004 (shrinkage); Epstein 1969 (ranked probability score).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from rnnforecast.arrays import Array
from rnnforecast.errors import DataError
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.forecast.simulation import draw

FEWEST = 20
"""Origins without which no correlation is distinguished from noise."""
OUTERMOST = 0.001
"""A forecast says nothing about how far beyond its outermost quantiles an outcome lies."""


@dataclass(frozen=True, eq=False)
class Copula:
    """The dependence between the surprises of symbols.

    Args:
        correlation: of their normal scores (symbol, symbol).
        degrees: of freedom of a t copula, whose extremes come together; None is Gaussian.
    """

    correlation: Array
    degrees: float | None = None

    def __post_init__(self) -> None:
        if not np.allclose(np.diag(self.correlation), 1.0):
            raise ValueError("a correlation has ones on its diagonal")

    @classmethod
    def fit(cls, scores: Array, degrees: float | None = None) -> Self:
        """Estimate the correlation, shrunk towards independence as far as the sample asks.

        Args:
            scores: normal scores of past outcomes (origin, symbol).
            degrees: of freedom of a t copula.

        Raises:
            DataError: if there are too few origins.
        """
        from sklearn.covariance import ledoit_wolf  # takes most of a second to load

        if len(scores) < FEWEST:
            raise DataError(
                f"{len(scores)} common forecasts that came true say nothing of how symbols move "
                f"together ({FEWEST} are needed)",
                "use symbols with a longer common past",
            )
        # Normal scores of calibrated forecasts have mean 0, so none is estimated.
        covariance, _ = ledoit_wolf(scores, assume_centered=True)
        deviations = np.sqrt(np.diag(covariance))
        # Only the dependence is kept: how far each symbol moves is said by its own forecast.
        return cls(covariance / np.outer(deviations, deviations), degrees)

    def uniforms(self, draws: int, seed: int = 0) -> Array:
        """Draw probabilities that move together (draw, symbol).

        Each draw comes with its mirror image, which takes most of the noise out of what is
        symmetric.
        """
        rng, half = np.random.default_rng(seed), (draws + 1) // 2
        normal = rng.standard_normal((half, len(self.correlation)))
        # With L L^T the correlation, rows of independent normals times L^T have that correlation.
        normal = normal @ np.linalg.cholesky(self.correlation).T
        normal = np.concatenate([normal, -normal])[:draws]
        if self.degrees is None:
            return np.asarray(ndtr(normal), float)
        # A multivariate t is a Gaussian over sqrt(chi2 / degrees); that all symbols of a draw share
        # one divisor makes their extremes come together. A mirror image keeps the divisor of its
        # draw.
        mixing = np.tile(rng.chisquare(self.degrees, half) / self.degrees, 2)[:draws]
        mixed = normal / np.sqrt(mixing)[:, None]
        return np.asarray(stdtr(self.degrees, mixed), float)

    def sample(self, quantiles: Array, draws: int = 20_000, seed: int = 0) -> Array:
        """Draw values of all symbols together.

        Args:
            quantiles: of each symbol, at LEVELS (symbol, level).
            draws: how many.
            seed: of the draws.

        Returns:
            (draw, symbol).
        """
        uniforms = np.clip(self.uniforms(draws, seed), OUTERMOST, 1 - OUTERMOST)
        columns = [
            draw(np.broadcast_to(of_symbol, (draws, len(LEVELS))), uniforms[:, at])
            for at, of_symbol in enumerate(quantiles)
        ]
        return np.stack(columns, axis=1)


def normal_scores(quantiles: Array, actual: Array) -> Array:
    """Return where outcomes fell in their forecasts, as standard normal values.

    Args:
        quantiles: of the forecasts, at LEVELS (..., level).
        actual: what came true (...).

    Returns:
        (...), between the scores of the lowest and of the highest level.
    """
    flat, outcomes = quantiles.reshape(-1, len(LEVELS)), actual.reshape(-1)
    at = ndtri(LEVELS)
    scores = np.array(
        [np.interp(value, forecast, at) for forecast, value in zip(flat, outcomes, strict=True)]
    )
    return scores.reshape(actual.shape)


def rank_probabilities(values: Array, groups: int = 5) -> Array:
    """Return the probability that each symbol ends in each group of ranks.

    Args:
        values: drawn together (draw, symbol).
        groups: of equally many symbols, from the lowest to the highest.

    Returns:
        (symbol, group); each row sums to 1.
    """
    # Sorting the order of the sort gives each symbol's rank, from 0.
    ranks = values.argsort(axis=1).argsort(axis=1)
    group = ranks * groups // values.shape[1]
    shares = [(group == number).mean(axis=0) for number in range(groups)]
    return np.stack(shares, axis=1)


def rank_outcomes(values: Array, groups: int = 5) -> Array:
    """Return in which group of ranks each symbol ended.

    Args:
        values: that came true (symbol,).
        groups: of equally many symbols, from the lowest to the highest.

    Returns:
        (symbol, group); each row sums to 1. Symbols that tie share the groups of their ranks, as
        in the M6 competition.
    """
    ordered = np.arange(len(values)) * groups // len(values)
    of_rank = np.eye(groups)[ordered]  # (rank, group)
    _, tie, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = counts.cumsum()
    shared = [
        of_rank[end - count : end].mean(axis=0) for end, count in zip(ends, counts, strict=True)
    ]
    return np.stack(shared)[tie]


def ranked_probability_score(probabilities: Array, values: Array) -> float:
    """Score probabilities of ranks by what came true; 0 is perfect, 0.16 is uniform over five.

    Args:
        probabilities: (symbol, group).
        values: that came true (symbol,).

    Source: Epstein 1969; the scoring rule of the M6 competition (Makridakis et al. 2024).
    """
    came = rank_outcomes(values, probabilities.shape[1])
    # Groups are ordered: by cumulative sums, a near miss costs less than a far one.
    return float(((probabilities - came).cumsum(axis=1) ** 2).mean())


@dataclass(frozen=True)
class PortfolioRisk:
    """The distribution of a portfolio's return, and its risks.

    Args:
        mean: of its return.
        quantiles: of its return, at LEVELS (level,).
        value_at_risk: the loss that is exceeded with a probability of 5 %, and of 1 %.
        expected_shortfall: the mean loss where it is exceeded.
    """

    mean: float
    quantiles: tuple[float, ...]
    value_at_risk: tuple[float, float]
    expected_shortfall: tuple[float, float]


def portfolio_risk(returns: Array, weights: Array) -> PortfolioRisk:
    """Return the distribution of a portfolio's return.

    Args:
        returns: simple returns, drawn together (draw, symbol).
        weights: shares of the portfolio; negative for what is sold short (symbol,).
    """
    earned = np.sort(returns @ weights)
    # The k worst draws are 5 % or 1 % of all: the mildest of them is the value at risk, and their
    # mean the expected shortfall.
    tails = [int(np.ceil(share * len(earned))) for share in (0.05, 0.01)]
    return PortfolioRisk(
        float(earned.mean()),
        tuple(map(float, np.quantile(earned, LEVELS))),
        (float(-earned[tails[0] - 1]), float(-earned[tails[1] - 1])),
        (float(-earned[: tails[0]].mean()), float(-earned[: tails[1]].mean())),
    )

"""Who will stand where: probabilities of ranks, scored beside forecasts that need no network.

Periods do not overlap. Each rival knows the closes up to the day on which a period begins, and
nothing else:

- *uniform*: every rank is as likely as any other;
- *independent*: every symbol moves by its own volatility of the last PAST returns, by itself;
- *covariance*: the same, and symbols move together as they did (shrunk after Ledoit and Wolf).

Example:
    >>> rows = np.array([60, 80, 100])                            # a period begins where one ends
    >>> forecasts = [rival_ranks(closes[: row + 1]) for row in rows[:-1]]
    >>> returns = closes[rows[1:]] / closes[rows[:-1]] - 1        # (period, symbol)
    >>> table = score_ranks(forecasts, returns, dates[rows[:-1]], dates[rows[1:]])
    >>> summarise_ranks(table)

Source: the task and the score are those of the M6 competition (Makridakis et al. 2024).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from rnnforecast.arrays import Array
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.evaluation.significance.long_run import estimate_means
from rnnforecast.forecast.joint import (
    Copula,
    rank_probabilities,
    ranked_probability_score,
)
from rnnforecast.forecast.quantile_levels import LEVELS

PAST = 60
"""Returns that the rivals' volatilities and covariance rest on: a quarter of sessions."""
DAY = "%Y-%m-%d"
DRAWS, SEED = 8_000, 0
UNIFORM, INDEPENDENT, COVARIANCE = "uniform", "independent", "covariance"
TITLES = {
    NETWORK: "this run",
    UNIFORM: "uniform",
    INDEPENDENT: "own volatility, independent",
    COVARIANCE: "shrunk covariance",
}
SMALLEST = 1e-6
"""Volatility of a symbol that stands still."""


def groups_of(symbols: int) -> int:
    """Return the number of groups of ranks: fifths, or as many as there are symbols."""
    return min(5, symbols)


def rival_ranks(closes: Array, draws: int = DRAWS) -> dict[str, Array]:
    """Return the rivals' probabilities of the ranks of the coming return.

    The length of the period does not matter to them: it scales every symbol's return alike.

    Args:
        closes: up to the day on which the forecast is made (day, symbol).
        draws: of the simulation.

    Returns:
        (symbol, group) by name of the rival.

    Raises:
        DataError: if there are too few days.
    """
    past = np.diff(np.log(closes), axis=0)[-PAST:]
    symbols = past.shape[1]
    groups = groups_of(symbols)
    scale = np.maximum(past.std(axis=0), SMALLEST)
    quantiles = scale[:, None] * ndtri(LEVELS)
    # Returns over their own deviation stand for normal scores: only their correlation is used.
    copulas = {INDEPENDENT: Copula(np.eye(symbols)), COVARIANCE: Copula.fit(past / scale)}
    return {
        UNIFORM: np.full((symbols, groups), 1 / groups),
        **{
            name: rank_probabilities(copula.sample(quantiles, draws, SEED), groups)
            for name, copula in copulas.items()
        },
    }


def score_ranks(
    forecasts: Sequence[Mapping[str, Array]],
    returns: Array,
    begins: pd.DatetimeIndex,
    ends: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Score every forecast of every period.

    Args:
        forecasts: of each period, probabilities (symbol, group) by name.
        returns: that came true (period, symbol).
        begins: days on which the forecasts were made (period,).
        ends: last days of the periods (period,).

    Returns:
        columns ``model``, ``begin`` and ``end`` (ISO dates), and ``rps``, the mean ranked
        probability score.
    """
    rows = [
        {"model": name, "begin": begin, "end": end, "rps": ranked_probability_score(ranks, came)}
        for by_name, came, begin, end in zip(
            forecasts, returns, begins.strftime(DAY), ends.strftime(DAY), strict=True
        )
        for name, ranks in by_name.items()
    ]
    return pd.DataFrame(rows)


def summarise_ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score of every model over all periods.

    Args:
        table: of ``score_ranks``.

    Returns:
        a row for each model: ``rps``, ``skill`` on uniform, ``better`` (periods in which it beats
        uniform), ``periods``, and ``p``, one-sided, that the run's own forecast is better than
        this one (NaN for its own row, where there is none, and where periods are too few).
    """
    wide = table.pivot(index="begin", columns="model", values="rps")
    rows = []
    for name in table["model"].unique():
        scores = wide[name]
        p = np.nan
        if NETWORK in wide and name != NETWORK:
            gains = (scores - wide[NETWORK]).to_numpy()[:, None]
            # Periods do not overlap, so each is a step of its own.
            p = float(estimate_means(gains, 1).probability_below(0.0)[0])
        rows.append(
            {
                "model": name,
                "rps": scores.mean(),
                "skill": 1 - scores.mean() / wide[UNIFORM].mean(),
                "better": int((scores < wide[UNIFORM]).sum()),
                "periods": len(scores),
                "p": p,
            }
        )
    return pd.DataFrame(rows)

"""Many models at once: which of them may be the best, and whether the best of many beats a
benchmark.

Both ask for the smallest of several dependent p. Each is that of the Diebold-Mariano test, so it
knows how long a difference keeps its sign; how they depend on each other is drawn from the same
cosines.
"""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from rnnforecast.arrays import Array
from rnnforecast.evaluation.significance.decisions import minimum_origins
from rnnforecast.evaluation.significance.long_run import estimate_means, weighted_waves

CONFIDENCE = 0.90
DRAWS = 2000
"""Of the smallest p under the null."""
FEWEST = 50
"""With fewer origins no model can be distinguished from another."""
COLUMNS = ["model", "p", "included"]


def origin_losses(table: pd.DataFrame, loss: str = "crps") -> pd.DataFrame:
    """Average the losses of every model over the steps of each path.

    Args:
        table: of ``distribution.losses``.
        loss: its column.

    Returns:
        one column for each model, by origin; origins that every model has.
    """
    return table.pivot_table(index="origin", columns="model", values=loss).dropna()


def model_confidence_set(losses: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return the models among which the best one is, with 90 % confidence.

    The worst model is removed as long as the remaining ones are not equally good: as long as the
    smallest p of their pairs is too small.

    Args:
        losses: one column for each model, by origin.
        horizon: steps ahead.

    Returns:
        model, p (that it is as good as the best), included; from the best to the worst. Empty where
        there are too few origins.

    Source: Hansen, Lunde & Nason, Econometrica 79 (2011), with the range statistic.
    """
    if _too_few(losses, horizon) or losses.shape[1] < 2:
        return pd.DataFrame(columns=COLUMNS)
    values = losses.to_numpy(float)
    pairs = np.array(list(permutations(range(values.shape[1]), 2)))  # (pair, worse and better)
    differences = values[:, pairs[:, 0]] - values[:, pairs[:, 1]]
    # Near 0 where the first model of a pair loses more than the second.
    observed = estimate_means(differences, horizon).probability_below(0.0)
    null = null_p(differences, horizon)
    left, p, removed = set(range(values.shape[1])), 0.0, []
    while len(left) > 1:
        inside = np.isin(pairs, list(left)).all(axis=1)
        worst = int(np.argmin(np.where(inside, observed, np.inf)))
        # The p of a removal is the share of draws whose smallest p is as small; that of a model
        # is the largest so far, so that sets of higher confidence contain those of lower.
        smallest = null[:, inside].min(axis=1)
        p = max(p, float(np.mean(smallest <= observed[worst])))
        removed.append((int(pairs[worst, 0]), p))
        left.remove(int(pairs[worst, 0]))
    rows = [(left.pop(), 1.0), *reversed(removed)]
    return pd.DataFrame(
        [(losses.columns[model], p, p >= 1 - CONFIDENCE) for model, p in rows], columns=COLUMNS
    )


def superior_p(losses: pd.DataFrame, benchmark: pd.Series, horizon: int) -> float:
    """Return the probability of a best model this much better than the benchmark if none were.

    Models that are clearly worse than the benchmark do not count as tries.

    Args:
        losses: of every model that was tried, one column each, by origin.
        benchmark: losses from the same origins.
        horizon: steps ahead.

    Returns:
        NaN where there are too few origins.

    Source: the test for superior predictive ability, Hansen, Journal of Business & Economic
        Statistics 23 (2005): studentised, models beyond sqrt(2 log log n) left out.
    """
    if _too_few(losses, horizon):
        return math.nan
    gains = benchmark.to_numpy(float)[:, None] - losses.to_numpy(float)
    observed = estimate_means(gains, horizon).probability_below(0.0)
    # Hansen 2005: whatever lies sqrt(2 log log n) errors below is no rival of the best
    # (law of the iterated logarithm), and would only make the test blunt.
    near = observed <= ndtr(math.sqrt(2 * math.log(math.log(len(losses)))))
    if not near.any():
        return 1.0
    null = null_p(gains[:, near], horizon)
    return float(np.mean(null.min(axis=1) <= observed.min()))


def _too_few(losses: pd.DataFrame, horizon: int) -> bool:
    return len(losses) < max(FEWEST, minimum_origins(horizon))


def null_p(differences: Array, horizon: int) -> Array:
    """Draw one-sided p of several means as they would be if all true means were zero.

    Each p is uniform, and they depend on each other as the cosines of the series do.

    Args:
        differences: of losses (origin, series), without NaN.
        horizon: steps ahead.

    Returns:
        (draw, series).
    """
    waves = weighted_waves(differences, horizon)
    length = np.sqrt((waves**2).sum(axis=0))
    unit = np.divide(waves, length, out=np.zeros_like(waves), where=length > 0)
    draws = np.random.default_rng(0).standard_normal((DRAWS, len(unit)))
    # A unit vector times independent normals is one normal; two such vectors correlate as their
    # waves do. So every p is uniform, and their dependence is that of the differences.
    drawn: Array = ndtr(draws @ unit)
    return drawn

"""Whether a difference of losses is more than luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t
from statsmodels.tsa.stattools import diebold_mariano_test

LOSS_OF_METRIC = {"mae": "absolute", "rmse": "squared", "crps": "crps"}
"""Metrics that are compared, and the loss that each is a mean of."""
DRAWS = 1000
"""Of the bootstrap."""
ENDS = (0.025, 0.975)
FEWEST = 20
"""With fewer origins there is no interval of the skill."""

Array = NDArray[np.float64]


def one_sided_p(model: pd.Series, baseline: pd.Series, horizon: int) -> float:
    """Diebold-Mariano with the small-sample correction of Harvey, Leybourne and Newbold.

    Args:
        model: its losses in order of time (origin,).
        baseline: losses of the baseline from the same origins (origin,).
        horizon: steps ahead; forecasts of overlapping horizons share their errors.

    Returns:
        the probability of a difference this favourable to the model if both were equally good: near 0
        the model is better, near 1 it is worse; NaN if their losses are the same throughout.
    """
    if len(model) < 3 or np.allclose(model, baseline, rtol=1e-12, atol=0):
        return float("nan")
    result = diebold_mariano_test(
        np.zeros(len(model)), model.to_numpy(), baseline.to_numpy(),
        criterion=lambda _, loss: loss, harvey_adj=True, horizon=horizon,
    )  # fmt: skip
    return float(t.cdf(result.statistic, len(model) - 1))


@dataclass(frozen=True)
class Comparison:
    """One metric of a model beside a baseline's.

    Args:
        skill: 1 - loss / loss of the baseline.
        p: one-sided, that the model is better.
        low: end of the 95 % interval of the skill, by a block bootstrap over origins.
        high: end of that interval.
    """

    skill: float
    p: float
    low: float = math.nan
    high: float = math.nan


def compare(table: pd.DataFrame, model: str, baselines: Sequence[str]) -> pd.DataFrame:
    """Skill of a model over baselines, and how sure it is.

    Args:
        table: of ``scores.losses``.
        model: compared.
        baselines: compared with, from the same origins.

    Returns:
        one row for each baseline, metric and step (0 for the mean over steps):
        model, baseline, step, metric, and skill, p, low and high of ``Comparison``.
    """
    rows = []
    for metric, loss in LOSS_OF_METRIC.items():
        for baseline in baselines:
            rows += compare_losses(table, model, baseline, loss, metric)
    return pd.DataFrame(rows)


def compare_losses(table: pd.DataFrame, model: str, baseline: str, loss: str, metric: str) -> list[dict[str, Any]]:
    """The comparison of one loss at every step, and of its mean over steps (step 0).

    Args:
        table: with a column of that loss.
        model: compared.
        baseline: compared with.
        loss: name of the column; NaN does not count.
        metric: name of the comparison; of ``rmse`` the skill is that of the root.
    """
    ours, theirs, rows = _paths(table, model, loss), _paths(table, baseline, loss), []
    for step in range(len(ours.columns) + 1):
        a, b = _at(ours, step).dropna(), _at(theirs, step).dropna()
        result = _compare(a, b, metric, step or len(ours.columns))
        rows.append({"model": model, "baseline": baseline, "step": step, "metric": metric, **asdict(result)})
    return rows


def skills_of(table: pd.DataFrame, model: str, baseline: str) -> list[dict[str, Any]]:
    """A model's mean losses over all steps, and its skill, without any test.

    Args:
        table: of ``scores.losses``.
        model: compared.
        baseline: compared with.

    Returns:
        metric, value and skill of each.
    """
    rows = []
    for metric, loss in LOSS_OF_METRIC.items():
        ours, theirs = (np.array(_paths(table, name, loss).mean(axis="columns").mean()) for name in (model, baseline))
        value = math.sqrt(ours) if metric == "rmse" else float(ours)
        rows.append({"metric": metric, "value": value, "skill": float(_skill(ours, theirs, metric))})
    return rows


def comparisons_at(comparisons: pd.DataFrame, step: int) -> dict[tuple[str, str], Comparison]:
    """The comparisons of one step (0 for all) by baseline and metric."""
    return {
        (row["baseline"], row["metric"]): Comparison(row["skill"], row["p"])
        for row in comparisons[comparisons["step"] == step].to_dict("records")
    }


def _paths(table: pd.DataFrame, model: str, loss: str) -> pd.DataFrame:
    """The losses of one model (origin, step)."""
    return table[table["model"] == model].pivot_table(index="origin", columns="step", values=loss)


def _at(paths: pd.DataFrame, step: int) -> pd.Series:
    """The losses of one step, or their mean over steps at each origin."""
    return paths[step] if step else paths.mean(axis="columns")


def _compare(ours: pd.Series, theirs: pd.Series, metric: str, horizon: int) -> Comparison:
    low, high = math.nan, math.nan
    if len(ours) >= FEWEST:
        resampled = _skill(_resampled(ours, horizon), _resampled(theirs, horizon), metric)
        low, high = (float(end) for end in np.quantile(resampled, ENDS))
    skill = float(_skill(np.array(ours.mean()), np.array(theirs.mean()), metric))
    return Comparison(skill, one_sided_p(ours, theirs, horizon), low, high)


def _skill(loss: Array, baseline: Array, metric: str) -> Array:
    ratio = loss / baseline
    skill: Array = 1 - (np.sqrt(ratio) if metric == "rmse" else ratio)
    return skill


def _resampled(losses: pd.Series, horizon: int) -> Array:
    """Mean losses of bootstrapped origins (draw,), the same draws for every model."""
    means: Array = bootstrap_weights(len(losses), horizon) @ losses.to_numpy(float)
    return means


@lru_cache(maxsize=16)
def bootstrap_weights(origins: int, horizon: int) -> Array:
    """How much each origin weighs in each resample.

    Args:
        origins: how many there are.
        horizon: steps ahead; blocks are at least so long on average, and at least the cube root of the origins.

    Returns:
        (draw, origin), each row sums to 1.

    Source: the stationary bootstrap, Politis & Romano, Journal of the American Statistical Association 89 (1994).
    """
    from arch.bootstrap import StationaryBootstrap

    block = max(horizon, math.ceil(math.cbrt(origins)))
    resamples = StationaryBootstrap(block, np.arange(origins), seed=0).bootstrap(DRAWS)
    counts = [np.bincount(rows, minlength=origins) for (rows,), _ in resamples]
    return np.stack(counts) / origins

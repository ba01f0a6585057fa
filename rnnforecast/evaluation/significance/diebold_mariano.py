"""Whether a difference of losses is more than luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t
from statsmodels.tsa.stattools import diebold_mariano_test

from rnnforecast.arrays import Array

LOSS_OF_METRIC = {"mae": "absolute", "rmse": "squared", "crps": "crps"}
"""Metrics that are compared, and the loss that each is a mean of."""
DRAWS = 1000
"""Of the bootstrap."""
ENDS = (0.025, 0.975)
"""Of a 95 % interval."""
COLUMNS = ["model", "baseline", "step", "metric", "skill", "p", "low", "high"]
TOLD = ("skill", "p", "low", "high")
FEWEST = 20
"""With fewer origins there is no interval of the skill."""


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


@dataclass(frozen=True, eq=False)
class LossPaths:
    """The losses of one model.

    Args:
        values: at each step, and in column 0 their mean over steps (origin, step); NaN does not count.
    """

    values: pd.DataFrame

    @classmethod
    def of(cls, table: pd.DataFrame, model: str, loss: str) -> LossPaths:
        """Those of a model in a table of losses, by the name of their column."""
        own = table.loc[table["model"] == model, ["origin", "step", loss]].set_index(
            ["origin", "step"]
        )[loss]
        steps = own.unstack("step").sort_index()
        return cls(pd.concat([steps.mean(axis="columns").rename(0), steps], axis="columns"))

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return self.values.shape[1] - 1

    @cached_property
    def means(self) -> Array:
        """Mean over origins of each step, the mean of all first (1 + step,)."""
        return self.values.mean().to_numpy(float)

    @cached_property
    def resampled(self) -> Array:
        """The same of bootstrapped origins, the same draws for every model (draw, 1 + step)."""
        values = self.values.to_numpy(float)
        counts = ~np.isnan(values)
        weights = bootstrap_weights(len(values), self.horizon)
        resampled: Array = (weights @ np.where(counts, values, 0.0)) / (weights @ counts)
        return resampled


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
    tables = []
    for metric, loss in LOSS_OF_METRIC.items():
        ours = LossPaths.of(table, model, loss)
        for baseline in baselines:
            compared = compare_losses(ours, LossPaths.of(table, baseline, loss), metric)
            tables.append(compared.assign(model=model, baseline=baseline))
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def compare_losses(ours: LossPaths, theirs: LossPaths, metric: str) -> pd.DataFrame:
    """The comparison of one loss at every step, and of its mean over steps (step 0).

    Args:
        ours: of the model.
        theirs: of the baseline, from the same origins.
        metric: name of the comparison; of ``rmse`` the skill is that of the root.

    Returns:
        one row for each step: step, metric, and skill, p, low and high of ``Comparison``.
    """
    skills, ends = skill_of(ours.means, theirs.means, metric), np.full((2, len(ours.means)), np.nan)
    if len(ours.values) >= FEWEST:
        ends = _ends(skill_of(ours.resampled, theirs.resampled, metric))
    rows = [
        {
            "step": step,
            "metric": metric,
            **asdict(Comparison(float(skill), _p(ours, theirs, step), *map(float, end))),
        }
        for step, (skill, end) in enumerate(zip(skills, ends.T, strict=True))
    ]
    return pd.DataFrame(rows)


def _ends(skills: Array) -> Array:
    """Ends of the interval of each step (end, step); NaN where a baseline has no loss in some draw, so no skill."""
    known = np.isfinite(skills).all(axis=0)
    ends: Array = np.where(known, np.quantile(np.where(known, skills, 0.0), ENDS, axis=0), np.nan)
    return ends


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
        ours, theirs = (LossPaths.of(table, name, loss).means for name in (model, baseline))
        value = math.sqrt(ours[0]) if metric == "rmse" else float(ours[0])
        rows.append(
            {"metric": metric, "value": value, "skill": float(skill_of(ours, theirs, metric)[0])}
        )
    return rows


def comparisons_at(comparisons: pd.DataFrame, step: int) -> dict[tuple[str, str], Comparison]:
    """The comparisons of one step (0 for all) by baseline and metric."""
    return {
        (row["baseline"], row["metric"]): Comparison(
            **{name: row[name] for name in TOLD if name in row}
        )
        for row in comparisons[comparisons["step"] == step].to_dict("records")
    }


def _p(ours: LossPaths, theirs: LossPaths, step: int) -> float:
    """One-sided, at one step or of the mean over all."""
    return one_sided_p(
        ours.values[step].dropna(), theirs.values[step].dropna(), step or ours.horizon
    )


def skill_of(loss: Array, baseline: Array, metric: str) -> Array:
    """1 - loss / loss of the baseline; of ``rmse``, whose losses are squares, of their roots."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a baseline without a loss
        ratio = loss / baseline
        skill: Array = 1 - (np.sqrt(ratio) if metric == "rmse" else ratio)
    return skill


def block_length(origins: int, horizon: int) -> int:
    """How many origins a block of a bootstrap holds on average: the horizon, and at least their cube root."""
    return max(horizon, math.ceil(math.cbrt(origins)))


@lru_cache(maxsize=16)
def bootstrap_weights(origins: int, horizon: int) -> Array:
    """How much each origin weighs in each resample.

    Args:
        origins: how many there are.
        horizon: steps ahead.

    Returns:
        (draw, origin), each row sums to 1.

    Source: the stationary bootstrap, Politis & Romano, Journal of the American Statistical Association 89 (1994).
    """
    from arch.bootstrap import StationaryBootstrap

    resamples = StationaryBootstrap(
        block_length(origins, horizon), np.arange(origins), seed=0
    ).bootstrap(DRAWS)
    counts = [np.bincount(rows, minlength=origins) for (rows,), _ in resamples]
    return np.stack(counts) / origins

"""Whether a difference of losses is more than luck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.evaluation.significance.decisions import EQUIVALENCE_MARGIN
from rnnforecast.evaluation.significance.long_run import estimate_means

LOSS_OF_METRIC = {
    "mae": "absolute",
    "mse": "squared",
    "rmse": "squared",
    "crps": "crps",
    "crps_relative": "crps_relative",
}
"""Metrics that are compared, and the loss that each is a mean of."""
FIGURES = ("skill", "p", "low", "high", "equivalence_p")
COLUMNS = ["model", "baseline", "step", "metric", *FIGURES]


def one_sided_p(model: pd.Series, baseline: pd.Series, horizon: int) -> float:
    """Test the equality of two mean losses (Diebold & Mariano 1995) against the model being better.

    The long-run variance is that of ``estimate_means``.

    Args:
        model: its losses in order of time (origin,).
        baseline: losses of the baseline from the same origins (origin,).
        horizon: steps ahead; forecasts of overlapping horizons share their errors.

    Returns:
        the probability of a difference this favourable to the model if both were equally good:
        near 0 the model is better, near 1 it is worse; 0.5 if their losses are the same throughout;
        NaN if there are fewer than ``minimum_origins(horizon)``.

    Example:
        >>> import numpy as np, pandas as pd
        >>> losses = pd.Series(np.random.default_rng(0).exponential(size=300))
        >>> one_sided_p(losses * 0.9, losses, horizon=1) < 0.001
        True
    """
    gain = baseline.to_numpy(float) - model.to_numpy(float)
    return float(estimate_means(gain[:, None], horizon).probability_below(0.0)[0])


@dataclass(frozen=True)
class Comparison:
    """One metric of a model beside a baseline's.

    Args:
        skill: 1 - loss / loss of the baseline.
        p: one-sided, that the model is better; NaN where there are too few forecasts.
        low: lower end of the 95 % interval of the skill; NaN where there are too few forecasts.
        high: upper end of that interval.
        equivalence_p: of two one-sided tests that the skill lies within ``EQUIVALENCE_MARGIN`` of
            zero; below 0.05 the two are as good as each other.
    """

    skill: float
    p: float
    low: float = math.nan
    high: float = math.nan
    equivalence_p: float = math.nan


@dataclass(frozen=True, eq=False)
class LossPaths:
    """The losses of one model.

    Args:
        values: at each step, and in column 0 their mean over steps (origin, step); NaN does not
            count.
    """

    values: pd.DataFrame

    @classmethod
    def of(cls, table: pd.DataFrame, model: str, loss: str) -> LossPaths:
        """Return those of a model in a table of losses, by the name of their column."""
        return cls.of_each(table[table["model"] == model], loss)[model]

    @classmethod
    def of_each(cls, table: pd.DataFrame, loss: str) -> dict[str, LossPaths]:
        """Return those of every model in a table of losses."""
        steps = table.pivot(index=["model", "origin"], columns="step", values=loss)
        values = pd.concat([steps.mean(axis="columns").rename(0), steps], axis="columns")
        return {
            str(model): cls(losses.droplevel("model")) for model, losses in values.groupby("model")
        }

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return self.values.shape[1] - 1

    @cached_property
    def array(self) -> Array:
        """The values without their index (origin, 1 + step)."""
        array: Array = self.values.to_numpy(float)
        return array

    @cached_property
    def means(self) -> Array:
        """Mean over origins of each step, the mean of all first (1 + step,)."""
        return self.values.mean().to_numpy(float)


@dataclass(frozen=True, eq=False)
class LossPair:
    """Losses of a model beside those of a baseline, from the same origins."""

    metric: str
    baseline: str
    ours: LossPaths
    theirs: LossPaths


def compare(table: pd.DataFrame, model: str, baselines: Sequence[str]) -> pd.DataFrame:
    """Compute the skill of a model over baselines, and how sure it is.

    Args:
        table: of ``distribution.losses``.
        model: compared.
        baselines: compared with, from the same origins.

    Returns:
        one row for each metric, baseline and step (0 for the mean over steps):
        model, baseline, step, metric, and the figures of ``Comparison``.
    """
    pairs = []
    for metric, loss in LOSS_OF_METRIC.items():
        if loss not in table:
            continue
        paths = LossPaths.of_each(table, loss)
        pairs += [
            LossPair(metric, baseline, paths[model], paths[baseline]) for baseline in baselines
        ]
    return compare_paths(model, pairs)


def compare_paths(model: str, pairs: Sequence[LossPair]) -> pd.DataFrame:
    """Compare pairs of losses of one horizon at every step, and their means over steps (step 0).

    Args:
        model: whose losses come first in every pair.
        pairs: in the order of the rows returned.

    Returns:
        as ``compare``.
    """
    if not pairs:
        return pd.DataFrame(columns=COLUMNS)
    steps = range(pairs[0].ours.horizon + 1)
    figures = np.stack([_at_step(pairs, step) for step in steps], axis=1)  # (pair, step, figure)
    return pd.DataFrame(
        [
            (model, pair.baseline, step, pair.metric, *map(float, figures[number, step]))
            for number, pair in enumerate(pairs)
            for step in steps
        ],
        columns=COLUMNS,
    )


def _at_step(pairs: Sequence[LossPair], step: int, margin: float = EQUIVALENCE_MARGIN) -> Array:
    """Compute the figures of pairs at one step, or of their means over steps (pair, figure)."""
    ours, theirs = (
        np.stack([getattr(pair, side).array[:, step] for pair in pairs], axis=1)
        for side in ("ours", "theirs")
    )
    roots = np.array([pair.metric == "rmse" for pair in pairs])
    # Means over whole paths (step 0) overlap as far as the furthest step does.
    horizon = step or pairs[0].ours.horizon
    return skill_figures(ours, theirs, roots=roots, horizon=horizon, margin=margin)


def skill_figures(
    ours: Array,
    theirs: Array,
    *,
    roots: Array,
    horizon: int,
    margin: float = EQUIVALENCE_MARGIN,
) -> Array:
    """Compute the figures of ``Comparison`` for several pairs of losses.

    A skill is a ratio of means; its interval and the equivalence test rest on the linearised
    ratio: 1 - (mean of ours) / (mean of theirs) errs as the mean of (theirs * ratio - ours) does.

    Args:
        ours: losses in order of time (origin, pair); NaN does not count.
        theirs: those of the baselines (origin, pair), NaN at the same places.
        roots: whether the skill is that of the root of the mean loss (pair,).
        horizon: steps ahead.
        margin: of the equivalence test.

    Returns:
        one column for each of FIGURES (pair, figure).
    """
    number = len(roots)
    our_means, their_means = _means(ours), _means(theirs)
    with np.errstate(divide="ignore", invalid="ignore"):  # a baseline without a loss
        ratio = our_means / their_means
        linear = (theirs * ratio - ours) / their_means  # delta method, mean 0 at the estimate
    usable = np.isfinite(ratio)
    # Where the baseline loses nothing there is no ratio: zeros stand in, and its figures are NaN.
    linear = np.where(usable | np.isnan(ours), linear, 0.0)
    # The first half of the columns are plain differences, for p; the second half linearised ratios,
    # for the interval and the equivalence test.
    known = estimate_means(np.hstack([theirs - ours, linear]), horizon)
    p = known.probability_below(0.0)[:number]
    half = np.where(usable, known.half_width()[number:], np.nan)
    gain = 1 - ratio  # the skill, were it not for the root
    # A skill of +-margin in roots is one of 1 - (1 -+ margin)^2 in squares (Schuirmann 1987).
    within = [1 - (1 + sign * margin) ** np.where(roots, 2, 1) - gain for sign in (1, -1)]
    # The probabilities of a true skill below -margin, and of one below +margin.
    below, above = (known.probability_below(np.concatenate([end, end]))[number:] for end in within)
    # The larger ratio is the lower end of the skill; no ratio of losses is negative.
    ends = [1 - np.maximum(ratio + sign * half, 0.0) for sign in (1, -1)]
    return np.stack(
        [
            _root(gain, roots),
            p,
            *(_root(end, roots) for end in ends),
            np.where(usable, np.maximum(below, 1 - above), np.nan),
        ],
        axis=1,
    )


def _means(losses: Array) -> Array:
    """Return the mean of each column; NaN does not count."""
    known = ~np.isnan(losses)
    with np.errstate(invalid="ignore"):  # nothing counts
        means: Array = np.where(known, losses, 0.0).sum(axis=0) / known.sum(axis=0)
    return means


def _root(gain: Array, roots: Array) -> Array:
    """Turn 1 - ratio of mean squares into 1 - ratio of their roots, where that is the metric."""
    gains: Array = np.where(roots, 1 - np.sqrt(np.maximum(1 - gain, 0.0)), gain)
    return gains


def equivalence(
    table: pd.DataFrame,
    model: str,
    baseline: str,
    metric: str = "crps",
    *,
    step: int = 0,
    margin: float = EQUIVALENCE_MARGIN,
) -> float:
    """Test whether two forecasts are as good as each other, to within a margin.

    Two one-sided tests (Schuirmann 1987), with the variance of the Diebold-Mariano test: that no
    difference is shown is no evidence of equality, but this is.

    Args:
        table: of ``distribution.losses``.
        model: compared.
        baseline: compared with, from the same origins.
        metric: mae, mse, rmse or crps.
        step: steps ahead; 0 for the mean over all.
        margin: the skill that would matter, 0.01 for 1 % of the baseline's loss.

    Returns:
        the larger p of the two tests: below 0.05 the skill is shown to lie between -margin and
        margin; NaN where there are too few forecasts.
    """
    loss = LOSS_OF_METRIC[metric]
    ours, theirs = (LossPaths.of(table, name, loss) for name in (model, baseline))
    return float(_at_step([LossPair(metric, baseline, ours, theirs)], step, margin)[0, -1])


def skills_of(table: pd.DataFrame, model: str, baseline: str) -> list[dict[str, Any]]:
    """Compute a model's mean losses over all steps, and its skill, without any test.

    Args:
        table: of ``distribution.losses``.
        model: compared.
        baseline: compared with.

    Returns:
        metric, value and skill of each.
    """
    rows = []
    for metric, loss in LOSS_OF_METRIC.items():
        if loss not in table:
            continue
        paths = LossPaths.of_each(table, loss)
        ours, theirs = paths[model].means, paths[baseline].means
        value = math.sqrt(ours[0]) if metric == "rmse" else float(ours[0])
        rows.append(
            {"metric": metric, "value": value, "skill": float(skill_of(ours, theirs, metric)[0])}
        )
    return rows


def comparisons_at(comparisons: pd.DataFrame, step: int) -> dict[tuple[str, str], Comparison]:
    """Return the comparisons of one step (0 for all) by baseline and metric."""
    return {
        (row["baseline"], row["metric"]): Comparison(
            **{name: row[name] for name in FIGURES if name in row}
        )
        for row in comparisons[comparisons["step"] == step].to_dict("records")
    }


def skill_of(loss: Array, baseline: Array, metric: str) -> Array:
    """Compute 1 - loss / loss of the baseline; of ``rmse``, whose losses are squares,
    of their roots."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a baseline without a loss
        ratio = loss / baseline
        skill: Array = 1 - (np.sqrt(ratio) if metric == "rmse" else ratio)
    return skill

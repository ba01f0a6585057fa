"""Whether a difference of losses is more than luck."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t
from statsmodels.tsa.stattools import diebold_mariano_test

LOSS_OF_METRIC = {"mae": "absolute", "rmse": "squared", "crps": "crps"}
"""Metrics that are compared, and the loss that each is a mean of."""


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


def compare(table: pd.DataFrame, model: str, baseline: str) -> pd.DataFrame:
    """Skill of a model over a baseline, and how sure it is.

    Args:
        table: of ``scores.losses``.
        model: compared.
        baseline: compared with, from the same origins.

    Returns:
        one row for each step (0 for the mean over steps) and metric: model, step, metric,
        skill (1 - loss / loss of the baseline), p (one-sided).
    """
    steps = int(table["step"].max())
    rows = []
    for metric, loss in LOSS_OF_METRIC.items():
        ours_by_step, theirs_by_step = (
            table[table["model"] == name].pivot_table(index="origin", columns="step", values=loss)
            for name in (model, baseline)
        )
        for step in range(steps + 1):
            ours, theirs = (
                losses[step] if step else losses.mean(axis="columns") for losses in (ours_by_step, theirs_by_step)
            )
            ratio = ours.mean() / theirs.mean()
            skill = 1 - (np.sqrt(ratio) if metric == "rmse" else ratio)
            rows.append(
                {
                    "model": model,
                    "step": step,
                    "metric": metric,
                    "skill": float(skill),
                    "p": one_sided_p(ours, theirs, step or steps),
                }
            )
    return pd.DataFrame(rows)

"""Calls of a rise or a fall beside what came true."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr

from rnnforecast.arrays import Array
from rnnforecast.evaluation.significance.decisions import minimum_origins
from rnnforecast.evaluation.significance.long_run import estimate_means


def call_rows(group: pd.DataFrame, horizon: int) -> Iterator[dict[str, object]]:
    """Yield metric, value and n origins of the calls of one model.

    Args:
        group: origin, rose and called of each forecast; those without one of the two do not count.
        horizon: steps ahead of the furthest forecast.

    Returns:
        precision, recall, f1 of rises, NaN where nothing was called, or nothing rose; and
        pesaran_timmermann, ``independence_p`` of the calls.
    """
    moved = group.dropna(subset=["called", "rose"])
    n = moved["origin"].nunique()
    for metric, value in call_scores(moved["rose"].to_numpy(), moved["called"].to_numpy()).items():
        yield {"metric": metric, "value": value, "n": n}
    yield {"metric": "pesaran_timmermann", "value": independence_p(moved, horizon), "n": n}


def call_scores(rose: Array, called: Array) -> dict[str, float]:
    """Compute precision, recall and F1 of rises.

    Args:
        rose: whether the price rose, 1 or 0 (forecast,).
        called: whether a rise was called, 1 or 0 (forecast,).
    """
    right, calls, rises = float(np.sum(rose * called)), float(called.sum()), float(rose.sum())
    return {
        "precision": right / calls if calls else math.nan,
        "recall": right / rises if rises else math.nan,
        "f1": 2 * right / (calls + rises) if calls + rises else math.nan,
    }


def independence_p(moved: pd.DataFrame, horizon: int) -> float:
    """Return the one-sided p of so many hits if calls and outcomes were independent.

    One step ahead this is the test of Pesaran and Timmermann (1992). Forecasts of several steps
    overlap, and so do their hits: there it is a test that calls and outcomes covary, with the
    long-run variance of ``estimate_means``.

    Args:
        moved: origin, rose and called, 1 or 0, of each forecast.
        horizon: steps ahead of the furthest forecast.

    Returns:
        NaN where all calls or all outcomes are the same, or there are fewer origins than
        ``minimum_origins(horizon)``.

    Source: Pesaran & Timmermann, Journal of Business & Economic Statistics 10 (1992); under serial
        dependence, Journal of the American Statistical Association 104 (2009).
    """
    if moved["origin"].nunique() < minimum_origins(horizon):
        return math.nan
    rose, called = moved["rose"].to_numpy(float), moved["called"].to_numpy(float)
    if len(np.unique(rose)) < 2 or len(np.unique(called)) < 2:
        return math.nan
    if horizon > 1:
        # The mean of these products is the covariance, 0 where calls and outcomes are independent.
        together = (rose - rose.mean()) * (called - called.mean())
        by_origin = pd.Series(together).groupby(moved["origin"].to_numpy()).mean().to_numpy(float)
        return float(estimate_means(by_origin[:, None], horizon).probability_below(0.0)[0])
    # Equation 6 of 1992 comes to this: hits exceed their expectation by twice the covariance, and
    # the variance of that is four times the product of both variances, over n.
    correlation = float(np.corrcoef(rose, called)[0, 1])
    return float(ndtr(-math.sqrt(len(rose)) * correlation))

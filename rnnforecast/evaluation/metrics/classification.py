"""Calls of a rise or a fall beside what came true."""

from __future__ import annotations

import math

import numpy as np
from sklearn.metrics import precision_recall_fscore_support
from statsmodels.stats.diagnostic import pesaran_timmermann

from rnnforecast.arrays import Array


def call_scores(rose: Array, called: Array) -> dict[str, float]:
    """Precision, recall and F1 of rises, and the one-sided p of so many hits if calls and outcomes were independent.

    Args:
        rose: whether the price rose, 1 or 0 (forecast,).
        called: whether a rise was called, 1 or 0 (forecast,).

    Returns:
        precision, recall, f1; NaN where nothing was called, or nothing rose; and pesaran_timmermann, NaN where all
        calls or all outcomes are the same.

    Source: Pesaran & Timmermann, Journal of Business & Economic Statistics 10 (1992).
    """
    if not len(rose):
        return dict.fromkeys(("precision", "recall", "f1", "pesaran_timmermann"), math.nan)
    precision, recall, f1, _ = precision_recall_fscore_support(
        rose, called, labels=[1.0], average="macro", zero_division=np.nan
    )
    return {
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "pesaran_timmermann": _independent_p(rose, called),
    }


def _independent_p(rose: Array, called: Array) -> float:
    if len(np.unique(rose)) < 2 or len(np.unique(called)) < 2:
        return math.nan
    try:
        return float(pesaran_timmermann(2 * rose - 1, 2 * called - 1, alternative="larger").pvalue)
    except ValueError:  # so few forecasts that their hits have no variance
        return math.nan

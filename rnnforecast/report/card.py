"""The report card: the network's scores beside naive's, as text."""

from __future__ import annotations

import math

import pandas as pd

from rnnforecast.evaluation.scores import Score, lookup
from rnnforecast.formatting import format_p, format_percent, format_price

METRICS = {
    "mae": "MAE",
    "rmse": "RMSE",
    "mase": "MASE",
    "crps": "CRPS",
    "direction": "direction",
    "coverage_0.80": "80 % interval",
    "coverage_0.95": "95 % interval",
}
"""Metrics in the order of the report card, with their titles."""

SHARES = ("direction", "coverage_0.80", "coverage_0.95")


def score_rows(scores: pd.DataFrame, step: int = 0) -> list[dict[str, str]]:
    """The report card: the network's scores beside naive's.

    Args:
        scores: with skill and p.
        step: 0 for the mean over all steps.

    Returns:
        one row for each metric: metric, network, naive, skill, p, n.
    """
    part = lookup(scores, step)
    rows = []
    for metric, title in METRICS.items():
        network, naive = part["network", metric], part["naive", metric]
        skill = "" if math.isnan(network.skill) else format_percent(network.skill, signed=True)
        p = "" if math.isnan(network.p) else format_p(network.p).removeprefix("= ")
        rows.append(
            {
                "metric": title,
                "network": _cell(network, metric),
                "naive": _cell(naive, metric)
                if naive.n
                else f"always up: {format_percent(part['naive', 'rose'].value)}",
                "skill": skill,
                "p": p,
                "n": f"{network.n:,}",
            }
        )
    return rows


def _cell(score: Score, metric: str) -> str:
    """A value, with its interval where it is a share."""
    if not score.n:
        return "none forecast"
    if metric in SHARES:
        low, high = format_percent(score.low), format_percent(score.high)
        return f"{format_percent(score.value)} ({low} to {high})"
    return format_price(score.value)

"""The report card: the network's scores beside the baselines', as text."""

from __future__ import annotations

import math

import pandas as pd

from rnnforecast.evaluation.scores import Score, lookup
from rnnforecast.evaluation.significance import Comparison, comparisons_at
from rnnforecast.evaluation.walkforward import GARCH, NETWORK
from rnnforecast.formatting import format_p, format_percent, format_price

METRICS = {
    "mae": "MAE",
    "rmse": "RMSE",
    "mase": "MASE",
    "crps": "CRPS",
    "direction": "direction",
    "rose": "price rose",
    "coverage_0.80": "80 % interval",
    "coverage_0.95": "95 % interval",
}
"""Metrics in the order of the report card, with their titles."""

SHARES = ("direction", "rose", "coverage_0.80", "coverage_0.95")


def report_card(scores: pd.DataFrame, comparisons: pd.DataFrame, step: int = 0) -> tuple[list[str], list[list[str]]]:
    """The network's scores beside every baseline's.

    Args:
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``.
        step: 0 for the mean over all steps.

    Returns:
        headings, and one row of cells for each metric.
    """
    values, beside = lookup(scores, step), comparisons_at(comparisons, step)
    baselines = list(dict.fromkeys(comparisons["baseline"]))
    headings = ["all steps" if step == 0 else f"step {step}", NETWORK, *map(_title, baselines)]
    for baseline in baselines:
        headings += [f"skill on {_title(baseline)}", "p"]
    rows = []
    for metric, title in METRICS.items():
        row = [title, *(_cell(values[model, metric], metric) for model in (NETWORK, *baselines))]
        for baseline in baselines:
            row += _skill(beside.get((baseline, metric)))
        rows.append(row)
    return headings, rows


def _title(model: str) -> str:
    return "GARCH-t" if model == GARCH else model


def _skill(comparison: Comparison | None) -> list[str]:
    """Skill and p."""
    if comparison is None:
        return ["", ""]
    p = "" if math.isnan(comparison.p) else format_p(comparison.p).removeprefix("= ")
    return [format_percent(comparison.skill, signed=True), p]


def _cell(score: Score, metric: str) -> str:
    """A value; a share with its interval."""
    if not score.n:
        return "none"
    if metric in SHARES:
        return f"{format_percent(score.value)} ({100 * score.low:.1f}–{100 * score.high:.1f})"
    return format_price(score.value)

"""Every model's scores, and the network's skill relative to each, as sheets of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.evaluation.metrics.direction import ALWAYS_UP
from rnnforecast.evaluation.metrics.distribution import Score, lookup
from rnnforecast.evaluation.significance.diebold_mariano import Comparison, comparisons_at
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.formatting import format_loss, format_p, format_percent


class Sheet(NamedTuple):
    """Headings, and rows of as many cells; the first cell names the row."""

    headings: list[str]
    rows: list[list[str]]


class Metric(NamedTuple):
    """The form in which a metric is reported.

    Args:
        title: in a heading.
        as_text: its score in a cell.
    """

    title: str
    as_text: Callable[[Score], str]


def loss_cell(score: Score) -> str:
    """Write a loss, in the units of its metric."""
    return "none" if math.isnan(score.value) else format_loss(score.value)


def number_cell(score: Score) -> str:
    """Write a loss without a unit."""
    return "none" if math.isnan(score.value) else f"{score.value:.4f}"


def share_cell(score: Score) -> str:
    """Write a share, with its interval if it has one."""
    if not score.n or math.isnan(score.value):
        return "none"
    interval = "" if math.isnan(score.low) else f" ({100 * score.low:.1f}–{100 * score.high:.1f})"
    return format_percent(score.value) + interval


def p_cell(score: Score) -> str:
    """Write a probability with its sign."""
    return "undefined" if math.isnan(score.value) else f"p {format_p(score.value)}"


METRICS = {
    "mae": Metric("MAE", loss_cell),
    "mse": Metric("MSE", loss_cell),
    "rmse": Metric("RMSE", loss_cell),
    "mase": Metric("MASE", loss_cell),
    "rmsse": Metric("RMSSE", loss_cell),
    "mape": Metric("MAPE", share_cell),
    "crps": Metric("CRPS", loss_cell),
    "crps_relative": Metric("CRPS / last close", share_cell),
    "log_score": Metric("log score", number_cell),
    "winkler_0.80": Metric("Winkler 80 %", loss_cell),
    "winkler_0.95": Metric("Winkler 95 %", loss_cell),
    "pinball_0.05": Metric("pinball 5 %", loss_cell),
    "pinball_0.95": Metric("pinball 95 %", loss_cell),
    "brier": Metric("Brier score", number_cell),
    "log_loss": Metric("log loss", number_cell),
    "error rate": Metric("error rate", share_cell),
    "accuracy": Metric("accuracy", share_cell),
    "direction": Metric("direction", share_cell),
    "coverage_0.50": Metric("50 % interval", share_cell),
    "coverage_0.80": Metric("80 % interval", share_cell),
    "coverage_0.90": Metric("90 % interval", share_cell),
    "coverage_0.95": Metric("95 % interval", share_cell),
    "precision": Metric("precision", share_cell),
    "recall": Metric("recall", share_cell),
    "f1": Metric("F1", share_cell),
    "pesaran_timmermann": Metric("Pesaran-Timmermann", p_cell),
}
"""Every metric that is reported, in order."""

LOSSES = ("mae", "mse", "rmse", "mase", "rmsse", "crps", "log_score", "brier", "log_loss")
COMPARED = ("mae", "rmse", "crps", "crps_relative", "brier", "log_loss", "error rate")
SHARES = (
    "accuracy",
    "direction",
    "coverage_0.50",
    "coverage_0.80",
    "coverage_0.90",
    "coverage_0.95",
)
CALLS = ("precision", "recall", "f1", "pesaran_timmermann")
INTERVALS = ("winkler_0.80", "winkler_0.95", "pinball_0.05", "pinball_0.95", "mape")


def all_scores(scores: pd.DataFrame, comparisons: pd.DataFrame) -> tuple[Sheet, ...]:
    """Tabulate every metric of every model, over all steps.

    Args:
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``.

    Returns:
        sheets of one row for each model: losses, the network's skill relative to it, what came
        true, intervals and tails, calls.
    """
    values = lookup(scores, 0)
    sheets = (
        _scores(values, LOSSES), _skills(comparisons_at(comparisons, 0)), _hits(values),
        _scores(values, INTERVALS),
        _scores(values, CALLS),
    )  # fmt: skip
    return tuple(sheet for sheet in sheets if sheet.rows)


def by_step(comparisons: pd.DataFrame, metric: str) -> Sheet:
    """Tabulate the network's skill relative to each baseline at each step,
    the longer list downwards."""
    table = comparisons[(comparisons["metric"] == metric) & (comparisons["step"] > 0)]
    baselines = [str(name) for name in table["baseline"].unique()]
    compared = {
        step: comparisons_at(table, step)
        for step in sorted(int(step) for step in table["step"].unique())
    }
    if len(compared) <= len(baselines):
        by_model = [
            [
                f"vs {model_title(name)}",
                *(skill_cell(cells.get((name, metric))) for cells in compared.values()),
            ]
            for name in baselines
        ]
        return Sheet(["skill", *(f"step {step}" for step in compared)], by_model)
    rows = [
        [str(step), *(skill_cell(cells.get((name, metric))) for name in baselines)]
        for step, cells in compared.items()
    ]
    return Sheet(["step", *(f"vs {model_title(name)}" for name in baselines)], rows)


def _scores(values: dict[tuple[str, str], Score], metrics: Sequence[str]) -> Sheet:
    """Tabulate one column for each metric that any model has."""
    there = {metric for _, metric in values}
    shown = [metric for metric in metrics if metric in there]
    models = [
        model for model in _models(values) if any((model, metric) in values for metric in shown)
    ]
    rows = [
        [model_title(model), *(_cell(values, model, metric) for metric in shown)]
        for model in models
    ]
    return Sheet(["all steps", *(METRICS[metric].title for metric in shown)], rows)


def _hits(values: dict[tuple[str, str], Score]) -> Sheet:
    """Tabulate shares with their intervals; always saying up is right as often
    as the price rose."""
    sheet = _scores(values, SHARES)
    rose = values.get((NETWORK, "rose"))
    if rose is None or not sheet.rows:
        return sheet
    return sheet._replace(
        rows=[*sheet.rows, [ALWAYS_UP, share_cell(rose), *[""] * (len(sheet.headings) - 2)]]
    )


def _skills(beside: dict[tuple[str, str], Comparison]) -> Sheet:
    """Tabulate the network's skill relative to each baseline, with its p."""
    there = {metric for _, metric in beside}
    shown = [metric for metric in COMPARED if metric in there]
    baselines = list(dict.fromkeys(baseline for baseline, _ in beside))
    rows = [
        [model_title(name), *(skill_cell(beside.get((name, metric))) for metric in shown)]
        for name in baselines
    ]
    return Sheet(["skill vs", *(METRICS[metric].title for metric in shown)], rows)


def _models(values: Iterable[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(model for model, _ in values))


def _cell(values: dict[tuple[str, str], Score], model: str, metric: str) -> str:
    score = values.get((model, metric))
    return "" if score is None else METRICS[metric].as_text(score)


def skill_cell(comparison: Comparison | None) -> str:
    """Write a skill, and the p that it is none."""
    if comparison is None:
        return ""
    skill = format_percent(comparison.skill, signed=True)
    return skill if math.isnan(comparison.p) else f"{skill}, p {format_p(comparison.p)}"

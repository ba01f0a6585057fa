"""The report card: the network's scores beside the baselines', as text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rnnforecast.evaluation.backtest import GARCH, NAIVE, NETWORK, UNCALIBRATED
from rnnforecast.evaluation.metrics.direction import ALWAYS_UP
from rnnforecast.evaluation.metrics.distribution import Score, lookup
from rnnforecast.evaluation.significance.diebold_mariano import Comparison, comparisons_at
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.formatting import format_loss, format_p, format_percent
from rnnforecast.report.tables.cells import (
    Sheet,
    loss_cell,
    number_cell,
    p_cell,
    share_cell,
    skill_cell,
)

LOSSES = {
    "mae": "MAE", "mse": "MSE", "rmse": "RMSE", "mase": "MASE", "rmsse": "RMSSE", "mape": "MAPE",
    "crps": "CRPS", "winkler_0.80": "Winkler 80", "winkler_0.95": "Winkler 95",
    "log_score": "log score",
}  # fmt: skip
SHARES = {
    "direction": "direction",
    "rose": "price rose",
    "coverage_0.50": "50 % interval",
    "coverage_0.80": "80 % interval",
    "coverage_0.90": "90 % interval",
    "coverage_0.95": "95 % interval",
}
CALLS = {"precision": "precision", "recall": "recall", "f1": "F1"}
"""Metrics in the order of the report card, with their titles."""


def report_card(
    scores: pd.DataFrame, comparisons: pd.DataFrame, step: int = 0
) -> tuple[Sheet, Sheet]:
    """Tabulate the network's scores beside every baseline's.

    Args:
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``.
        step: 0 for the mean over all steps.

    Returns:
        a sheet of losses, with the network's skill relative to each baseline, and a sheet of
        shares; each fits 80 columns.
    """
    if (scores["metric"] == "brier").any():
        return direction_card(scores, comparisons, step)
    values, beside = lookup(scores, step), comparisons_at(comparisons, step)
    baselines = [name for name in (NAIVE, GARCH) if (name, "crps") in beside]
    models = (NETWORK, *baselines)
    headings = ["all steps" if step == 0 else f"step {step}", *map(model_title, models)]
    losses = [
        [
            title,
            *(_loss(metric, values[model, metric]) for model in models),
            *(skill_cell(beside.get((baseline, metric))) for baseline in baselines),
        ]
        for metric, title in LOSSES.items()
        if (NETWORK, metric) in values
    ]
    shares = [
        [title, *(share_cell(values[model, metric]) for model in models)]
        for metric, title in SHARES.items()
        if (NETWORK, metric) in values
    ]
    if (NETWORK, "pesaran_timmermann") in values:
        for metric, title in CALLS.items():
            shares.append([title, *(_percent(values[model, metric]) for model in models)])
        shares.append(
            ["Pesaran-T.", *(p_cell(values[model, "pesaran_timmermann"]) for model in models)]
        )
    skills = [f"skill vs {model_title(baseline)}" for baseline in baselines]
    return Sheet(headings + skills, losses), Sheet(headings, shares)


def _loss(metric: str, score: Score) -> str:
    return _percent(score) if metric == "mape" else loss_cell(score)


def brief_card(scores: pd.DataFrame, comparisons: pd.DataFrame) -> Sheet:
    """Tabulate what to know first: MAE, CRPS and the 80 % interval's hits, beside naive and GARCH.

    Args:
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``.
    """
    losses, shares = report_card(scores, comparisons)
    rows = {row[0]: row for row in (*shares.rows, *losses.rows)}
    wanted = ("MAE", "CRPS", "80 % interval", "Brier score", "accuracy")
    width = len(losses.headings)
    picked = [rows[name] for name in wanted if name in rows]
    return Sheet(losses.headings, [row + [""] * (width - len(row)) for row in picked])


def direction_card(
    scores: pd.DataFrame, comparisons: pd.DataFrame, step: int = 0
) -> tuple[Sheet, Sheet]:
    """Tabulate probabilities beside the share of rises, and calls beside always saying up;
    as ``report_card``."""
    values, beside = lookup(scores, step), comparisons_at(comparisons, step)
    heading = "all steps" if step == 0 else f"step {step}"
    losses = [
        [
            title,
            *(number_cell(values[model, metric]) for model in (NETWORK, NAIVE)),
            skill_cell(beside[NAIVE, metric]),
        ]
        for metric, title in (("brier", "Brier score"), ("log_loss", "log loss"))
    ]
    up, none = values[NETWORK, "rose"], ["", ""]
    calls = [
        [
            "accuracy",
            share_cell(values[NETWORK, "accuracy"]),
            share_cell(up),
            skill_cell(beside[ALWAYS_UP, "error rate"]),
        ],
        *([title, _percent(values[NETWORK, metric]), *none] for metric, title in CALLS.items()),
        ["Pesaran-Timmermann", p_cell(values[NETWORK, "pesaran_timmermann"]), *none],
    ]
    return (
        Sheet([heading, NETWORK, "share of rises", "skill"], losses),
        Sheet([heading, NETWORK, ALWAYS_UP, "fewer errors"], calls),
    )


def models_card(
    scores: pd.DataFrame, comparisons: pd.DataFrame, model_set: pd.DataFrame | None
) -> Sheet | None:
    """Tabulate every model beside naive, from the lowest CRPS to the highest; None where there are
    only the usual ones.

    Args:
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``.
        model_set: of ``model_set.model_confidence_set``.
    """
    values, beside = lookup(scores, 0), comparisons_at(comparisons, 0)
    names = [model for model, metric in values if metric == "crps"]
    if len(names) <= len({NETWORK, NAIVE, GARCH, UNCALIBRATED}):
        return None
    ranked = sorted(names, key=lambda name: values[name, "crps"].value)
    best = (
        set()
        if model_set is None
        else set(model_set.loc[model_set["included"].astype(bool), "model"])
    )
    rows = [
        [
            model_title(name),
            format_loss(values[name, "crps"].value),
            _on_naive(values, name, "crps"),
            _on_naive(values, name, "mae"),
            _percent(values[name, "coverage_0.80"]),
            _network_is_better(beside.get((name, "crps"))),
            "yes" if name in best else "",
        ]
        for name in ranked
    ]
    return Sheet(
        ["all models", "CRPS", "vs naive", "MAE", "80 % coverage", "network's p", "best set"], rows
    )


def _on_naive(values: dict[tuple[str, str], Score], model: str, metric: str) -> str:
    skill = 1 - values[model, metric].value / values[NAIVE, metric].value
    return "" if model == NAIVE else format_percent(skill, signed=True)


def _network_is_better(comparison: Comparison | None) -> str:
    known = comparison is not None and not math.isnan(comparison.p)
    return f"p {format_p(comparison.p)}" if comparison is not None and known else ""


def seeds_line(seeds: pd.DataFrame | None) -> str:
    """Say how much the seed matters, in a line; nothing where there is one."""
    if seeds is None:
        return ""
    skills = seeds[seeds["metric"] == "crps"]["skill"]
    spread = f"{format_percent(skills.mean(), signed=True)} ± {format_percent(skills.std())}"
    return f"Single networks ({len(skills)} seeds): CRPS skill vs naive {spread} (mean ± s.d.)"


def economics_card(earned: Mapping[str, Any]) -> Sheet:
    """Tabulate what trading on the calls would have earned, beside holding.

    Args:
        earned: of ``Economics.to_dict``.
    """
    trading = earned["trading"]
    costs = f"{trading['cost'] + trading['slippage']:g} bp"

    def percent(name: str) -> str:
        return "none" if earned[name] is None else format_percent(earned[name], signed=True)

    def number(name: str) -> str:
        return "none" if earned[name] is None else f"{earned[name]:+.2f}"

    rows = [
        ["net return", percent("total"), percent("holding")],
        [
            "Sharpe a year",
            f"{number('sharpe')} ± {number('sharpe_error').lstrip('+')}",
            number("sharpe_holding"),
        ],
        ["drawdown", percent("drawdown"), percent("drawdown_holding")],
        ["turnover a bar", percent("turnover").lstrip("+"), ""],
        ["P(Sharpe > 0)", percent("probabilistic").lstrip("+"), ""],
        [
            f"after {earned['trials']} trial{'' if earned['trials'] == 1 else 's'}",
            percent("deflated").lstrip("+"),
            "",
        ],
    ]
    return Sheet(
        [f"{trading['position']}, next {trading['execution']}, {costs}", "calls", "holding"], rows
    )


def _percent(score: Score) -> str:
    return "none" if math.isnan(score.value) else format_percent(score.value)

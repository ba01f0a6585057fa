"""The report card: the network's scores beside the baselines', as text."""

from __future__ import annotations

import math

import pandas as pd

from rnnforecast.evaluation.scores import Score, lookup
from rnnforecast.evaluation.significance import Comparison, comparisons_at
from rnnforecast.evaluation.walkforward import GARCH, NAIVE, NETWORK
from rnnforecast.formatting import format_p, format_percent, format_price

LOSSES = {"mae": "MAE", "rmse": "RMSE", "mase": "MASE", "crps": "CRPS"}
SHARES = {
    "direction": "direction",
    "rose": "price rose",
    "coverage_0.80": "80 % interval",
    "coverage_0.95": "95 % interval",
}
"""Metrics in the order of the report card, with their titles."""

Sheet = tuple[list[str], list[list[str]]]
"""Headings, and one row of cells for each metric."""


def report_card(scores: pd.DataFrame, comparisons: pd.DataFrame, step: int = 0) -> tuple[Sheet, Sheet]:
    """The network's scores beside every baseline's.

    Args:
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``.
        step: 0 for the mean over all steps.

    Returns:
        a sheet of losses, with the network's skill on each baseline, and a sheet of shares; each fits 80 columns.
    """
    if (scores["metric"] == "brier").any():
        return direction_card(scores, comparisons, step)
    values, beside = lookup(scores, step), comparisons_at(comparisons, step)
    baselines = list(dict.fromkeys(comparisons["baseline"]))
    models = (NETWORK, *baselines)
    headings = ["all steps" if step == 0 else f"step {step}", *map(_title, models)]
    losses = [
        [
            title,
            *(_loss(values[model, metric]) for model in models),
            *(_skill(beside.get((one, metric))) for one in baselines),
        ]
        for metric, title in LOSSES.items()
    ]
    shares = [
        [title, *(_share(values[model, metric]) for model in models)]
        for metric, title in SHARES.items()
        if (NETWORK, metric) in values
    ]
    skills = [f"skill on {_title(baseline)}" for baseline in baselines]
    return (headings + skills, losses), (headings, shares)


def direction_card(scores: pd.DataFrame, comparisons: pd.DataFrame, step: int = 0) -> tuple[Sheet, Sheet]:
    """Probabilities beside the share of rises, and calls beside always saying up; as ``report_card``."""
    values, beside = lookup(scores, step), comparisons_at(comparisons, step)
    heading = "all steps" if step == 0 else f"step {step}"
    losses = [
        [title, *(f"{values[model, metric].value:.4f}" for model in (NETWORK, NAIVE)), _skill(beside[NAIVE, metric])]
        for metric, title in (("brier", "Brier score"), ("log_loss", "log loss"))
    ]
    up, none = values[NETWORK, "rose"], ["", ""]
    independent = values[NETWORK, "pesaran_timmermann"].value
    calls = [
        ["accuracy", _share(values[NETWORK, "accuracy"]), _share(up), _skill(beside["always up", "error rate"])],
        *(
            [
                title,
                "none" if math.isnan(value := values[NETWORK, title.lower()].value) else format_percent(value),
                *none,
            ]
            for title in ("precision", "recall", "F1")
        ),
        ["Pesaran-Timmermann", "undefined" if math.isnan(independent) else f"p {format_p(independent)}", *none],
    ]
    return (
        ([heading, NETWORK, "share of rises", "skill on it"], losses),
        ([heading, NETWORK, "always up", "fewer errors"], calls),
    )


def _title(model: str) -> str:
    return "GARCH-t" if model == GARCH else model


def _skill(comparison: Comparison | None) -> str:
    """Skill, and the p that it is none."""
    if comparison is None:
        return ""
    skill = format_percent(comparison.skill, signed=True)
    return skill if math.isnan(comparison.p) else f"{skill}, p {format_p(comparison.p)}"


def _loss(score: Score) -> str:
    """A loss, in the units of its metric."""
    return format_price(score.value) if score.n else "none"


def _share(score: Score) -> str:
    """A share with its interval."""
    if not score.n:
        return "none"
    return f"{format_percent(score.value)} ({100 * score.low:.1f}–{100 * score.high:.1f})"

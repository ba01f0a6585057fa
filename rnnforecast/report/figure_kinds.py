"""The figures that a run can have, and what each is drawn from."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal[
    "forecast", "skill", "reliability", "pit", "coverage", "actual", "error", "residuals",
    "training", "gradients", "equity",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order of the report."""

NEEDS: dict[Kind, str] = {
    "forecast": "forecast",
    "skill": "comparisons",
    "reliability": "backtest",
    "pit": "backtest",
    "coverage": "backtest",
    "actual": "backtest",
    "error": "scores",
    "residuals": "backtest",
    "training": "fit",
    "gradients": "gradients",
    "equity": "equity",
}
"""The table that each figure is drawn from."""

OF_DISTRIBUTIONS: frozenset[Kind] = frozenset(("pit", "coverage", "actual", "residuals"))
"""Figures of quantiles, which the probability of a rise have not."""

Format = Literal["html", "md", "json"]
"""Forms of the report."""

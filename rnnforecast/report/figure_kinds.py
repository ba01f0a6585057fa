"""The figures that a run can have, and what each is drawn from."""

from __future__ import annotations

from typing import Literal, get_args

Kind = Literal[
    "forecast", "skill", "reliability", "pit", "coverage", "actual", "error", "residuals", "training", "gradients",
    "equity",
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

CAPTIONS: dict[Kind, str] = {
    "forecast": "The forecast and its intervals after the newest closes",
    "skill": "Skill of the network on each baseline",
    "reliability": "How often outcomes fell below each quantile",
    "pit": "Where outcomes fell in their distribution",
    "coverage": "What the intervals held over time",
    "actual": "Actual against predicted",
    "error": "Error by step of every model",
    "residuals": "What one-step medians missed",
    "training": "Loss by epoch of every network",
    "gradients": "How far back the loss reaches",
    "equity": "What trading on the forecasts would have brought",
}
"""Of each figure, for those who cannot see it."""

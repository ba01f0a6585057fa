"""What the scores say, in a sentence that a hostile reader cannot fault."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

Finding = Literal["better", "indistinguishable", "worse"]
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Verdict:
    """What is known about a model after its test part.

    Args:
        headline: in a few words.
        sentence: with every figure, its p or interval, and n.
        price: how its median compares with the last close.
        spread: how its distribution compares with a constant spread around the last close.
        forecasts: number of origins that were scored.
    """

    headline: str
    sentence: str
    price: Finding
    spread: Finding
    forecasts: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def judge(scores: pd.DataFrame, model: str, baseline: str, span: tuple[str, str]) -> Verdict:
    """Compute the verdict.

    Args:
        scores: of ``scores.summarise``, with skill and p.
        model: judged.
        baseline: naive, beside it.
        span: dates of the first and last target.
    """
    overall = scores[scores["step"] == 0].set_index(["model", "metric"])
    steps = int(scores["step"].max())
    mae, crps = overall.loc[(model, "mae")], overall.loc[(model, "crps")]
    forecasts = int(mae["n"]) // steps
    price, spread = find(mae["p"]), find(crps["p"])
    ahead = "1 step" if steps == 1 else f"1 to {steps} steps"
    parts = [
        f"From {forecasts} origins, {ahead} ahead, {span[0]} to {span[1]}: "
        f"the median is {_beside(price)} the last close (MAE {_percent(mae)})",
        _coverage(overall, model, 0.80) + " and " + _coverage(overall, model, 0.95).removeprefix("the "),
        f"the CRPS is {_beside(spread)} a constant spread's ({_percent(crps)})",
    ]
    return Verdict(_headline(price, spread), "; ".join(parts) + ".", price, spread, forecasts)


def find(p: float) -> Finding:
    """What a one-sided p says, at 5 % on either side."""
    if p < SIGNIFICANT:
        return "better"
    return "worse" if p > 1 - SIGNIFICANT else "indistinguishable"


def _headline(price: Finding, spread: Finding) -> str:
    match price, spread:
        case "better", "better":
            return "Skill in the price and in its spread"
        case "better", _:
            return "Skill in the price, none in its spread"
        case _, "better":
            return "Skill in the spread, none in the price"
        case "indistinguishable", "indistinguishable":
            return "No detectable skill"
        case _:
            return "Worse than the last close with a constant spread"


def _beside(finding: Finding) -> str:
    return {"better": "better than", "indistinguishable": "indistinguishable from", "worse": "worse than"}[finding]


def _percent(score: pd.Series) -> str:
    """Skill and p in words."""
    skill = float(score["skill"])
    p = "DM p undefined, the losses are equal" if pd.isna(score["p"]) else f"one-sided DM p {format_p(float(score['p']))}"
    return f"{abs(skill):.1%} {'lower' if skill >= 0 else 'higher'}, {p}".replace("%", " %")


def format_p(p: float) -> str:
    """A probability with its sign and the digits that mean something: ``= 0.041``, ``< 0.001``."""
    if p < 0.001:
        return "< 0.001"
    if p > 0.999:
        return "> 0.999"
    return f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


def _coverage(overall: pd.DataFrame, model: str, coverage: float) -> str:
    """What an interval held, and whether that is off."""
    score = overall.loc[(model, f"coverage_{coverage:.2f}")]
    off = "" if score["low"] <= coverage <= score["high"] else " (off)"
    return f"the {coverage:.0%} interval held {score['value']:.1%}{off}".replace("%", " %")

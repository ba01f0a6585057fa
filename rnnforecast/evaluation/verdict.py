"""What the scores say, in a sentence that a hostile reader cannot fault."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from rnnforecast.evaluation.scores import Score, lookup
from rnnforecast.formatting import format_p, format_percent

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
    overall = lookup(scores, step=0)
    steps = int(scores["step"].max())
    mae, rmse, crps = (overall[model, metric] for metric in ("mae", "rmse", "crps"))
    price, spread = _agree(find(mae.p), find(rmse.p)), find(crps.p)
    ahead = "1 step" if steps == 1 else f"1 to {steps} steps"
    parts = [
        f"From {mae.n} origins, {ahead} ahead, {span[0]} to {span[1]}: "
        f"the median is {_beside(price)} the last close (MAE {_percent(mae)}; RMSE {_percent(rmse)})",
        f"{_coverage(overall, model, 0.80)} and {_coverage(overall, model, 0.95)}",
        f"the CRPS is {_beside(spread)} a constant spread's ({_percent(crps)})",
    ]
    return Verdict(_headline(price, spread), "; ".join(parts) + ".", price, spread, mae.n)


def find(p: float) -> Finding:
    """What a one-sided p says, at 5 % on either side."""
    if p < SIGNIFICANT:
        return "better"
    return "worse" if p > 1 - SIGNIFICANT else "indistinguishable"


def _agree(by_mae: Finding, by_rmse: Finding) -> Finding:
    """A price forecast is better or worse only where absolute and squared errors both say so."""
    return by_mae if by_mae == by_rmse else "indistinguishable"


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


def _percent(score: Score) -> str:
    """Skill and p in words."""
    p = "DM p undefined: equal losses" if math.isnan(score.p) else f"DM p {format_p(score.p)}"
    return f"{format_percent(abs(score.skill))} {'lower' if score.skill >= 0 else 'higher'}, {p}"


def _coverage(overall: dict[tuple[str, str], Score], model: str, coverage: float) -> str:
    """What an interval held, and whether that is off."""
    score = overall[model, f"coverage_{coverage:.2f}"]
    off = "" if score.low <= coverage <= score.high else " (off)"
    return f"the {coverage * 100:.0f} % interval held {format_percent(score.value)}{off}"

"""What the scores say, in a sentence that a hostile reader cannot fault."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from rnnforecast.evaluation.backtest import GARCH, NAIVE, NETWORK
from rnnforecast.evaluation.metrics.distribution import Score, lookup
from rnnforecast.evaluation.significance.diebold_mariano import Comparison, comparisons_at
from rnnforecast.formatting import format_p, format_percent
from rnnforecast.quantities import PRICE, Quantity

Finding = Literal["better", "indistinguishable", "worse"]
SIGNIFICANT = 0.05
TOO_FEW = "Too few forecasts to tell"
"""The headline where nothing is tested."""


@dataclass(frozen=True)
class Verdict:
    """What is known about a model after its test part.

    Args:
        headline: in a few words.
        sentence: with every figure, its p or interval, and n.
        point: how its median compares with the last close (or the volatility of late), its calls with always up.
        distribution: how it compares with a constant spread around that, or its probabilities with the share of rises.
        garch: how its distribution compares with GARCH(1,1)-t's; None where that failed.
        origins: number of forecasts that were scored.
        flags: reasons to doubt all this, in words.
    """

    headline: str
    sentence: str
    point: Finding
    distribution: Finding
    garch: Finding | None
    origins: int
    flags: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def judge(
    scores: pd.DataFrame,
    comparisons: pd.DataFrame,
    span: tuple[str, str],
    quantity: Quantity = PRICE,
) -> Verdict:
    """Compute the verdict on the network.

    Args:
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``, with naive and, unless it failed, GARCH.
        span: dates of the first and last target.
        quantity: what was forecast.
    """
    overall, found = lookup(scores, step=0), comparisons_at(comparisons, step=0)
    mae, rmse, crps = (found[NAIVE, metric] for metric in ("mae", "rmse", "crps"))
    garch_crps = found.get((GARCH, "crps"))
    point, spread = agree(find(mae.p), find(rmse.p)), find(crps.p)
    garch = find(garch_crps.p) if garch_crps else None
    steps, origins = int(scores["step"].max()), overall[NETWORK, "mae"].n
    parts = [
        f"From {origins} origins, {'1 step' if steps == 1 else f'1 to {steps} steps'} ahead, {span[0]} to {span[1]}: "
        f"the median is {beside(point)} {quantity.naive_words}{_why(mae, rmse)} "
        f"(MAE {percent(mae)}; RMSE {percent(rmse)})",
        f"{_coverage(overall, 0.80)} and {_coverage(overall, 0.95)}",
        f"the CRPS is {beside(spread)} a constant spread's ({percent(crps)}) and {_beside_garch(garch_crps)}",
    ]
    headline = TOO_FEW if math.isnan(mae.p) else _headline(point, spread, garch, quantity)
    return Verdict(headline, "; ".join(parts) + ".", point, spread, garch, origins)


def find(p: float) -> Finding:
    """What a one-sided p says, at 5 % on either side."""
    if p < SIGNIFICANT:
        return "better"
    return "worse" if p > 1 - SIGNIFICANT else "indistinguishable"


def agree(one: Finding, other: Finding) -> Finding:
    """A forecast is better or worse only where both losses say so."""
    return one if one == other else "indistinguishable"


def _why(mae: Comparison, rmse: Comparison) -> str:
    """Why no claim is made where one of the two tests would make it."""
    return "" if find(mae.p) == find(rmse.p) else ", for absolute and squared errors disagree"


def _headline(point: Finding, spread: Finding, garch: Finding | None, quantity: Quantity) -> str:
    match point, spread:
        case "better", "better":
            return f"Skill in the {quantity} and in its spread{_than_garch(garch)}"
        case "better", _:
            return f"Skill in the {quantity}, none in its spread"
        case _, "better":
            return f"Skill in the spread{_than_garch(garch)}, none in the {quantity}"
        case "indistinguishable", "indistinguishable":
            return "No detectable skill"
        case _:
            return f"Worse than {quantity.naive_words} with a constant spread"


def _than_garch(garch: Finding | None) -> str:
    words = {
        "better": " (more than GARCH)",
        "indistinguishable": " (as much as GARCH)",
        "worse": " (less than GARCH)",
    }
    return words[garch] if garch else ""


def beside(finding: Finding) -> str:
    """A finding in words that a noun follows."""
    return {
        "better": "better than",
        "indistinguishable": "indistinguishable from",
        "worse": "worse than",
    }[finding]


def _beside_garch(crps: Comparison | None) -> str:
    return (
        f"{beside(find(crps.p))} GARCH(1,1)-t's ({percent(crps)})"
        if crps
        else "GARCH(1,1)-t failed"
    )


def percent(comparison: Comparison) -> str:
    """Skill and p in words."""
    p = (
        "too few forecasts for a p"
        if math.isnan(comparison.p)
        else f"DM p {format_p(comparison.p)}"
    )
    return f"{format_percent(abs(comparison.skill))} {'lower' if comparison.skill >= 0 else 'higher'}, {p}"


def _coverage(overall: dict[tuple[str, str], Score], coverage: float) -> str:
    """What an interval held, and whether that is off."""
    score = overall[NETWORK, f"coverage_{coverage:.2f}"]
    off = "" if score.low <= coverage <= score.high else " (off)"
    return f"the {coverage * 100:.0f} % interval held {format_percent(score.value)}{off}"

"""What the networks of a pool add to the rest of it, in words."""

from __future__ import annotations

import pandas as pd

from rnnforecast.evaluation.backtest import FILTERS
from rnnforecast.evaluation.significance.decisions import classify_p
from rnnforecast.evaluation.significance.diebold_mariano import comparisons_at
from rnnforecast.formatting import format_p, format_percent


def what_networks_add(comparisons: pd.DataFrame) -> str:
    """Say in a sentence what the networks of a pool add to the rest of it."""
    crps = comparisons_at(comparisons, 0)[FILTERS, "crps"]
    words = {"better": "lower", "worse": "higher"}.get(classify_p(crps.p))
    skill = format_percent(abs(crps.skill))
    if words is None:
        way = "lower" if crps.skill >= 0 else "higher"
        return (
            f"Without its networks the pool would be as good: they change its CRPS by {skill} "
            f"({way}, DM p {format_p(crps.p)})."
        )
    return f"Its networks make the CRPS of the pool {skill} {words} (DM p {format_p(crps.p)})."

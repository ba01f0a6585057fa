"""A comparison of runs in words, and as JSON: of trained runs, and of networks trained for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rnnforecast.cli.console import records
from rnnforecast.evaluation.significance.decisions import METHOD, SIGNIFICANT
from rnnforecast.formatting import format_p

if TYPE_CHECKING:
    from rnnforecast.pipeline.compare import Compared

OPTIMISTIC = (
    "the best of many is optimistic: some of its lead is luck, and new prices will take that back"
)


def superiority(compared: Compared) -> str:
    """Say whether the best of the runs beats naive, given how many there are."""
    count, p = len(compared.pairing.runs), compared.superior_p
    if math.isnan(p):
        return f"too few forecasts to tell whether the best of {count} beats naive"
    beats = "beats naive" if p < SIGNIFICANT else "is not shown to beat naive"
    return (
        f"the best of {count} {beats} (SPA p {format_p(p)}, corrected for choosing among {count})"
    )


def describe_method(compared: Compared) -> str:
    """Return how a comparison was tested, for its page."""
    corrected = ", corrected by Holm" if compared.correction == "holm" else ""
    warning = f"{OPTIMISTIC[:1].upper()}{OPTIMISTIC[1:]}"
    return f"p: {METHOD}, two-sided{corrected}. {warning}."


def plain_comparison(compared: Compared) -> dict[str, object]:
    """Return a comparison as JSON values."""
    from rnnforecast.report.comparison import conclude

    pairing = compared.pairing
    return {
        "symbol": compared.symbol,
        "interval": compared.interval,
        "quantity": compared.quantity.name,
        "runs": compared.runs,
        "metric": pairing.metric,
        "test": "dm",
        "correction": compared.correction,
        "origins": len(pairing.losses),
        "steps": list(pairing.steps),
        "first_target": pairing.first,
        "last_target": pairing.last,
        "means": records(compared.means),
        "pairs": records(compared.pairs),
        "superior_p": None if compared.superior_p != compared.superior_p else compared.superior_p,
        "conclusion": conclude(pairing, compared.pairs),
    }

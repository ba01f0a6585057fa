"""What the networks of a pool add to the rest of it, in words."""

from __future__ import annotations

import pandas as pd

from rnnforecast.evaluation.backtest import FILTERS
from rnnforecast.evaluation.significance.decisions import (
    EQUIVALENCE_MARGIN,
    classify_p,
    is_equivalent,
)
from rnnforecast.evaluation.significance.diebold_mariano import comparisons_at
from rnnforecast.evaluation.wording import percent
from rnnforecast.formatting import format_percent


def what_networks_add(comparisons: pd.DataFrame) -> str:
    """Say in a sentence what the networks of a pool add to the rest of it.

    Args:
        comparisons: of the pool with the rest of it, by ``diebold_mariano.compare``.
    """
    crps = comparisons_at(comparisons, 0)[FILTERS, "crps"]
    figures = percent(crps)
    match classify_p(crps.p):
        case "better" | "worse":
            return f"Its networks change the CRPS of the pool ({figures})."
        case "too few":
            return f"Whether its networks change the CRPS of the pool was not tested ({figures})."
        case _ if is_equivalent(crps.equivalence_p):
            margin = format_percent(EQUIVALENCE_MARGIN, decimals=0)
            return f"Without its networks the pool would be as good (within {margin}; {figures})."
        case _:
            return f"Its networks are not shown to change the CRPS of the pool ({figures})."

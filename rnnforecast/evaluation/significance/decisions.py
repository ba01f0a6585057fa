"""What a p says, and when there are too few forecasts for one."""

from __future__ import annotations

import math
from typing import Literal

Finding = Literal["better", "indistinguishable", "worse", "too few"]

METHOD = "Diebold-Mariano, long-run variance from cosines averaged over spectral shapes"
"""The name of the test behind each p, as in docs/significance.md."""
SIGNIFICANT = 0.05
"""One-sided, on either side."""
EQUIVALENCE_MARGIN = 0.01
"""Two forecasts are as good as each other if their mean losses differ by less than this share."""
APART = 20
"""Forecasts that do not overlap, below which nothing is tested: with fewer, a difference that
persists cannot be told from luck (see the table of sizes in docs/significance.md)."""


def minimum_origins(horizon: int) -> int:
    """Return the number of origins below which no p is computed and nothing is claimed.

    Args:
        horizon: steps ahead.

    Example:
        >>> minimum_origins(1), minimum_origins(20)
        (20, 400)
    """
    return APART * horizon


def classify_p(p: float) -> Finding:
    """Say what a one-sided p means, at 5 % on either side.

    Args:
        p: near 0 the model is better than the baseline, near 1 it is worse; NaN where there are
            too few forecasts for a test.

    Example:
        >>> classify_p(0.01), classify_p(0.99), classify_p(0.4), classify_p(float("nan"))
        ('better', 'worse', 'indistinguishable', 'too few')
    """
    if math.isnan(p):
        return "too few"
    if p < SIGNIFICANT:
        return "better"
    return "worse" if p > 1 - SIGNIFICANT else "indistinguishable"


def agree(first: Finding, second: Finding) -> Finding:
    """Return what two losses say together: a finding only where both make it.

    Example:
        >>> agree("better", "better"), agree("better", "worse")
        ('better', 'indistinguishable')
    """
    return first if first == second else "indistinguishable"


def is_equivalent(equivalence_p: float) -> bool:
    """Say whether two one-sided tests show that two mean losses differ by less than the margin.

    Args:
        equivalence_p: of ``Comparison`` or ``equivalence``; NaN (too few forecasts) shows nothing.
    """
    return equivalence_p < SIGNIFICANT

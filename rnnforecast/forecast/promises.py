"""Which intervals a calibration can promise: split conformal needs windows enough."""

from __future__ import annotations

import math

SHOWN = (0.80, 0.90, 0.95, 0.99)
"""Coverages of intervals that people read."""


def needed_windows(coverage: float) -> int:
    """Return the fewest calibration windows from which an interval can hold its coverage.

    The interval reaches as far as the ceil((n + 1) c)-th smallest of n scores, which exists from
    n = c / (1 - c) on: 9 for 90 %, 19 for 95 %, 99 for 99 %.

    Args:
        coverage: of the interval, between 0 and 1.

    Source: Vovk, Gammerman & Shafer 2005; Lei et al. 2018, Theorem 2.2.
    """
    return math.ceil(round(coverage / (1 - coverage), 6))


def effective_windows(windows: int, step: int) -> int:
    """Count the calibration windows that do not overlap at a step of the horizon.

    Args:
        windows: from consecutive origins.
        step: of the path, from 1; windows closer than that share returns.
    """
    return -(-windows // step)


def unpromised(windows: int, horizon: int, coverages: tuple[float, ...] = (0.80, 0.95)) -> str:
    """Say in one sentence what cannot be promised; nothing where all can.

    Args:
        windows: of the calibration.
        horizon: steps of the path.
        coverages: of the intervals that are shown.

    Example:
        >>> unpromised(15, 1)
        '95 % cannot be promised from 15 windows'
    """
    for step in (1, horizon):
        effective = effective_windows(windows, step)
        lost = [coverage for coverage in coverages if effective < needed_windows(coverage)]
        if not lost:
            continue
        percentages = " and ".join(f"{coverage:.0%}".replace("%", " %") for coverage in lost)
        if step == 1:
            return f"{percentages} cannot be promised from {windows} windows"
        return (
            f"{percentages} cannot be promised {step} steps ahead from {windows} windows, "
            f"of which {effective} do not overlap"
        )
    return ""

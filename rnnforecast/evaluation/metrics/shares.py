"""Shares of forecasts, such as hits of an interval, with the number of origins they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np
import pandas as pd
from scipy.special import ndtri

from rnnforecast.arrays import Array
from rnnforecast.evaluation.significance.long_run import estimate_means

COVERAGE = 0.95
"""Of the interval of a share."""


def share(hits: pd.Series, horizon: int = 1) -> dict[str, float]:
    """Return a share with its 95 % Wilson interval.

    Args:
        hits: 1 or 0, or shares of a path, in order of time; NaN does not count.
        horizon: steps ahead; forecasts of overlapping horizons hit and miss together.

    Returns:
        value, low, high and n; NaN where nothing counts.
    """
    values, low, high, n = (column[0] for column in share_columns(hits.to_frame(), horizon))
    return {"value": float(values), "low": float(low), "high": float(high), "n": int(n)}


def with_shares(
    rows: Iterable[Mapping[str, object]], hits: Mapping[int, pd.Series], horizons: Mapping[int, int]
) -> list[dict[str, object]]:
    """Fill in the shares of a table of scores, all of one horizon at once.

    Args:
        rows: of the table.
        hits: number of the row to its hits by origin.
        horizons: number of the row to the steps ahead.
    """
    filled = [dict(row) for row in rows]
    by_horizon = sorted(hits, key=lambda number: (horizons[number], number))
    for horizon, numbers in groupby(by_horizon, key=lambda number: horizons[number]):
        chosen = list(numbers)
        columns = share_columns(pd.concat([hits[number] for number in chosen], axis=1), horizon)
        for number, value, low, high, n in zip(chosen, *columns, strict=True):
            filled[number] |= {"value": value, "low": low, "high": high, "n": int(n)}
    return filled


def share_columns(hits: pd.DataFrame, horizon: int) -> Sequence[Array]:
    """Return values, lower and upper ends and numbers of several shares (share,) each.

    Args:
        hits: as of ``share``, one column each.
        horizon: steps ahead.

    Source: Wilson, Journal of the American Statistical Association 22 (1927), with the effective
        number of origins in place of their number where horizons overlap.
    """
    values = hits.to_numpy(float)
    n = (~np.isnan(values)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing counts
        center = np.nansum(values, axis=0) / n
        effective = n if horizon == 1 else effective_origins(values, horizon)
        z = ndtri((1 + COVERAGE) / 2)
        middle = (center + z**2 / (2 * effective)) / (1 + z**2 / effective)
        spread = np.sqrt(center * (1 - center) / effective + z**2 / (4 * effective**2))
        half = z * spread / (1 + z**2 / effective)
    return center, np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0), n


def effective_origins(hits: Array, horizon: int) -> Array:
    """Return how many independent origins would leave each share as uncertain (share,).

    Where the hits say nothing about that (too few of them, or all alike), one for each horizon.

    Args:
        hits: in order of time (origin, share); NaN does not count.
        horizon: steps ahead.
    """
    n = (~np.isnan(hits)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        center = np.nansum(hits, axis=0) / n
        half = estimate_means(hits, horizon).half_width(COVERAGE)
        # The n at which the half width of a share, z sqrt(p (1 - p) / n), is that of the series.
        effective = center * (1 - center) * (ndtri((1 + COVERAGE) / 2) / half) ** 2
    usable = np.isfinite(effective) & (effective > 0)
    worth: Array = np.where(usable, effective, n / horizon)
    return worth

"""Many models at once: which of them may be the best, and whether the best of many beats a benchmark."""

from __future__ import annotations

import math

import pandas as pd

from rnnforecast.evaluation.significance.diebold_mariano import DRAWS, block_length

CONFIDENCE = 0.90
FEWEST = 50
"""With fewer origins no model can be told from another."""


def origin_losses(table: pd.DataFrame, loss: str = "crps") -> pd.DataFrame:
    """The losses of every model, averaged over the steps of each path.

    Args:
        table: of ``scores.losses``.
        loss: its column.

    Returns:
        one column for each model, by origin; origins that every model has.
    """
    return table.pivot_table(index="origin", columns="model", values=loss).dropna()


def model_confidence_set(losses: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """The models among which the best one is, with 90 % confidence.

    Args:
        losses: one column for each model, by origin.
        horizon: steps ahead; blocks of the bootstrap are at least so long.

    Returns:
        model, p (that it is as good as the best), included; from the best to the worst. Empty where there are
        too few origins.

    Source: Hansen, Lunde & Nason, Econometrica 79 (2011); the package arch.
    """
    from arch.bootstrap import MCS

    if len(losses) < FEWEST or losses.shape[1] < 2:
        return pd.DataFrame(columns=["model", "p", "included"])
    found = MCS(
        losses, 1 - CONFIDENCE, reps=DRAWS, block_size=block_length(len(losses), horizon), seed=0
    )
    found.compute()
    p = found.pvalues["Pvalue"].sort_values(ascending=False, kind="stable")
    return pd.DataFrame(
        {"model": p.index, "p": p.to_numpy(float), "included": p.index.isin(found.included)}
    )


def superior_p(losses: pd.DataFrame, benchmark: pd.Series, horizon: int) -> float:
    """The probability of a best model this much better than the benchmark if none were.

    Args:
        losses: of every model that was tried, one column each, by origin.
        benchmark: losses from the same origins.
        horizon: steps ahead.

    Returns:
        NaN where there are too few origins.

    Source: the test for superior predictive ability, Hansen, Journal of Business & Economic Statistics 23 (2005);
        the package arch.
    """
    from arch.bootstrap import SPA

    if len(losses) < FEWEST:
        return math.nan
    found = SPA(
        benchmark, losses, block_size=block_length(len(losses), horizon), reps=DRAWS, seed=0
    )
    found.compute()
    return float(found.pvalues["consistent"])

"""The Diebold-Mariano p is that of an independent computation, one-sided the right way round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.evaluation.significance import one_sided_p


def by_hand(difference: np.ndarray, horizon: int) -> float:
    """DM with a Bartlett long-run variance and the correction of Harvey, Leybourne and Newbold (1997)."""
    n = len(difference)
    centred = difference - difference.mean()
    lags = max(horizon - 1, int(np.ceil(n ** (1 / 3))))
    variance = centred @ centred / n
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * (centred[lag:] @ centred[:-lag]) / n
    statistic = difference.mean() / np.sqrt(variance / n)
    correction = np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    return float(stats.t.cdf(correction * statistic, n - 1))


@pytest.mark.parametrize("horizon", [1, 5, 20])
@pytest.mark.parametrize("edge", [-0.2, 0.0, 0.2])
def test_p_is_that_of_hand_arithmetic(horizon: int, edge: float) -> None:
    rng = np.random.default_rng(horizon)
    baseline = rng.exponential(1, 150)
    model = baseline + edge + rng.normal(0, 1, 150)
    assert one_sided_p(pd.Series(model), pd.Series(baseline), horizon) == pytest.approx(
        by_hand(model - baseline, horizon), rel=1e-6
    )


def test_p_is_small_for_the_better_model_and_large_for_the_worse() -> None:
    rng = np.random.default_rng(1)
    small, large = pd.Series(rng.exponential(1, 300)), pd.Series(rng.exponential(2, 300))
    assert one_sided_p(small, large, 1) < 0.01
    assert one_sided_p(large, small, 1) > 0.99


def test_equal_losses_have_no_p() -> None:
    losses = pd.Series(np.arange(10.0))
    assert np.isnan(one_sided_p(losses, losses, 1))


def test_equal_accuracy_is_rejected_about_as_often_as_the_level_says() -> None:
    rng = np.random.default_rng(5)
    rejected = sum(
        one_sided_p(pd.Series(rng.normal(size=200)), pd.Series(rng.normal(size=200)), 1) < 0.05 for _ in range(200)
    )
    assert stats.binomtest(rejected, 200, 0.06).pvalue > 0.01

"""Shares carry the interval of as many independent origins as they are worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.evaluation.metrics.shares import effective_origins, share, share_columns


def test_one_step_ahead_it_is_the_wilson_interval_of_scipy() -> None:
    hits = pd.Series([1.0] * 30 + [0.0] * 20 + [np.nan] * 5)
    interval = stats.binomtest(30, 50).proportion_ci(method="wilson")
    assert share(hits) == pytest.approx(
        {"value": 0.6, "low": interval.low, "high": interval.high, "n": 50}
    )


def test_nothing_that_counts_has_no_share() -> None:
    found = share(pd.Series([np.nan] * 30), 5)
    assert found["n"] == 0 and np.isnan([found["value"], found["low"], found["high"]]).all()


def overlapping_hits(horizon: int, walks: int, coverage: float, seed: int) -> np.ndarray:
    """Hits of the true interval of a random walk, so many steps ahead (origin, walk)."""
    rng = np.random.default_rng(seed)
    price = np.cumsum(rng.normal(size=(400 + horizon, walks)), axis=0)
    moves = np.abs(price[horizon:] - price[:-horizon]) / np.sqrt(horizon)
    return (moves <= stats.norm.ppf((1 + coverage) / 2)).astype(float)


@pytest.mark.parametrize(("horizon", "most"), [(5, 0.09), (20, 0.12)])
@pytest.mark.parametrize("coverage", [0.8, 0.95])
def test_a_perfect_forecast_is_seldom_off(horizon: int, most: float, coverage: float) -> None:
    hits = pd.DataFrame(overlapping_hits(horizon, 300, coverage, seed=horizon))
    _, low, high, _ = share_columns(hits, horizon)
    assert np.mean((low > coverage) | (high < coverage)) < most
    _, low, high, _ = share_columns(hits, 1)  # as if origins were independent
    assert np.mean((low > coverage) | (high < coverage)) > 0.12


def test_overlapping_hits_are_worth_about_one_in_a_horizon_and_apart_ones_all() -> None:
    overlapping = np.median(effective_origins(overlapping_hits(5, 100, 0.8, seed=1), 5))
    apart = np.median(effective_origins(overlapping_hits(1, 100, 0.8, seed=2), 1))
    assert 60 < overlapping < 220 and 300 < apart < 450


def test_a_forecast_that_never_misses_is_worth_one_origin_a_horizon() -> None:
    found = share(pd.Series(np.ones(100)), 20)
    assert found["low"] == pytest.approx(share(pd.Series(np.ones(5)))["low"])

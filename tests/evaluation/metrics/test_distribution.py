"""Scores agree with independent computations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scoringrules import crps_t
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_squared_error,
    root_mean_squared_error,
)

from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.metrics.distribution import (
    crps_of_percentiles,
    lookup,
    losses,
    summarise,
)
from rnnforecast.evaluation.significance.diebold_mariano import compare, comparisons_at
from rnnforecast.forecast.quantile_levels import LEVELS

ORIGINS, STEPS = 200, 2


def backtest(seed: int = 1, models: tuple[str, ...] = ("network", "naive")) -> pd.DataFrame:
    """Normal forecasts of random prices around 100."""
    rng = np.random.default_rng(seed)
    last = np.repeat(rng.uniform(90, 110, ORIGINS), STEPS)
    actual = last + rng.normal(0, 2, ORIGINS * STEPS)
    frame = pd.DataFrame(
        {
            "symbol": "X",
            "origin": np.repeat(pd.date_range("2024-01-01", periods=ORIGINS), STEPS),
            "step": np.tile([1, 2], ORIGINS),
            "date": pd.Timestamp("2025-01-01"),
            "last": last,
            "actual": actual,
        }
    )
    tables = []
    for number, model in enumerate(models):
        location = last + rng.normal(0, 0.5, len(last))
        quantiles = location[:, None] + (1.5 + number) * stats.norm.ppf(LEVELS)
        tables.append(
            pd.concat(
                [frame.assign(model=model), pd.DataFrame(quantiles, columns=QUANTILES)], axis=1
            )
        )
    return pd.concat(tables, ignore_index=True)


def scored(table: pd.DataFrame, scale: float = 1.0) -> pd.DataFrame:
    return summarise(losses(table), scale)


def test_mae_mse_and_rmse_are_scikit_learns_at_each_step_and_overall() -> None:
    table = backtest()
    scores = scored(table, scale=0.5)
    for step in (0, 1, 2):
        part = table[(table["model"] == "network") & (step == 0 or table["step"] == step)]
        ours = lookup(scores, step)
        assert ours["network", "mae"].value == pytest.approx(
            mean_absolute_error(part["actual"], part["q0.5"])
        )
        assert ours["network", "rmse"].value == pytest.approx(
            root_mean_squared_error(part["actual"], part["q0.5"])
        )
        assert ours["network", "mse"].value == pytest.approx(
            mean_squared_error(part["actual"], part["q0.5"])
        )
        assert ours["network", "mase"].value == pytest.approx(ours["network", "mae"].value / 0.5)


def test_crps_is_the_integral_of_the_pinball_loss_by_the_trapezoidal_rule() -> None:
    table = backtest(models=("network", "naive"))
    part = table[table["model"] == "network"]
    losses_by_level = [
        mean_pinball_loss(part["actual"], part[f"q{level:g}"], alpha=level)
        for level in np.arange(1, 100) / 100
    ]
    ends = [
        np.maximum(part["q0.01"] - part["actual"], 0).mean(),
        np.maximum(part["actual"] - part["q0.99"], 0).mean(),
    ]
    whole = 2 * np.trapezoid([ends[0], *losses_by_level, ends[1]], dx=0.01)
    assert lookup(scored(table), 0)["network", "crps"].value == pytest.approx(whole)


@pytest.mark.parametrize("freedom", [2.2, 3.0, 5.0, 1e6])
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (0.0, 2.0), (0.0, 0.5), (1.0, 1.0)])
def test_crps_is_that_of_the_closed_form(freedom: float, shift: float, scale: float) -> None:
    """Student-t forecasts of outcomes that they fit, and of others that are shifted or scaled."""
    levels = (np.arange(20_000) + 0.5) / 20_000
    outcomes = shift + scale * stats.t.ppf(levels, freedom)
    percentiles = np.broadcast_to(stats.t.ppf(np.arange(1, 100) / 100, freedom), (20_000, 99))
    ours, closed = crps_of_percentiles(outcomes, percentiles), crps_t(outcomes, freedom)
    assert ours.mean() == pytest.approx(closed.mean(), rel=0.0015)
    if (shift, scale) == (0.0, 1.0):
        assert ours.mean() == pytest.approx(closed.mean(), rel=0.0003)


def test_crps_of_a_point_is_its_absolute_error() -> None:
    outcomes = np.array([1.0, 2.5, 7.0])
    np.testing.assert_allclose(crps_of_percentiles(outcomes, np.full((3, 99), 2.0)), [1, 0.5, 5])


def test_coverage_counts_prices_inside_the_interval_and_n_counts_origins() -> None:
    table = backtest()
    part = table[table["model"] == "network"]
    inside = (part["q0.1"] <= part["actual"]) & (part["actual"] <= part["q0.9"])
    score = lookup(scored(table), 0)["network", "coverage_0.80"]
    assert score.value == pytest.approx(inside.mean())
    assert score.n == ORIGINS


def test_direction_is_from_the_last_close_and_never_from_the_last_forecast() -> None:
    table = backtest(models=("network", "naive")).iloc[:4].copy()
    table["last"], table["actual"] = 100.0, [101.0, 99.0, 101.0, 100.0]
    table[QUANTILES] = 0.0
    table["q0.5"] = [
        105.0,
        104.0,
        99.0,
        103.0,
    ]  # falls from forecast to forecast, but stays above 100 at first
    assert losses(table)["direction"].tolist()[:3] == [1.0, 0.0, 0.0]
    assert np.isnan(losses(table)["direction"].iloc[3])  # the price did not move


def test_naive_forecasts_no_direction_rather_than_half_of_them() -> None:
    table = backtest()
    naive = table["model"] == "naive"
    table.loc[naive, "q0.5"] = table.loc[naive, "last"]
    score = lookup(scored(table), 0)["naive", "direction"]
    assert score.n == 0 and np.isnan(score.value)


@pytest.mark.parametrize(
    ("metric", "step"), [("mae", 0), ("mae", 1), ("rmse", 2), ("rmse", 0), ("crps", 1)]
)
def test_skill_is_one_minus_the_ratio_of_the_printed_scores(metric: str, step: int) -> None:
    table = backtest()
    card = lookup(scored(table), step)
    skill = comparisons_at(compare(losses(table), "network", ["naive"]), step)[
        "naive", metric
    ].skill
    assert skill == pytest.approx(1 - card["network", metric].value / card["naive", metric].value)

"""The Diebold-Mariano p is that of an independent computation, one-sided the right way round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.evaluation.significance.diebold_mariano import LossPaths, compare, one_sided_p


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
        one_sided_p(pd.Series(rng.normal(size=200)), pd.Series(rng.normal(size=200)), 1) < 0.05
        for _ in range(200)
    )
    assert stats.binomtest(rejected, 200, 0.06).pvalue > 0.01


def losses(edge: float, origins: int = 400, steps: int = 3, seed: int = 2) -> pd.DataFrame:
    """Losses of two models at every step, the first better by an edge."""
    rng, tables = np.random.default_rng(seed), []
    common = rng.exponential(1, (origins, steps))
    for model, less in (("network", edge), ("naive", 0.0)):
        own = np.abs(common * (1 - less) + rng.normal(0, 0.2, common.shape))
        frame = pd.DataFrame(
            {
                "origin": np.repeat(np.arange(origins), steps),
                "step": np.tile(np.arange(1, steps + 1), origins),
            }
        )
        tables.append(
            frame.assign(
                model=model, absolute=own.ravel(), squared=own.ravel() ** 2, crps=own.ravel()
            )
        )
    return pd.concat(tables, ignore_index=True)


def overall(table: pd.DataFrame) -> pd.Series:
    return compare(table, "network", ["naive"]).query("step == 0 and metric == 'crps'").iloc[0]


def test_the_interval_of_the_skill_holds_it_and_leaves_zero_out_where_there_is_an_edge() -> None:
    found = overall(losses(0.2))
    assert 0 < found["low"] < found["skill"] < found["high"] and found["p"] < 0.01


def test_without_an_edge_about_one_interval_in_twenty_leaves_zero_out() -> None:
    found = [overall(losses(0.0, origins=150, seed=seed)) for seed in range(40)]
    certain = sum(not one["low"] <= 0 <= one["high"] for one in found)
    assert stats.binomtest(certain, 40, 0.07).pvalue > 0.01


def test_the_interval_is_as_wide_as_a_plain_bootstrap_where_losses_are_independent() -> None:
    table = losses(0.2, origins=600, steps=1)
    ours, theirs = (
        table.loc[table["model"] == name, "crps"].to_numpy() for name in ("network", "naive")
    )
    draws = np.random.default_rng(1).integers(0, 600, (4000, 600))
    plain = np.quantile(1 - ours[draws].mean(axis=1) / theirs[draws].mean(axis=1), [0.025, 0.975])
    found = compare(table, "network", ["naive"]).query("step == 1 and metric == 'crps'").iloc[0]
    assert found["high"] - found["low"] == pytest.approx(plain[1] - plain[0], rel=0.2)


def test_losses_that_do_not_count_are_left_out_of_means_and_resamples() -> None:
    table = losses(0.2)
    table.loc[table["origin"] % 4 == 0, "crps"] = np.nan
    paths = LossPaths.of(table, "network", "crps")
    kept = table[(table["model"] == "network") & (table["step"] == 2)]["crps"].dropna()
    assert paths.means[2] == pytest.approx(kept.mean())
    assert paths.resampled[:, 2].mean() == pytest.approx(kept.mean(), rel=0.01)


def test_few_origins_have_no_interval() -> None:
    assert compare(losses(0.2, origins=10), "network", ["naive"])["low"].isna().all()


def test_a_baseline_without_loss_in_some_draw_leaves_no_interval() -> None:
    table = losses(0.2, origins=30)
    exact = (table["model"] == "naive") & (table["step"] == 1) & (table["origin"] < 29)
    table.loc[exact, "crps"] = 0.0
    found = compare(table, "network", ["naive"]).query("metric == 'crps'").set_index("step")
    assert (
        found.loc[1, ["low", "high"]].isna().all() and found.loc[2, ["low", "high"]].notna().all()
    )

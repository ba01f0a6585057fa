"""The Diebold-Mariano p is that of an independent computation, one-sided the right way round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq
from scipy.signal import lfilter

from rnnforecast.evaluation.significance.diebold_mariano import compare, equivalence, one_sided_p
from rnnforecast.evaluation.significance.long_run import estimate_means

PRIOR = [
    (0.5, 1, 0.06), (0.8, 0.8, 0.04), (0.8, 1, 0.12), (0.9, 1, 0.08), (0.95, 0.98, 0.02),
    (0.95, 1, 0.06), (0.98, 1, 0.03), (0.99, 0.98, 0.06), (0.99, 1, 0.04),
]  # fmt: skip
"""Persistence, its share at frequency zero, and weight, as in docs/significance.md."""


def mixture(values: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Weights, standard errors and degrees of docs/significance.md, with sums of cosines."""
    n = len(values)
    number = int(min(2 * n ** (2 / 3), n / (1.25 * horizon)))
    angles = np.pi * np.arange(1, number + 1) / n
    times = np.arange(n) + 0.5
    waves = np.array([np.sqrt(2 / n) * np.sum(values * np.cos(w * times)) for w in angles])
    candidates = [(0.49, np.ones(number))]
    for a, c, prior in PRIOR:
        rise = (1 - a) ** 2 / (1 + a**2 - 2 * a * np.cos(angles))
        candidates.append((prior, c * rise + 1 - c))
    variances = np.array([np.mean(waves**2 / shape) for _, shape in candidates])
    scaled = variances / variances.min()
    logs = np.array([np.log(prior) - np.log(shape).sum() / 2 for prior, shape in candidates])
    logs -= number / 2 * np.log(scaled)
    weights = np.exp(logs - logs.max())
    return weights / weights.sum(), np.sqrt(variances / n), number


def by_hand(gain: np.ndarray, horizon: int) -> float:
    """The p of a mean gain."""
    weights, errors, degrees = mixture(gain, horizon)
    return float(weights @ stats.t.cdf(-gain.mean() / errors, degrees))


@pytest.mark.parametrize("metric", ["crps", "rmse"])
def test_interval_and_equivalence_are_those_of_hand_arithmetic(metric: str) -> None:
    table = losses(0.02, origins=300, steps=5)
    column = {"crps": "crps", "rmse": "squared"}[metric]
    ours, theirs = (
        table[table["model"] == name].groupby("origin")[column].mean().to_numpy()
        for name in ("network", "naive")
    )
    ratio = ours.mean() / theirs.mean()
    weights, errors, degrees = mixture((theirs * ratio - ours) / theirs.mean(), 5)

    def below(distance: float) -> float:
        return float(weights @ stats.t.cdf(distance / errors, degrees))

    half = brentq(lambda distance: below(distance) - 0.975, 0, 10)
    power = 2 if metric == "rmse" else 1
    worse, better = (1.01**power - ratio, ratio - 0.99**power)
    found = compare(table, "network", ["naive"]).query("step == 0 and metric == @metric").iloc[0]
    assert found["low"] == pytest.approx(1 - (ratio + half) ** (1 / power), rel=1e-6)
    assert found["high"] == pytest.approx(1 - (ratio - half) ** (1 / power), rel=1e-6)
    assert found["equivalence_p"] == pytest.approx(1 - min(below(worse), below(better)))


@pytest.mark.parametrize("horizon", [1, 5, 20])
@pytest.mark.parametrize("edge", [-0.2, 0.0, 0.2])
def test_p_is_that_of_hand_arithmetic(horizon: int, edge: float) -> None:
    rng = np.random.default_rng(horizon)
    baseline = rng.exponential(1, 420)
    model = baseline + edge + rng.normal(0, 1, 420)
    assert one_sided_p(pd.Series(model), pd.Series(baseline), horizon) == pytest.approx(
        by_hand(baseline - model, horizon), rel=1e-9
    )


@pytest.mark.parametrize("persistence", [0.9, 0.98])
def test_p_of_a_persistent_difference_is_that_of_hand_arithmetic(persistence: float) -> None:
    noise = np.random.default_rng(3).normal(size=250)
    gain = lfilter([1.0], [1.0, -persistence], noise) + 1.0
    assert one_sided_p(pd.Series(-gain), pd.Series(np.zeros(250)), 1) == pytest.approx(
        by_hand(gain, 1), rel=1e-9
    )


def test_p_is_small_for_the_better_model_and_large_for_the_worse() -> None:
    rng = np.random.default_rng(1)
    small, large = pd.Series(rng.exponential(1, 300)), pd.Series(rng.exponential(2, 300))
    assert one_sided_p(small, large, 1) < 0.01
    assert one_sided_p(large, small, 1) > 0.99


def test_equal_losses_are_as_likely_better_as_worse() -> None:
    losses = pd.Series(np.arange(30.0))
    assert one_sided_p(losses, losses, 1) == pytest.approx(0.5)


def test_a_difference_that_never_changes_is_certain() -> None:
    losses = pd.Series(np.zeros(30))
    assert one_sided_p(losses, losses + 0.1, 1) == 0.0
    assert one_sided_p(losses + 0.1, losses, 1) == pytest.approx(1.0)


@pytest.mark.parametrize(("horizon", "enough"), [(1, 20), (5, 100), (20, 400)])
def test_too_few_origins_have_no_p_and_no_interval(horizon: int, enough: int) -> None:
    rng = np.random.default_rng(0)
    ours, theirs = (pd.Series(rng.exponential(size=enough)) for _ in range(2))
    assert np.isfinite(one_sided_p(ours, theirs, horizon))
    assert np.isnan(one_sided_p(ours[1:], theirs[1:], horizon))


@pytest.mark.parametrize("persistence", [0.0, 0.9, 0.95])
def test_equal_spreads_that_stay_on_one_side_for_weeks_are_rejected_at_their_level(
    persistence: float,
) -> None:
    rng = np.random.default_rng(11)
    noise = rng.normal(size=(700, 400))
    gains = lfilter([1.0], [1.0, -persistence], noise, axis=0)[200:]
    below = estimate_means(gains, 1).probability_below(0.0)
    rejected = int(np.sum((below < 0.025) | (below > 0.975)))
    assert stats.binomtest(rejected, 400, 0.045).pvalue > 0.01


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


def test_losses_that_do_not_count_are_left_out() -> None:
    table = losses(0.2)
    table.loc[table["origin"] % 4 == 0, "crps"] = np.nan
    kept = table[table["origin"] % 4 != 0]
    columns = ["skill", "p", "low", "high", "equivalence_p"]
    missing, absent = (overall(part)[columns].to_numpy(float) for part in (table, kept))
    assert missing == pytest.approx(absent)


def test_a_small_difference_seen_often_is_equivalence_and_one_seen_seldom_is_not() -> None:
    rng = np.random.default_rng(4)
    table = losses(0.0, origins=2000, seed=4)
    for column in ("crps", "absolute", "squared"):
        naive = table.loc[table["model"] == "naive", column].to_numpy()
        near = naive * (1 + rng.normal(0, 0.02, len(naive)))
        table.loc[table["model"] == "network", column] = near
    assert equivalence(table, "network", "naive") < 0.05
    assert equivalence(table, "network", "naive", margin=1e-5) > 0.05
    together = overall(table)["equivalence_p"]
    assert together == pytest.approx(equivalence(table, "network", "naive"))
    assert overall(losses(0.0, origins=60))["equivalence_p"] > 0.05
    assert overall(losses(0.2, origins=2000))["equivalence_p"] > 0.95


def test_few_origins_have_no_interval() -> None:
    assert compare(losses(0.2, origins=10), "network", ["naive"])["low"].isna().all()


def test_a_baseline_without_loss_leaves_no_interval() -> None:
    table = losses(0.2, origins=60)
    table.loc[(table["model"] == "naive") & (table["step"] == 1), "crps"] = 0.0
    found = compare(table, "network", ["naive"]).query("metric == 'crps'").set_index("step")
    assert (
        found.loc[1, ["low", "high"]].isna().all() and found.loc[2, ["low", "high"]].notna().all()
    )

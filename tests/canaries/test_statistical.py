"""What must be found in prices whose truth is known, and what must not:
a quick part of benchmarks/canaries.py."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from rnnforecast import runs
from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.data.synthetic import DAILY, autoregression, garch, history_of, noise, threshold
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.evaluation.backtest import MEDIAN_COLUMN, NAIVE, NETWORK, backtest_table
from rnnforecast.evaluation.flags import flags
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.forecast.baselines.garch import garch_quantiles
from rnnforecast.forecast.baselines.naive import naive_quantiles
from rnnforecast.forecast.baselines.ridge import linear_quantiles
from rnnforecast.runs.artifacts import load_experiment, load_history, load_table

from ..conftest import REPOSITORY

ONE_STEP = ("data.symbol=SYNTHETIC", "window.horizon=1")


def dataset_of(returns: np.ndarray, *settings: str) -> Dataset:
    return prepare(load("gru", [*ONE_STEP, *settings]), history_of(returns))


def backtest_of(dataset: Dataset, quantiles: np.ndarray):  # type: ignore[no-untyped-def]
    """A model and naive on the test part."""
    origins = dataset.splits.origins("test")
    return backtest_table(
        dataset, {NETWORK: quantiles, NAIVE: naive_quantiles(dataset, origins)}, origins
    )


def skill(backtest, metric: str):  # type: ignore[no-untyped-def]
    """Skill over naive, and its p."""
    found = (
        compare(losses(backtest), NETWORK, [NAIVE])
        .query(f"step == 0 and metric == '{metric}'")
        .iloc[0]
    )
    return found["skill"], found["p"]


def test_a_linear_map_finds_nothing_in_20_random_walks() -> None:
    skills, rejected, right, calls = [], 0, 0, 0
    for seed in range(20):
        dataset = dataset_of(noise(1500, seed), "window.lookback=10")
        backtest = backtest_of(dataset, linear_quantiles(dataset, dataset.splits.origins("test")))
        found, p = skill(backtest, "rmse")
        skills.append(found)
        rejected += p < 0.05
        own = backtest[backtest["model"] == NETWORK]
        hits = np.sign(own[MEDIAN_COLUMN] - own["last"]) == np.sign(own["actual"] - own["last"])
        right, calls = right + int(hits.sum()), calls + len(hits)
    low, high = binom.interval(0.99, calls, 0.5)
    assert (
        np.mean(skills) <= 0.002 and max(skills) <= 0.01 and rejected <= 3 and low <= right <= high
    )


@pytest.mark.parametrize(
    ("feature", "least", "most"),
    [("centred_mean", 0.95, 1.0), ("smoothed", 0.8, 0.9), ("honest", 0.47, 0.53)],
)
def test_what_a_leak_would_seem_to_be_worth_on_random_walks(
    feature: str, least: float, most: float
) -> None:
    """Why leaks matter: directions called right by a linear map where no call can be
    right more than half of the time."""
    right = []
    for seed in range(5):
        names = f"window.features=[log_return, {Path(__file__).with_name('leaks.py')}:{feature}]"
        dataset = dataset_of(noise(3000, seed), "window.lookback=5", "split.test=0.2", names)
        backtest = backtest_of(dataset, linear_quantiles(dataset, dataset.splits.origins("test")))
        own = backtest[backtest["model"] == NETWORK]
        right.append(
            (
                np.sign(own[MEDIAN_COLUMN] - own["last"]) == np.sign(own["actual"] - own["last"])
            ).mean()
        )
    assert least <= np.mean(right) <= most


def test_a_planted_autoregression_is_found_by_the_whole_pipeline_and_by_a_linear_map(
    tmp_path: Path,
) -> None:
    """The truth saves 1 - sqrt(1 - 0.5²) = 13.4 % of naive's RMSE;
    more than that would be a leak."""
    from rnnforecast.pipeline.evaluate import evaluate
    from rnnforecast.pipeline.score import Request
    from rnnforecast.pipeline.train import train_run

    returns = autoregression(2000, 4, 0.5)
    store = Store(tmp_path / "data")
    store.save(history_of(returns))
    small = (
        "window.lookback=5",
        "model.units=8",
        "model.location=learned",
        "training.ensemble=1",
        "training.learning_rate=0.01",
        "training.epochs=25",
    )
    run = train_run(load("gru", [*ONE_STEP, *small]), store, tmp_path / "runs", label="planted")
    verdict = evaluate(run, Request(baselines=("naive", "linear"))).verdict
    test = len(prepare(load_experiment(run), load_history(run)).splits.origins("test"))
    truth = 1 - np.sqrt(
        np.mean((returns[-test:] - 0.5 * returns[-test - 1 : -1]) ** 2)
        / np.mean(returns[-test:] ** 2)
    )
    backtest = load_table(run, runs.BACKTEST)
    assert backtest is not None and verdict.point == "better" and verdict.distribution == "better"
    for model in (NETWORK, "linear"):
        own = backtest[backtest["model"] == model]
        moved = np.log(own["actual"] / own["last"])
        found = 1 - np.sqrt(
            np.mean((np.log(own[MEDIAN_COLUMN] / own["last"]) - moved) ** 2) / np.mean(moved**2)
        )
        assert 0.6 * truth <= found <= 1.1 * truth, model


def test_returns_in_another_order_hold_no_signal() -> None:
    mixed = np.random.default_rng(0).permutation(autoregression(3000, 4, 0.5))
    dataset = dataset_of(mixed, "window.lookback=10")
    found, _ = skill(
        backtest_of(dataset, linear_quantiles(dataset, dataset.splits.origins("test"))), "rmse"
    )
    assert found <= 0.005


def test_garch_finds_its_own_spread_and_none_where_it_is_constant() -> None:
    for returns, there in ((garch(4000, 1), True), (noise(4000, 1), False)):
        dataset = dataset_of(returns)
        found, p = skill(
            backtest_of(dataset, garch_quantiles(dataset, dataset.splits.origins("test"))), "crps"
        )
        assert (found > 0.005 and p < 0.05) if there else abs(found) < 0.004


def test_errors_of_a_random_walk_grow_like_the_square_root_of_the_horizon() -> None:
    dataset = dataset_of(noise(20_000, 5), "window.horizon=20", "split.test=0.4")
    origins = dataset.splits.origins("test")
    backtest = backtest_table(dataset, {NAIVE: naive_quantiles(dataset, origins)}, origins)
    errors = (np.log(backtest[MEDIAN_COLUMN] / backtest["actual"]) ** 2).groupby(
        backtest["step"]
    ).mean() ** 0.5
    np.testing.assert_allclose(errors / errors[1], np.sqrt(errors.index), rtol=0.1)


@pytest.mark.parametrize("spike", [0.16, 0.0])
def test_skill_that_one_bad_tick_makes_is_called_that(spike: float) -> None:
    """A forecast that always expects a fifth of a move to be undone,
    on a random walk with one price that was wrong."""
    returns = noise(3000, 301)
    returns[-200] += spike
    returns[-199] -= spike
    dataset = dataset_of(returns)
    origins = dataset.splits.origins("test")
    undone = np.exp(-0.2 * np.diff(np.log(dataset.closes))[origins - 1])[:, None, None]
    backtest = backtest_of(dataset, naive_quantiles(dataset, origins) * undone)
    table = losses(backtest)
    scores = summarise(table, dataset.naive_scale(), dataset.naive_root_scale())
    doubts = flags(backtest, scores, compare(table, NETWORK, [NAIVE]))
    influenced = [flag for flag in doubts if flag.kind == "influence"]
    assert (skill(backtest, "rmse")[0] > 0.02) == bool(influenced) == bool(spike)
    assert all("driven by 2 days" in str(flag) for flag in influenced)


def test_the_planted_signals_are_what_they_say() -> None:
    r = autoregression(200_000, 1, 0.3)
    assert np.corrcoef(r[1:], r[:-1])[0, 1] == pytest.approx(0.3, abs=0.01)
    far = autoregression(200_000, 1, 0.5, 20)
    assert np.corrcoef(far[20:], far[:-20])[0, 1] == pytest.approx(0.5, abs=0.01)
    assert abs(np.corrcoef(far[1:], far[:-1])[0, 1]) < 0.01
    bent = threshold(200_000, 1, 0.8)
    assert (
        np.corrcoef(bent[1:], np.abs(bent[:-1]))[0, 1] > 0.4
        and abs(np.corrcoef(bent[1:], bent[:-1])[0, 1]) < 0.15
    )
    spread = garch(200_000, 1)
    assert (
        spread.std() == pytest.approx(DAILY, rel=0.1)
        and abs(np.corrcoef(spread[1:], spread[:-1])[0, 1]) < 0.02
    )
    assert np.corrcoef(spread[1:] ** 2, spread[:-1] ** 2)[0, 1] > 0.1


def test_the_page_of_canaries_tells_what_was_measured() -> None:
    results = REPOSITORY / "benchmarks" / "results" / "canaries.json"
    if not results.exists():
        pytest.skip("benchmarks are not part of this distribution")
    page = " ".join((REPOSITORY / "docs" / "canaries.md").read_text("utf-8").split())
    for canary in json.loads(results.read_text("utf-8"))["judged"]:
        assert canary["measured"] in page, canary["canary"]
        assert ("passed" if canary["passed"] else "**failed**") in page

"""From a run to its scores: refits, baselines that are kept or fail, seeds,
economics and rivals."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast import parallel, runs
from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError, UsageError
from rnnforecast.evaluation.backtest import NETWORK, QUANTILES
from rnnforecast.evaluation.trading import Trading
from rnnforecast.evaluation.walkforward import Protocol, folds
from rnnforecast.forecast.baselines import registry
from rnnforecast.pipeline import refit
from rnnforecast.pipeline.baselines import baseline_quantiles
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.model_storage import load_exported
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import train_run
from rnnforecast.quantities import PRICE
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_forecaster, load_table
from rnnforecast.runs.folder import load_document

from ..conftest import SMALL, random_walk

METRICS = ["mae", "mse", "rmse", "crps", "crps_relative"]
FEW = Request(baselines=("garch", "ewma"))


@pytest.fixture
def run(trained: tuple[Path, Run], tmp_path: Path) -> Run:
    """A copy of the trained run that may be written to."""
    home = shutil.copytree(trained[0], tmp_path / "home")
    return runs.find(home / "runs")


def backtest_of(run: Run, model: str = NETWORK) -> pd.DataFrame:
    table = load_table(run, runs.BACKTEST)
    assert table is not None
    return table[table["model"] == model].reset_index(drop=True)


def test_every_baseline_stands_in_the_tables_with_the_same_origins(run: Run) -> None:
    evaluate(run)
    table, scores = load_table(run, runs.BACKTEST), load_table(run, runs.SCORES)
    assert table is not None and scores is not None
    assert set(table["model"]) == {
        NETWORK,
        "uncalibrated",
        *registry.baselines_of(PRICE),
    } - {"har"}  # closes alone hold no ranges
    assert table.groupby("model")["origin"].nunique().nunique() == 1
    assert set(scores["model"]) == set(table["model"])
    model_set = load_table(run, runs.MODEL_SET)
    assert model_set is None or "uncalibrated" not in set(model_set["model"])


def test_a_baseline_that_fails_is_reported_and_the_others_stand(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(dataset: object, origins: object) -> None:
        raise DataError("ETS cannot be fitted to WALK", "try another")

    failing = replace(registry.BASELINES["ets"], quantiles=fail)
    monkeypatch.setitem(registry.BASELINES, "ets", failing)
    evaluate(run, Request(baselines=("ets", "ewma")))
    assert run.manifest.failed_baselines == {"ets": "ETS cannot be fitted to WALK"}
    scores = load_table(run, runs.SCORES)
    assert (
        scores is not None
        and {"naive", "ewma"} <= set(scores["model"])
        and "ets" not in set(scores["model"])
    )


def test_a_baseline_whose_forecast_no_float_can_hold_is_reported_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One symbol of hundreds with wild prices must not end the evaluation of all."""
    egarch = registry.BASELINES["egarch"]

    def overflow(dataset: Dataset, origins: Rows) -> Array:
        quantiles = egarch.quantiles(dataset, origins)
        quantiles[3, 1, 7] = np.inf
        return quantiles

    monkeypatch.setitem(registry.BASELINES, "egarch", replace(egarch, quantiles=overflow))
    evaluate(run, Request(baselines=("egarch", "ewma")))
    day = backtest_of(run)["origin"].unique()[3]
    why = f"its forecast from {day:%Y-%m-%d} is not finite"
    assert run.manifest.failed_baselines == {"egarch": why}


def test_an_unknown_baseline_is_refused_with_the_known(run: Run) -> None:
    with pytest.raises(
        UsageError, match="no baseline of a price is called 'arma'; use: naive, recent, constant"
    ):
        evaluate(run, Request(baselines=("arma",)))


def test_what_costs_time_is_computed_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dataset, kept = dataset_of(run), tmp_path / "kept"
    parts, names = folds(dataset, Protocol()), ("naive", "garch")
    first, _ = baseline_quantiles(dataset, parts, names, kept)
    again = replace(
        registry.BASELINES["garch"], quantiles=lambda *job: pytest.fail("computed again")
    )
    monkeypatch.setitem(registry.BASELINES, "garch", again)
    cached, _ = baseline_quantiles(dataset, parts, names, kept)
    np.testing.assert_array_equal(first["garch"], cached["garch"])
    with pytest.raises(pytest.fail.Exception):  # other origins are other forecasts
        baseline_quantiles(dataset, folds(dataset, Protocol(step=2)), names, kept)
    (file,) = kept.iterdir()
    file.write_bytes(b"damaged")
    with pytest.raises(pytest.fail.Exception):
        baseline_quantiles(dataset, parts, names, kept)


def test_refits_forecast_their_own_stretch_and_are_not_fitted_twice(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = Request(Protocol(refit_every=25), ("ewma",))
    monkeypatch.setattr(parallel, "cores", lambda: 1)  # in this process
    evaluate(run, FEW)
    plain = backtest_of(run)
    evaluate(run, once)
    refitted = backtest_of(run)
    origins = refitted["origin"].unique()
    early, late = (refitted["origin"].isin(part) for part in (origins[:25], origins[25:]))
    np.testing.assert_allclose(
        refitted[early][QUANTILES], plain[early][QUANTILES]
    )  # the run's own networks
    assert (refitted[late]["q0.9"] != plain[late]["q0.9"]).all()
    assert run.manifest.protocol.refit_every == 25 and run.manifest.protocol.fits == 2
    monkeypatch.setattr(refit, "fit_fold", lambda *job: pytest.fail("fitted again"))
    evaluate(run, once)
    assert backtest_of(run).equals(refitted)


def test_a_fold_that_was_interrupted_leaves_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    (part,) = run.parts
    monkeypatch.setattr(refit, "save_pool", stop)  # the networks are written by then
    with pytest.raises(KeyboardInterrupt):
        refit.save_fold(part, "x", load_forecaster(part), load_exported(run))
    assert not list(run.path.glob(f"{runs.FOLDS}/*"))


def test_seeds_are_told_each_by_itself(run: Run) -> None:
    evaluate(run, FEW)
    seeds, comparisons = load_table(run, runs.SEEDS), load_table(run, runs.COMPARISONS)
    assert seeds is not None and comparisons is not None
    assert seeds.groupby("member")["metric"].apply(list).tolist() == [METRICS] * 2
    crps = seeds[seeds["metric"] == "crps"]["skill"]
    overall = comparisons.query("baseline == 'naive' and step == 0 and metric == 'crps'")[
        "skill"
    ].iloc[0]
    assert crps.mean() == pytest.approx(overall, abs=0.05)


def test_economics_come_only_when_asked_and_go_with_the_next_evaluation(tmp_path: Path) -> None:
    walk = random_walk()
    bars = walk.bars.assign(
        open=walk.bars["close"], high=walk.bars["close"], low=walk.bars["close"]
    )
    store = Store(tmp_path / "data")
    store.save(replace(walk, bars=bars))
    run = train_run(load("gru", SMALL), store, tmp_path / "runs", label="x")
    evaluate(run, replace(FEW, trading=Trading()))
    earned, curves = load_document(run, runs.ECONOMICS), load_table(run, runs.EQUITY)
    assert earned is not None and curves is not None
    assert earned["days"] == len(curves) and curves["strategy"].iloc[-1] == pytest.approx(
        1 + earned["total"]
    )
    evaluate(run, FEW)
    assert load_document(run, runs.ECONOMICS) is None and load_table(run, runs.EQUITY) is None


def test_every_way_of_trading_a_run_is_a_trial(tmp_path: Path) -> None:
    walk = random_walk()
    bars = walk.bars.assign(
        open=walk.bars["close"], high=walk.bars["close"], low=walk.bars["close"]
    )
    store = Store(tmp_path / "data")
    store.save(replace(walk, bars=bars))
    run = train_run(load("gru", SMALL), store, tmp_path / "runs", label="x")
    trials = []
    for trading in (Trading(), Trading(cost=1.0), None, Trading(execution="close"), Trading()):
        economics = evaluate(run, replace(FEW, trading=trading)).economics
        trials.append((economics or {}).get("trials"))
    assert trials == [1, 2, None, 3, 3]
    newest = replace(FEW, trading=Trading(), protocol=Protocol(origins=30))
    assert (evaluate(run, newest).economics or {})["trials"] == 4


def test_other_configurations_on_the_same_prices_are_a_reason_to_doubt(run: Run) -> None:
    assert not [flag for flag in evaluate(run, FEW).verdict.flags if "configurations" in flag]
    shutil.copytree(run.path, run.path.with_name("2020-01-01T00-00-00_other"))
    (told,) = [flag for flag in evaluate(run, FEW).verdict.flags if "configurations" in flag]
    assert told.startswith("one of 2 configurations scored on WALK here")


def test_mape_is_told_on_request_only(run: Run) -> None:
    evaluate(run, FEW)
    assert "mape" not in json.loads(
        pd.read_csv(run.path / runs.SCORES)["metric"].to_json(orient="values")
    )
    evaluate(run, replace(FEW, mape=True))
    scores, own = pd.read_csv(run.path / runs.SCORES), backtest_of(run)
    mape = scores.query("model == 'network' and step == 0 and metric == 'mape'")["value"].iloc[0]
    assert mape == pytest.approx(
        ((own["q0.5"] - own["actual"]).abs() / own["actual"]).mean(), rel=1e-5
    )


def test_a_point_of_a_volatility_has_its_own_baselines(tmp_path: Path, walk: PriceHistory) -> None:
    store = Store(tmp_path / "data")
    store.save(walk)
    run = train_run(load("volatility", SMALL), store, tmp_path / "runs", label="x")
    evaluate(run)
    table = load_table(run, runs.BACKTEST)
    assert table is not None and set(table["model"]) == {
        NETWORK, "uncalibrated", "naive", "recent", "constant", "ewma", "garch", "gjr", "egarch",
        "linear",
    }  # fmt: skip

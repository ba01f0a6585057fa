"""What is averaged is what is delivered and scored; parts stand beside it and travel in the run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast import runs
from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError, RunError, UsageError
from rnnforecast.evaluation.backtest import FILTERS, NETWORK, NETWORKS_ALONE, QUANTILES
from rnnforecast.forecast.pool import average, fit_parts, read_parts
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_forecaster, load_table, read_experiment

from ..conftest import SMALL, make_history, random_walk
from ..dataset.test_features import candles

POOLED = ["pool=auto" if setting.startswith("pool=") else setting for setting in SMALL]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    Store(folder / "data").save(candles(600))
    return folder


@pytest.fixture(scope="module")
def run(home: Path) -> Run:
    return train_run(load("gru", POOLED), Store(home / "data"), home / "runs", label="pooled")


def test_equal_weights_average_logarithms_of_prices_and_differences_as_they_are() -> None:
    low, high = np.full((1, 1, 3), 50.0), np.full((1, 1, 3), 200.0)
    assert average([low, high]) == pytest.approx(100)
    assert average([-low, high]) == pytest.approx(75)
    assert average([low]) is not low and (average([low]) == low).all()


def test_a_run_keeps_what_is_averaged_as_json(run: Run) -> None:
    assert read_experiment(run).pool == ("network", "gjr", "har")
    document = json.loads(run.read(runs.POOL))
    assert document.pop("format") >= 1
    assert set(document) == {"gjr", "har"}
    dataset = dataset_of(run)
    fitted, left_out = fit_parts(dataset, strict=True)
    assert left_out == {}
    origins = dataset.splits.origins("test")
    for name, part in read_parts(document).items():
        again = fitted[name].quantiles(dataset, origins)
        np.testing.assert_allclose(part.quantiles(dataset, origins), again, rtol=1e-9)


def test_what_is_delivered_is_the_average_of_its_parts_and_is_what_is_scored(run: Run) -> None:
    forecaster, dataset = load_forecaster(run), dataset_of(run)
    origins = np.array([dataset.splits.origins("test")[3], dataset.newest_origin])
    delivered = forecaster.quantiles(dataset, origins)
    parts = [forecaster.network_quantiles(dataset, origins)]
    parts += [part.quantiles(dataset, origins) for part in forecaster.parts.values()]
    np.testing.assert_allclose(np.log(delivered), np.mean(np.log(parts), axis=0))
    np.testing.assert_allclose(forecaster.forecast(dataset).quantiles, delivered[1])
    evaluation = evaluate(run, Request(baselines=("garch",)))
    table, day = evaluation.backtest, dataset.history.dates[origins[0]]
    chosen = (table["model"] == NETWORK) & (table["origin"] == day)
    scored = table.loc[chosen, QUANTILES].to_numpy(float)
    np.testing.assert_allclose(scored, delivered[0], rtol=1e-6)


def test_parts_and_what_networks_add_stand_in_scores_verdict_and_comparisons(run: Run) -> None:
    verdict = evaluate(run, Request(baselines=("garch",))).verdict
    assert "networks" in verdict.sentence.split(". ")[-1]
    scores, comparisons = load_table(run, runs.SCORES), load_table(run, runs.COMPARISONS)
    assert scores is not None and comparisons is not None
    assert {NETWORK, NETWORKS_ALONE, FILTERS} <= set(scores["model"])
    added = comparisons[(comparisons["baseline"] == FILTERS) & (comparisons["step"] == 0)]
    crps = scores[(scores["metric"] == "crps") & (scores["step"] == 0)].set_index("model")["value"]
    skill = added.set_index("metric")["skill"]["crps"]
    assert skill == pytest.approx(1 - crps[NETWORK] / crps[FILTERS])


def test_a_future_that_is_altered_leaves_the_parts_of_an_origin_alone(run: Run) -> None:
    dataset, parts = dataset_of(run), load_forecaster(run).parts
    origin = np.array([int(dataset.splits.origins("test")[5])])
    bars = dataset.history.bars.copy()
    bars.iloc[origin[0] + 1 :] *= 3.0
    from dataclasses import replace

    altered = prepare(dataset.experiment, replace(dataset.history, bars=bars))
    for part in parts.values():
        before, after = part.quantiles(dataset, origin), part.quantiles(altered, origin)
        assert before.tobytes() == after.tobytes()


def test_forecasts_of_a_pool_need_neither_tensorflow_nor_arch(run: Run, home: Path) -> None:
    script = (
        "import sys\n"
        "from rnnforecast.cli.main import main\n"
        f"sys.argv = ['rnnforecast', '--home', {str(home)!r}, '--offline', 'predict', "
        f"{run.name!r}]\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "assert not {'tensorflow', 'arch'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_cannot_be_fitted_is_left_out_of_an_automatic_pool_and_recorded(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "data")
    store.save(random_walk(600))
    made = train_run(load("gru", POOLED), store, tmp_path / "runs", label="closes")
    assert read_experiment(made).pool == ("network", "gjr")
    assert "no open" in made.manifest.left_out["har"]


def test_what_was_asked_for_by_name_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    store = Store(tmp_path / "data")
    store.save(random_walk(600))
    experiment = load("gru", [*SMALL, "pool=[network, har]"])
    with pytest.raises(DataError, match=r"HAR is not applicable to WALK.*pool=\[network\]"):
        train_run(experiment, store, tmp_path / "runs", label="closes")
    assert not list((tmp_path / "runs").glob("*closes*"))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("pool=[gjr, har]", "pool needs network"),
        ("pool=[network, network]", "each part once"),
        ("pool=[network, arima]", "pool knows no 'arima'"),
    ],
)
def test_a_pool_that_cannot_be_meant_is_refused(setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load("gru", [setting])


def test_volatilities_are_not_pooled() -> None:
    assert load("volatility").pool_parts == ("network",)
    with pytest.raises(UsageError, match="averages prices"):
        load("volatility", ["pool=[network, gjr]"])


def test_a_damaged_pool_is_named(run: Run) -> None:
    whole = run.read(runs.POOL)
    try:
        run.write(runs.POOL, whole.replace('"weights"', '"wages"'))
        with pytest.raises(RunError, match=r"pool\.json of run .* is damaged"):
            load_forecaster(run)
    finally:
        run.write(runs.POOL, whole)


def test_prices_that_may_be_negative_are_pooled_as_differences() -> None:
    rng = np.random.default_rng(3)
    closes = np.cumsum(rng.normal(0, 1, 600)) + 5
    settings = [*POOLED, "window.target=difference", "window.features=auto"]
    dataset = prepare(load("gru", settings), make_history(closes))
    parts, left_out = fit_parts(dataset, strict=False)
    assert "har" in left_out
    quantiles = [part.quantiles(dataset, dataset.splits.origins("test")) for part in parts.values()]
    assert all(np.isfinite(values).all() for values in quantiles)
    assert pd.notna(dataset.closes).all()

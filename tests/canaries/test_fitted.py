"""What is fitted, and what is forecast, does not move by a bit when the rows behind it
are altered."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rnnforecast
from rnnforecast import runs
from rnnforecast.audit import Prices, audit, pipeline_of
from rnnforecast.audit.perturbations import FUTURES
from rnnforecast.config import Experiment, load
from rnnforecast.config.split import Split
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import windows_of
from rnnforecast.dataset.windows import split_rows
from rnnforecast.evaluation.backtest import NAIVE, backtest_table
from rnnforecast.evaluation.metrics.distribution import lookup, losses, summarise
from rnnforecast.forecast.baselines.naive import naive_quantiles
from rnnforecast.forecast.baselines.registry import BASELINES, baselines_of
from rnnforecast.forecast.conformal import Kind
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.quantities import PRICE
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_forecaster

from ..conftest import SMALL, random_walk
from ..dataset.test_features import candles

KEPT = (runs.SCALERS, runs.CALIBRATION, runs.FIT)
"""What training learns, but for the networks."""


def altered(history: PriceHistory, row: int, how: str = "mirrored") -> PriceHistory:
    """The same up to a row, something else after it."""
    return Prices(history).with_future(row, FUTURES[how]).history


def trained_on(history: PriceHistory, home: Path) -> Run:
    from rnnforecast.pipeline.train import train_run

    Store(home / "data").save(history)
    # the altered future is no price that the gate would let pass
    experiment = load("gru", [*SMALL, "data.allow_bad=true"])
    return train_run(experiment, Store(home / "data"), home / "runs", label="canary")


@pytest.mark.parametrize("how", ["times a million", "mirrored"])
def test_training_gives_the_same_weights_whatever_the_test_part_holds(
    how: str, trained: tuple[Path, Run], small: Experiment, tmp_path: Path
) -> None:
    history, one = random_walk(), trained[1]
    splits = prepare(small, history).splits
    other = trained_on(altered(history, splits.test - 1, how), tmp_path)
    assert all(one.read(name) == other.read(name) for name in KEPT)
    inputs = np.random.default_rng(0).normal(size=(50, 8, 2)).astype(np.float32)
    first, second = (load_forecaster(run).networks(inputs) for run in (one, other))
    assert (first == second).all() and first.std() > 0
    assert one.read(runs.FORECAST) != other.read(runs.FORECAST)  # the newest price is another


def test_training_sees_its_own_rows(
    trained: tuple[Path, Run], small: Experiment, tmp_path: Path
) -> None:
    """The test of the test above: one training row altered, and nothing is the same."""
    history = random_walk()
    bars = history.bars.copy()
    bars.iloc[prepare(small, history).splits.validation - 1] *= 1.01
    other = trained_on(replace(history, bars=bars), tmp_path)
    assert not any(trained[1].read(name) == other.read(name) for name in KEPT)


@pytest.mark.parametrize("name", baselines_of(PRICE))
def test_a_baseline_forecasts_the_same_whatever_comes_after_its_origin(
    name: str, small: Experiment
) -> None:
    dataset = prepare(small, candles())
    origins = dataset.splits.origins("test")[:20]
    other = prepare(small, altered(candles(), int(origins[-1])))
    issued = BASELINES[name].quantiles(dataset, origins)
    assert np.isfinite(issued).all()
    assert (issued == BASELINES[name].quantiles(other, origins)).all()


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return prepare(load("gru", SMALL), random_walk())


@pytest.mark.parametrize("kind", ["conformal", "rolling", "aci"])
def test_calibrated_networks_pass_the_audit(
    kind: Kind, trained: tuple[Path, Run], dataset: Dataset
) -> None:
    """The calibrations that go on learning look at outcomes of the test part:
    only once these are known."""
    forecaster = load_forecaster(trained[1].parts[0]).calibrate(dataset, kind)
    found = audit(pipeline_of(dataset.experiment, forecaster), Prices(random_walk()))
    assert [finding.detail for finding in found if finding.result == "failed"] == []
    assert any("forecasts of network, naive" in finding.compared for finding in found)


def test_a_calibration_that_knows_outcomes_a_step_too_early_fails_it(
    trained: tuple[Path, Run], dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rnnforecast.forecast import conformal

    forecaster = load_forecaster(trained[1].parts[0]).calibrate(dataset, "rolling")
    newest = conformal._newest
    monkeypatch.setattr(
        conformal, "_newest", lambda scores, window, count: newest(scores, window + 1, count)
    )
    found = audit(pipeline_of(dataset.experiment, forecaster), Prices(random_walk()))
    assert any("the forecast of network saw the future" in finding.detail for finding in found)


class Doubler:
    """Networks that answer with the last inputs: enough to simulate."""

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        last = inputs[:, -1:, :1].astype(float)
        return np.concatenate([0.1 * last, np.zeros_like(last), np.full_like(last, 2.0)], axis=-1)[
            None
        ]

    def __len__(self) -> int:
        return 1

    def only(self, number: int) -> Doubler:
        return self


def test_simulated_paths_pass_the_audit() -> None:
    experiment = load(
        "gru", [*SMALL, "window.strategy=recursive", "calibration=none", "model.location=learned"]
    )
    scalers = prepare(experiment, random_walk()).fit_scalers()
    forecaster = Forecaster(experiment, scalers, Doubler())
    found = audit(pipeline_of(experiment, forecaster), Prices(random_walk()))
    assert [finding.detail for finding in found if finding.result == "failed"] == []


@pytest.mark.parametrize("factor", [0.1, 7.0, 100.0])
def test_a_forecast_of_prices_in_another_unit_is_the_same_in_that_unit(
    factor: float, trained: tuple[Path, Run], dataset: Dataset
) -> None:
    forecaster = load_forecaster(trained[1].parts[0])
    origins = dataset.splits.origins("test")
    scaled = prepare(dataset.experiment, Prices(random_walk()).scaled(factor).history)
    np.testing.assert_allclose(
        forecaster.quantiles(scaled, origins) / factor,
        forecaster.quantiles(dataset, origins),
        rtol=1e-5,
    )


@pytest.mark.parametrize("batch", [1, 7, 32, 256])
def test_every_window_counts_once_whatever_the_batch(batch: int) -> None:
    """Mean losses of all windows, met in batches of any size: the last one is never dropped."""
    from rnnforecast.model.backend import keras
    from rnnforecast.model.losses import loss_of
    from rnnforecast.model.network import build
    from rnnforecast.model.training.epoch import Loop

    dataset = prepare(
        load("gru", [*SMALL, f"training.batch_size={batch}", "model.dropout=0"]), random_walk()
    )
    scalers = dataset.fit_scalers()
    keras.utils.set_random_seed(1)
    network, optimizer = build(dataset.experiment), keras.optimizers.SGD(0.0)
    optimizer.build(network.trainable_variables)
    loop = Loop(network, optimizer, windows_of([dataset], [scalers]))
    for part, found in (
        ("train", loop.train(np.arange(len(loop.origins["train"])))),
        ("validation", loop.validate()),
    ):
        inputs = dataset.inputs(scalers.inputs, dataset.splits.origins(part))
        outcomes = dataset.scaled_targets(scalers.targets, part)
        expected = np.mean(np.asarray(loss_of(dataset.experiment)(outcomes, network(inputs))))
        assert found == pytest.approx(float(expected), rel=1e-5), part


def test_nothing_can_shuffle_across_time() -> None:
    assert not {
        name
        for name in inspect.signature(split_rows).parameters
        if "shuffle" in name or "random" in name
    }
    assert not {name for name in Split.model_fields if "shuffle" in name or "random" in name}
    code = "".join(path.read_text() for path in Path(rnnforecast.__file__).parent.rglob("*.py"))
    calls = ("validation_split=", "train_test_split(", "import train_test_split")
    assert not [call for call in calls if call in code]


def test_naive_calls_no_direction(dataset: Dataset) -> None:
    """Not 50 %: none was called."""
    origins = dataset.splits.origins("test")
    table = losses(backtest_table(dataset, {NAIVE: naive_quantiles(dataset, origins)}, origins))
    direction = lookup(summarise(table, 1.0, 1.0), 0)[NAIVE, "direction"]
    assert direction.n == 0 and np.isnan(direction.value)


def test_each_look_at_the_test_part_is_recorded(trained: tuple[Path, Run]) -> None:
    """Training leaves none; how looks are counted is tested with the command."""
    record = json.loads((trained[1].path / runs.MANIFEST).read_text())
    assert record["test_touched"] == [] and not (trained[1].path / runs.BACKTEST).exists()

"""What is unlike the training is said in one line: which input, how far, how old it is."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.data.store import Store
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.pipeline.drift import OLD_AFTER, old_networks, outside_training, untracked
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.predict import predict
from rnnforecast.quantities import VOLATILITY
from rnnforecast.runs import Run

from ..conftest import Command, make_history, random_walk


@pytest.fixture
def home(trained: tuple[Path, Run], tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[0], tmp_path / "home"))


def crashed(rows: int = 301) -> np.ndarray:
    """The walk with a last day that loses a fifth."""
    closes = random_walk(rows).bars["close"].to_numpy(float)
    closes[-1] = closes[-2] * 0.8
    return closes


def test_an_input_beyond_the_training_is_named_with_its_distance(
    home: Path, trained: tuple[Path, Run], here: Command
) -> None:
    Store(home / "data").save(make_history(crashed()))
    answer = here("predict", "--json", home=home)
    [warning] = [line for line in json.loads(answer.stdout)["warnings"] if "outside the" in line]
    returns = np.diff(np.log(crashed()))
    last = trained[1].manifest.splits["train"].last_target
    dates = make_history(crashed()).dates
    known = np.abs(returns[: int(dates.searchsorted(np.datetime64(last), side="right")) - 1])
    assert "WALK: abs_log_return is 0.2231, outside the" in warning
    assert f" to {known.max():.4g} seen in training" in warning
    said = float(re.search(r"([\d.]+) standard deviations", warning)[1])  # type: ignore[index]
    assert said == pytest.approx((0.22314 - known.mean()) / known.std(), rel=0.05)
    assert warning in here("predict", home=home).stderr.replace("\n", " ")


def test_an_input_below_all_of_the_training_is_named(trained: tuple[Path, Run]) -> None:
    dataset, last = dataset_of(trained[1]), trained[1].manifest.splits["train"].last_target
    rows = range(
        dataset.first_row, int(dataset.history.dates.searchsorted(np.datetime64(last))) + 1
    )
    features, known = dataset.features.copy(), dataset.features[rows.start : rows.stop, 0]
    features[dataset.newest_origin] = np.median(dataset.features[rows.start : rows.stop], axis=0)
    assert outside_training(replace(dataset, features=features), last) is None
    features[dataset.newest_origin, 0] = known.min() - 1
    note = outside_training(replace(dataset, features=features), last)
    assert note is not None and note.startswith(f"WALK: {dataset.names[0]} is -")
    assert f"outside the {known.min():.4g} to {known.max():.4g} seen in training" in note


def test_an_ordinary_day_says_nothing(home: Path, trained: tuple[Path, Run]) -> None:
    run = Run(home / "runs" / trained[1].name)
    [prediction] = predict(run, Store(home / "data"))
    assert prediction.outside is None
    assert old_networks(run, [prediction]) == [] == untracked([prediction])


def test_networks_that_were_trained_long_ago_are_named(
    home: Path, trained: tuple[Path, Run]
) -> None:
    run, store = Run(home / "runs" / trained[1].name), Store(home / "data")
    store.save(random_walk(300 + 251))
    [note] = old_networks(run, predict(run, store))
    assert "251 bars ago" in note and f"rnnforecast train --from {run.name}" in note
    [prediction] = predict(run, store)
    young, old = (replace(prediction, bars_since=bars) for bars in (OLD_AFTER - 1, OLD_AFTER))
    assert old_networks(run, [young]) == [] != old_networks(run, [old])


def test_what_is_not_tracked_is_said(home: Path, trained: tuple[Path, Run]) -> None:
    [prediction] = predict(Run(home / "runs" / trained[1].name), Store(home / "data"))
    assert isinstance(prediction.forecast, Forecast)
    other = replace(prediction, forecast=replace(prediction.forecast, quantity=VOLATILITY))
    [note] = untracked([other])
    assert note.startswith("forecasts of volatility are not kept")

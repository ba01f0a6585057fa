"""Newer prices before a forecast, and symbols that the run has never seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import prepare
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.pipeline import newest_prices
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_experiment, load_networks
from rnnforecast.runs.track_record import TRACK

from ..conftest import Command, random_walk
from ..yahoo import BROKEN, Instrument, Yahoo


@pytest.fixture
def home(trained: tuple[Path, Run], tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[0], tmp_path / "home"))


def test_fetch_forecasts_from_the_newest_price_of_the_source(
    home: Path, here: Command, tmp_path: Path
) -> None:
    walk = random_walk(305)
    with Yahoo(tmp_path) as yahoo:
        closes = walk.bars["close"].tolist()
        yahoo.add(Instrument("WALK", closes, start=walk.first.tz_localize("UTC").to_pydatetime()))
        answer = here("predict", "--fetch", "--json", home=home, **yahoo.environment())
        assert answer.returncode == 0, answer.stderr
        assert json.loads(answer.stdout)["origin"] == walk.last.isoformat()
        yahoo.script("WALK", BROKEN)
    [record] = (home / "runs").glob(f"*/{TRACK}")
    assert len(record.read_text().splitlines()) == 1


def test_nothing_is_forecast_where_the_source_is_down(
    home: Path, here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_prices, "Patience", lambda: Patience(tries=1))
    answer = here("predict", "--fetch", home=home)  # the tests have no network
    assert answer.returncode == 5 and answer.stdout == ""
    assert not list((home / "runs").glob(f"*/{TRACK}"))
    assert here("--offline", "predict", "--fetch", home=home).returncode == 2


def test_a_new_symbol_is_scaled_and_calibrated_by_its_own_prices(
    home: Path, trained: tuple[Path, Run], here: Command
) -> None:
    other, store = random_walk(400, seed=3, symbol="OTHER"), Store(home / "data")
    store.save(other)
    answer = here("predict", "--symbol", "other", "--json", home=home)
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    assert (document["symbol"], document["calibrated"]) == ("OTHER", True)
    assert "was not trained on OTHER" in document["warnings"][0]

    run = Run(home / "runs" / trained[1].name)
    experiment = load_experiment(run)
    dataset = prepare(experiment, other)
    networks = load_networks(run, 2)
    own = Forecaster(experiment, dataset.fit_scalers(), networks)
    expected = own.calibrate(dataset, "rolling").forecast(dataset)
    for name, values in (("median", expected.median), ("low_80", expected.interval(0.8)[0])):
        told = [step[name] for step in document["steps"]]
        np.testing.assert_allclose(told, values, rtol=1e-6)
    assert not list(run.path.glob(TRACK))
    said = here("predict", "--symbol", "OTHER", home=home)
    assert "nothing has tested the forecast" in said.stderr.replace("\n", " ")


def test_a_run_s_own_symbol_is_forecast_as_ever(home: Path, here: Command) -> None:
    named = json.loads(here("predict", "--symbol", "walk", "--json", home=home).stdout)
    usual = json.loads(here("predict", "--json", home=home).stdout)
    assert named["steps"] == usual["steps"] and named["calibrated"]
    missing = here("predict", "--symbol", "NONE", home=home)
    assert missing.returncode == 4 and "no 1d prices of NONE" in missing.stderr

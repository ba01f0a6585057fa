"""Files of a run carry the number of their format: newer ones are refused, older ones open."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnforecast import runs
from rnnforecast.dataset.dataset import Scalers
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.errors import RunError
from rnnforecast.forecast.conformal import Calibration
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.pipeline.baseline_cache import read_kept, write_kept
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import (
    load_calibration,
    load_pool,
    load_scalers,
    save_calibration,
    save_scalers,
)
from rnnforecast.runs.checkpoint import load_checkpoint, save_checkpoint

RADIUS = tuple(map(float, LEVELS - 0.5))
SCALER = Scaler((1.0, 2.0), (3.0, 4.0))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A folder whose files are not sealed, so that other content can be put there."""
    path = tmp_path / "run"
    path.mkdir()
    return Run(path)


@pytest.fixture
def finished(trained: tuple[Path, Run], tmp_path: Path) -> Run:
    home = shutil.copytree(trained[0], tmp_path / "home")
    return runs.find(home / "runs").run


def renumber(run: Run, name: str, number: int | None) -> None:
    """Give a JSON file another format; None takes it away."""
    values = json.loads(run.read(name))
    assert values.pop("format") == 1
    run.write(name, json.dumps(values if number is None else {"format": number, **values}))


@pytest.mark.parametrize(
    ("name", "load"),
    [(runs.SCALERS, load_scalers), (runs.CALIBRATION, load_calibration)],
)
def test_a_file_of_a_newer_format_is_refused_and_one_without_opens(
    name: str, load: Callable[[Run], object], finished: Run
) -> None:
    value = load(finished)
    assert value is not None
    renumber(finished, name, None)
    assert load(finished) == value
    finished.write(name, json.dumps({"format": 2, **json.loads(finished.read(name))}))
    with pytest.raises(RunError, match=rf"{name} of run .* has format 2, newer than 1; update"):
        load(finished)
    assert RunError.exit_code == 6


def test_scalers_and_calibrations_come_back_as_they_were(run: Run) -> None:
    scalers = Scalers(SCALER, SCALER)
    save_scalers(run, scalers)
    loaded_scalers = load_scalers(run)
    for one in (loaded_scalers.inputs, loaded_scalers.targets):
        assert (tuple(one.center), tuple(one.scale)) == (SCALER.center, SCALER.scale)
    calibration = Calibration((RADIUS,), 10)
    save_calibration(run, calibration)
    assert json.loads(run.read(runs.CALIBRATION))["format"] == 1
    loaded = load_calibration(run)
    assert loaded is not None and np.allclose(loaded.radius, calibration.radius)


@pytest.mark.parametrize(
    "change",
    [
        {"windows": 0}, {"windows": -42}, {"radius": [[1.0, 2.0]]}, {"radius": []},
        {"radius": [RADIUS[::-1]]}, {"radius": [[*RADIUS[:-1], math.nan]]},
    ],
)  # fmt: skip
def test_a_calibration_that_nothing_could_have_taught_is_damage(
    change: dict[str, object], run: Run
) -> None:
    save_calibration(run, Calibration((RADIUS,), 10))
    run.write(runs.CALIBRATION, json.dumps({**json.loads(run.read(runs.CALIBRATION)), **change}))
    with pytest.raises(RunError, match="damaged"):
        load_calibration(run)


def test_a_calibration_of_one_step_is_not_repeated_for_others() -> None:
    calibration = Calibration((RADIUS,), 10)
    quantiles = np.tile(np.asarray(RADIUS), (5, 1, 1))
    assert calibration.apply(quantiles).shape == quantiles.shape
    with pytest.raises(RunError, match="learned from 1 steps, not from 3"):
        calibration.apply(np.repeat(quantiles, 3, axis=1))


def test_a_pool_of_a_newer_format_is_refused(run: Run) -> None:
    run.write(runs.POOL, json.dumps({"format": 2}))
    with pytest.raises(RunError, match=r"pool.json .* format 2"):
        load_pool(run)


def test_a_format_that_is_no_number_is_damage(run: Run) -> None:
    run.write(runs.POOL, json.dumps({"format": [1]}))
    with pytest.raises(RunError, match="damaged"):
        load_pool(run)


def test_a_checkpoint_of_a_newer_format_is_refused_and_one_without_opens(run: Run) -> None:
    save_checkpoint(run, {"weights": np.arange(3.0)})
    assert list(load_checkpoint(run)) == ["weights"]
    for number, opens in ((None, True), (2, False)):
        arrays = {"weights": np.arange(3.0)}
        arrays |= {} if number is None else {"format": np.array(number)}
        np.savez(run.path / runs.CHECKPOINT, allow_pickle=False, **arrays)
        if opens:
            assert load_checkpoint(run)["weights"].tolist() == [0, 1, 2]
        else:
            with pytest.raises(RunError, match=r"checkpoint.npz .* format 2, newer than 1"):
                load_checkpoint(run)


def test_kept_forecasts_of_a_newer_format_are_computed_again(tmp_path: Path) -> None:
    quantiles = np.ones((2, 1, 3))
    write_kept(tmp_path, "key", quantiles)
    kept = read_kept(tmp_path, "key")
    assert kept is not None and (kept == quantiles).all()
    np.savez(tmp_path / "old.npz", allow_pickle=False, quantiles=quantiles)
    assert read_kept(tmp_path, "old") is not None
    np.savez(tmp_path / "new.npz", allow_pickle=False, quantiles=quantiles, format=np.array(2))
    assert read_kept(tmp_path, "new") is None

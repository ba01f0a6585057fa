"""Nothing that was computed is lost because it could not be kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError
from rnnforecast.pipeline import train
from rnnforecast.pipeline.train import Hooks, train_run
from rnnforecast.runs import Run

from ..conftest import SMALL, Command, random_walk


@pytest.fixture
def home(trained: tuple[Path, Run], tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[0], tmp_path / "home"))


def block(run: Run, name: str) -> None:
    """Put a folder where a file is to be written."""
    run.discard(name)
    (run.path / name).mkdir()
    (run.path / name / "in the way").touch()


def test_predict_prints_what_it_could_not_store(home: Path, here: Command) -> None:
    block(runs.find_run(home / "runs"), runs.FORECAST)
    result = here("predict", home=home)
    assert result.returncode == 0 and "80 % from" in result.stdout
    assert "warning: the forecast could not be stored" in result.stderr


def test_evaluate_prints_its_verdict_where_no_report_can_be_written(
    home: Path, here: Command
) -> None:
    block(runs.find_run(home / "runs"), runs.REPORT)
    result = here("evaluate", "--baselines", "naive", home=home)
    assert result.returncode == 0 and "origins" in result.stdout
    assert "warning: the report could not be written" in result.stderr


def test_a_trained_run_survives_a_forecast_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(model: object) -> None:
        raise DataError("no dates", "wait")

    monkeypatch.setattr(train, "predict_model", fail)
    store = Store(tmp_path / "data")
    store.save(random_walk())
    warnings: list[str] = []
    run = train_run(
        load("gru", SMALL), store, tmp_path / "runs", label="x", hooks=Hooks(warn=warnings.append)
    )
    assert len(run.manifest.seeds) == 2 and runs.all_runs(tmp_path / "runs") == [run]
    assert warnings == ["the forecast could not be stored: no dates; wait"]

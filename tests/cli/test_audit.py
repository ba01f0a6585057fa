"""``audit`` by the real command: what it prints, what it refuses,
and that a run keeps a user's own feature."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.data.store import Store
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_experiment

from ..conftest import Command, random_walk
from ..test_layers import loaded_by

CODE = """
def centred(bars):
    return bars["close"].pct_change().rolling(5, center=True, min_periods=1).mean()

def centred_with_gaps(bars):
    return bars["close"].pct_change().rolling(5, center=True).mean()

def honest(bars):
    return bars["close"].pct_change().rolling(5).mean()
"""
SMALL = ("--symbol", "WALK", "--set", "window.lookback=8")
TINY = ("--set", "training.epochs=1", "--set", "training.ensemble=1", "--set", "model.units=4")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Store(tmp_path / "data").save(random_walk())
    (tmp_path / "mine.py").write_text(CODE)
    return tmp_path


def own(function: str) -> tuple[str, str]:
    return "--set", f"window.features=[log_return, 'mine.py:{function}']"


def test_a_user_s_own_centred_mean_is_caught_by_name_with_exit_code_3(
    home: Path, command: Command
) -> None:
    caught = command("audit", *SMALL, *own("centred"))
    assert caught.returncode == 3
    assert (
        "error: config gru on WALK: feature mine.py:centred saw the future, first on 2020-01-30"
        in caught.stderr
    )
    assert "failed: feature mine.py:centred" in " ".join(caught.stdout.split())


def test_a_leak_that_leaves_gaps_is_caught_all_the_same(home: Path, here: Command) -> None:
    caught = here("audit", *SMALL, *own("centred_with_gaps"), "--json")
    told = json.loads(caught.stdout)
    assert caught.returncode == 3 and not told["passed"] and len(told["checks"]) == 5
    assert told["checks"][2]["detail"].startswith(
        "feature mine.py:centred_with_gaps saw the future"
    )
    assert told["error"]["kind"] == "AuditError" and told["error"]["exit_code"] == 3


def test_an_honest_config_passes_every_check(home: Path, here: Command) -> None:
    passed = here("audit", *SMALL, *own("honest"))
    assert passed.returncode == 0, passed.stderr
    assert "14 of 14 checks passed, none failed: no use of the future was found" in passed.stdout


def test_a_run_keeps_the_file_of_its_own_feature(home: Path, here: Command) -> None:
    trained = here("train", *SMALL, *TINY, *own("honest"))
    assert trained.returncode == 0, trained.stderr
    (home / "mine.py").unlink()
    run = runs.find(home / "runs")
    assert (run.path / "features" / "mine.py").read_text() == CODE
    assert load_experiment(run).window.features[1] == f"{run.path / 'features' / 'mine.py'}:honest"
    assert here("predict").returncode == 0
    assert here("evaluate").returncode == 0
    audited = here("audit", "--json")
    assert audited.returncode == 0, audited.stderr
    checks = {check["check"]: check for check in json.loads(audited.stdout)["checks"]}
    assert (
        len(checks) == 16
        and "forecasts of network, naive"
        in checks["a forecast depends on nothing after its origin"]["compared"]
    )
    assert checks["the test part is looked at once"]["compared"] == "looks that the run records: 1"
    assert (
        here("train", "--config", str(run.path / "config.yaml"), *TINY).returncode == 0
    )  # a run's config is a config
    (run.path / "features" / "mine.py").unlink()
    lacking = here("predict", run.name)
    assert lacking.returncode == 6 and "has no features/mine.py" in lacking.stderr


def test_two_files_of_one_name_both_travel_with_the_run(home: Path, tmp_path: Path) -> None:
    from rnnforecast.config import load
    from rnnforecast.dataset.dataset import prepare
    from rnnforecast.runs.artifacts import save_inputs

    (home / "other").mkdir()
    (home / "other" / "mine.py").write_text(CODE.replace("rolling(5)", "rolling(9)"))
    names = [f"{home}/mine.py:honest", f"{home}/other/mine.py:honest"]
    experiment = load("gru", ["data.symbol=WALK", "window.lookback=8", f"window.features={names}"])
    run, history = Run(tmp_path / "run"), random_walk()
    dataset = prepare(experiment, history)
    save_inputs(run, experiment, history, {}, dataset.fit_scalers())
    again = prepare(load_experiment(run), history)
    assert (again.features[20:] == dataset.features[20:]).all() and again.first_row == 9


def test_a_run_whose_scaler_saw_other_rows_fails(
    trained: tuple[Path, Run], tmp_path: Path, here: Command
) -> None:
    home = Path(shutil.copytree(trained[0], tmp_path / "home"))
    passed = here("audit", home=home)
    assert passed.returncode == 0, passed.stderr
    run = runs.find(home / "runs")
    scalers = json.loads(run.read(runs.SCALERS))
    scalers["inputs"]["scale"][0] *= 1.01
    run.write(runs.SCALERS, json.dumps(scalers))
    failed = here("audit", home=home)
    assert failed.returncode == 3
    assert "the scaler of inputs was not learned from the training rows" in failed.stderr


def test_looks_at_the_test_part_are_counted(
    trained: tuple[Path, Run], tmp_path: Path, here: Command
) -> None:
    home = Path(shutil.copytree(trained[0], tmp_path / "home"))
    run = runs.find(home / "runs")
    assert run.manifest.test_touched == ()
    for _ in range(2):
        assert here("evaluate", home=home).returncode == 0
    assert len(runs.find(home / "runs").manifest.test_touched) == 2
    told = json.loads(here("audit", "--json", home=home).stdout)["checks"][-1]
    assert told["compared"] == "looks that the run records: 2" and told["result"] == "noted"


def test_an_audit_of_a_run_never_loads_tensorflow(trained: tuple[Path, Run]) -> None:
    assert not {"tensorflow", "keras"} & loaded_by("audit", home=trained[0])


def test_what_cannot_be_audited_is_refused_in_one_line(home: Path, here: Command) -> None:
    assert here("audit").returncode == 6  # no runs yet
    both = here("audit", "some-run", "--config", "gru")
    assert both.returncode == 2 and "has its own config" in both.stderr
    assert here("audit", "--symbol", "NONE").returncode == 4


def test_a_preview_shows_a_feature_of_one_s_own(home: Path, here: Command) -> None:
    shown = here("features", "preview", "WALK", "log_return", "mine.py:honest")
    assert shown.returncode == 0 and "mine.py:honest" in shown.stdout
    assert here("features", "preview", "WALK", "mine.py:none").returncode == 2

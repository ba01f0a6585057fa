"""Training by the real command: what is seen, what can be stopped, and what goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from rnnforecast import runs
from rnnforecast.data.store import Store
from rnnforecast.dataset.automatic import FROM_RANGES
from rnnforecast.runs.artifacts import load_experiment
from rnnforecast.runs.checkpoint import load_checkpoint

from ..conftest import Command, random_walk

SMALL = ("--set", "window.lookback=8", "--set", "model.units=4", "--set", "training.patience=null")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Store(tmp_path / "data").save(random_walk())
    return tmp_path


def heed_ctrl_c() -> None:
    """Undo what a child of a script's background job inherits: an ignored SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def begin(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command; on the way out it is killed if it is still running."""
    command = [sys.executable, "-m", "rnnforecast", "--home", str(home)]
    command += ["train", "--symbol", "WALK", *SMALL, *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=home,
        preexec_fn=heed_ctrl_c,
    ) as training:  # fmt: skip
        try:
            yield training
        finally:
            training.kill()


def wait_for_epochs(home: Path, epochs: int) -> Path:
    """The unfinished run, once its training has got so far."""
    for _ in range(600):
        for path in runs.unfinished(home / "runs"):
            if len(load_checkpoint(runs.Run(path)).get("epochs", ())) >= epochs:
                return path
        time.sleep(0.1)
    raise AssertionError("training did not begin")


def forecast_of(home: Path) -> str:
    return runs.find(home / "runs").read(runs.FORECAST)


def test_a_training_killed_and_resumed_ends_in_the_same_forecast(
    home: Path, command: Command, here: Command
) -> None:
    settings = ("--set", "training.epochs=100", "--set", "training.ensemble=2", "--name", "killed")
    with begin(home, *settings) as training:
        partial = wait_for_epochs(home, 3)
        assert "in training" in here("runs", "list").stderr
        assert "is being trained by another process" in here("train", "--resume", "killed").stderr
        training.send_signal(signal.SIGKILL)
        training.communicate()
    assert not runs.all_runs(home / "runs")
    assert "killed" in here("train", "--resume", "nothing").stderr
    assert (
        f"continue with: rnnforecast train --resume {runs.run_name(partial)}"
        in here("runs", "list").stderr
    )
    resumed = command("train", "--resume", "killed")
    assert resumed.returncode == 0, resumed.stderr
    assert runs.find(home / "runs").name == runs.run_name(partial)
    after_kill = forecast_of(home)
    members = [
        path.name for path in sorted((runs.find(home / "runs").path / runs.MEMBERS).iterdir())
    ]
    assert members == ["01.keras", "01.npz", "01.onnx", "02.keras", "02.npz", "02.onnx"]
    whole = here("train", "--symbol", "WALK", *SMALL, *settings[:-1], "whole")
    assert whole.returncode == 0 and forecast_of(home) == after_kill
    assert here("train", "--resume", "killed").returncode == 6


def test_ctrl_c_keeps_the_best_so_far(home: Path, here: Command) -> None:
    with begin(home, "--set", "training.epochs=100000") as training:
        wait_for_epochs(home, 2)
        training.send_signal(signal.SIGINT)
        _, said = training.communicate(timeout=60)
    assert training.returncode == 130, said
    assert "interrupted: the run holds the best so far" in said
    assert not runs.find(home / "runs").path.joinpath(runs.REPORT).exists()
    record = runs.find(home / "runs").manifest
    assert record.interrupted and len(record.seeds) == 1
    assert here("predict").returncode == 0


def test_sigterm_in_the_first_epoch_ends_at_once_and_leaves_nothing(home: Path) -> None:
    Store(home / "data").save(random_walk(2200))  # an epoch takes minutes on any machine
    slow = (
        "--set", "training.batch_size=1", "--set", "model.units=[2048, 2048]",
        "--set", "window.lookback=100", "--set", "model.architecture=simple_rnn",
    )  # fmt: skip
    with begin(home, *slow) as training:
        deadline = time.monotonic() + 60
        while not runs.unfinished(home / "runs") and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(6)  # TensorFlow is loaded, the first epoch has begun
        training.send_signal(signal.SIGTERM)
        _, said = training.communicate(timeout=20)
    assert training.returncode == 143 and "Traceback" not in said
    assert "stopped in its first epoch" in said
    assert not runs.unfinished(home / "runs") and not runs.all_runs(home / "runs")


def test_a_second_ctrl_c_leaves_nothing_behind(home: Path) -> None:
    slow = ("--set", "training.epochs=100000", "--set", "training.batch_size=1")
    with begin(home, *slow) as training:
        wait_for_epochs(home, 1)
        training.send_signal(signal.SIGINT)
        time.sleep(0.05)
        training.send_signal(signal.SIGINT)
        training.communicate(timeout=60)
    assert training.returncode == 130
    assert not runs.unfinished(home / "runs")


def test_seed_and_tensorboard_are_options(home: Path, command: Command) -> None:
    result = command(
        "train", "--symbol", "WALK", *SMALL, "--set", "training.epochs=2", "--set",
        "training.ensemble=1", "--seed", "7", "--tensorboard", "--deterministic",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    run = runs.find(home / "runs")
    assert run.manifest.seeds == (7,) and load_experiment(run).training.deterministic
    (log,) = (run.path / runs.TENSORBOARD / "network_01").iterdir()
    assert log.stat().st_size > 100


def test_features_are_listed_and_previewed(home: Path, here: Command) -> None:
    assert "Wilder" in here("features", "list").stdout
    told = json.loads(
        here("features", "preview", "WALK", "log_return", "rsi_21", "--rows", "3", "--json").stdout
    )
    closes = random_walk().bars["close"].to_numpy()
    assert told["features"]["log_return"] == pytest.approx(np.diff(np.log(closes))[-3:])
    everything = here("features", "preview", "WALK")
    assert (
        "stochastic" not in everything.stdout and "bollinger" in everything.stdout
    )  # closes have no range
    assert "did you mean rsi" in here("features", "preview", "WALK", "rsl").stderr


def test_config_show_counts_parameters(here: Command) -> None:
    told = json.loads(here("config", "show", "gru", "--summary", "--json").stdout)
    gru = 3 * (32 * (len(FROM_RANGES) + 32) + 2 * 32)
    head = (32 + 1) * 5 * 2  # the location is not learned
    assert sum(layer["parameters"] for layer in told["layers"]) == gru + head


def test_explain_gradients_tells_and_draws(home: Path, here: Command) -> None:
    result = here(
        "explain",
        "gradients",
        "--config",
        "rnn",
        "--symbol",
        "WALK",
        "--set",
        "training.epochs=1",
        "--set",
        "window.lookback=60",
    )
    assert result.returncode == 0, result.stderr
    assert "layer 1, untrained: vanishes: the oldest of 60 steps" in result.stdout
    assert (home / "gradients.png").read_bytes().startswith(b"\x89PNG")
    refused = here("explain", "gradients", "--config", "cnn", "--symbol", "WALK")
    assert refused.returncode == 2 and "has no recurrence to follow" in refused.stderr


def test_other_series_are_inputs_and_travel_with_the_run(home: Path, here: Command) -> None:
    Store(home / "data").save(random_walk(seed=9, symbol="OTHER"))
    lacking = here("train", "--symbol", "WALK", "--set", "data.exogenous=[NONE]", *SMALL)
    assert lacking.returncode == 4 and "run: rnnforecast fetch NONE" in lacking.stderr
    trained = here(
        "train",
        "--symbol",
        "WALK",
        "--set",
        "data.exogenous=[OTHER]",
        "--set",
        "training.epochs=1",
        "--set",
        "training.ensemble=1",
        *SMALL,
    )
    assert trained.returncode == 0, trained.stderr
    assert here("predict").returncode == 0
    next((home / "data" / "OTHER").glob("*.parquet")).unlink()
    assert here("evaluate").returncode == 0  # on the run's own copy


def test_a_recursive_run_goes_the_whole_way(home: Path, here: Command) -> None:
    quick = (
        "--set",
        "training.epochs=1",
        "--set",
        "training.ensemble=1",
        "--set",
        "window.strategy=recursive",
    )
    assert here("train", "--symbol", "WALK", *SMALL, *quick).returncode == 0
    told = json.loads(here("predict", "--json").stdout)
    assert [step["step"] for step in told["steps"]] == [1, 2, 3, 4, 5]
    widths = [step["high_80"] - step["low_80"] for step in told["steps"]]
    assert widths == sorted(widths)
    assert here("evaluate").returncode == 0

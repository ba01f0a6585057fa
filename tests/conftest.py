"""Shared by all tests: no network, small histories, one trained run."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import pytest

from rnnforecast import process
from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.runs import Run

process.take_over()  # as the command line does

REPOSITORY = Path(__file__).parents[1]
REAL_DATA = REPOSITORY.parent / "shared" / "data"

SMALL = (
    "data.symbol=WALK", "pool=[network]", "window.features=[log_return, abs_log_return]",
    "window.lookback=8", "window.horizon=3", "model.units=4", "training.epochs=2",
    "training.ensemble=2", "training.batch_size=32",
)  # fmt: skip
"""A job that trains in seconds."""


def pytest_configure() -> None:
    """Let all processes of the tests share what XLA compiles, before any of them loads it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ["RNNFORECAST_CACHE"] = mkdtemp(prefix="compiled-")


def pytest_unconfigure() -> None:
    """Remove what was compiled."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["RNNFORECAST_CACHE"], ignore_errors=True)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is not meant for a loopback server fails at once instead of reaching the
    internet."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("RNNFORECAST_HOME", raising=False)


def make_history(
    closes: np.ndarray, symbol: str = "WALK", sessions: str = "24/7", start: str = "2020-01-01"
) -> PriceHistory:
    """Daily bars with the given closes."""
    frequency = "D" if sessions == "24/7" else "B"
    dates = pd.date_range(start, periods=len(closes), freq=frequency, unit="ns", name="date")
    return PriceHistory(
        symbol,
        pd.DataFrame({"close": np.asarray(closes, float)}, index=dates),
        "1d",
        sessions,
        "USD",
    )


def random_walk(rows: int = 300, seed: int = 7, symbol: str = "WALK") -> PriceHistory:
    """A geometric random walk with daily steps of 1 %."""
    steps = np.random.default_rng(seed).normal(0, 0.01, rows)
    return make_history(100 * np.exp(np.cumsum(steps)), symbol)


@pytest.fixture
def walk() -> PriceHistory:
    """A geometric random walk of 300 days."""
    return random_walk()


@pytest.fixture
def small() -> Experiment:
    """A job that trains in seconds."""
    return load("gru", SMALL)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A home with a random walk and one run on it. Read it; do not write to it."""
    from rnnforecast.pipeline.train import train_run

    home = tmp_path_factory.mktemp("home")
    Store(home / "data").save(random_walk())
    return home, train_run(
        load("gru", SMALL), Store(home / "data"), home / "runs", label="WALK_gru"
    )


Command = Callable[..., "subprocess.CompletedProcess[str]"]


def run_in(folder: Path) -> Command:
    """The real command as a process of its own in a folder."""

    def run(
        *arguments: str, home: Path = folder, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rnnforecast", "--home", str(home), *arguments],
            capture_output=True, text=True, timeout=300, cwd=folder,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1", **environment},
        )  # fmt: skip

    return run


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs the real command in a folder of its own."""
    return run_in(tmp_path)


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """Runs the program within this process, in a folder of its own:
    the same answers as ``command``, at once."""
    from yfinance.data import YfData

    from rnnforecast.cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    type(YfData)._instances.clear()  # the cookie and the crumb of another test

    def run(
        *arguments: str, home: Path = tmp_path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["rnnforecast", "--home", str(home), *arguments])
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, code, printed.out, printed.err)

    yield run
    log = logging.getLogger(
        "rnnforecast"
    )  # what --verbose set up, a process of its own would have taken with it
    for handler in list(log.handlers):
        handler.close()
    log.handlers.clear()
    log.setLevel(logging.NOTSET)
    log.propagate = True


def real_file(name: str) -> Path:
    """A file of real prices kept beside the project; the test skips where it is absent."""
    path = REAL_DATA / name
    if not path.exists():
        pytest.skip(f"needs real prices beside the project: {name}")
    return path

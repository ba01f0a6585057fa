"""A home with prices and a run, for benchmarks of what comes after training."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnforecast.config import load
from rnnforecast.data.sample import sample
from rnnforecast.data.store import Store
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run

SYMBOL = "^GSPC"


@contextmanager
def home(epochs: int = 2) -> Iterator[tuple[Path, Run]]:
    """The S&P 500 of 1999-2018 and five GRUs, hardly trained: their speed is that of any."""
    with TemporaryDirectory() as folder:
        path = Path(folder)
        store = Store(path / "data")
        store.save(sample(SYMBOL))
        experiment = load("gru", [f"data.symbol={SYMBOL}", f"training.epochs={epochs}"])
        yield path, train_run(experiment, store, path / "runs", label="GSPC_gru")


def multiply_runs(path: Path, run: Run, count: int) -> None:
    """The same run under as many names, its tables and networks left out."""
    for number in range(count - 1):
        other = path / "runs" / f"2020-01-01T00-00-00_copy{number:04d}"
        other.mkdir()
        for name in ("run.json", "config.yaml"):
            shutil.copy(run.path / name, other)

"""The one forecasting job that every library runs, at its own defaults: distributions of a price.

A folder holds ``series.csv`` (column ``close``, oldest first) and ``job.json``: the row of the
first test target, the horizon, and whether to learn the price or its log. Each contender learns
from the rows before the test part, once, forecasts from every origin of it, and writes
``forecast.npz`` (quantiles at the 99 percentiles (origin, step, level), in prices) and
``result.json`` (seconds, versions).
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LEVELS = np.arange(1, 100) / 100
"""At which distributions are compared."""


@dataclass(frozen=True, eq=False)
class Job:
    """What is forecast.

    Args:
        values: prices, or their logs (row,).
        test: row of the first test target.
        horizon: steps ahead.
        cell: lstm or gru.
    """

    values: np.ndarray
    test: int
    horizon: int
    cell: str

    @property
    def origins(self) -> np.ndarray:
        """Rows of the last known prices (origin,)."""
        return np.arange(self.test - 1, len(self.values) - self.horizon)


def run(forecast: Callable[[Job], np.ndarray], *packages: str) -> None:
    """Forecast the job of a folder, and write what came of it.

    Args:
        forecast: a job to quantiles in its unit (origin, step, level).
        packages: whose versions matter.
    """
    folder, cell = Path(sys.argv[1]), sys.argv[2]
    settings = json.loads((folder / "job.json").read_text())
    closes = np.loadtxt(folder / "series.csv", skiprows=1)
    values = np.log(closes) if settings["log"] else closes
    job, began = Job(values, settings["test"], settings["horizon"], cell), time.perf_counter()
    quantiles = forecast(job)
    seconds = time.perf_counter() - began
    assert quantiles.shape == (len(job.origins), job.horizon, len(LEVELS)), quantiles.shape
    np.savez(folder / "forecast.npz", np.exp(quantiles) if settings["log"] else quantiles)
    versions = {name: importlib.metadata.version(name) for name in packages}
    (folder / "result.json").write_text(json.dumps({"seconds": seconds, "versions": versions}))

"""The forecast of a run, with Keras in place of the exported graphs.

    python keras_forecast.py HOME

Only the networks differ: data, scalers, quantiles and calibration are the run's own.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

from rnnforecast import runs
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import prepare
from rnnforecast.pipeline.plan import stored
from rnnforecast.runs.artifacts import load_forecaster

home = Path(sys.argv[1])
run = runs.find(home / "runs")
forecaster = load_forecaster(run)
networks = [
    keras.models.load_model(path) for path in sorted((run.path / runs.MEMBERS).glob("*.keras"))
]


def by_keras(inputs: np.ndarray) -> np.ndarray:
    """Raw outputs (member, window, step, parameter)."""
    return np.stack([network.predict(inputs, verbose=0) for network in networks]).astype(float)


(series,) = stored(forecaster.experiment, Store(home / "data"))
dataset = prepare(forecaster.experiment, series.history)
print(replace(forecaster, networks=by_keras).forecast(dataset).table())

"""The job of ``prices_job`` with NeuralForecast's LSTM or GRU: Student-t, all else at its defaults.

python prices_neuralforecast.py FOLDER lstm|gru
"""

# ruff: noqa: E402  (both libraries talk while they are imported)

from __future__ import annotations

import logging
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

import numpy as np
import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import DistributionLoss
from neuralforecast.models import GRU, LSTM
from prices_job import LEVELS, Job, run

QUIET = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}


def forecast(job: Job) -> np.ndarray:
    """Fit before the test part, then roll through it."""
    loss = DistributionLoss("StudentT", quantiles=list(LEVELS), num_samples=1000)
    model = {"lstm": LSTM, "gru": GRU}[job.cell](
        h=job.horizon, loss=loss, accelerator="cpu", enable_checkpointing=False, alias="M", **QUIET
    )
    rows = np.arange(len(job.values))
    frame = pd.DataFrame({"unique_id": "x", "ds": rows, "y": job.values})
    found = NeuralForecast([model], freq=1).cross_validation(
        frame, n_windows=None, test_size=len(rows) - job.test, step_size=1, val_size=0
    )
    names = [name for name in found if str(name).startswith("M-")]  # from the lowest up
    assert len(names) == len(LEVELS), list(found)
    found = found.sort_values(["cutoff", "ds"])
    assert (found["cutoff"].unique() == job.origins).all()
    return found[names].to_numpy(float).reshape(len(job.origins), job.horizon, len(LEVELS))


run(forecast, "neuralforecast", "torch")

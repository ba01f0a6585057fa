"""The job of ``prices_job`` with Darts' BlockRNNModel: quantile regression, all else at its
defaults, on the series scaled as in Darts' own examples.

    python prices_darts.py FOLDER lstm|gru
"""

# ruff: noqa: E402  (both libraries talk while they are imported)

from __future__ import annotations

import logging
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
logging.getLogger("darts").setLevel(logging.ERROR)

import numpy as np
from darts import TimeSeries
from darts.dataprocessing.transformers import Scaler
from darts.models import BlockRNNModel
from darts.utils.likelihood_models.torch import QuantileRegression
from prices_job import LEVELS, Job, run

LOOKBACK = 30
"""Darts has no default."""
QUIET = {
    "enable_progress_bar": False, "enable_model_summary": False, "logger": False,
    "accelerator": "cpu",
}  # fmt: skip


def forecast(job: Job) -> np.ndarray:
    """Fit before the test part, then roll through it."""
    scaler = Scaler()
    train = scaler.fit_transform(TimeSeries.from_values(job.values[: job.test].astype("float32")))
    whole = scaler.transform(TimeSeries.from_values(job.values.astype("float32")))
    model = BlockRNNModel(
        input_chunk_length=LOOKBACK, output_chunk_length=job.horizon, model=job.cell.upper(),
        likelihood=QuantileRegression(), random_state=1, pl_trainer_kwargs=QUIET,
    )  # fmt: skip
    model.fit(train, verbose=False)
    found = model.historical_forecasts(
        whole, start=job.test, forecast_horizon=job.horizon, retrain=False, stride=1,
        last_points_only=False, num_samples=500, verbose=False,
    )  # fmt: skip
    samples = np.stack(
        [scaler.inverse_transform(one).all_values(copy=False)[:, 0] for one in found]
    )
    assert [int(one.start_time()) for one in found] == list(job.origins + 1)
    return np.moveaxis(np.quantile(samples, LEVELS, axis=-1), 0, -1)


run(forecast, "darts", "torch")

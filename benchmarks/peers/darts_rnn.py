"""The job with Darts' BlockRNNModel."""

# ruff: noqa: E402  (both libraries talk while they are imported)

from __future__ import annotations

import logging
import time
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

import pytorch_lightning as lightning
from darts import TimeSeries
from darts.models import BlockRNNModel
from job import BATCH, CELL, EPOCHS, LAYERS, LOOKBACK, UNITS, bounds, report, returns


class Clock(lightning.Callback):
    """Times each epoch."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, trainer: object, module: object) -> None:
        self.began = time.perf_counter()

    def on_train_epoch_end(self, trainer: object, module: object) -> None:
        self.seconds.append(time.perf_counter() - self.began)


series, clock = returns(), Clock()
valid, test = bounds(len(series))
quiet = {
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "logger": False,
    "accelerator": "cpu",
}
model = BlockRNNModel(
    input_chunk_length=LOOKBACK, output_chunk_length=1,
    model={"lstm": "LSTM", "gru": "GRU", "simple_rnn": "RNN"}[CELL],
    hidden_dim=UNITS, n_rnn_layers=LAYERS, batch_size=BATCH, n_epochs=EPOCHS,
    optimizer_kwargs={"lr": 1e-3},
    random_state=1, pl_trainer_kwargs={"callbacks": [clock], **quiet},
)  # fmt: skip
model.fit(TimeSeries.from_values(series[:valid]))
forecasts = model.historical_forecasts(
    TimeSeries.from_values(series),
    start=test,
    forecast_horizon=1,
    retrain=False,
    last_points_only=True,
    verbose=False,
)
report(clock.seconds, forecasts.values()[:, 0][: len(series) - test], "darts", "torch")

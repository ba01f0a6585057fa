"""The job with NeuralForecast's recurrent models (direct, one step)."""

# ruff: noqa: E402  (both libraries talk while they are imported)

from __future__ import annotations

import logging
import time
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

import numpy as np
import pandas as pd
import pytorch_lightning as lightning
import torch
from job import BATCH, CELL, EPOCHS, LAYERS, LOOKBACK, UNITS, bounds, report, returns, windows
from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import MSE
from neuralforecast.models import GRU, LSTM, RNN

marks: list[float] = []  # not in the clock: NeuralForecast trains with a copy of it


class Clock(lightning.Callback):
    """Times as many steps as there are batches in an epoch of the others."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_train_start(self, trainer: object, module: object) -> None:
        marks.append(time.perf_counter())

    def on_train_batch_end(self, trainer: lightning.Trainer, module: object, *_: object) -> None:
        if trainer.global_step % self.steps == 0:
            marks.append(time.perf_counter())


series = returns()
valid, test = bounds(len(series))
clock = Clock(-(-(valid - LOOKBACK) // BATCH))
model = {"lstm": LSTM, "gru": GRU, "simple_rnn": RNN}[CELL](
    h=1, input_size=LOOKBACK, encoder_n_layers=LAYERS, encoder_hidden_size=UNITS,
    encoder_dropout=0.0, decoder_layers=1,
    decoder_hidden_size=UNITS, recurrent=False, loss=MSE(), learning_rate=1e-3,
    max_steps=clock.steps * EPOCHS,
    batch_size=1, windows_batch_size=BATCH, scaler_type="identity", random_seed=1,
    start_padding_enabled=False,
    accelerator="cpu", enable_progress_bar=False, enable_model_summary=False, logger=False,
    callbacks=[clock],
    enable_checkpointing=False,
)  # fmt: skip
frame = pd.DataFrame({"unique_id": "sp500", "ds": np.arange(len(series)), "y": series})
forecaster = NeuralForecast(models=[model], freq=1)
forecaster.fit(frame.iloc[:valid])
network = forecaster.models[0].eval()
inputs = torch.tensor(windows(series)[0][test - LOOKBACK :].copy())
batch = {
    "insample_y": inputs, "insample_mask": torch.ones_like(inputs),
    "futr_exog": None, "hist_exog": None, "stat_exog": None,
}  # fmt: skip
with torch.no_grad():  # cross_validation would fit again
    predicted = network(batch).reshape(-1).numpy()
report(list(np.diff(marks)), predicted, "neuralforecast", "torch")

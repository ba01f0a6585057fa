"""A panel from file to forecast with NeuralForecast: the job of ``end_to_end.py``.

Reads FILE (long format: symbol, date, close), and trains CELL (gru or lstm) of UNITS units on
LOOKBACK log returns and their sizes, with a Student-t, until the validation loss has not improved
for PATIENCE passes over the training windows. It then rolls through the test part, and forecasts.
Prints one line of JSON.
"""

# ruff: noqa: E402  (both libraries talk while they are imported)

from __future__ import annotations

import importlib.metadata
import json
import logging
import os
import resource
import time
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
began = time.perf_counter()

import numpy as np
import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import DistributionLoss
from neuralforecast.models import GRU, LSTM

LOOKBACK, HORIZON, UNITS, BATCH, PATIENCE, EPOCHS = (
    int(os.environ[name])
    for name in ("LOOKBACK", "HORIZON", "UNITS", "BATCH", "PATIENCE", "EPOCHS")
)
PART = 0.15
"""Of each series, for validation and for the test."""

marks = {"import": time.perf_counter() - began}


def done(name: str) -> None:
    """Note when a stage ended."""
    marks[name] = time.perf_counter() - began - sum(marks.values())


frame = pd.read_parquet(os.environ["FILE"], columns=["symbol", "date", "close"])
returns = np.log(frame["close"]).groupby(frame["symbol"]).diff()
table = pd.DataFrame(
    {"unique_id": frame["symbol"], "ds": frame["date"], "y": returns, "size": returns.abs()}
).dropna()
days = int(table.groupby("unique_id").size().min())
part = int(PART * days)
done("read")
windows = table["unique_id"].nunique() * (days - 2 * part - LOOKBACK - HORIZON + 1)
steps = -(-windows // BATCH)
model = {"gru": GRU, "lstm": LSTM}[os.environ["CELL"]](
    h=HORIZON, input_size=LOOKBACK, hist_exog_list=["size"], encoder_n_layers=1,
    encoder_hidden_size=UNITS, decoder_layers=1, decoder_hidden_size=UNITS, recurrent=False,
    loss=DistributionLoss("StudentT"), learning_rate=3e-4, windows_batch_size=BATCH,
    max_steps=EPOCHS * steps, val_check_steps=steps, early_stop_patience_steps=PATIENCE,
    scaler_type="standard", random_seed=1, alias="M", accelerator="cpu",
    enable_progress_bar=False, enable_model_summary=False, logger=False,
    enable_checkpointing=False,
)  # fmt: skip
forecaster = NeuralForecast([model], freq="D")
tested = forecaster.cross_validation(
    table, n_windows=None, val_size=part, test_size=part, step_size=1
)
done("train and test")
forecast = forecaster.predict(table)
done("predict")
report = {
    "stages": {name: round(seconds, 3) for name, seconds in marks.items()},
    "epochs": forecaster.models[0].train_trajectories[-1][0] / steps,
    "tested": len(tested),
    "forecast": len(forecast),
    "mae": float((tested["M"] - tested["y"]).abs().mean()),
    "naive_mae": float(tested["y"].abs().mean()),
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "versions": {name: importlib.metadata.version(name) for name in ("neuralforecast", "torch")},
}
print(json.dumps(report), flush=True)

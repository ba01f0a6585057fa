"""Windows as NeuralForecast's models train on them: their default dataset in their own data module.

Its loader draws SERIES whole tickers, 32 by default; each step the model then unfolds every window
of these and draws WINDOWS of them, 1,024 by default. 64 windows out of 32 tickers would cost as
much a step as 1,024, so where a batch is to be 64 windows it is drawn from one ticker. Differences:
a window also holds the day after it, which is the target, and a mask beside the features.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch
from neuralforecast.models import LSTM
from neuralforecast.tsdataset import TimeSeriesDataModule, TimeSeriesDataset
from panel import DAYS, LOOKBACK, measure

SERIES, WINDOWS = int(os.environ.get("SERIES", "32")), int(os.environ.get("WINDOWS", "1024"))


def frame(panel: np.ndarray) -> pd.DataFrame:
    """The panel as NeuralForecast takes it: one row for each ticker and day."""
    features = [f"x{number}" for number in range(1, panel.shape[2])]
    table = pd.DataFrame(panel.reshape(-1, panel.shape[2]), columns=["y", *features])
    tickers, days = np.repeat(np.arange(len(panel)), DAYS), np.tile(np.arange(DAYS), len(panel))
    return table.assign(unique_id=tickers, ds=days)


def batches(panel: np.ndarray) -> Iterator[object]:
    """Endless batches; what is done with one is what ``training_step`` does before the network."""
    table = frame(panel)
    model = LSTM(
        h=1, input_size=LOOKBACK, windows_batch_size=WINDOWS, scaler_type="identity",
        start_padding_enabled=False,
        hist_exog_list=[name for name in table if name.startswith("x")],
    )  # fmt: skip
    loader = TimeSeriesDataModule(
        TimeSeriesDataset.from_df(table)[0], batch_size=SERIES
    ).train_dataloader()
    while True:
        for batch in loader:
            windows, static, static_columns, kept, weights, columns = model._create_windows(
                batch, step="train"
            )
            drawn = torch.randperm(len(kept))[:WINDOWS]
            sampled = model._sample_windows(
                windows, static, static_columns, columns, drawn, kept, weights
            )
            yield model._parse_windows(batch, model._normalization(sampled, batch["y_idx"]))


measure(batches, "neuralforecast", "torch", size=WINDOWS)

"""Windows as Darts' torch models train on them: their default dataset in their own data module.

Differences: a sample also holds the day after the window, which is the target; and the features
come as one target series and nine past covariates, which Darts' networks join later.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from darts import TimeSeries
from darts.utils.data.torch_datasets._data_module import TorchDataModule
from darts.utils.data.torch_datasets.training_dataset import SequentialTorchTrainingDataset
from darts.utils.data.torch_datasets.utils import _batch_collate_fn_train
from panel import BATCH, LOOKBACK, measure


def batches(panel: np.ndarray) -> Iterator[object]:
    """Endless batches."""
    dataset = SequentialTorchTrainingDataset(
        series=[TimeSeries.from_values(one[:, :1]) for one in panel],
        past_covariates=[TimeSeries.from_values(one[:, 1:]) for one in panel],
        input_chunk_length=LOOKBACK,
        output_chunk_length=1,
    )
    loader = TorchDataModule(
        dataset, batch_size=BATCH, collate_fn=_batch_collate_fn_train
    ).train_dataloader()
    while True:
        yield from loader


measure(batches, "darts", "torch")

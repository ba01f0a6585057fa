"""Windows by ``keras.utils.timeseries_dataset_from_array``, one dataset for each ticker, sampled
from in turn.

A ticker needs a dataset of its own, or windows would hold the end of one and the beginning of
another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from panel import BATCH, LOOKBACK, measure


def batches(panel: np.ndarray) -> Iterator[object]:
    """Endless batches."""
    how = {"sequence_length": LOOKBACK, "batch_size": BATCH, "shuffle": True, "seed": 2}
    parts = [keras.utils.timeseries_dataset_from_array(series, None, **how) for series in panel]
    whole = parts[0] if len(parts) == 1 else tf.data.Dataset.sample_from_datasets(parts, seed=2)
    return iter(whole.repeat())


measure(batches, "keras", "tensorflow")

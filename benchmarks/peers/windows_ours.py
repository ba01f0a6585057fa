"""Windows as rnnforecast trains on them: gathered from the series, in the graph,
when their batch is due."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from panel import BATCH, DAYS, LOOKBACK, measure

from rnnforecast.model.backend import tf
from rnnforecast.model.training.epoch import windows_at


def batches(panel: np.ndarray) -> Iterator[object]:
    """Endless batches."""
    ends = (np.arange(len(panel))[:, None] * DAYS + np.arange(LOOKBACK - 1, DAYS)).reshape(-1)
    order = np.random.default_rng(2).permutation(ends)
    rows, values = tf.constant(order), tf.constant(panel.reshape(-1, panel.shape[-1]))

    @tf.function(autograph=False)
    def batch(at: object) -> object:
        return windows_at(values, rows[at : at + BATCH], LOOKBACK)

    while True:
        for at in range(0, len(order) - BATCH + 1, BATCH):
            yield batch(tf.constant(at))


measure(batches, "tensorflow")

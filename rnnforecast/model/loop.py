"""One pass over the training windows as one graph: windows are gathered from the series as they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnforecast.dataset.preparation import Dataset, Scalers
from rnnforecast.dataset.windows import Part
from rnnforecast.model.backend import device, keras, tf
from rnnforecast.model.fast import fast
from rnnforecast.model.losses import loss_of

Rows = NDArray[np.int64]

LANES = 2
"""Shares of a batch that run side by side on a CPU; a fixed number, so that weights do not depend on its cores."""


class Loop:
    """Trains and validates a network epoch by epoch.

    Args:
        network: to train, in place.
        optimizer: built for its weights.
        dataset: its train part teaches, its validation part stops.
        scalers: of inputs and targets.
    """

    def __init__(
        self, network: keras.Model, optimizer: keras.optimizers.Optimizer, dataset: Dataset, scalers: Scalers
    ) -> None:
        self.network, self.optimizer = network, optimizer
        self.loss = loss_of(dataset.experiment.model)
        self.series = tf.constant(np.nan_to_num(dataset.scaled_features(scalers.inputs)))
        self.outcomes = {part: self._outcomes(dataset, scalers, part) for part in ("train", "validation")}
        self.first = {part: int(dataset.splits.origins(part)[0]) for part in ("train", "validation")}
        self.origins: dict[str, Rows] = {part: dataset.splits.origins(part) for part in ("train", "validation")}
        self.offsets = tf.range(1 - dataset.experiment.window.lookback, 1, dtype=tf.int64)
        self.batch = dataset.experiment.training.batch_size
        self.lanes = min(LANES, self.batch) if device() == "CPU" else 1
        self._train: Callable[[Any], Any] = tf.function(self._train_graph, reduce_retracing=True)
        self._validate: Callable[[Any], Any] = tf.function(self._validate_graph, reduce_retracing=True)

    def train(self, order: Rows) -> float:
        """Learn from every training window once.

        Args:
            order: positions of the training windows (window,).

        Returns:
            the mean loss, each window as it was met.
        """
        return float(self._train(tf.constant(self.origins["train"][order])))

    def validate(self) -> float:
        """The mean loss of the validation windows."""
        return float(self._validate(tf.constant(self.origins["validation"])))

    def _train_graph(self, origins: Any) -> Any:
        total = tf.constant(0.0)
        weights = self.network.trainable_variables
        for at in tf.range(0, tf.size(origins), self.batch):
            with tf.GradientTape() as tape:
                loss = self._batch_loss(origins, at, "train")
                penalised = tf.add_n([loss / self._met(origins, at), *self.network.losses])
            self.optimizer.apply(tape.gradient(penalised, weights), weights)
            total += loss
        return total / tf.cast(tf.size(origins), tf.float32)

    def _validate_graph(self, origins: Any) -> Any:
        total = tf.constant(0.0)
        for at in tf.range(0, tf.size(origins), self.batch):
            total += self._batch_loss(origins, at, "validation")
        return total / tf.cast(tf.size(origins), tf.float32)

    def _batch_loss(self, origins: Any, at: Any, part: str) -> Any:
        """The loss of a batch's windows, summed.

        Every batch has the same size, for graphs are compiled to sizes: what is missing in the last one is filled up
        with windows that count for nothing. Lanes depend on nothing but the weights, so they run side by side.
        """
        numbers = tf.range(at, at + self.batch)
        rows = tf.gather(origins, tf.minimum(numbers, tf.size(origins) - 1))
        counts = tf.cast(numbers < tf.size(origins), tf.float32)
        shares = zip(self._split(rows), self._split(counts), strict=True)
        return tf.add_n([self._lane_loss(lane, count, part) for lane, count in shares])

    def _lane_loss(self, rows: Any, counts: Any, part: str) -> Any:
        inputs, outcomes = self._gather(rows, part)
        with fast(self.network):  # only while the graph is made
            raw = self.network(inputs, training=part == "train")
        path_loss = self.loss(outcomes, raw)
        return tf.reduce_sum(counts * tf.reduce_mean(path_loss, axis=-1))

    def _split(self, values: Any) -> list[Any]:
        """Values (window,) in lanes, their sizes known."""
        sizes = [len(share) for share in np.array_split(np.arange(self.batch), self.lanes)]
        return list(tf.split(tf.ensure_shape(values, [self.batch]), sizes))

    def _met(self, origins: Any, at: Any) -> Any:
        """How many windows a batch holds."""
        return tf.cast(tf.minimum(self.batch, tf.size(origins) - at), tf.float32)

    def _gather(self, rows: Any, part: str) -> tuple[Any, Any]:
        """Input windows (window, lookback, feature) and target paths (window, step)."""
        inputs = tf.gather(self.series, rows[:, None] + self.offsets)
        return inputs, tf.gather(self.outcomes[part], rows - self.first[part])

    @staticmethod
    def _outcomes(dataset: Dataset, scalers: Scalers, part: Part) -> Any:
        return tf.constant(dataset.outcomes(scalers.targets, part))

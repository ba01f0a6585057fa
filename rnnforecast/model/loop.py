"""One pass over the training windows as one graph: windows are gathered from the series as they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnforecast.dataset.preparation import Dataset, Scalers
from rnnforecast.dataset.windows import Part
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.losses import loss_of

Rows = NDArray[np.int64]

CHUNK = 1024
"""Validation windows at a time."""


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
        origins = self.origins["validation"]
        sums = [float(self._validate(tf.constant(origins[at : at + CHUNK]))) for at in range(0, len(origins), CHUNK)]
        return sum(sums) / len(origins)

    def _train_graph(self, origins: Any) -> Any:
        count, total = tf.shape(origins)[0], tf.constant(0.0)
        weights = self.network.trainable_variables
        for at in tf.range(0, count, self.batch):
            rows = origins[at : at + self.batch]
            inputs, outcomes = self._gather(rows, "train")
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(self.loss(outcomes, self.network(inputs, training=True)))
                penalised = tf.add_n([loss, *self.network.losses])
            self.optimizer.apply(tape.gradient(penalised, weights), weights)
            total += loss * tf.cast(tf.shape(rows)[0], tf.float32)
        return total / tf.cast(count, tf.float32)

    def _validate_graph(self, origins: Any) -> Any:
        inputs, outcomes = self._gather(origins, "validation")
        path_loss = self.loss(outcomes, self.network(inputs, training=False))
        return tf.reduce_sum(tf.reduce_mean(path_loss, axis=-1))

    def _gather(self, rows: Any, part: str) -> tuple[Any, Any]:
        """Input windows (window, lookback, feature) and target paths (window, step)."""
        inputs = tf.gather(self.series, rows[:, None] + self.offsets)
        return inputs, tf.gather(self.outcomes[part], rows - self.first[part])

    @staticmethod
    def _outcomes(dataset: Dataset, scalers: Scalers, part: Part) -> Any:
        return tf.constant(dataset.outcomes(scalers.targets, part))

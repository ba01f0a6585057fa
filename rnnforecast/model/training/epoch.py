"""One pass over the training windows as one graph: windows are gathered from the series as they are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnforecast.dataset.panel import Windows
from rnnforecast.dataset.windows import Rows
from rnnforecast.model.backend import device, keras, tf
from rnnforecast.model.losses import loss_of
from rnnforecast.model.training.acceleration import fast

LANES = 2
"""Shares of a batch that run side by side on a CPU; a fixed number, so that weights do not depend on its cores."""


class Loop:
    """Trains and validates a network epoch by epoch.

    Args:
        network: to train, in place.
        optimizer: built for its weights.
        windows: its train part teaches, its validation part stops.
    """

    def __init__(
        self, network: keras.Model, optimizer: keras.optimizers.Optimizer, windows: Windows
    ) -> None:
        self.network, self.optimizer = network, optimizer
        self.loss = loss_of(windows.experiment)
        self.series, self.targets = (
            tf.constant(np.nan_to_num(windows.inputs)),
            tf.constant(windows.targets),
        )
        self.origins = windows.origins
        self.lookback = windows.experiment.window.lookback
        self.batch = windows.experiment.training.batch_size
        self.lanes = min(LANES, self.batch) if device() == "CPU" else 1
        self._learn, self._judge = _graph(self._learn_graph), _graph(self._judge_graph)
        self._train, self._validate = _graph(self._train_graph), _graph(self._validate_graph)

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
        def batch(at: Any) -> Any:
            met = tf.cast(tf.minimum(self.batch, tf.size(origins) - at), tf.float32)
            lanes = [self._learn(*lane, met) for lane in self._lanes(origins, at)]
            losses, gradients = zip(*lanes, strict=True)
            summed = [tf.add_n(shares) for shares in zip(*gradients, strict=True)]
            self.optimizer.apply(summed, self.network.trainable_variables)
            return tf.add_n(losses)

        return self._mean(batch, origins)

    def _learn_graph(self, rows: Any, counts: Any, met: Any) -> tuple[Any, Any]:
        """A lane's loss, and its share of the batch's gradient, penalties included."""
        weights = self.network.trainable_variables
        with tf.GradientTape() as tape:
            loss = self._loss(rows, counts, training=True)
            penalised = loss / met + sum(self.network.losses) / self.lanes
        return loss, [
            tf.convert_to_tensor(gradient) for gradient in tape.gradient(penalised, weights)
        ]

    def _validate_graph(self, origins: Any) -> Any:
        return self._mean(
            lambda at: tf.add_n([self._judge(*lane) for lane in self._lanes(origins, at)]), origins
        )

    def _judge_graph(self, rows: Any, counts: Any) -> Any:
        return self._loss(rows, counts, training=False)

    def _loss(self, rows: Any, counts: Any, *, training: bool) -> Any:
        """The loss of windows, summed over those that count."""
        inputs, targets = (
            windows_at(self.series, rows, self.lookback),
            tf.gather(self.targets, rows),
        )
        with fast(self.network):  # only while the graph is made
            raw = self.network(inputs, training=training)
        return tf.reduce_sum(counts * tf.reduce_mean(self.loss(targets, raw), axis=-1))

    def _lanes(self, origins: Any, at: Any) -> list[tuple[Any, Any]]:
        """The windows of a batch and whether each counts, in lanes.

        Lanes need nothing but the weights, so they run side by side. Every batch has the same size, for graphs are
        compiled to sizes: what is missing in the last one is filled up with windows that count for nothing.
        """
        numbers = tf.ensure_shape(tf.range(at, at + self.batch), [self.batch])
        rows = tf.gather(origins, tf.minimum(numbers, tf.size(origins) - 1))
        counts = tf.cast(numbers < tf.size(origins), tf.float32)
        sizes = [len(share) for share in np.array_split(np.arange(self.batch), self.lanes)]
        return list(zip(tf.split(rows, sizes), tf.split(counts, sizes), strict=True))

    def _mean(self, batch: Callable[[Any], Any], origins: Any) -> Any:
        """The loss of every batch, one after another, over all windows."""
        count = tf.size(origins)
        _, total = tf.while_loop(
            lambda at, _: at < count, lambda at, total: (at + self.batch, total + batch(at)), (0, 0.0),
            parallel_iterations=1,
        )  # fmt: skip
        return total / tf.cast(count, tf.float32)


def windows_at(series: Any, rows: Any, lookback: int) -> Any:
    """Input windows that end in rows, out of a series (row, feature): (window, lookback, feature)."""
    return tf.gather(series, rows[:, None] + tf.range(1 - lookback, 1, dtype=rows.dtype))


def _graph(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as a graph, its loops spelt out: having AutoGraph read it takes longer than making the graph."""
    graph: Callable[..., Any] = tf.function(function, autograph=False, reduce_retracing=True)
    return graph

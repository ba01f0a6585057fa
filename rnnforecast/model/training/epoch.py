"""One pass over the training windows as one graph:
windows are gathered from the series as they are needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnnforecast.dataset.panel import Windows
from rnnforecast.dataset.windows import Rows
from rnnforecast.model.backend import device, keras, tf
from rnnforecast.model.losses import loss_of
from rnnforecast.model.training.acceleration import fast

SLICE_S = 0.25
"""Seconds of training between two questions whether to stop."""
LANES = 2
"""Shares of a batch that run side by side on a CPU;
a fixed number, so that weights do not depend on its cores."""
TILE = 32
"""Windows of a lane, at most, that are computed at once on a CPU: the states of more of them do not
fit into its caches, and memory stays the same for any batch."""


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
        # As many rows as there are: other data can be trained on by the same graph.
        self.series, self.targets = (
            tf.Variable(rows[:0], trainable=False, shape=tf.TensorShape([None, rows.shape[1]]))
            for rows in (windows.inputs, windows.targets)
        )
        self.load(windows)
        self.lookback = windows.experiment.window.lookback
        self.batch = windows.experiment.training.batch_size
        # a first guess, which ``train`` adapts to SLICE_S
        self.batches = 16
        self.lanes = min(LANES, self.batch) if device() == "CPU" else 1
        self.sizes, self.tiles = (
            lane_sizes(self.batch, self.lanes) if device() == "CPU" else ([self.batch], 1)
        )
        self._learn = _graph(self._learn_graph)
        self._judge = _graph(partial(self._loss, training=False))
        self._train, self._validate = _graph(self._train_graph), _graph(self._validate_graph)

    def load(self, windows: Windows) -> None:
        """Take the data of a training."""
        self.series.assign(np.nan_to_num(windows.inputs))
        self.targets.assign(windows.targets)
        self.origins = windows.origins

    def unload(self) -> None:
        """Let go of the data."""
        for rows in (self.series, self.targets):
            rows.assign(tf.zeros([0, rows.shape[1]]))
        self.origins = {}

    def train(self, order: Rows, should_stop: Callable[[], bool] = lambda: False) -> float | None:
        """Learn from every training window once.

        Batches run in one graph, several at a time: as many as take about SLICE_S, after which
        ``should_stop`` is asked. Where an epoch is cut makes no difference to any bit.

        Args:
            order: positions of the training windows (window,).
            should_stop: says whether to end here.

        Returns:
            the mean loss, each window as it was met; None if the epoch was not finished.
        """
        origins = tf.constant(self.origins["train"][order])
        count, at, loss = len(order), 0, tf.constant(0.0)
        while at < count:
            begun, end = time.perf_counter(), min(count, at + self.batches * self.batch)
            loss = self._train(origins, tf.constant(at), tf.constant(end), loss)
            loss.numpy()  # waits
            at, taken = end, time.perf_counter() - begun
            if at < count and should_stop():
                return None
            if taken < SLICE_S / 2:
                self.batches *= 2
            elif taken > 2 * SLICE_S:
                self.batches = max(1, self.batches // 2)
        return float(loss / tf.cast(count, tf.float32))

    def validate(self) -> float:
        """Return the mean loss of the validation windows."""
        return float(self._validate(tf.constant(self.origins["validation"])))

    def _train_graph(self, origins: Any, start: Any, end: Any, before: Any) -> Any:
        data = self._data()

        def batch(at: Any) -> Any:
            # The last batch may be smaller: gradients are means over the windows that it has.
            met = tf.cast(tf.minimum(self.batch, tf.size(origins) - at), tf.float32)
            lanes = self._lanes(origins, at)

            def tile(number: Any) -> list[Any]:
                shares = [
                    self._learn(data, rows[number], counts[number], met) for rows, counts in lanes
                ]
                return [tf.add_n(parts) for parts in zip(*shares, strict=True)]

            loss, *gradients = self._over_tiles(tile)
            self.optimizer.apply(gradients, self.network.trainable_variables)
            return loss

        return self._summed(batch, start, end, before)

    def _over_tiles(self, tile: Callable[[Any], list[Any]]) -> list[Any]:
        """Add up what each tile of a batch gives, one tile after another.

        The lanes of a tile run side by side. Were each lane a loop of its own, over its own tiles,
        the loops would run one after the other: on one core.
        """
        first = tile(0)
        if self.tiles == 1:
            return first
        _, total = tf.while_loop(
            lambda number, _: number < self.tiles,
            lambda number, total: (
                number + 1,
                [whole + part for whole, part in zip(total, tile(number), strict=True)],
            ),
            (1, first),
            parallel_iterations=1,
        )
        return list(total)

    def _learn_graph(self, data: Any, rows: Any, counts: Any, met: Any) -> tuple[Any, ...]:
        """Return the loss of some windows, and their share of each weight's gradient.

        Penalties on the weights are shared between all the tiles of a batch.
        """
        weights = self.network.trainable_variables
        with tf.GradientTape() as tape:
            loss = self._loss(data, rows, counts, training=True)
            shares = self.lanes * self.tiles
            penalised = loss / met + sum(self.network.losses) / shares
        gradients = tape.gradient(penalised, weights)
        return loss, *(tf.convert_to_tensor(gradient) for gradient in gradients)

    def _validate_graph(self, origins: Any) -> Any:
        data = self._data()

        def batch(at: Any) -> Any:
            lanes = self._lanes(origins, at)

            def tile(number: Any) -> list[Any]:
                losses = [self._judge(data, rows[number], counts[number]) for rows, counts in lanes]
                return [tf.add_n(losses)]

            return self._over_tiles(tile)[0]

        count = tf.size(origins)
        return self._summed(batch, 0, count, 0.0) / tf.cast(count, tf.float32)

    def _data(self) -> tuple[Any, Any]:
        """Read inputs and targets: once for many batches, since each read of a variable waits."""
        return self.series.read_value(), self.targets.read_value()

    def _loss(self, data: Any, rows: Any, counts: Any, *, training: bool) -> Any:
        """Return the loss of windows, summed over those that count."""
        series, targets = data
        inputs, targets = windows_at(series, rows, self.lookback), tf.gather(targets, rows)
        with fast(self.network):  # only while the graph is made
            raw = self.network(inputs, training=training)
        return tf.reduce_sum(counts * tf.reduce_mean(self.loss(targets, raw), axis=-1))

    def _lanes(self, origins: Any, at: Any) -> list[tuple[Any, Any]]:
        """Return the windows of a batch and whether each counts, in lanes (tile, window).

        Lanes need nothing but the weights, so they run side by side. Every batch has the same size,
        for graphs are compiled to sizes: what is missing in the last one is filled up with windows
        that count for nothing.
        """
        numbers = tf.ensure_shape(tf.range(at, at + sum(self.sizes)), [sum(self.sizes)])
        rows = tf.gather(origins, tf.minimum(numbers, tf.size(origins) - 1))
        end = tf.minimum(at + self.batch, tf.size(origins))
        counts = tf.cast(numbers < end, tf.float32)
        lanes = zip(tf.split(rows, self.sizes), tf.split(counts, self.sizes), strict=True)
        return [tuple(tf.reshape(part, [self.tiles, -1]) for part in lane) for lane in lanes]

    def _summed(self, batch: Callable[[Any], Any], start: Any, end: Any, before: Any) -> Any:
        """Add the loss of every batch, one after another, to what came before."""
        _, total = tf.while_loop(
            lambda at, _: at < end, lambda at, total: (at + self.batch, total + batch(at)),
            (start, before),
            parallel_iterations=1,
        )  # fmt: skip
        return total


def lane_sizes(batch: int, lanes: int) -> tuple[list[int], int]:
    """Return the windows in each lane of a batch, and the tiles in which a lane computes them."""
    tiles = -(-batch // (lanes * TILE))
    if tiles == 1:
        return [len(share) for share in np.array_split(np.arange(batch), lanes)], 1
    # All tiles have one size, for a graph is compiled to sizes; windows beyond the batch count for
    # nothing.
    return [tiles * -(-batch // (lanes * tiles))] * lanes, tiles


def windows_at(series: Any, rows: Any, lookback: int) -> Any:
    """Gather input windows that end in rows, out of a series (row, feature):
    (window, lookback, feature)."""
    return tf.gather(series, rows[:, None] + tf.range(1 - lookback, 1, dtype=rows.dtype))


def _graph(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a function into a graph, its loops spelt out:
    having AutoGraph read it takes longer than making the graph."""
    graph: Callable[..., Any] = tf.function(function, autograph=False, reduce_retracing=True)
    return graph

"""Fits an ensemble: the same network from several seeds, each kept at its best epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.preparation import Dataset, Scalers
from rnnforecast.dataset.windows import Part
from rnnforecast.errors import DataError
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.losses import LOSSES
from rnnforecast.model.network import build

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training windows brought.

    Args:
        member: of the ensemble, from 1.
        epoch: from 1.
        loss: mean over training windows.
        val_loss: mean over validation windows.
    """

    member: int
    epoch: int
    loss: float
    val_loss: float


@dataclass(frozen=True, eq=False)
class Member:
    """One trained network of an ensemble.

    Args:
        network: from scaled inputs to raw outputs; not compiled, stock layers only.
        seed: that made it.
        fit: one row for each epoch: member, epoch, loss, val_loss.
    """

    network: keras.Model
    seed: int
    fit: pd.DataFrame


def fit_ensemble(dataset: Dataset, scalers: Scalers, on_epoch: Callable[[Epoch], None]) -> Iterator[Member]:
    """Train the members of an ensemble, one after another.

    Args:
        dataset: its train part teaches, its validation part stops.
        scalers: of inputs and targets.
        on_epoch: told of each epoch as it ends.

    Yields:
        each member when it is trained.

    Raises:
        DataError: if the loss stops being a number.
    """
    for member in range(1, dataset.experiment.training.ensemble + 1):
        yield _fit_member(dataset, scalers, member, on_epoch)


def _fit_member(dataset: Dataset, scalers: Scalers, member: int, on_epoch: Callable[[Epoch], None]) -> Member:
    experiment, training = dataset.experiment, dataset.experiment.training
    seed = training.seed + member - 1
    keras.utils.set_random_seed(seed)  # before anything that draws: initial weights, dropout, shuffles
    train, validation = _batches(dataset, scalers, "train", seed), _batches(dataset, scalers, "validation", seed)
    network = build(experiment)
    optimizer = OPTIMIZERS[training.optimizer](training.learning_rate, clipnorm=training.clipnorm)
    network.compile(optimizer, LOSSES[experiment.model.head])
    log = _Log(member, on_epoch)
    callbacks = [log]
    if training.patience is not None:
        callbacks.append(keras.callbacks.EarlyStopping(patience=training.patience, restore_best_weights=True))
    network.fit(
        train, validation_data=validation, epochs=training.epochs, verbose=0, shuffle=False, callbacks=callbacks
    )
    return Member(_uncompiled(network, experiment), seed, pd.DataFrame(log.epochs))


class _Log(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is not typed
    """Keeps the epochs, tells of them, and stops a fit that has diverged."""

    def __init__(self, member: int, on_epoch: Callable[[Epoch], None]) -> None:
        super().__init__()
        self.member, self.on_epoch = member, on_epoch
        self.epochs: list[Epoch] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        self.epochs.append(Epoch(self.member, epoch + 1, float(logs["loss"]), float(logs["val_loss"])))
        if not np.isfinite([logs["loss"], logs["val_loss"]]).all():
            raise DataError(
                f"the loss of member {self.member} is {logs['loss']:g} in epoch {epoch + 1}",
                "use --set a smaller training.learning_rate, or training.clipnorm=1.0",
            )
        self.on_epoch(self.epochs[-1])


def _uncompiled(network: keras.Model, experiment: Experiment) -> keras.Model:
    """The same network without its loss, so that plain Keras opens the file."""
    plain = build(experiment)
    plain.set_weights(network.get_weights())
    return plain


def _batches(dataset: Dataset, scalers: Scalers, part: Part, seed: int) -> tf.data.Dataset:
    """Batches of (inputs, outcomes): windows are gathered from the series as they are needed."""
    window, training = dataset.experiment.window, dataset.experiment.training
    series = tf.constant(np.nan_to_num(dataset.scaled_features(scalers.inputs)))
    offsets = tf.range(1 - window.lookback, 1, dtype=tf.int64)
    origins = dataset.splits.origins(part)
    pairs = tf.data.Dataset.from_tensor_slices((origins, dataset.outcomes(scalers.targets, part)))
    if part == "train":
        pairs = pairs.shuffle(len(origins), seed=seed)
    batches = pairs.batch(training.batch_size if part == "train" else 1024)
    return batches.map(lambda rows, path: (tf.gather(series, rows[:, None] + offsets), path)).prefetch(2)

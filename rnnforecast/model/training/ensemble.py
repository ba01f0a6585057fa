"""Fits an ensemble: the same network from several seeds, each kept at its best epoch,
resumable at every epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.training import Training
from rnnforecast.dataset.panel import Windows
from rnnforecast.errors import DataError, TrainingStoppedError
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.network import build
from rnnforecast.model.training.trainer import Trainer, lent_trainer

Weights: TypeAlias = Sequence[NDArray[np.generic]]
"""Of one network, layer by layer."""
EXPLODED = 1e8
"""A loss above this is not coming back."""


@dataclass(frozen=True)
class Epoch:
    """The result of one pass over the training windows.

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
class Checkpoint:
    """Everything that the next epoch of a member depends on.

    Args:
        epochs: so far.
        state: the network's variables, random seeds included, then the optimizer's.
        best: the weights of the best epoch.
    """

    epochs: tuple[Epoch, ...] = ()
    state: tuple[NDArray[np.generic], ...] = ()
    best: tuple[NDArray[np.generic], ...] = ()

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the same as named arrays, for a file."""
        epochs = np.array(
            [(epoch.member, epoch.epoch, epoch.loss, epoch.val_loss) for epoch in self.epochs]
        )
        states = {f"state_{number:04d}": value for number, value in enumerate(self.state)}
        return {
            "epochs": epochs,
            **states,
            **{f"best_{number:04d}": value for number, value in enumerate(self.best)},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Checkpoint:
        """Undo ``arrays``; the empty mapping is the beginning."""
        epochs = (
            Epoch(int(row[0]), int(row[1]), float(row[2]), float(row[3]))
            for row in arrays.get("epochs", ())
        )
        state, best = (
            [arrays[name] for name in sorted(arrays) if name.startswith(f"{kind}_")]
            for kind in ("state", "best")
        )
        return cls(tuple(epochs), tuple(state), tuple(best))

    @property
    def best_epoch(self) -> Epoch:
        """The first one of the lowest validation loss."""
        return min(self.epochs, key=lambda epoch: epoch.val_loss)

    @property
    def epochs_since_best(self) -> int:
        """Epochs since the best one."""
        return len(self.epochs) - self.best_epoch.epoch if self.epochs else 0


@dataclass(frozen=True, eq=False)
class Member:
    """One trained network of an ensemble.

    Args:
        network: from scaled inputs to raw outputs; not compiled, stock layers only.
        number: in the ensemble, from 1.
        seed: that made it.
        fit: one row for each epoch: member, epoch, loss, val_loss.
        interrupted: whether it was stopped before its end.
    """

    network: keras.Model
    number: int
    seed: int
    fit: pd.DataFrame
    interrupted: bool = False


@dataclass(frozen=True)
class Callbacks:
    """The functions that a caller wants called after each epoch.

    Args:
        on_epoch_end: receives the epoch.
        on_checkpoint: receives the state from which training can go on.
        should_stop: says whether to end here, with the best epoch so far; asked several times a
            second.
    """

    on_epoch_end: Callable[[Epoch], None] = lambda epoch: None
    on_checkpoint: Callable[[Checkpoint], None] = lambda checkpoint: None
    should_stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, eq=False)
class ResumePoint:
    """The place to begin at: after some finished members, within the next one.

    Args:
        member: the first to train, from 1.
        checkpoint: of that member.
    """

    member: int = 1
    checkpoint: Checkpoint = field(default_factory=Checkpoint)


def fit_ensemble(
    windows: Windows,
    callbacks: Callbacks = Callbacks(),
    resume: ResumePoint = ResumePoint(),
    start: Sequence[Weights] = (),
) -> Iterator[Member]:
    """Train the members of an ensemble, one after another.

    Args:
        windows: the train part teaches, the validation part stops.
        callbacks: called after each epoch.
        resume: where an earlier fit was left.
        start: the weights that each member begins with (a warm start); by default fresh ones.

    Yields:
        each member when it is trained.

    Raises:
        DataError: if the loss stops being a number, or grows without bounds.
        TrainingStoppedError: if it is stopped before the first epoch has ended.
    """
    training = windows.experiment.training
    if training.deterministic:
        tf.config.experimental.enable_op_determinism()
    with lent_trainer(windows) as trainer:
        for number in range(resume.member, training.ensemble + 1):
            checkpoint = resume.checkpoint if number == resume.member else Checkpoint()
            member = _fit_member(trainer, training, number, callbacks, checkpoint, start)
            # A later member that was stopped in its first epoch is left out: the earlier stand.
            if member is None and number == 1:
                raise TrainingStoppedError(
                    "the training was stopped in its first epoch", "there is nothing to keep"
                )
            if member is not None:
                yield member
            if callbacks.should_stop():
                return


def _fit_member(
    trainer: Trainer,
    training: Training,
    number: int,
    callbacks: Callbacks,
    checkpoint: Checkpoint,
    start: Sequence[Weights],
) -> Member | None:
    """Train one member; None if it was stopped before its first epoch had ended."""
    stopped = False
    seed = training.seed + number - 1
    keras.utils.set_random_seed(seed)  # before anything that draws: initial weights and dropout
    network = build(trainer.experiment)
    if start:
        network.set_weights(list(start[number - 1]))
    trainer.restore(network, checkpoint.state)
    while not (stopped := callbacks.should_stop() and bool(checkpoint.epochs)) and not finished(
        training, checkpoint
    ):
        epoch = len(checkpoint.epochs) + 1
        trainer.optimizer.learning_rate = learning_rate(training, checkpoint)
        # By seed and epoch alone, so that a training that was stopped goes on in the same order.
        order = np.random.default_rng([seed, epoch]).permutation(len(trainer.loop.origins["train"]))
        loss = trainer.loop.train(order, callbacks.should_stop)
        if loss is None:
            if not checkpoint.epochs:
                return None
            trainer.restore(network, checkpoint.state)  # the state after the last whole epoch
            stopped = True
            break
        result = Epoch(number, epoch, loss, trainer.loop.validate())
        _check(result)
        better = not checkpoint.epochs or result.val_loss < checkpoint.best_epoch.val_loss
        best = tuple(trainer.network.get_weights()) if better else checkpoint.best
        checkpoint = Checkpoint((*checkpoint.epochs, result), trainer.state(), best)
        callbacks.on_checkpoint(checkpoint)
        callbacks.on_epoch_end(result)
    network.set_weights(
        # early stopping keeps the best epoch, a fixed number of epochs the last one
        checkpoint.best if training.patience is not None else trainer.network.get_weights()
    )
    return Member(network, number, seed, pd.DataFrame(checkpoint.epochs), stopped)


def finished(training: Training, checkpoint: Checkpoint) -> bool:
    """Say whether a member has had all its epochs, or has run out of patience."""
    out_of_patience = (
        training.patience is not None and checkpoint.epochs_since_best >= training.patience
    )
    return len(checkpoint.epochs) >= training.epochs or out_of_patience


def learning_rate(training: Training, checkpoint: Checkpoint) -> float:
    """Return the step size of the next epoch, from the epochs so far.

    ``cosine`` (Loshchilov & Hutter 2017) and ``exponential`` end at a hundredth of the start;
    ``plateau`` halves each time that half the patience has passed without a better epoch.
    """
    # ``done`` runs from 0 in the first epoch to 1 in the last.
    start, done = training.learning_rate, len(checkpoint.epochs) / max(1, training.epochs - 1)
    match training.schedule:
        case "cosine":
            return start * (0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, done))) / 2)
        case "exponential":
            return float(start * 0.01 ** min(1.0, done))
        case "plateau":
            return float(
                start * 0.5 ** _plateaus([epoch.val_loss for epoch in checkpoint.epochs], training)
            )
        case _:
            return start


def _plateaus(losses: list[float], training: Training) -> int:
    """Count how often the validation loss has stalled for half the patience."""
    wait = max(1, (training.patience or 10) // 2)
    best, waited, plateaus = math.inf, 0, 0
    for loss in losses:
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == wait:
            plateaus, waited = plateaus + 1, 0
    return plateaus


def _check(epoch: Epoch) -> None:
    """Refuse to go on with a fit that has diverged."""
    losses = (epoch.loss, epoch.val_loss)
    if not all(math.isfinite(loss) and abs(loss) < EXPLODED for loss in losses):
        raise DataError(
            f"the loss of member {epoch.member} is {epoch.loss:g} in epoch {epoch.epoch} "
            f"({epoch.val_loss:g} in validation): training has diverged",
            "use --set a smaller training.learning_rate, or training.clipnorm=1.0",
        )

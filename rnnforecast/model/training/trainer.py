"""Networks whose training is compiled: one member after another, and one training after another.

Tracing the graph of an epoch takes seconds, and TensorFlow never gives back all of its memory, some
10 MB. So all that a graph does not depend on is put into it from outside: weights, seeds, the
optimizer's state and the data. Whoever trains the same kind of network again in the same process
takes the graph that is there: refits, trials of a search, the symbols of a watch list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.training import Training
from rnnforecast.dataset.panel import Windows
from rnnforecast.model.backend import device, keras
from rnnforecast.model.kept import Kept, kind_of
from rnnforecast.model.network import build
from rnnforecast.model.training.epoch import Loop

OUTSIDE = {"epochs", "patience", "ensemble", "seed", "learning_rate", "schedule"}
"""Settings of a training that its graph does not depend on."""


class Trainer:
    """Trains one member after another by the same graph.

    Args:
        windows: the train part teaches, the validation part stops.
    """

    def __init__(self, windows: Windows) -> None:
        self.experiment = windows.experiment
        self.network = build(self.experiment)
        self.optimizer = make_optimizer(self.experiment.training)
        self.optimizer.build(self.network.trainable_variables)
        self.fresh = [variable.numpy() for variable in self.optimizer.variables]
        self.loop = Loop(self.network, self.optimizer, windows)

    def restore(self, network: keras.Model, state: tuple[NDArray[np.generic], ...]) -> None:
        """Load a member's state; a member without one starts from its fresh weights and seeds."""
        beginning = [*(variable.numpy() for variable in network.variables), *self.fresh]
        for variable, value in zip(self._variables, state or beginning, strict=True):
            variable.assign(value)

    def state(self) -> tuple[NDArray[np.generic], ...]:
        """Return everything that the next epoch depends on."""
        return tuple(variable.numpy() for variable in self._variables)

    @property
    def _variables(self) -> list[keras.Variable]:
        return [*self.network.variables, *self.optimizer.variables]


TRAINERS = Kept[Trainer](16)
"""Those that wait for the next training."""


@contextmanager
def lent_trainer(windows: Windows) -> Iterator[Trainer]:
    """Lend a trainer of some windows, and keep it for the next training of its kind.

    Whoever asks for one while it is lent is given another one.
    """
    kind = _kind(windows.experiment)
    trainer = TRAINERS.take(kind)
    if trainer is None:
        trainer = Trainer(windows)
    else:
        trainer.loop.load(windows)
    yield trainer
    # A training that has failed leaves nothing behind, for nobody knows in what state it is.
    trainer.loop.unload()
    TRAINERS.give_back(kind, trainer)


def _kind(experiment: Experiment) -> str:
    """Return all that the graph of an epoch depends on, as text."""
    training = experiment.training.model_dump(mode="json", exclude=OUTSIDE)
    return json.dumps([kind_of(experiment), training, device()], sort_keys=True)


def make_optimizer(training: Training) -> keras.optimizers.Optimizer:
    """Make the Keras optimizer of a config."""
    settings = {"learning_rate": training.learning_rate, "clipnorm": training.clipnorm}
    match training.optimizer:
        case "adam":
            return keras.optimizers.Adam(**settings)
        case "adamw":
            return keras.optimizers.AdamW(weight_decay=training.weight_decay, **settings)
        case "rmsprop":
            return keras.optimizers.RMSprop(**settings)
        case "sgd":
            return keras.optimizers.SGD(momentum=0.9, **settings)

"""One trial on one fold: fit, calibrate, score. Importing this loads TensorFlow."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.panel import windows_of
from rnnforecast.errors import TrainingStoppedError
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.training.ensemble import Callbacks, Epoch, fit_ensemble
from rnnforecast.pipeline.train import calibrated
from rnnforecast.tuning.folds import SearchFold
from rnnforecast.tuning.losses import Metric, forecast_loss

AT_ONCE = 4096
"""Windows that a network answers at a time."""
OUT_OF_MEMORY: tuple[type[Exception], ...] = (MemoryError, tf.errors.ResourceExhaustedError)
"""How a machine says that a network is too large for it."""


@dataclass(frozen=True, eq=False)
class KerasNetworks:
    """Trained networks that answer as they are: no file is made of what is forgotten at once.

    Args:
        members: from scaled windows to raw outputs.
    """

    members: Sequence[keras.Model]

    def __len__(self) -> int:
        return len(self.members)

    def only(self, number: int) -> KerasNetworks:
        """Return one of them by itself."""
        return KerasNetworks(self.members[number : number + 1])

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Run every member; raw outputs (member, window, step, parameter)."""
        return np.stack([_answers(member, inputs) for member in self.members]).astype(float)


def _answers(network: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    compute = tf.function(network, autograph=False, reduce_retracing=True)
    pieces = range(0, len(inputs), AT_ONCE)
    return np.concatenate([compute(tf.constant(inputs[at : at + AT_ONCE])) for at in pieces])


def fold_loss(
    experiment: Experiment,
    fold: SearchFold,
    metric: Metric,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    stop: Callable[[], bool] = lambda: False,
) -> float:
    """Train on a fold and score what would be delivered there.

    Args:
        experiment: the settings of a trial.
        fold: what it may learn from, and the stretch that is scored.
        metric: what is scored.
        on_epoch: called after each epoch; whatever it raises ends the training.
        stop: asked several times a second whether to give up.

    Returns:
        the mean loss as a share of naive's, each symbol alike.

    Raises:
        DataError: if the prices are too few, or the training diverges.
        TrainingStoppedError: if ``stop`` said so.
    """
    try:
        datasets = fold.datasets(experiment)
        scalers = [dataset.fit_scalers() for dataset in datasets]
        callbacks = Callbacks(on_epoch, should_stop=stop)
        members = list(fit_ensemble(windows_of(datasets, scalers), callbacks))
        if stop():
            raise TrainingStoppedError("the search was stopped", "continue with --resume")
        networks = KerasNetworks([member.network for member in members])
        shares = []
        for number, (dataset, fitted) in enumerate(zip(datasets, scalers, strict=True)):
            pool = fold.pool(number, dataset.experiment)
            forecaster = calibrated(
                Forecaster(dataset.experiment, fitted, networks, parts=pool), dataset
            )
            origins = dataset.splits.origins("test")
            shares.append(forecast_loss(forecaster, dataset, origins, metric) / fold.naive[number])
        return float(np.mean(shares))
    finally:
        keras.backend.clear_session()
        gc.collect()

"""One trial: settings are proposed, trained on fold after fold, and scored or given up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import optuna
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import with_settings
from rnnforecast.config.memory import check_memory
from rnnforecast.config.space import Space
from rnnforecast.errors import RnnForecastError, TrainingStoppedError
from rnnforecast.tuning.folds import SearchFold
from rnnforecast.tuning.losses import Metric
from rnnforecast.tuning.study import (
    FAILURE,
    FOLDS,
    SECONDS,
    WORKER,
    Pruner,
    Sampler,
    distributions_of,
    ended,
    interrupt,
    make_pruner,
    make_sampler,
    open_storage,
    open_study,
    quiet_optuna,
    trials_of,
)

if TYPE_CHECKING:
    from rnnforecast.model.training.ensemble import Epoch

OTHER_LOSSES = ("model.head", "model.point_loss", "window.scaler", "model.location")
"""Settings after whose change a validation loss is in another unit, or of another kind."""


@dataclass(frozen=True, eq=False)
class Task:
    """What all trials of a search have in common; it travels to workers as a value.

    Args:
        experiment: the settings that the search starts from.
        space: which of them are searched.
        folds: of ``search_folds``.
        metric: what is minimised.
        networks: of each trial on each fold.
        sampler: what proposes settings.
        pruner: what ends trials that lag behind.
        seed: of the proposals.
    """

    experiment: Experiment
    space: Space
    folds: tuple[SearchFold, ...]
    metric: Metric = "crps"
    networks: int = 1
    sampler: Sampler = "tpe"
    pruner: Pruner = "median"
    seed: int = 1

    @property
    def by_epoch(self) -> bool:
        """Whether validation losses of all trials are comparable, so that epochs can prune."""
        return not {item.key for item in self.space} & set(OTHER_LOSSES)

    @property
    def steps(self) -> int:
        """Values that a trial reports at most."""
        epochs = self.experiment.training.epochs * self.networks if self.by_epoch else 1
        return len(self.folds) * epochs

    def experiment_of(self, overrides: list[str]) -> Experiment:
        """Return the settings of a trial.

        Raises:
            UsageError: if they do not go together, or need too much memory.
        """
        chosen = [*overrides, f"training.ensemble={self.networks}"]
        experiment = with_settings(self.experiment, chosen)
        check_memory(experiment, sum(len(bars.history) for bars in self.folds[-1].series))
        return experiment


@dataclass(frozen=True)
class Limits:
    """When to begin no further trial.

    Args:
        trials: that end in all, those of earlier calls included.
        until: seconds since the epoch (``time.time``); None knows no end.
    """

    trials: int
    until: float | None = None

    def reached(self, study: optuna.Study) -> bool:
        """Return whether there is nothing left to begin."""
        late = self.until is not None and time.time() >= self.until
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return late or len(ended(trials_of(study))) + len(running) >= self.trials


def run_trial(
    task: Task,
    place: str | BaseStorage,
    name: str,
    worker: str,
    limits: Limits,
    stop: Callable[[], bool] | None = None,
) -> int | None:
    """Try one configuration, and write down what came of it.

    Args:
        task: of the search.
        place: where its trials are kept.
        name: of its study.
        worker: who tries.
        limits: when to begin no further one.
        stop: asked several times a second whether to give up.

    Returns:
        the trial's number; None if there was nothing left to begin.
    """
    # this module is imported by who only reads studies; TensorFlow takes seconds to load
    from rnnforecast.tuning.fit import OUT_OF_MEMORY

    stop = stop or _never
    with quiet_optuna():
        storage = open_storage(place)
        study = open_study(storage, name)
        if stop() or limits.reached(study):
            return None
        begun, number = time.monotonic(), len(study.get_trials(deepcopy=False))
        pruner = make_pruner(task.pruner, task.steps)
        study = open_study(storage, name, make_sampler(task.sampler, task.seed + number), pruner)
        trial = study.ask()
        trial.set_user_attr(WORKER, worker)
        try:
            for key, distribution in distributions_of(task.space).items():
                trial._suggest(key, distribution)
            value = _value(task, trial, stop)
            trial.set_user_attr(SECONDS, round(time.monotonic() - begun, 2))
            study.tell(trial, value)
        except optuna.TrialPruned:
            trial.set_user_attr(SECONDS, round(time.monotonic() - begun, 2))
            study.tell(trial, state=TrialState.PRUNED)
        except (TrainingStoppedError, KeyboardInterrupt) as error:
            interrupt(study, study.get_trials(deepcopy=False)[trial.number])
            if isinstance(error, KeyboardInterrupt):
                raise
        except RnnForecastError as error:
            _fail(study, trial, str(error))
        except OUT_OF_MEMORY:
            _fail(study, trial, "out of memory; leave out the largest model.units of the range")
    return trial.number


def _never() -> bool:
    return False


def _fail(study: optuna.Study, trial: optuna.Trial, reason: str) -> None:
    trial.set_user_attr(FAILURE, reason)
    study.tell(trial, state=TrialState.FAIL)


def _value(task: Task, trial: optuna.Trial, stop: Callable[[], bool]) -> float:
    """Train and score on every fold, the earliest first; return the mean.

    What is reported to the pruner after an epoch is the mean of the best validation losses of the
    folds so far. All trials go through the same folds in the same order, so at the same step they
    have been through the same.

    Raises:
        optuna.TrialPruned: if the trial lags behind.
    """
    from rnnforecast.tuning.fit import fold_loss  # TensorFlow

    experiment = task.experiment_of(task.space.overrides(trial.params))
    steps = task.steps // len(task.folds)
    finished, best = list[float](), list[float]()
    for at, fold in enumerate(task.folds):
        losses = list[float]()

        def on_epoch(epoch: Epoch, at: int = at, losses: list[float] = losses) -> None:
            losses.append(epoch.val_loss)
            if task.by_epoch and epoch.member == 1:
                so_far = [*best, min(losses)]
                trial.report(sum(so_far) / len(so_far), at * steps + epoch.epoch)
                if trial.should_prune():
                    raise optuna.TrialPruned

        value = fold_loss(experiment, fold, task.metric, on_epoch, stop)
        finished.append(value)
        best.append(min(losses))
        trial.set_user_attr(FOLDS, finished)
        if not task.by_epoch:
            trial.report(sum(finished) / len(finished), at + 1)
            if trial.should_prune():
                raise optuna.TrialPruned
    return sum(finished) / len(finished)

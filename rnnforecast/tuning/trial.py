"""One trial: settings are proposed, trained on fold after fold, and scored or given up.

Importing this loads TensorFlow.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import optuna
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from rnnforecast.errors import RnnForecastError, TrainingStoppedError, UsageError
from rnnforecast.model.training.ensemble import Epoch
from rnnforecast.tuning import fit
from rnnforecast.tuning.pruning import compares_folds, make_pruner
from rnnforecast.tuning.sampling import SeededSampler
from rnnforecast.tuning.study import (
    FAILURE,
    FOLDS,
    SECONDS,
    WORKER,
    distributions_of,
    interrupt,
    open_storage,
    open_study,
    quiet_optuna,
)
from rnnforecast.tuning.task import Limits, Task


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
    stop = stop or _never
    with quiet_optuna():
        storage = open_storage(place)
        study = open_study(storage, name)
        if stop() or limits.reached(study):
            return None
        begun = time.monotonic()
        pruner = make_pruner(task.pruner, task.steps, len(task.folds))
        study = open_study(storage, name, SeededSampler(task.sampler, task.seed), pruner)
        trial = study.ask(distributions_of(task.space))
        trial.set_user_attr(WORKER, worker)
        try:
            value = _value(task, trial, stop)
            trial.set_user_attr(SECONDS, round(time.monotonic() - begun, 2))
            study.tell(trial, value)
        except optuna.TrialPruned:
            trial.set_user_attr(SECONDS, round(time.monotonic() - begun, 2))
            study.tell(trial, state=TrialState.PRUNED)
        except (TrainingStoppedError, KeyboardInterrupt) as error:
            interrupt(study, storage, study.get_trials(deepcopy=False)[trial.number])
            if isinstance(error, KeyboardInterrupt):
                raise
        except RnnForecastError as error:
            _fail(study, trial, str(error))
        except fit.OUT_OF_MEMORY:
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
    folds so far; after a fold, the mean of the values so far, or its own value for a pruner that
    compares folds in pairs. All trials go through the same folds in the same order, so at the same
    step they have been through the same.

    Raises:
        optuna.TrialPruned: if the trial lags behind.
    """
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
                _end_if_behind(trial)

        value = fit.fold_loss(experiment, fold, task.metric, on_epoch, stop)
        finished.append(value)
        best.append(min(losses))
        trial.set_user_attr(FOLDS, finished)
        if not task.by_epoch:
            mean = sum(finished) / len(finished)
            trial.report(value if compares_folds(task.pruner) else mean, at + 1)
            _end_if_behind(trial)
    return sum(finished) / len(finished)


def _end_if_behind(trial: optuna.Trial) -> None:
    """Ask the pruner, which may be a user's own.

    Raises:
        optuna.TrialPruned: if the trial lags behind.
        UsageError: if the pruner fails.
    """
    try:
        behind = trial.should_prune()
    except Exception as error:  # noqa: BLE001  (a user's own function)
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(f"the pruner failed ({reason})", "mend it, or use another") from None
    if behind:
        raise optuna.TrialPruned

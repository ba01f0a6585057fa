"""Studies: Optuna's record of the trials of a search, on disk or in a database."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import optuna
import pandas as pd
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from rnnforecast.atomic import open_regular
from rnnforecast.config.space import Dimension, Scalar, Space
from rnnforecast.errors import RunError, UsageError

TERMS, WORKER, FAILURE, FOLDS, SECONDS = "rnnforecast", "worker", "failure", "folds", "seconds"
"""Attributes of a study, and of its trials."""
NOT_RECORDED = ""
"""The pruner of a study that was begun before it was recorded."""
BEGINNING = b'{"op_code":'
"""The first bytes of every journal of Optuna's."""
INTERRUPTED = "interrupted"
"""Marks a trial that was not ended: it is tried again and does not count."""


@dataclass(frozen=True)
class Terms:
    """The meaning of the values of a study; those of another one are not comparable.

    Args:
        config: every setting that the search starts from, as YAML.
        space: of ``Space.to_dict``.
        metric: what is minimised.
        folds: how many.
        networks: in each trial, on each fold.
        digest: of the prices up to the end of the training part.
        until: the newest of these days.
        seed: of the search.
        pruner: what ends trials early, as ``describe_pruner`` puts it.
    """

    config: str
    space: Mapping[str, Any]
    metric: str
    folds: int
    networks: int
    digest: str
    until: str
    seed: int
    pruner: str = NOT_RECORDED


@dataclass(frozen=True)
class Trial:
    """One configuration that was tried.

    Args:
        number: from 0, the config that the search starts from.
        state: ``finished``, ``pruned``, ``failed``, ``interrupted`` or ``running``.
        value: mean over all folds; of a pruned one, None.
        params: the settings that were searched.
        folds: the value on each fold that was reached.
        seconds: that it took.
        failure: why it failed.
    """

    number: int
    state: Literal["finished", "pruned", "failed", "interrupted", "running"]
    value: float | None
    params: Mapping[str, Scalar]
    folds: tuple[float, ...] = ()
    seconds: float | None = None
    failure: str = ""


@contextmanager
def quiet_optuna() -> Iterator[None]:
    """Keep Optuna from speaking on its own within the block; afterwards it is as it was."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def open_storage(place: str | BaseStorage) -> BaseStorage:
    """Open where trials are kept.

    Args:
        place: an URL of a database that Optuna knows, or the path of its journal file.

    Raises:
        UsageError: if it cannot be opened.
    """
    if isinstance(place, BaseStorage):
        return place
    try:
        if "://" in place:
            return RDBStorage(place)
        repair_journal(Path(place))
        return JournalStorage(JournalFileBackend(place))
    except Exception as error:  # noqa: BLE001  (drivers fail in ways of their own)
        reason = str(error).strip().partition("\n")[0]
        raise UsageError(
            f"--storage {place} cannot be opened ({reason})",
            "name a file, or an URL such as sqlite:///trials.db, and install its driver",
        ) from None


def repair_journal(path: Path) -> None:
    """Take off what a full disk or a killed writer has left of a last line.

    The file is made if it is not there: Optuna would make it through a link.

    Raises:
        OSError: if it is a link or no file, or cannot be written.
        ValueError: if it is a file of something else, which stays as it is.
    """
    with open_regular(path) as file:
        content = file.read()
        if content[: len(BEGINNING)] != BEGINNING[: len(content)]:
            raise ValueError("it is no journal of trials")
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)


def create_study(storage: BaseStorage, name: str, terms: Terms) -> None:
    """Begin a study.

    Raises:
        UsageError: if there is one of that name.
    """
    try:
        study = optuna.create_study(storage=storage, study_name=name, direction="minimize")
    except optuna.exceptions.DuplicatedStudyError:
        raise UsageError(
            f"there is a study {name} already", "continue with --resume, or choose another --name"
        ) from None
    study.set_user_attr(TERMS, json.dumps(asdict(terms)))


def read_terms(storage: BaseStorage, name: str) -> Terms:
    """Return what the values of a study mean.

    Raises:
        RunError: if there is no such study, or another program has made it.
    """
    try:
        attributes = optuna.load_study(storage=storage, study_name=name).user_attrs
        return Terms(**json.loads(attributes[TERMS]))
    except KeyError:
        known = optuna.get_all_study_names(storage)
        hint = f"there is: {', '.join(known[:10])}" if known else "begin one without --resume"
        raise RunError(f"no study is called {name}", hint) from None
    except TypeError:
        raise RunError(f"study {name} is of another version", "choose another --name") from None


def open_study(
    storage: BaseStorage, name: str, sampler: optuna.samplers.BaseSampler | None = None,
    pruner: optuna.pruners.BasePruner | None = None,
) -> optuna.Study:  # fmt: skip
    """Open a study that has been created."""
    return optuna.load_study(storage=storage, study_name=name, sampler=sampler, pruner=pruner)


def distributions_of(space: Space) -> dict[str, BaseDistribution]:
    """Return what Optuna draws each setting from."""
    return {item.key: _distribution(item) for item in space}


def _distribution(item: Dimension) -> BaseDistribution:
    match item.kind:
        case "choice":
            return CategoricalDistribution(item.labels)
        case "int":
            step = int(item.step or 1)
            high = int(item.low) + (int(item.high) - int(item.low)) // step * step
            return IntDistribution(int(item.low), high, log=item.log, step=step)
        case "float":
            return FloatDistribution(item.low, _last(item), log=item.log, step=item.step)


def _last(item: Dimension) -> float:
    """Return the largest number that steps from the smallest one reach."""
    if item.step is None:
        return item.high
    return item.low + int((item.high - item.low) / item.step + 1e-9) * item.step


def tidy(study: optuna.Study, storage: BaseStorage, worker: str) -> int:
    """Mark trials that a killed process has left, and let them be tried again.

    Args:
        study: that nobody else here works on.
        storage: where it is kept.
        worker: whose trials are left over if they are running.

    Returns:
        how many there were.
    """
    left = [
        trial
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        if trial.user_attrs.get(WORKER) == worker
    ]
    for trial in left:
        interrupt(study, storage, trial)
    return len(left)


def interrupt(study: optuna.Study, storage: BaseStorage, trial: FrozenTrial) -> None:
    """Mark a trial as not ended, and put its settings first in the queue."""
    study_id = storage.get_study_id_from_name(study.study_name)
    trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, trial.number)
    storage.set_trial_user_attr(trial_id, INTERRUPTED, True)
    study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
    if trial.params:
        study.enqueue_trial(dict(trial.params), skip_if_exists=False)


def trials_of(study: optuna.Study) -> list[Trial]:
    """Return every trial that has begun, in order."""
    waiting = TrialState.WAITING
    return [_trial(item) for item in study.get_trials(deepcopy=False) if item.state != waiting]


def ended(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that count: all but those that were interrupted or are running."""
    return [trial for trial in trials if trial.state in ("finished", "pruned", "failed")]


def best_of(trials: Sequence[Trial]) -> Trial | None:
    """Return the finished trial of the lowest value, the first one of equals."""
    finished = [trial for trial in trials if trial.state == "finished"]
    return min(finished, key=lambda trial: trial.value or 0.0) if finished else None


def _trial(item: FrozenTrial) -> Trial:
    states: dict[TrialState, Any] = {
        TrialState.COMPLETE: "finished", TrialState.PRUNED: "pruned",
        TrialState.FAIL: INTERRUPTED if item.user_attrs.get(INTERRUPTED) else "failed",
    }  # fmt: skip
    state = states.get(item.state, "running")
    return Trial(
        item.number,
        state,
        item.value if state == "finished" else None,
        item.params,
        tuple(item.user_attrs.get(FOLDS, ())),
        item.user_attrs.get(SECONDS),
        item.user_attrs.get(FAILURE, ""),
    )


def trial_table(trials: Sequence[Trial]) -> pd.DataFrame:
    """Return one row for each trial: number, state, value, seconds, failure, the value on each
    fold, and a column for each setting."""
    rows = []
    for trial in trials:
        folds = {f"fold_{at}": value for at, value in enumerate(trial.folds, 1)}
        own = {"trial": trial.number, "state": trial.state, "value": trial.value}
        more = {"seconds": trial.seconds, "failure": trial.failure}
        rows.append({**own, **trial.params, **folds, **more})
    table = pd.DataFrame(rows, columns=None if rows else ["trial", "state", "value"])
    return table.astype({"value": float})


def importances(study: optuna.Study) -> dict[str, float]:
    """Return each setting's share in the variance of the value, the largest first (fANOVA).

    Empty where fewer than four finished trials, or equal values, tell nothing.

    Source: Hutter, Hoos & Leyton-Brown, ICML 2014; Optuna's own forest.
    """
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(finished) < 4 or len({trial.value for trial in finished}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    try:
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
        return {name: float(share) for name, share in shares.items()}
    except (RuntimeError, ValueError):  # all trials have the same settings
        return {}

"""A whole search: from a config with a space to the best settings that were found."""

from __future__ import annotations

import hashlib
import math
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from numbers import Integral

import pandas as pd
from optuna.storages import BaseStorage, InMemoryStorage

from rnnforecast.cluster import on_cluster
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import dump, with_settings
from rnnforecast.config.searched import Searched
from rnnforecast.config.space import Scalar, Space
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import RunError, UsageError
from rnnforecast.parallel import spread
from rnnforecast.pipeline.plan import make_plan
from rnnforecast.pipeline.trained_model import Plan
from rnnforecast.tuning.folds import SearchFold, search_folds
from rnnforecast.tuning.losses import Metric, check_metric
from rnnforecast.tuning.pruning import Pruner, check_pruner, describe_pruner
from rnnforecast.tuning.sampling import Sampler, check_sampler
from rnnforecast.tuning.study import (
    NOT_RECORDED,
    Terms,
    Trial,
    best_of,
    create_study,
    ended,
    importances,
    open_storage,
    open_study,
    quiet_optuna,
    read_terms,
    tidy,
    trial_table,
    trials_of,
)
from rnnforecast.tuning.task import Limits, Task

MOST_FOLDS = 10


@dataclass(frozen=True)
class Options:
    """The settings of a search.

    Args:
        trials: how many configurations in all.
        timeout: seconds after which no further one begins; None knows no end.
        metric: what is minimised.
        folds: stretches of the training part on which each is scored.
        networks: of each trial on each fold.
        workers: trials at a time, each in a process of its own; one runs here.
        sampler: what proposes settings.
        pruner: what ends trials that lag behind: one of Optuna's by its name, or an object.
        seed: of the proposals; by default ``training.seed``.

    Raises:
        UsageError: if a number is out of range.
    """

    trials: int = 50
    timeout: float | None = None
    metric: Metric = "crps"
    folds: int = 3
    networks: int = 1
    workers: int = 1
    sampler: Sampler = "tpe"
    pruner: Pruner = "median"
    seed: int | None = None

    def __post_init__(self) -> None:
        most = {"trials": 100_000, "folds": MOST_FOLDS, "networks": 100, "workers": 1000}
        for name, top in most.items():
            value = getattr(self, name)
            if not isinstance(value, Integral) or not 1 <= int(value) <= top:
                raise UsageError(f"--{name} is {value!r}", f"it must be between 1 and {top:,}")
        if self.timeout is not None and not (self.timeout > 0 and math.isfinite(self.timeout)):
            raise UsageError(f"--timeout is {self.timeout:g}", "it must be more than 0 seconds")
        check_sampler(self.sampler, self.seed)
        check_pruner(self.pruner, self.folds)


@dataclass(frozen=True, eq=False)
class Study:
    """The place where the trials of a search are kept.

    Args:
        name: of the study.
        place: an URL, the path of a journal, or a storage in memory.
        resume: whether it has been begun before.
        worker: who works on it here.
    """

    name: str
    place: str | BaseStorage = field(default_factory=InMemoryStorage)
    resume: bool = False
    worker: str = field(default_factory=socket.gethostname)


@dataclass(frozen=True)
class Listener:
    """The functions by which a caller hears of a search.

    Args:
        on_trial: called with each trial that has ended, and the best one so far.
        stop: asked several times a second whether to end, keeping what has ended.
        note: called with what a person should know.
    """

    on_trial: Callable[[Trial, Trial | None], None] = lambda trial, best: None
    stop: Callable[[], bool] = lambda: False
    note: Callable[[str], None] = lambda text: None


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The result of a search.

    Args:
        study: its name.
        start: the settings that it started from.
        space: which of them were searched.
        terms: what the values mean.
        trials: every configuration that was tried.
        importances: each setting's share in the variance of the value, the largest first.
        stopped: whether it was asked to end before its time.
    """

    study: str
    start: Experiment
    space: Space
    terms: Terms
    trials: tuple[Trial, ...]
    importances: Mapping[str, float]
    stopped: bool = False

    @property
    def table(self) -> pd.DataFrame:
        """One row for each trial; see ``trial_table``."""
        return trial_table(self.trials)

    @property
    def best_trial(self) -> Trial:
        """The finished trial of the lowest value.

        Raises:
            RunError: if none has finished.
        """
        best = best_of(self.trials)
        if best is not None:
            return best
        reasons = [trial.failure for trial in self.trials if trial.failure]
        why = f": {reasons[0]}" if reasons else ""
        count = len(ended(self.trials))
        raise RunError(
            f"none of {count} trials of study {self.study} has finished{why}",
            "continue with --resume and more --trials",
        )

    @property
    def start_trial(self) -> Trial | None:
        """The finished trial of the settings that the search started from, if there is one."""
        own = self.space.stored(self.start)
        same = [
            trial
            for trial in self.trials
            if trial.state == "finished" and dict(trial.params) == own
        ]
        return same[0] if same else None

    @property
    def best(self) -> Experiment:
        """The settings of the best trial, which say that they were searched for.

        The trials of an earlier search that found the start count as well.
        """
        trial, start = self.best_trial, self.start_trial
        earlier = 0 if self.start.searched is None else self.start.searched.trials
        chosen = with_settings(self.start, self.space.overrides(trial.params))
        searched = Searched(
            study=self.study,
            trials=earlier + len(ended(self.trials)),
            finished=sum(tried.state == "finished" for tried in self.trials),
            metric=self.terms.metric,
            value=float(trial.value or 0.0),
            start_value=None if start is None else start.value,
            folds=self.terms.folds,
            until=self.terms.until,
        )
        return chosen.model_copy(update={"searched": searched})

    def changes(self, trial: Trial) -> dict[str, tuple[Scalar, Scalar]]:
        """Return the settings in which a trial differs from the start: before, and there."""
        own = self.space.stored(self.start)
        return {key: (own[key], value) for key, value in trial.params.items() if own[key] != value}


def search(
    experiment: Experiment,
    space: Space,
    series: Sequence[Series],
    options: Options = Options(),
    study: Study | None = None,
    listener: Listener = Listener(),
) -> SearchResult:
    """Look for better settings on folds of the training part.

    Neither the validation part, which calibrates what is trained by them, nor the test part, which
    judges it, is seen by any trial: the folds have no bars that new.

    Args:
        experiment: the settings to start from, which are tried first.
        space: which of them are searched.
        series: the bars of each of its symbols.
        options: how to search.
        study: where trials are kept; by default in memory.
        listener: is called with what happens.

    Raises:
        UsageError: if nothing can be searched, or a study to go on with is of other settings.
        DataError: if the prices are too few or unfit.
    """
    study = study or Study("search")
    if not len(space):
        raise UsageError(
            "the config has no section tune, so there is nothing to search",
            "begin with a preset, or add ranges: --set 'tune.model.units=[16, 32, 64]'",
        )
    if on_cluster() and not (isinstance(study.place, str) and "://" in study.place):
        raise UsageError(
            "the workers of a cluster share no disk with this machine",
            "keep the trials in a database that all reach: --storage postgresql://...",
        )
    check_metric(options.metric, experiment.window.quantity)
    plan = make_plan(experiment, series)  # what train would refuse is refused now
    scored = _scored(experiment, plan)
    folds = search_folds(scored, plan.series, options.folds, options.metric)
    seed = experiment.training.seed if options.seed is None else options.seed
    terms = Terms(
        dump(experiment), space.to_dict(), options.metric, options.folds, options.networks,
        _digest(folds[-1]), str(_newest(folds[-1])), seed, describe_pruner(options.pruner),
    )  # fmt: skip
    task = Task(
        scored, space, tuple(folds), options.metric, options.networks,
        options.sampler, options.pruner, seed,
    )  # fmt: skip
    with quiet_optuna():
        storage = open_storage(study.place)
        _begin(storage, study, terms, task, listener)
        stopped = _run(task, study, options, listener)
        opened = open_study(storage, study.name)
        return SearchResult(
            study.name, experiment, space, terms, tuple(trials_of(opened)), importances(opened),
            stopped,
        )  # fmt: skip


def _scored(experiment: Experiment, plan: Plan) -> Experiment:
    """Return the experiment on the symbols that are scored: trials are compared by these alone, and
    learn from them."""
    names = {"symbol": plan.symbols, "teachers": (), "skip_unfit": False}
    return experiment.model_copy(update={"data": experiment.data.model_copy(update=names)})


def _begin(
    storage: BaseStorage, study: Study, terms: Terms, task: Task, listener: Listener
) -> None:
    """Create a study whose first trial is the start, or check one that is continued."""
    if not study.resume:
        create_study(storage, study.name, terms)
        open_study(storage, study.name).enqueue_trial(task.space.stored(task.experiment))
        return
    before = read_terms(storage, study.name)
    for setting, words in _NAMES.items():
        if getattr(before, setting) != getattr(terms, setting):
            raise UsageError(
                f"study {study.name} was begun with {words}; values do not compare",
                "search by the same, or begin another study with --name",
            )
    if before.pruner not in (terms.pruner, NOT_RECORDED):
        raise UsageError(
            f"study {study.name} was begun with --pruner {before.pruner}, not {terms.pruner}",
            "search by the same, or begin another study with --name",
        )
    left = tidy(open_study(storage, study.name), storage, study.worker)
    if left:
        listener.note(f"{left} trial{'' if left == 1 else 's'} had been interrupted; tried again")


_NAMES = {
    "config": "other settings",
    "space": "another section tune",
    "metric": "another --metric",
    "folds": "other --folds",
    "networks": "other --networks",
    "digest": "other prices",
}
"""What sets two searches apart, in words."""


def _run(task: Task, study: Study, options: Options, listener: Listener) -> bool:
    """Run trials until there are enough; return whether the search was asked to stop."""
    # only now that the prices are known to suit: TensorFlow takes seconds to load
    from rnnforecast.tuning.trial import run_trial

    until = None if options.timeout is None else time.time() + options.timeout
    limits = Limits(options.trials, until)
    opened = open_study(open_storage(study.place), study.name)
    own = (task, study.place, study.name, study.worker, limits)
    if options.workers == 1 and not on_cluster():
        numbers: Iterator[int | None] = iter(lambda: run_trial(*own, listener.stop), None)
    else:
        jobs = [()] * max(0, options.trials - len(ended(trials_of(opened))))
        workers = None if on_cluster() else options.workers
        numbers = spread(run_trial, jobs, workers, shared=own, should_stop=listener.stop)
    try:
        for number in numbers:
            if number is not None:
                trials = trials_of(opened)
                listener.on_trial(trials[number], best_of(trials))
            if listener.stop():
                break
    except (KeyboardInterrupt, RunError):  # Ctrl-C ends the workers, too
        if not listener.stop():
            raise
    if listener.stop():
        tidy(opened, open_storage(study.place), study.worker)
    return listener.stop()


def _digest(fold: SearchFold) -> str:
    """Return what tells the prices of a search from all others."""
    digests = [bars.history.digest() for bars in fold.series]
    digests += [other.digest() for bars in fold.series for other in bars.exogenous.values()]
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:16]


def _newest(fold: SearchFold) -> date:
    """Return the newest day that any trial sees."""
    return max(bars.history.last for bars in fold.series).date()

"""Several configs under one fair setting: trained, evaluated and put into one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import dump, load, with_settings
from rnnforecast.data.store import Store
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import RunError, UsageError
from rnnforecast.evaluation.contest import Contestant, contest_table
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.plan import make_plan, stored
from rnnforecast.pipeline.report import write_report
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import Hooks, train_run
from rnnforecast.pipeline.trained_model import Plan
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_table, read_experiment

SEEDS = 3
"""Networks of each config, so that the table can say what is luck of the seed."""
FAIR = ("pool=[network]", "model.location=learned")
"""What every contestant has in common: it answers alone, and its median is its own."""
MOST = 20
"""Configs of one contest."""


@dataclass(frozen=True)
class Watcher:
    """Callbacks of a contest.

    Args:
        training: gives the hooks under which a config is trained.
        evaluating: gives the function that hears how far its evaluation is.
        done: called with a config's name, its run, and whether it had been there already.
    """

    training: Callable[[str, Experiment], AbstractContextManager[Hooks]] = field(
        default=lambda name, experiment: nullcontext(Hooks())
    )
    evaluating: Callable[[str], AbstractContextManager[Callable[[str, int, int], None]]] = field(
        default=lambda name: nullcontext(lambda stage, done, total: None)
    )
    done: Callable[[str, Run, bool], None] = field(default=lambda name, run, known: None)


@dataclass(frozen=True, eq=False)
class Contest:
    """Several trained and evaluated runs under one setting.

    Args:
        runs: by the config's name.
        table: of ``contest_table``.
    """

    runs: dict[str, Run]
    table: pd.DataFrame


def fair_experiments(
    configs: Sequence[str], settings: Sequence[str] = (), seeds: int | None = None
) -> dict[str, Experiment]:
    """Return each config's network under one setting, by the config's name.

    Prices, window, split, training and calibration are the same for all: the defaults, with the
    longest lookback of these configs, changed by ``settings``. Only ``model`` is each one's own.

    Args:
        configs: presets or YAML files.
        settings: overrides, ``key=value``, for all of them.
        seeds: networks of each; by default ``SEEDS``, unless the settings say.

    Raises:
        UsageError: if there are fewer than two, one is named twice, or a setting is wrong.
    """
    chosen = {Path(config).stem: load(config) for config in configs}
    noun = "config" if len(chosen) == 1 else "configs"
    if not 1 < len(chosen) == len(configs) <= MOST:
        raise UsageError(
            f"--train {','.join(configs)} names {len(chosen)} different {noun}",
            f"name 2 to {MOST}, such as --train rnn,lstm,gru",
        )
    lookback = max(experiment.window.lookback for experiment in chosen.values())
    common = [f"training.ensemble={SEEDS}", f"window.lookback={lookback}", *FAIR, *settings]
    common += [] if seeds is None else [f"training.ensemble={seeds}"]
    return {
        name: with_settings(Experiment().model_copy(update={"model": own.model}), common)
        for name, own in chosen.items()
    }


def hold_contest(
    experiments: dict[str, Experiment],
    store: Store,
    root: Path,
    watcher: Watcher,
    argv: Sequence[str] = (),
) -> Contest:
    """Train and evaluate each experiment as a run of its own.

    A run that is there already, with the same settings, prices and code, is not trained again, so
    a contest that was interrupted goes on where it stopped.

    Args:
        experiments: of ``fair_experiments``, all on one symbol.
        store: that has the prices.
        root: folder of the runs.
        watcher: callbacks for progress.
        argv: the command line, for the manifests.

    Raises:
        UsageError: if there is more than one symbol.
        DataError: if the prices are not stored, too few or unfit.
    """
    first = next(iter(experiments.values()))
    if len(first.data.symbol) > 1:
        raise UsageError(
            f"{first.data.title}: a contest is on one symbol", "name one: --symbol BTC-USD"
        )
    series = stored(first, store)
    plans = {name: make_plan(experiment, series) for name, experiment in experiments.items()}
    chosen: dict[str, Run] = {}
    for name, plan in plans.items():
        known = _trained_before(root, plan)
        run = known or _train(name, experiments[name], series, root, watcher, argv)
        if not run.has(runs.SCORES):
            with watcher.evaluating(name) as tell:
                evaluate(run, Request(tell=tell))
                write_report(run)
        watcher.done(name, run, known is not None)
        chosen[name] = run
    return Contest(chosen, contest_table([contestant(name, run) for name, run in chosen.items()]))


def _train(
    name: str,
    experiment: Experiment,
    series: Sequence[Series],
    root: Path,
    watcher: Watcher,
    argv: Sequence[str],
) -> Run:
    label = f"{experiment.data.title.lstrip('^').replace(' ', '-')}_{name}_fair"
    with watcher.training(name, experiment) as hooks:
        run = train_run(experiment, series, root, label=label, argv=argv, hooks=hooks)
    if run.manifest.interrupted:
        raise RunError(
            f"the training of {name} was stopped; run {run.name} holds the best so far",
            "the same command continues with the others and trains this one again",
        )
    return run


def _trained_before(root: Path, plan: Plan) -> Run | None:
    """Return the newest whole run with these settings, prices and code; None if there is none."""
    wanted, config = plan.manifest, dump(plan.experiment)
    for run in reversed(runs.all_runs(root)):
        try:
            manifest = run.manifest
            same = (manifest.data.digest, manifest.code) == (wanted.data.digest, wanted.code)
            if same and not manifest.interrupted and run.read(runs.CONFIG) == config:
                return run
        except RunError:  # what is wrong with another run is not this contest's matter
            continue
    return None


def contestant(name: str, run: Run) -> Contestant:
    """Read an evaluated run as a row of the table.

    Args:
        name: of its config.
        run: on one symbol.

    Raises:
        RunError: if it is not evaluated, or damaged.
    """
    scores, manifest = load_table(run, runs.SCORES), run.manifest
    if scores is None:
        raise RunError(f"run {run.name} is not evaluated", f"run: rnnforecast evaluate {run.name}")
    return Contestant(
        name,
        read_experiment(run).model.architecture,
        len(manifest.seeds),
        manifest.parameters,
        manifest.training_seconds,
        scores,
        load_table(run, runs.SEEDS),
        run.name,
    )

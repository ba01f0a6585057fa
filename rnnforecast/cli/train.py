"""``train``: a config and stored prices to a run."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, notes, say, warn, warn_on_failure
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.epochs import show_epochs
from rnnforecast.cli.options import (
    AllowBad,
    Cluster,
    Config,
    Device,
    OtherSymbols,
    Overrides,
    SkipUnfit,
    SymbolsFile,
    SymbolWords,
    check_words,
    instead,
    listed,
    settings_from,
    shortcut,
    use_device,
)
from rnnforecast.cli.signals import INTERRUPTED, stoppable
from rnnforecast.cluster import cluster as on_cluster_at
from rnnforecast.errors import UsageError
from rnnforecast.workers import FITS, WORTH_STARTING, expect

if TYPE_CHECKING:
    from rnnforecast.config.experiment import Experiment
    from rnnforecast.pipeline.train import Hooks
    from rnnforecast.pipeline.trained_model import Plan
    from rnnforecast.runs import Run


RUN, SEEDS = "The run", "Seeds"


@app.command()
def train(
    context: typer.Context,
    words: SymbolWords = None,
    config: Config = "gru",
    symbols: OtherSymbols = None,
    symbols_file: SymbolsFile = None,
    overrides: Overrides = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Suffix of the run's name, after symbol and preset.",
            rich_help_panel=RUN,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Seed of the first network (training.seed).", rich_help_panel=SEEDS
        ),
    ] = None,
    deterministic: Annotated[
        bool,
        typer.Option(
            "--deterministic",
            help="Get bit-identical weights, on a GPU too.",
            rich_help_panel=SEEDS,
        ),
    ] = False,
    allow_bad: AllowBad = False,
    skip_unfit: SkipUnfit = False,
    horizon: Annotated[int | None, shortcut("window.horizon", "Bars to forecast")] = None,
    lookback: Annotated[
        int | None, shortcut("window.lookback", "Bars each forecast looks back")
    ] = None,
    target: Annotated[str | None, shortcut("window.target", "What to forecast", "TARGET")] = None,
    features: Annotated[
        str | None, shortcut("window.features", "Inputs, separated by commas", "NAMES")
    ] = None,
    architecture: Annotated[
        str | None, shortcut("model.architecture", "Kind of network", "NAME")
    ] = None,
    units: Annotated[
        str | None, shortcut("model.units", "Units of each layer: 64, or 64,32")
    ] = None,
    epochs: Annotated[int | None, shortcut("training.epochs", "Maximum number of epochs")] = None,
    batch_size: Annotated[int | None, shortcut("training.batch_size", "Windows per batch")] = None,
    learning_rate: Annotated[
        float | None, shortcut("training.learning_rate", "Learning rate", "RATE")
    ] = None,
    ensemble: Annotated[
        int | None,
        shortcut("training.ensemble", "Networks to train and average, each from its own seed"),
    ] = None,
    tensorboard: Annotated[
        bool,
        typer.Option(
            "--tensorboard", help="Write a TensorBoard log into the run.", rich_help_panel=RUN
        ),
    ] = False,
    continued: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="Warm start: continue training the networks of a run on the newest stored prices, "
            "or on other symbols, with its config, for at most 20 epochs.",
            autocompletion=completion.run_names,
            rich_help_panel=RUN,
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Resume an interrupted training; other options are ignored.",
            autocompletion=completion.unfinished,
            rich_help_panel=RUN,
        ),
    ] = None,
    cluster: Cluster = None,
    device: Device = None,
) -> None:
    """Train networks on stored prices.

    \b
    For example:
      rnnforecast train BTC-USD --config lstm
      rnnforecast train --symbol AAPL --symbol MSFT --symbol NVDA
      rnnforecast train --from AAPL_gru
      rnnforecast train --from SP500_panel --symbol AAPL

    Ctrl-C stops the training at once and keeps the best weights so far, if an epoch has finished;
    a second Ctrl-C discards the run.
    """
    from rnnforecast.pipeline.price_checks import run_notes, run_price_notes

    settings = settings_of(context)
    if tensorboard and find_spec("tensorboard") is None:
        raise UsageError(
            "--tensorboard needs a package that is not installed",
            "pip install 'rnnforecast[tensorboard]'",
        )
    chosen = [*(overrides or []), *([f"training.seed={seed}"] if seed is not None else [])]
    chosen += ["training.deterministic=true"] if deterministic else []
    chosen += ["data.allow_bad=true"] if allow_bad else []
    chosen += ["data.skip_unfit=true"] if skip_unfit else []
    chosen += settings_from(context)
    check_words(words, settings)
    use_device(device, cluster)
    with on_cluster_at(cluster):
        if resume is not None:
            run = _resume(settings, resume, tensorboard)
        elif continued is not None:
            named = context.get_parameter_source("config")
            if named and named.name != "DEFAULT":
                raise UsageError(
                    f"--from {continued} continues with that run's config",
                    "leave out --config; change settings with --set",
                )
            asked = listed([*(words or []), *(symbols or [])], symbols_file)
            chosen += instead(asked, settings)
            chosen += ["data.teachers=[]"] if asked else []
            run = _continue(settings, continued, chosen, name, tensorboard=tensorboard)
        else:
            run = train_run(
                settings,
                config,
                listed([*(words or []), *(symbols or [])], symbols_file),
                chosen,
                name,
                tensorboard=tensorboard,
            )
    if settings.json:
        warnings = [*run_price_notes(run), *run_notes(run)]
        document(
            {
                "schema": 1,
                "run": run.name,
                "path": str(run.path),
                **run.manifest.to_dict(),
                "warnings": warnings,
            }
        )
    else:
        say(f"run {run.name}")
        note("next: rnnforecast predict --plot, then rnnforecast evaluate", settings)


def train_run(
    settings: Settings,
    config: str,
    symbols: list[str] | None,
    overrides: list[str],
    name: str | None = None,
    *,
    tensorboard: bool = False,
) -> Run:
    """Train and report, with progress on stderr."""
    from rnnforecast.config import load
    from rnnforecast.config.types import AUTO
    from rnnforecast.dataset.automatic import describe_inputs
    from rnnforecast.pipeline.train import train_plan
    from rnnforecast.runs.artifacts import read_experiment

    experiment = load(config, [*overrides, *instead(symbols, settings)])
    plan = _plan(settings, experiment)
    label = f"{plan.experiment.data.label}_{_stem(config)}"
    label = f"{label}_{name}" if name else label
    with progress_hooks(settings, experiment, tensorboard) as hooks:
        run = train_plan(plan, settings.runs, label=label, hooks=hooks)
    del plan  # a million bars take 250 MB, and the report reads what it needs from the run
    if experiment.window.features == AUTO:
        note(describe_inputs(read_experiment(run)), settings)
    return _report(settings, run, interrupted=hooks.stop())


def _plan(settings: Settings, experiment: Experiment) -> Plan:
    """Prepare what is learned from, and say what there is to know about the prices."""
    from rnnforecast.config.types import AUTO

    if len(experiment.data.learned) >= WORTH_STARTING:
        expect(*(FITS if experiment.pool == AUTO or "gjr" in experiment.pool else ()))
    from rnnforecast.pipeline.plan import losses, make_plan

    lines = list[str]()
    plan = make_plan(experiment, settings.store, sys.argv, lines.append)
    notes(lines, settings)
    for line in losses(plan):
        warn(f"warning: {line}")
    return plan


def _stem(config: str) -> str:
    """Return a config's name as a part of a run's name, whatever its file is called."""
    return re.sub(r"[^A-Za-z0-9.=&_-]+", "-", Path(config).stem).strip("-") or "config"


def _continue(
    settings: Settings, named: str, overrides: list[str], name: str | None, *, tensorboard: bool
) -> Run:
    """Go on with the networks of a run on the newest stored prices."""
    from rnnforecast import runs
    from rnnforecast.config import load
    from rnnforecast.pipeline.train import train_plan
    from rnnforecast.pipeline.warm import warm_overrides
    from rnnforecast.runs.artifacts import load_experiment

    run = runs.find(settings.runs, named).run
    old = load_experiment(run)
    short = warm_overrides(old)
    experiment = load(str(run.path / runs.CONFIG), [*short, *overrides])
    label = runs.label_of(run)
    if experiment.data.symbol != old.data.symbol:
        label = f"{experiment.data.label}_{label.removeprefix(f'{old.data.label}_')}"
    label = f"{label}_{name}" if name else label
    plan = _plan(settings, experiment)
    note(f"continuing {run.name}, which has seen prices up to {run.manifest.data.last}", settings)
    with progress_hooks(settings, experiment, tensorboard) as hooks:
        continued = train_plan(plan, settings.runs, label=label, hooks=hooks, continues=run)
    del plan
    return _report(settings, continued, interrupted=hooks.stop())


def _resume(settings: Settings, name: str, tensorboard: bool) -> Run:
    """Go on with a training that was killed."""
    from rnnforecast import runs
    from rnnforecast.pipeline.train import resume
    from rnnforecast.runs.artifacts import load_experiment

    experiment = load_experiment(runs.find_unfinished(settings.runs, name))
    with progress_hooks(settings, experiment, tensorboard) as hooks:
        run = resume(settings.runs, name, hooks)
    return _report(settings, run, interrupted=hooks.stop())


def _report(settings: Settings, run: Run, *, interrupted: bool) -> Run:
    """Write the report, and say what was trained and what there is to worry about.

    Args:
        settings: the global options.
        run: which.
        interrupted: whether a signal has stopped the training.

    Raises:
        typer.Exit: if a signal has stopped the training; the run is there, without a report.
    """
    from rnnforecast.pipeline.price_checks import run_notes
    from rnnforecast.pipeline.report import write_report
    from rnnforecast.runs.artifacts import read_experiment

    if interrupted:
        note("interrupted: the run holds the best so far", settings)
        note(f"its report is not written; run: rnnforecast report {run.name}", settings)
        raise typer.Exit(INTERRUPTED)
    lines = run_notes(run)  # before matplotlib is loaded: both need the bars, of which may be many
    with warn_on_failure("the report could not be written"):
        write_report(run)
    notes(lines, settings)
    manifest = run.manifest
    count = len(manifest.seeds)
    outcomes = manifest.splits["train"].windows * read_experiment(run).window.horizon
    note(
        f"trained {count} network{'' if count == 1 else 's'} of {manifest.parameters:,} parameters",
        settings,
    )
    if manifest.parameters > outcomes:
        many = f"{manifest.parameters:,} parameters learn from {outcomes:,} outcomes"
        note(f"{many}: the network may memorize them", settings)
    for part in run.parts:
        for name, why in part.manifest.left_out.items():
            note(f"the pool is without {name}: {why}", settings)
    return run


def _warn(problem: str) -> None:
    warn(f"warning: {problem}")


@contextmanager
def progress_hooks(
    settings: Settings, experiment: Experiment, tensorboard: bool = False
) -> Iterator[Hooks]:
    """Show progress on stderr; the first Ctrl-C asks the training to stop,
    the second one stops the program."""
    from rnnforecast.pipeline.train import Hooks

    def say_so() -> None:
        note("stopping with the best so far; press Ctrl-C again to discard the run", settings)

    with stoppable(say_so) as stop, show_epochs(settings, experiment) as on_epoch:
        yield Hooks(on_epoch, stop, _warn, tensorboard)

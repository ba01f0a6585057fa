"""``train``: a config and stored prices to a run."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli.console import document, note, progress, say
from rnnforecast.cli.main import app
from rnnforecast.cli.settings import Settings, settings_of

if TYPE_CHECKING:
    from rnnforecast.config.experiment import Experiment
    from rnnforecast.model.training import Epoch
    from rnnforecast.runs import Run


@app.command()
def train(
    context: typer.Context,
    config: Annotated[str, typer.Option("--config", "-c", help="A YAML file, or the name of a preset.")] = "gru",
    symbol: Annotated[str | None, typer.Option(help="Train on this symbol instead of the config's.")] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: --set model.units=64")
    ] = None,
    name: Annotated[str | None, typer.Option(help="End of the run's name, after the time.")] = None,
) -> None:
    """Train networks on stored prices.

    For example: rnnforecast train --config lstm.yaml --symbol ^GSPC --set training.ensemble=1
    """
    settings = settings_of(context)
    run = train_run(settings, config, symbol, overrides or [], name)
    if settings.json:
        document({"schema": 1, "run": run.name, "path": str(run.path), **run.record()})
    else:
        say(f"run {run.name}")
        note("next: rnnforecast predict --plot, then rnnforecast evaluate", settings)


def train_run(
    settings: Settings, config: str, symbol: str | None, overrides: list[str], name: str | None = None
) -> Run:
    """Train and report, with progress on stderr."""
    from rnnforecast.config import load
    from rnnforecast.workflow import train, write_report

    chosen = [f'data.symbol="{symbol}"'] if symbol is not None else []
    experiment = load(config, [*overrides, *chosen])
    started = time.monotonic()
    label = name or f"{experiment.data.symbol.lstrip('^')}_{Path(config).stem}"
    with _epochs(settings, experiment) as on_epoch:
        run = train(experiment, settings.store, settings.runs, label=label, argv=sys.argv, on_epoch=on_epoch)
    write_report(run)
    count = experiment.training.ensemble
    trained = f"{count} network{'' if count == 1 else 's'}"
    note(f"trained {trained} in {time.monotonic() - started:.0f} s", settings)
    return run


@contextmanager
def _epochs(settings: Settings, experiment: Experiment) -> Iterator[Callable[[Epoch], None]]:
    """Shows each epoch on a terminal, and anywhere a line for each network when it is trained."""
    members, epochs = experiment.training.ensemble, experiment.training.epochs
    fit: list[Epoch] = []
    with progress(settings) as display:
        task = display.add_task("starting TensorFlow", total=None, detail="")

        def finish_member() -> None:
            if fit and not settings.quiet:
                best = min(fit, key=lambda epoch: epoch.val_loss)
                line = f"best validation loss {best.val_loss:.4f} in epoch {best.epoch} of {len(fit)}"
                display.console.print(f"network {best.member} of {members}: {line}", highlight=False)
            fit.clear()

        def show(epoch: Epoch) -> None:
            if epoch.epoch == 1:
                finish_member()
            fit.append(epoch)
            best = min(past.val_loss for past in fit)
            detail = f"loss {epoch.loss:.4f}  validation {epoch.val_loss:.4f}  best {best:.4f}"
            name = f"network {epoch.member} of {members}"
            display.update(task, description=name, total=epochs, completed=epoch.epoch, detail=detail)

        yield show
        finish_member()

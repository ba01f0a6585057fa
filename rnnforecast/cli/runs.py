"""``runs``: what has been trained: listed, shown, noted and removed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, narrow, note, say, table
from rnnforecast.cli.context import settings_of
from rnnforecast.cli.options import NewestRun, OneRun, SomeRuns
from rnnforecast.errors import UsageError
from rnnforecast.formatting import format_p, format_percent, format_price

if TYPE_CHECKING:
    from rnnforecast.runs.manifest import Manifest
    from rnnforecast.runs.summaries import Summary

runs_app = typer.Typer(
    name="runs", help="What has been trained: list, show, note, remove.", no_args_is_help=True
)
app.add_typer(runs_app)

NO_RUNS = "no runs yet; make one: rnnforecast train --config lstm.yaml"
LEFT_OUT = ("symbol", "network", "prices to", "CRPS")
"""What a narrow terminal has no room for; names hold most of it."""
ORDER = "name symbol architecture target verdict crps skill created"


@runs_app.command("list")
def list_runs(
    context: typer.Context,
    symbol: Annotated[
        str | None,
        typer.Option(help="Only runs on this symbol.", autocompletion=completion.symbols),
    ] = None,
    sort: Annotated[
        str, typer.Option(help=f"What to sort by: {ORDER}.", autocompletion=completion.words(ORDER))
    ] = "name",
    reverse: Annotated[bool, typer.Option("--reverse", help="From the end.")] = False,
    last: Annotated[int | None, typer.Option(min=1, help="Only so many, the last ones.")] = None,
) -> None:
    """List runs, oldest first.

    \b
    For example:
      rnnforecast runs list --symbol BTC-USD --sort skill
    """
    from rnnforecast.runs.summaries import summaries

    settings = settings_of(context)
    found = summaries(settings.runs, symbol, sort, reverse=reverse)[-(last or 0) :]
    if settings.json:
        document(
            {
                "schema": 1,
                "runs": [one.to_dict() for one in found],
                "unfinished": _unfinished(settings.runs),
            }
        )
        return
    if found:
        noted = any(one.note for one in found)
        rows = [{**_cells(one), **({"note": one.note} if noted else {})} for one in found]
        columns = [name for name in rows[0] if name not in LEFT_OUT or not narrow()]
        prose = ["symbol", "network", "prices to", "verdict", "note"]
        table(columns, [[row[name] for name in columns] for row in rows], prose=prose)
    else:
        say(
            NO_RUNS
            if symbol is None
            else f"no runs on {symbol}; make one: rnnforecast train --symbol {symbol}"
        )
    for name, training in _unfinished(settings.runs).items():
        state = (
            "in training"
            if training
            else f"unfinished; go on with: rnnforecast train --resume {name}"
        )
        note(f"{name}: {state}", settings)


def _cells(one: Summary) -> dict[str, str]:
    """A row of the list, by heading."""
    crps = "" if one.crps is None else format_price(one.crps)
    skill = "" if one.skill is None else format_percent(one.skill, signed=True)
    verdict = one.verdict or (
        "not evaluated" + (", training was stopped" if one.interrupted else "")
    )
    about = {
        "run": one.name,
        "symbol": one.symbol,
        "network": one.architecture,
        "prices to": one.last,
    }
    return {**about, "CRPS": crps, "skill": skill, "verdict": verdict}


def _unfinished(root: Path) -> dict[str, bool]:
    """Names of runs whose training has not ended, and whether it is going on."""
    from rnnforecast import runs

    return {runs.run_name(path): runs.is_training(path) for path in runs.unfinished(root)}


@runs_app.command()
def show(context: typer.Context, run: NewestRun = None) -> None:
    """Show a run: its data, splits, seeds, versions, config, verdict and files.

    \b
    For example:
      rnnforecast runs show BTC-USD_lstm
    """
    from rnnforecast import runs
    from rnnforecast.runs.artifacts import load_experiment
    from rnnforecast.runs.summaries import files_of, summarise

    settings = settings_of(context)
    found = runs.find(settings.runs, run)
    manifest, files, config = found.manifest, files_of(found), found.read(runs.CONFIG)
    summary = summarise(found)
    if settings.json:
        shown = {
            "path": str(found.path),
            "record": manifest.to_dict(),
            "config": load_experiment(found).model_dump(mode="json"),
        }
        document({"schema": 1, "summary": summary.to_dict(), **shown, "files": files})
        return
    for name, value in _facts(summary, manifest).items():
        say(f"{name:<11} {value}")
    say(f"{'files':<11} {len(files)} of {_size(sum(files.values()))} in {found.path}")
    for name, size in files.items():
        say(f"{'':<11} {name:<26} {_size(size):>8}")
    say("config")
    for line in config.rstrip().splitlines():
        say(f"  {line}")


def _facts(summary: Summary, manifest: Manifest) -> dict[str, str]:
    """What there is to know about a run, in words."""
    data, seeds = manifest.data, manifest.seeds
    versions = ", ".join(f"{name} {number}" for name, number in manifest.versions.items())
    parts: dict[str, str] = {
        name: f"{split.windows:,} windows, targets {split.first_target} to {split.last_target}"
        for name, split in manifest.splits.items()
    }
    score = f", CRPS {_skill(summary)} on naive" if summary.skill is not None else ""
    return {
        "run": summary.name,
        **({"note": summary.note} if summary.note else {}),
        "verdict": (summary.verdict or "not evaluated: rnnforecast evaluate " + summary.name)
        + score,
        "test part": f"looked at {summary.looks} time{'' if summary.looks == 1 else 's'}",
        "data": f"{data.symbol}, {data.rows:,} bars of {data.interval}, {data.first} to {data.last}",
        "digest": data.digest,
        **parts,
        "networks": f"{len(seeds)} {summary.architecture} of {manifest.parameters:,} parameters, "
        f"seeds {', '.join(map(str, seeds))}{', stopped before the end' if summary.interrupted else ''}",
        "trained": f"{manifest.created} on {manifest.device}, {manifest.platform}",
        "with": f"rnnforecast {manifest.rnnforecast}, Python {manifest.python}, {versions}",
        "by": " ".join(manifest.argv) or "the library",
    }


def _skill(summary: Summary) -> str:
    p = "" if summary.p is None else f", p {format_p(summary.p)}"
    return format_percent(summary.skill or 0.0, signed=True) + p


def _size(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


@runs_app.command("note")
def write_note(
    context: typer.Context,
    run: OneRun,
    text: Annotated[str, typer.Argument(help="In quotes; empty to take the note away.")],
) -> None:
    """Write a note on a run; lists show it.

    \b
    For example:
      rnnforecast runs note BTC-USD_lstm "wider window, did not help"
    """
    from rnnforecast import runs
    from rnnforecast.runs import summaries

    settings = settings_of(context)
    found = runs.find(settings.runs, run)
    summaries.write_note(found, text)
    if settings.json:
        document({"schema": 1, "run": found.name, "note": summaries.note_of(found)})
    else:
        say(f"{found.name}: {summaries.note_of(found) or 'no note'}")


@runs_app.command("rm")
def remove(
    context: typer.Context,
    names: SomeRuns,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs, for good; asks first.

    \b
    For example:
      rnnforecast runs rm 2025-01-01T09-00-00_BTC-USD_lstm
    """
    from rnnforecast import runs
    from rnnforecast.runs import summaries

    settings = settings_of(context)
    found = {run.name: run for run in (runs.find_run(settings.runs, name) for name in names)}
    if not yes:
        if settings.json or not sys.stdin.isatty():
            raise UsageError(
                f"nobody is there to be asked about {', '.join(found)}",
                "say so beforehand with --yes",
            )
        if not typer.confirm(f"Remove {', '.join(found)} for good?", err=True):
            note("nothing was removed", settings)
            return
    for run in found.values():
        summaries.remove(run)
        if not settings.json:
            say(f"removed {run.name}")
    if settings.json:
        document({"schema": 1, "removed": list(found)})

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
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import NewestRun, OneRun, RunsToRemove
from rnnforecast.errors import UsageError, printable
from rnnforecast.formatting import format_p, format_percent, format_price

if TYPE_CHECKING:
    from rnnforecast.runs.manifest import Manifest
    from rnnforecast.runs.summaries import Summary

runs_app = typer.Typer(
    name="runs", help="List, show, annotate, check and remove runs.", no_args_is_help=True
)
app.add_typer(runs_app)

NO_RUNS = "no runs yet; run: rnnforecast train --config lstm.yaml"
COLUMNS = ("run", "symbol", "network", "steps", "prices to", "CRPS", "skill", "verdict")
LEFT_OUT = ("symbol", "network", "steps", "prices to", "CRPS")
"""What a narrow terminal has no room for; names hold most of it."""
ORDER = "name symbol architecture target verdict crps skill created"


@runs_app.command("list")
def list_runs(
    context: typer.Context,
    symbol: Annotated[
        str | None,
        typer.Option(
            metavar="SYMBOL",
            help="Show only runs on this symbol.",
            autocompletion=completion.symbols,
        ),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help=f"Sort by: {ORDER}.",
            autocompletion=completion.words(ORDER),
        ),
    ] = "name",
    reverse: Annotated[bool, typer.Option("--reverse", help="Reverse the order.")] = False,
    last: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Show only the last N.")
    ] = None,
) -> None:
    """List runs, oldest first.

    \b
    For example:
      rnnforecast runs list --symbol BTC-USD --sort skill
    """
    from rnnforecast.runs.summaries import overview

    settings = settings_of(context)
    listed, damaged = overview(settings.runs, symbol, sort, reverse=reverse)
    listed = listed[-(last or 0) :]
    if settings.json:
        document(
            {
                "schema": 1,
                "runs": [summary.to_dict() for summary in listed],
                "unfinished": _unfinished(settings.runs),
                "damaged": {run.name: run.problem for run in damaged},
            }
        )
        return
    if listed or damaged:
        noted = any(summary.note for summary in listed)
        rows = [
            {**_cells(summary), **({"note": summary.note} if noted else {})} for summary in listed
        ]
        rows += [{"run": run.name, "verdict": f"damaged: {run.problem}"} for run in damaged]
        columns = [name for name in COLUMNS if name not in LEFT_OUT or not narrow()]
        columns += ["note"] if noted else []
        prose = ["symbol", "network", "prices to", "verdict", "note"]
        table(columns, [[row.get(name, "") for name in columns] for row in rows], prose=prose)
    else:
        say(
            NO_RUNS
            if symbol is None
            else f"no runs on {symbol}; run: rnnforecast train --symbol {symbol}"
        )
    for name, training in _unfinished(settings.runs).items():
        state = (
            "in training"
            if training
            else f"unfinished; continue with: rnnforecast train --resume {name}"
        )
        note(f"{name}: {state}", settings)


def _cells(summary: Summary) -> dict[str, str]:
    """Return a row of the list, by heading."""
    crps = "" if summary.crps is None else format_price(summary.crps)
    skill = "" if summary.skill is None else format_percent(summary.skill, signed=True)
    verdict = summary.verdict or (
        "not evaluated" + (", training was stopped" if summary.interrupted else "")
    )
    facts = {
        "run": summary.name,
        "symbol": summary.symbol,
        "network": summary.architecture,
        "steps": str(summary.steps or ""),
        "prices to": summary.last,
    }
    return {**facts, "CRPS": crps, "skill": skill, "verdict": verdict}


def _unfinished(root: Path) -> dict[str, bool]:
    """Return the names of runs whose training has not ended, and whether it is going on."""
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
    from rnnforecast.runs.artifacts import read_experiment
    from rnnforecast.runs.summaries import check, files_of, summarise

    settings = settings_of(context)
    chosen = find_named(settings, run)
    manifest, files, config = chosen.manifest, files_of(chosen), chosen.read(runs.CONFIG)
    summary, damaged = summarise(chosen), check(chosen.run)
    if settings.json:
        shown = {
            "path": str(chosen.path),
            "record": manifest.to_dict(),
            "config": read_experiment(chosen).model_dump(mode="json"),
        }
        files_and_damage = {"files": files, "damaged": damaged}
        document({"schema": 1, "summary": summary.to_dict(), **shown, **files_and_damage})
        return
    for name, value in _facts(summary, manifest).items():
        say(f"{name:<11} {value}")
    say(f"{'files':<11} {len(files)} of {_size(sum(files.values()))} in {chosen.path}")
    for name, size in files.items():
        say(f"{'':<11} {name:<26} {_size(size):>8}")
    for problem in damaged:
        say(f"{'':<11} damaged: {problem}")
    say("config")
    for line in config.rstrip().splitlines():
        say(f"  {line}")


def _facts(summary: Summary, manifest: Manifest) -> dict[str, str]:
    """Say what there is to know about a run."""
    data, seeds = manifest.data, manifest.seeds
    versions = ", ".join(f"{name} {number}" for name, number in manifest.versions.items())
    parts: dict[str, str] = {
        name: f"{split.windows:,} windows, targets {split.first_target} to {split.last_target}"
        for name, split in manifest.splits.items()
    }
    score = f", CRPS {_skill(summary)} vs naive" if summary.skill is not None else ""
    return {
        "run": summary.name,
        **({"note": summary.note} if summary.note else {}),
        "verdict": (summary.verdict or "not evaluated: rnnforecast evaluate " + summary.name)
        + score,
        "test part": f"looked at {summary.looks} time{'' if summary.looks == 1 else 's'}",
        "data": f"{data.symbol}, {data.rows:,} bars of {data.interval}, {data.first} to "
        f"{data.last}",
        "digest": data.digest,
        **parts,
        "networks": f"{len(seeds)} {summary.architecture} of {manifest.parameters:,} parameters, "
        f"seeds {', '.join(map(str, seeds))}"
        f"{', stopped before the end' if summary.interrupted else ''}",
        "trained": f"{manifest.created} on {manifest.device}, {manifest.platform}",
        "with": f"rnnforecast {manifest.rnnforecast}, Python {manifest.python}, {versions}",
        "by": " ".join(manifest.argv) or "the library",
    }


def _skill(summary: Summary) -> str:
    p = "" if summary.p is None else f", p {format_p(summary.p)}"
    return format_percent(summary.skill or 0.0, signed=True) + p


def _size(count: int) -> str:
    """Write a number of bytes as people read it."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


@runs_app.command("note")
def write_note(
    context: typer.Context,
    run: OneRun,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="The note, in quotes; empty to remove it.")
    ],
) -> None:
    """Write a note on a run; runs list shows it.

    \b
    For example:
      rnnforecast runs note BTC-USD_lstm "wider window, did not help"
    """
    from rnnforecast.runs import summaries

    settings = settings_of(context)
    chosen = find_named(settings, run)
    summaries.write_note(chosen, text)
    if settings.json:
        document({"schema": 1, "run": chosen.name, "note": summaries.note_of(chosen)})
    else:
        say(f"{chosen.name}: {summaries.note_of(chosen) or 'no note'}")


@runs_app.command("rm")
def remove(
    context: typer.Context,
    names: RunsToRemove = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Remove what killed trainings have left.")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Remove all but the newest N of each symbol and config."
        ),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Remove runs older than this: 30d, 12h."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be removed, and remove nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Remove runs for good, by their full names or by a rule; asks first.

    \b
    For example:
      rnnforecast runs rm 2025-01-01T09-00-00_BTC-USD_lstm
      rnnforecast runs rm --keep 7 --older-than 30d --dry-run
      rnnforecast runs rm --unfinished

    With both --keep and --older-than, a run is removed only if both rules say so.
    """
    from rnnforecast import runs
    from rnnforecast.pipeline.age import parse_age
    from rnnforecast.runs import removal

    settings = settings_of(context)
    by_rule = keep is not None or older_than is not None
    if not names and not unfinished and not by_rule:
        raise UsageError(
            "no run is named", "name runs, or use --unfinished, --keep 7 or --older-than 30d"
        )
    chosen = {name: runs.find_exactly(settings.runs, name) for name in names or ()}
    if by_rule:
        limit = None if older_than is None else parse_age(older_than)
        chosen |= {run.name: run for run in removal.expendable(settings.runs, keep, limit)}
    killed = [path for path in runs.unfinished(settings.runs) if not runs.is_training(path)]
    chosen |= {runs.run_name(path): runs.Run(path) for path in killed if unfinished}
    listed = printable(", ".join(chosen))
    if dry_run:
        if settings.json:
            document({"schema": 1, "removed": [], "would_remove": list(chosen)})
        for name in () if settings.json else chosen:
            say(f"would remove {name}")
    if not chosen and not settings.json:
        say("nothing to remove")
    if dry_run or not chosen:
        if not dry_run and settings.json:
            document({"schema": 1, "removed": []})
        return
    if not yes:
        if settings.json or not sys.stdin.isatty():
            raise UsageError(
                f"{listed} would be removed for good, and there is no terminal to confirm it on",
                "use --yes",
            )
        if not typer.confirm(f"Remove {listed} for good?", err=True):
            note("nothing was removed", settings)
            return
    for name, run in chosen.items():
        removal.remove(run)
        if not settings.json:
            say(f"removed {name}")
    if settings.json:
        document({"schema": 1, "removed": list(chosen)})


@runs_app.command("check")
def check_files(context: typer.Context, run: NewestRun = None) -> None:
    """Read every file of a run and list those that have changed since; exit code 6 if any has.

    \b
    For example:
      rnnforecast runs check BTC-USD_lstm
    """
    from rnnforecast import runs
    from rnnforecast.errors import RunError
    from rnnforecast.runs.summaries import check

    settings = settings_of(context)
    chosen = runs.find_run(settings.runs, run)
    problems = check(chosen)
    if problems:
        first, *others = [RunError(*_halves(problem)) for problem in problems]
        raise RunError(first.problem, first.remedy, {"run": chosen.name}, others)
    count = len(chosen.files or ())
    if settings.json:
        document({"schema": 1, "run": chosen.name, "files": count, "sealed": chosen.is_sealed})
    elif chosen.is_sealed:
        say(f"{chosen.name}: every file is unchanged")
    else:
        say(f"{chosen.name}: made by a version that kept no hashes; nothing to compare with")


def _halves(sentence: str) -> tuple[str, str]:
    """Split a failure into what is wrong and what to do."""
    problem, _, remedy = sentence.rpartition("; ")
    return (problem, remedy) if problem else (remedy, "")

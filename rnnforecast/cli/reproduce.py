"""``reproduce`` and ``export``: a run made again, and a run to take away."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import NewestRun
from rnnforecast.cli.show import say_file
from rnnforecast.cli.train import progress_hooks
from rnnforecast.errors import RunError, UsageError

if TYPE_CHECKING:
    from rnnforecast.pipeline.reproduce import Reproduction
    from rnnforecast.runs import Part, Run


@app.command()
def reproduce(context: typer.Context, run: NewestRun = None) -> None:
    """Train a run again from its own config, prices and seeds, and list what differs; exit code 6
    if anything does.

    \b
    For example:
      rnnforecast reproduce BTC-USD_lstm

    The new run is stored beside the old one, under its name with _again.
    """
    from rnnforecast.pipeline.reproduce import reproduce as train_again
    from rnnforecast.runs.artifacts import load_experiment

    settings = settings_of(context)
    original = find_named(settings, run)
    with progress_hooks(settings, load_experiment(original)) as hooks:
        made = train_again(original, sys.argv, hooks)
    summary = _plain(original, made)
    if not settings.json:
        _show(made, settings)
    if made.differing:
        changed = ", ".join(
            f"{name} {before} then, {now} now" for name, (before, now) in made.versions.items()
        )
        count = (
            f"{len(made.differing)} of {len(made.checks)} things differ "
            f"between {original.name} and {made.again.name}"
        )
        raise RunError(
            count,
            f"changed since: {changed or 'no version and no code; perhaps the machine'}",
            summary,
        )
    if settings.json:
        document({"schema": 1, **summary})
    else:
        say(f"nothing differs: {made.again.name} is {original.name}, to the last bit")


def _show(made: Reproduction, settings: Settings) -> None:
    rows = [
        [check.what, "the same" if check.same else "differs", check.detail] for check in made.checks
    ]
    table(["what", "again", "compared"], rows, left=3)
    for name, (before, now) in made.versions.items():
        note(f"changed since: {name} {before} then, {now} now", settings)


def _plain(run: Run | Part, made: Reproduction) -> dict[str, object]:
    """Return a reproduction as JSON values."""
    checks = [
        {"what": check.what, "same": check.same, "detail": check.detail} for check in made.checks
    ]
    versions = {name: {"then": before, "now": now} for name, (before, now) in made.versions.items()}
    return {
        "run": run.name,
        "again": made.again.name,
        "differing": made.differing,
        "checks": checks,
        "changed": versions,
    }


@app.command()
def export(
    context: typer.Context,
    run: NewestRun = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File to write; by default named after the run."),
    ] = None,
    table: Annotated[
        Literal["backtest", "forecast", "scores"] | None,
        typer.Option(
            "--table",
            help="Write one table instead of the run: every forecast of every model on the test "
            "part, the newest forecast, or the scores.",
        ),
    ] = None,
    format: Annotated[
        Literal["onnx", "savedmodel", "litert", "mlflow", "csv", "parquet", "nixtla"] | None,
        typer.Option(
            help="Networks as onnx (default), TensorFlow savedmodel or litert, each with a program "
            "that runs without rnnforecast; or the run as one of MLflow's, in the folder --out. "
            "With --table: csv, parquet, or nixtla, a CSV with the columns of Nixtla's libraries; "
            "--out NAME.parquet implies Parquet."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Pack a run into one zip: networks for plain Keras and ONNX Runtime, tables, instructions; or
    write one of its tables.

    \b
    For example:
      rnnforecast export BTC-USD_lstm --out lstm.zip
      rnnforecast export BTC-USD_lstm --format litert
      rnnforecast export --table backtest --format nixtla --out backtest.csv
    """
    from rnnforecast.atomic import check_new, check_suffix, named_by_user
    from rnnforecast.pipeline.export import file_name, pack

    settings = settings_of(context)
    if (table is None) != (format in (None, *NETWORKS, "mlflow")) and format is not None:
        wanted = "csv, parquet or nixtla" if table else "onnx, savedmodel, litert or mlflow"
        raise UsageError(
            f"--format {format} {'is not for tables' if table else 'is for tables'}",
            f"use {wanted}{'' if table else ', or add --table'}",
        )
    chosen = find_named(settings, run)
    if format == "mlflow":
        _export_mlflow(settings, chosen, out or Path("mlflow"))
        return
    ending = f"_{table}.{'parquet' if format == 'parquet' else 'csv'}" if table else ".zip"
    path = out or Path(f"{file_name(chosen)}{ending}")
    if table is None:
        check_suffix(path, (".zip",))
    check_new(path, force=force)
    if table is not None:
        _export_table(settings, chosen, table, path, nixtla=format == "nixtla")
        return
    with named_by_user(path):
        names = pack(chosen, path, format if format in NETWORKS else "onnx")  # type: ignore[arg-type]
    if settings.json:
        document({"schema": 1, "run": chosen.name, "file": str(path), "holds": names})
    else:
        say(f"{path}: {len(names)} files; README.md in it says how to use them without rnnforecast")


NETWORKS = ("onnx", "savedmodel", "litert")
"""Formats of networks."""


def _export_mlflow(settings: Settings, run: Run | Part, folder: Path) -> None:
    """Write a run into a store of MLflow's."""
    from rnnforecast.tracking import export_mlflow

    if find_spec("mlflow") is None:
        raise UsageError(
            "--format mlflow needs mlflow, which is not installed",
            "pip install 'rnnforecast[mlflow]'",
        )
    made = export_mlflow(run, folder)
    if settings.json:
        document({"schema": 1, "run": run.name, **made})
    else:
        say(f"run {made['mlflow_run']} of experiment {made['experiment']} in {made['store']}")
        note(f"next: mlflow ui --backend-store-uri {made['store']}", settings)


def _export_table(
    settings: Settings,
    run: Run | Part,
    table: Literal["backtest", "forecast", "scores"],
    path: Path,
    *,
    nixtla: bool,
) -> None:
    """Write one table of a run, in the format that the file's ending names."""
    from rnnforecast.cli.table_files import check_ending, write_table
    from rnnforecast.library.run_tables import run_table

    check_ending(path)
    rows = run_table(run, table, nixtla=nixtla)
    write_table(rows, path)
    if settings.json:
        columns = [str(name) for name in rows.columns]
        content = {"table": table, "rows": len(rows), "columns": columns}
        document({"schema": 1, "run": run.name, "file": str(path), **content})
        return
    say_file(f"{len(rows):,} rows", path)

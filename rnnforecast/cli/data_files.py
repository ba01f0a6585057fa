"""``data import`` and ``data export``: files into the store, and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnforecast.cli.console import document, note, say, warn
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.data import data_app
from rnnforecast.cli.options import Interval, Symbol
from rnnforecast.errors import DataError, RnnForecastError, UsageError

if TYPE_CHECKING:
    from rnnforecast.data.importing.columns import Imported, Selection
    from rnnforecast.data.revisions import Change


@data_app.command("import")
def import_files(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help="CSV or parquet files, of prices or any other series.")
    ],
    symbol: Annotated[
        str | None,
        typer.Option(
            help="The name to store it under; by default what the file's name begins with."
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="The column to forecast, of any quantity; by default the close."),
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="The column of dates; by default found by its name.")
    ] = None,
    sessions: Annotated[
        str | None,
        typer.Option(
            help="When it trades: XNYS, XLON, 24/7, 24/5 ...; by default from its dates and name."
        ),
    ] = None,
    accept_revision: Annotated[
        bool,
        typer.Option(
            "--accept-revision", help="Replace stored bars even where many vanish or change."
        ),
    ] = False,
) -> None:
    """Import series from files, in any of the usual layouts.

    For example: rnnforecast data import prices.csv --symbol BTC-USD,
    or: rnnforecast data import load.csv --symbol LOAD --target MW --time hour
    """
    from rnnforecast.data.importing.columns import Selection
    from rnnforecast.data.sessions import check_sessions
    from rnnforecast.data.symbols import check_symbol

    settings = settings_of(context)
    if symbol is not None:
        check_symbol(symbol)
        if len(files) > 1:
            raise UsageError(
                f"--symbol {symbol} names one series, but there are {len(files)} files",
                "leave it out",
            )
    if sessions is not None:
        check_sessions(sessions)
    selection, failed = Selection(target, time, sessions), list[RnnForecastError]()
    stored: list[tuple[Imported, Change]] = []
    for file in files:
        try:
            stored += _import_one(settings, file, symbol, selection, accept_revision)
        except RnnForecastError as error:
            failed.append(error)
    records = [settings.store.record(one.history.symbol, one.history.interval) for one, _ in stored]
    if settings.json and not failed:
        document({"schema": 1, "imported": records})
    if len(files) == 1 and failed:
        raise failed[0]
    for reason in failed:
        warn(f"error: {reason}")
    if failed:
        several = f"{len(failed)} of {len(files)} files were not imported"
        raise DataError(several, "mend those, and import them again", {"imported": records})


def _import_one(
    settings: Settings, file: Path, symbol: str | None, selection: Selection, accept_revision: bool
) -> list[tuple[Imported, Change]]:
    """Store what one file holds, and say what was taken from it."""
    from rnnforecast.data.importing.columns import read_prices
    from rnnforecast.data.update import adopt

    if file.is_dir():
        raise UsageError(f"{file} is a folder", "name a file")
    imported = read_prices(file, symbol, selection)
    stored = []
    for one in imported:
        history = one.history
        stored.append((one, adopt(settings.store, history, accept_revision=accept_revision)))
        if settings.json:
            continue
        days = f"{history.first:%Y-%m-%d} to {history.last:%Y-%m-%d}"
        what = f"{len(history):,} bars of {history.interval}, {days}, sessions {history.sessions}"
        say(f"{history.symbol}: {what}; {stored[-1][1].summary()}")
        _tell(one, settings)
    return stored


def _tell(imported: Imported, settings: Settings) -> None:
    """What was taken for what, and what was left out."""
    from rnnforecast.data.quality import shown

    note(f"columns: {imported.columns()}", settings)
    for reason, rows in imported.history.provenance["dropped"].items():
        if rows:
            note(f"dropped {len(rows)} rows {reason.replace('_', ' ')}: {shown(rows, 3)}", settings)


@data_app.command()
def export(
    context: typer.Context,
    symbol: Symbol,
    format: Annotated[Literal["csv", "parquet"], typer.Option(help="Kind of file.")] = "csv",
    interval: Interval = "1d",
    out: Annotated[
        Path | None, typer.Option(help="File to write; by default SYMBOL_INTERVAL here.")
    ] = None,
    adjusted: Annotated[
        bool, typer.Option("--adjusted", help="Prices adjusted for dividends as well.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there.")
    ] = False,
) -> None:
    """Write a stored series to a file, exact to the last digit.

    For example: rnnforecast data export BTC-USD --format parquet --out btc.parquet
    """
    from rnnforecast.atomic import write_atomic

    settings = settings_of(context)
    history = settings.store.load(symbol, interval)
    history = history.adjusted() if adjusted else history
    path = out or Path(f"{symbol}_{interval}.{format}")
    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already", "write over it with --force, or name another with --out"
        )
    content = history.bars.to_csv().encode() if format == "csv" else history.bars.to_parquet()
    try:
        write_atomic(path, content)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror})", "name another file with --out"
        ) from None
    if settings.json:
        document({"schema": 1, "symbol": symbol, "rows": len(history), "file": str(path)})
    else:
        say(f"{path}: {len(history):,} bars")

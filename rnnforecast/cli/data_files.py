"""``data import`` and ``data export``: files into the store, and out of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rnnforecast.cli.console import document, note, notes, say, table, warn
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.data import data_app
from rnnforecast.cli.options import Interval, Symbol
from rnnforecast.errors import DataError, RnnForecastError, UsageError

if TYPE_CHECKING:
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.data.importing.columns import Selection
    from rnnforecast.data.importing.dates import Order
    from rnnforecast.data.price_files import Imported

EVIDENCE = "If the file leaves it open"


@dataclass(frozen=True)
class _Job:
    """The work to be done with each file."""

    symbol: str | None
    selection: Selection
    accept_revision: bool
    dry_run: bool


@data_app.command("import")
def import_files(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="CSV, Excel, Parquet, Feather or JSON files of prices or any other series.",
        ),
    ],
    symbol: Annotated[
        str | None,
        typer.Option(
            metavar="SYMBOL",
            help="Name to store it under; by default the one in the file, or the beginning of the "
            "file's name.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Column to forecast, of any quantity; by default the close."
        ),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of dates; by default found by its name."),
    ] = None,
    sessions: Annotated[
        str | None,
        typer.Option(
            metavar="CALENDAR",
            help="When it trades: XNYS, XLON, 24/7, 24/5 ...; by default derived from dates and "
            "name.",
        ),
    ] = None,
    dates: Annotated[
        Literal["dmy", "mdy", "ymd", "excel", "excel1904", "days1970"] | None,
        typer.Option(
            help="Order of day, month and year, or kind of day count; by default inferred.",
            rich_help_panel=EVIDENCE,
        ),
    ] = None,
    decimal: Annotated[
        str | None,
        typer.Option(
            metavar="MARK",
            help="Decimal mark, . or ,; by default inferred from the numbers.",
            rich_help_panel=EVIDENCE,
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE",
            help="Time zone, such as Europe/Berlin; by default inferred from the file or the "
            "trading hours.",
            rich_help_panel=EVIDENCE,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be stored, and store nothing.")
    ] = False,
    accept_revision: Annotated[
        bool,
        typer.Option(
            "--accept-revision", help="Replace stored bars even if many disappear or change."
        ),
    ] = False,
) -> None:
    """Import series from files in any of the usual layouts.

    \b
    For example:
      rnnforecast data import prices.csv --symbol BTC-USD
      rnnforecast data import load.csv --symbol LOAD --target MW --time hour

    Date order, decimal mark and time zone are inferred once per file, and reported. If the file
    does not settle one of them, it is refused, and the message names the option that does.
    --dry-run shows the bars.
    """
    settings = settings_of(context)
    job = _job(
        files, symbol, target, time, sessions, dates, decimal, timezone, accept_revision, dry_run
    )
    imported: list[dict[str, Any]] = []
    failed: list[RnnForecastError] = []
    for file in files:
        try:
            _import_file(settings, file, job, imported, failed)
        except RnnForecastError as error:
            failed.append(error)
    documented: dict[str, Any] = {"imported": imported}
    if dry_run:
        documented["dry_run"] = True
    if settings.json and not failed:
        document({"schema": 1, **documented})
    if len(failed) == 1 and not imported:
        raise failed[0]
    for reason in failed:
        warn(f"error: {reason}")
    if failed:
        whole = len(files) > 1
        total, unit = (len(files), "files") if whole else (len(imported) + len(failed), "series")
        raise DataError(
            f"{len(failed)} of {total} {unit} were not imported",
            "correct those, and import them again",
            documented,
        )


def _job(
    files: list[Path], symbol: str | None, target: str | None, time: str | None,
    sessions: str | None, dates: Order | None, decimal: str | None,
    timezone: str | None, accept_revision: bool, dry_run: bool,
) -> _Job:  # fmt: skip
    """Check the options that no file can make right."""
    from rnnforecast.data.calendars import check_calendar
    from rnnforecast.data.importing.columns import Selection
    from rnnforecast.data.symbols import check_symbol

    if symbol is not None:
        check_symbol(symbol)
        if len(files) > 1:
            raise UsageError(
                f"--symbol {symbol} names one series, but there are {len(files)} files",
                "leave it out",
            )
    if sessions is not None:
        check_calendar(sessions)
    if decimal not in (None, ".", ","):
        raise UsageError(f"--decimal {decimal!r} is no decimal mark", "write . or ,")
    mark: Literal[".", ","] | None = "," if decimal == "," else "." if decimal == "." else None
    selection = Selection(target, time, sessions, dates, mark, timezone)
    return _Job(symbol, selection, accept_revision, dry_run)


def _import_file(
    settings: Settings,
    file: Path,
    job: _Job,
    imported: list[dict[str, Any]],
    failed: list[RnnForecastError],
) -> None:
    """Store what one file holds, and say what was taken from it."""
    from rnnforecast.data.price_files import read_file
    from rnnforecast.data.update import adopt, preview

    try:
        is_folder = file.is_dir()
    except OSError as error:  # a name that is too long, say
        raise UsageError(
            f"{str(file)[:60]!r} is no file ({error.strerror})", "name a file"
        ) from None
    if is_folder:
        raise UsageError(f"{file} is a folder", "name a file")
    contents = read_file(file, job.symbol, job.selection)
    failed.extend(contents.failed)
    for series in contents.series:
        history = series.history
        try:
            if job.dry_run:
                change = preview(settings.store, history, accept_revision=job.accept_revision)
            else:
                change = adopt(settings.store, history, accept_revision=job.accept_revision)
        except RnnForecastError as error:
            failed.append(error)
            continue
        imported.append(_documented(settings, series, job))
        if settings.json:
            continue
        days = f"{history.first:%Y-%m-%d} to {history.last:%Y-%m-%d}"
        description = (
            f"{len(history):,} bars of {history.interval}, {days}, sessions {history.sessions}"
        )
        would = "would store " if job.dry_run else ""
        say(f"{history.symbol}: {would}{description}; {change.summary()}")
        _explain(series, settings)
        if job.dry_run:
            _show_bars(history)


def _documented(settings: Settings, series: Imported, job: _Job) -> dict[str, Any]:
    """Return what ``--json`` says of one series:
    its record, or what that would hold, and warnings."""
    from rnnforecast.data.quality import sentences

    history = series.history
    warnings = {"warnings": sentences(history)}
    if not job.dry_run:
        return settings.store.record(history.symbol, history.interval) | warnings
    return warnings | {
        "symbol": history.symbol,
        "interval": history.interval,
        "rows": len(history),
        "first": history.first.isoformat(),
        "last": history.last.isoformat(),
        "sessions": history.sessions,
        "provenance": dict(history.provenance),
    }


def _explain(series: Imported, settings: Settings) -> None:
    """Say what was taken for what, what was decided, and what was left out."""
    from rnnforecast.data.quality import sentences, shown

    notes(sentences(series.history), settings)
    note(f"columns: {series.columns()}", settings)
    for decision in series.decisions:
        note(decision, settings)
    for reason, rows in series.history.provenance["dropped"].items():
        if rows:
            note(f"dropped {len(rows)} rows {reason.replace('_', ' ')}: {shown(rows, 3)}", settings)


def _show_bars(history: PriceHistory, ends: int = 3) -> None:
    """Print the first and the last bars, as they would be stored."""
    form = "%Y-%m-%d %H:%M" if history.intraday else "%Y-%m-%d"
    names = list(history.bars.columns[:8])
    places = range(len(history))
    rows = [
        [
            history.dates[place].strftime(form),
            *(f"{history.bars[name].iloc[place]:.10g}" for name in names),
        ]
        for place in sorted({*places[:ends], *places[-ends:]})
    ]
    table(["date", *map(str, names)], rows)


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

    \b
    For example:
      rnnforecast data export BTC-USD --format parquet --out btc.parquet
    """
    from rnnforecast.atomic import check_new, write_output
    from rnnforecast.formatting import csv_text

    settings = settings_of(context)
    history = settings.store.load(symbol, interval)
    history = history.adjusted() if adjusted else history
    path = out or Path(f"{symbol}_{interval}.{format}")
    check_new(path, force=force)
    content = (
        csv_text(history.bars, index=True).encode()
        if format == "csv"
        else history.bars.to_parquet()
    )
    write_output(path, content)
    if settings.json:
        document({"schema": 1, "symbol": symbol, "rows": len(history), "file": str(path)})
    else:
        say(f"{path}: {len(history):,} bars")

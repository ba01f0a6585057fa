"""``data``: what is stored, and files into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.main import app
from rnnforecast.cli.settings import settings_of
from rnnforecast.errors import UsageError

data_app = typer.Typer(name="data", help="What is stored, and files into the store.", no_args_is_help=True)
app.add_typer(data_app)


@data_app.command("list")
def list_data(context: typer.Context) -> None:
    """List what is stored."""
    settings = settings_of(context)
    records = settings.store.records()
    if settings.json:
        document({"schema": 1, "stored": records})
    elif records:
        rows = [
            [one["symbol"], one["interval"], f"{one['rows']:,}", one["first"][:10], one["last"][:10], one["sessions"]]
            for one in records
        ]
        table(["symbol", "interval", "rows", "first", "last", "sessions"], rows, left=2)
    else:
        say("no prices yet; get some: rnnforecast fetch BTC-USD")


@data_app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV or parquet file of prices.")],
    symbol: Annotated[str, typer.Option(help="The name to store it under, for example BTC-USD.")],
    sessions: Annotated[
        str | None, typer.Option(help="When it trades: XNYS, XLON, 24/7, 24/5 ...; by default from its dates and name.")
    ] = None,
) -> None:
    """Import prices from a file, in any of the usual layouts.

    For example: rnnforecast data import prices.csv --symbol BTC-USD
    """
    from rnnforecast.data.files import describe, read_prices
    from rnnforecast.data.history import check_symbol
    from rnnforecast.data.sessions import check_sessions

    settings = settings_of(context)
    check_symbol(symbol)
    if sessions is not None:
        check_sessions(sessions)
    if file.is_dir():
        raise UsageError(f"{file} is a folder", "name a file")
    history, taken = read_prices(file, symbol, sessions)
    settings.store.save(history)
    if settings.json:
        document({"schema": 1, "imported": settings.store.record(symbol, history.interval)})
        return
    days = f"{history.first:%Y-%m-%d} to {history.last:%Y-%m-%d}"
    say(f"{symbol}: {len(history):,} bars of {history.interval}, {days}, sessions {history.sessions}")
    note(f"columns: {describe(taken)}", settings)
    for reason, count in history.provenance["dropped"].items():
        if count:
            note(f"dropped {count} rows {reason.replace('_', ' ')}", settings)

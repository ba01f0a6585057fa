"""The Typer application and its global options; every command registers itself here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rnnforecast import __version__
from rnnforecast.cli.settings import Settings
from rnnforecast.errors import UsageError

app = typer.Typer(
    name="rnnforecast",
    help="Calibrated forecasts of stock and crypto prices with recurrent networks, scored beside yesterday's price.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"rnnforecast {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path,
        typer.Option(envvar="RNNFORECAST_HOME", help="The folder that holds data/ and runs/.", show_default="here"),
    ] = Path(),
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no hints.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Calibrated forecasts of stock and crypto prices with recurrent networks, scored beside yesterday's price.

    In order: fetch BTC-USD, train --config lstm.yaml, predict --plot, evaluate.
    """
    if home.exists() and not home.is_dir():
        raise UsageError(f"--home {home} is not a folder", "name a folder")
    context.obj = Settings(home, json, quiet)

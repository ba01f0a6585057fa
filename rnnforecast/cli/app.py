"""The Typer application and its global options; a command registers itself here when it
is imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from rnnforecast import __version__
from rnnforecast.cli.console import document, say
from rnnforecast.cli.context import Settings
from rnnforecast.cli.lazy import Program
from rnnforecast.errors import UsageError

app = typer.Typer(
    name="rnnforecast",
    cls=Program,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

VALUES = ("--home", "--log-file")
FLAGS = (
    "--trust",
    "--json",
    "--quiet",
    "-q",
    "--verbose",
    "-v",
    "--offline",
    "--exact",
    "--no-color",
    "--version",
)
"""The global options, with a value and without: they may stand before the command or after it."""


def _version(wanted: bool) -> None:
    if not wanted:
        return
    if "--json" in sys.argv:  # is asked for on the way to --json, which may stand behind it
        document({"schema": 1, "version": __version__})
    else:
        say(f"rnnforecast {__version__}")
    raise typer.Exit


def _no_color(wanted: bool) -> None:
    if wanted:
        os.environ["NO_COLOR"] = "1"  # what Rich, and whatever else may print, goes by


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path,
        typer.Option(
            envvar="RNNFORECAST_HOME",
            metavar="FOLDER",
            help="The folder that holds data/ and runs/.",
            show_default="the current folder",
        ),
    ] = Path(),
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print neither progress nor hints.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log each step, with date and level, on stderr.")
    ] = False,
    log_file: Annotated[
        Path | None,
        typer.Option(
            "--log-file",
            metavar="FILE",
            help="Append the log, with dates and levels, to this file.",
        ),
    ] = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Never use the network; fail if something is not stored."),
    ] = False,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="Refuse a run name that matches several; otherwise the newest is used.",
        ),
    ] = False,
    no_color: Annotated[
        bool,
        typer.Option(
            "--no-color",
            help="Print without colours, as NO_COLOR=1 does.",
            callback=_no_color,
            is_eager=True,
        ),
    ] = False,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run the feature files of a run that somebody else made."),
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Calibrated forecasts of stock and crypto prices with recurrent networks, scored beside
    yesterday's price.

    \b
    From nothing to a tested forecast:
      rnnforecast fetch BTC-USD
      rnnforecast train BTC-USD
      rnnforecast predict --plot
      rnnforecast evaluate

    Every command explains itself: rnnforecast train --help
    """
    if home.exists() and not home.is_dir():
        raise UsageError(f"--home {home} is not a folder", "name a folder")
    if quiet and verbose:
        raise UsageError("--quiet and --verbose contradict each other", "choose one")
    if verbose or log_file:
        from rnnforecast.cli.logs import log_to, narrate

        if verbose:
            narrate()
        if log_file:
            log_to(log_file)
    if trust:
        os.environ["RNNFORECAST_TRUST"] = "1"  # for the workers too
    context.obj = Settings(home, json, quiet, offline, exact)

"""The program: one Typer application, and the one place where failures become exit codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rnnforecast import __version__
from rnnforecast.cli.settings import Settings
from rnnforecast.errors import RnnForecastError, UsageError

app = typer.Typer(
    name="rnnforecast",
    help="Calibrated forecasts of stock and crypto prices with recurrent networks, scored beside yesterday's price.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

INTERRUPTED = 130


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


GLOBAL_FLAGS = ("--json", "--quiet", "-q")


def hoist(arguments: list[str]) -> list[str]:
    """Move global options to the front, so that they are accepted after the command as well.

    Args:
        arguments: of the command line, without the program's name.
    """
    first: list[str] = []
    rest: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            rest += [argument, *remaining]
        elif argument == "--home":
            first += [argument, *([value] if (value := next(remaining, None)) is not None else [])]
        elif argument.startswith("--home=") or argument in GLOBAL_FLAGS:
            first.append(argument)
        else:
            rest.append(argument)
    return first + rest


def main() -> None:
    """Run the command line; an expected failure is one line on stderr and its exit code."""
    from rnnforecast.cli import commands  # noqa: F401  (registers every command)

    try:
        app(hoist(sys.argv[1:]))
    except RnnForecastError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # Typer turns Ctrl-C into this code, without a word
            print("interrupted; what was not finished is gone, nothing stored has changed", file=sys.stderr)
        raise

"""The program: the one place where failures become exit codes."""

from __future__ import annotations

import sys

from rnnforecast.cli import commands  # noqa: F401  (registers every command)
from rnnforecast.cli.app import app
from rnnforecast.errors import RnnForecastError

INTERRUPTED = 130
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
    try:
        app(hoist(sys.argv[1:]))
    except RnnForecastError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # Typer turns Ctrl-C into this code, without a word
            print("interrupted; what was finished is stored, the rest is as it was", file=sys.stderr)
        raise

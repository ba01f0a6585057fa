"""The program: the one place where failures become exit codes."""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import typer

from rnnforecast import process
from rnnforecast.cli.app import FLAGS, VALUES, app
from rnnforecast.cli.completion import hoist_words
from rnnforecast.cli.console import document, warn
from rnnforecast.cli.lazy import ABOUT
from rnnforecast.cli.likeness import meant_choice, meant_command, meant_option, meant_words
from rnnforecast.cli.logs import log_failure
from rnnforecast.cli.rim import EXPLAINABLE, check_address_space, explain_failure, is_foreign
from rnnforecast.cli.signals import INTERRUPTED, TERMINATED, Signals, interruptible
from rnnforecast.cli.streams import guarded_output
from rnnforecast.errors import RnnForecastError, UsageError

RARELY = 200_000
"""New objects after which Python looks for garbage;
imports make many and leave none, and looking took 0.2 s of 1.2."""


VALUES_IN_WORDS = {
    r"Input should be a valid integer\b.*": "it must be a whole number",
    r"Input should be a valid number\b.*": "it must be a number",
    r"Input should be greater than or equal to (\S+)": r"it must be \1 or more",
    r"Input should be less than or equal to (\S+)": r"it must be \1 or less",
}
"""What the parser's library says of a wrong value, in our words."""


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
        elif argument in VALUES:
            first += [argument, *([value] if (value := next(remaining, None)) is not None else [])]
        elif argument.partition("=")[0] in VALUES or argument in FLAGS:
            first.append(argument)
        else:
            rest.append(argument)
    return first + rest


def main() -> None:
    """Run the command line; an expected failure is one line on stderr and its exit code."""
    process.take_over()
    gc.set_threshold(RARELY)
    atexit.register(
        gc.freeze
    )  # or all that was loaded is looked through once more before the process ends
    arguments = hoist(sys.argv[1:])
    hoist_words(os.environ, hoist)
    os.environ.setdefault(
        "ORT_DISABLE_TELEMETRY", "1"
    )  # for whatever loads ONNX Runtime, and workers
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with guarded_output() as output, interruptible() as signals:
        code = _run(arguments, signals)
        if signals.received is not None:
            code = 128 + signals.received
        if code in (INTERRUPTED, TERMINATED):
            warn("interrupted; finished work is stored, everything else is unchanged")
        output.flush()
        unwritten = output.unwritten()
        if unwritten is not None:
            code = code or _fail(unwritten, [])
    sys.exit(code)


def _run(arguments: list[str], signals: Signals) -> int:
    """Run a command; returns its exit code."""
    try:
        check_address_space(arguments)
        return int(app(arguments, prog_name="rnnforecast", standalone_mode=False) or 0)
    except BaseException as error:
        if signals.unwinds or isinstance(error, (typer.Abort, KeyboardInterrupt)):
            return INTERRUPTED  # Ctrl-C, at a question too
        failure = _expected(error, arguments)
        if failure is None:
            raise
        return _fail(failure, arguments)


def _expected(error: BaseException, arguments: list[str]) -> RnnForecastError | None:
    """Put what a command has raised into a sentence; None where it takes a traceback."""
    if isinstance(error, RnnForecastError):
        return error
    if isinstance(error, typer.TyperException):
        return explain(error, arguments)
    if not isinstance(error, EXPLAINABLE) and not is_foreign(error):
        return None
    if "--verbose" in arguments or "-v" in arguments:
        return None
    return explain_failure(error, _home(arguments))


def _home(arguments: list[str]) -> Path:
    """Return the folder that a command line names, as far as error messages need it."""
    named = [after for before, after in pairwise(arguments) if before == "--home"]
    named += [word.removeprefix("--home=") for word in arguments if word.startswith("--home=")]
    return Path([os.environ.get("RNNFORECAST_HOME", ""), *named][-1])


def _fail(error: RnnForecastError, arguments: list[str]) -> int:
    """Tell people in one line, and machines in one document."""
    for failure in (error, *error.others):
        if failure.problem:
            warn(f"error: {failure.sentence}")
            log_failure(failure.sentence)
    if "--json" in arguments:
        document({"schema": 1, **error.details, "error": error.to_dict()})
    return error.exit_code


def explain(error: typer.TyperException, arguments: Sequence[str] = ()) -> UsageError:
    """Turn what Typer says of a command line into a failure of ours: one line, with the nearest
    name or the help to see.

    Args:
        error: without a message where Typer has printed the help instead.
        arguments: of the command line, which name the command where the error does not.
    """
    message = str(getattr(error, "message", "")).strip()
    if not message and type(error).__name__ == "NoArgsIsHelpError":
        return UsageError("")
    option, context = getattr(error, "option_name", ""), getattr(error, "ctx", None)
    path = context.command_path if context else _command_path(arguments)
    params = context.command.params if context else ()
    commands = getattr(context.command, "commands", {}) if context else {}
    known = (*(name for param in params for name in param.opts), *VALUES, *FLAGS)
    words = [str(param.metavar) for param in params if param.param_type_name == "argument"]
    if option:
        lacks_value = "requires an argument" in message
        meant = "" if lacks_value else meant_option(option, known, path, words)
    else:
        meant = meant_command(message, path, commands) or meant_words(message, path, known, words)
    text = message if option or meant else error.format_message()
    text = re.sub(r"(?<=argument )'([A-Z|]+)(\.\.\.)?'", r"\1", text)
    text = re.sub(
        r"^Got unexpected extra arguments?(?:\(s\))? \((.*)\)$", r"Unexpected argument '\1'", text
    )
    for library, ours in VALUES_IN_WORDS.items():
        text = re.sub(library, ours, text)
    problem, _, hint = text.replace("Value error, ", "").rstrip(".").partition(". ")
    hint = "" if message.startswith("No such command") else hint  # ours says it better
    remedy = meant or meant_choice(problem) or _lower(hint)
    return UsageError(_lower(problem), f"{remedy} see: {path} --help".strip())


def _command_path(arguments: Sequence[str]) -> str:
    """Return the program with the command that a command line begins with."""
    command = [argument for argument in arguments if argument in ABOUT][:1]
    return " ".join(["rnnforecast", *command])


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]

"""Every command of the program, as the tests that go through all of them see it;
and those that stand in texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.main import get_command

from rnnforecast.cli.app import app
from rnnforecast.cli.lazy import load_all
from rnnforecast.cli.main import hoist

load_all()


def leaves(command: Any = None, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every command that does something, by its words."""
    command = command or get_command(app)
    inner = getattr(command, "commands", None)
    if not inner:
        return {" ".join(path): command}
    return {
        words: leaf
        for name, one in inner.items()
        for words, leaf in leaves(one, (*path, name)).items()
    }


def check_line(words: Sequence[str]) -> None:
    """Fail where a command or an option does not exist.

    Args:
        words: of the command line, without the program's name.
    """
    command, arguments = get_command(app), hoist(list(words))
    known = options_of(command)
    while arguments and arguments[0].startswith("-"):
        option = arguments.pop(0)
        assert option.partition("=")[0] in known, " ".join(words)
        if option == "--home":
            arguments.pop(0)
    while hasattr(command, "commands"):
        if not arguments:
            return
        name = arguments.pop(0)
        assert name in command.commands, " ".join(words)
        command = command.commands[name]
    told = {word.partition("=")[0] for word in arguments if word.startswith("-")}
    assert told <= options_of(command) | {"--help"}, " ".join(words)


def options_of(command: object) -> set[str]:
    """The options that a command takes."""
    parameters = command.params  # type: ignore[attr-defined]
    return {
        option
        for parameter in parameters
        for option in (*parameter.opts, *parameter.secondary_opts)
    }

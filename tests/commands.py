"""Every command of the program, as the tests that go through all of them see it."""

from __future__ import annotations

from typing import Any

from typer.main import get_command

from rnnforecast.cli import commands  # noqa: F401  (registers every command)
from rnnforecast.cli.app import app


def leaves(command: Any = None, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every command that does something, by its words."""
    command = command or get_command(app)
    inner = getattr(command, "commands", None)
    if not inner:
        return {" ".join(path): command}
    return {words: leaf for name, one in inner.items() for words, leaf in leaves(one, (*path, name)).items()}

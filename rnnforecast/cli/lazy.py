"""Every command by name and line: help and completion need no more,
so a command is imported when it is called."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

PANELS = {
    "From prices to a verdict": {
        "demo": "Fetch, train, predict and evaluate on the S&P 500 of 1999-2018, offline.",
        "fetch": "Download prices into the store.",
        "train": "Train networks on stored prices.",
        "predict": "Forecast the coming sessions: what to expect, the chance of a rise, "
        "80 and 95 % intervals.",
        "evaluate": "Score the test part beside naive, GARCH and others, and give a verdict.",
        "tune": "Search for better settings on folds of the training part, and train the best.",
        "track": "Score earlier forecasts against the prices that came; exit code 3 if the "
        "intervals contain less than they promise.",
        "daily": "Process a watch list once a day: fetch, train what is due, forecast, "
        "score earlier forecasts.",
        "serve": "Serve a dashboard and a read-only HTTP API until Ctrl-C.",
    },
    "Runs": {
        "report": "Write a run's report again, as HTML, Markdown or JSON.",
        "plot": "Draw one figure of a run as PNG, SVG or PDF.",
        "compare": "Compare evaluated runs of one symbol, paired on their common origins.",
        "leaderboard": "Rank the evaluated runs of a symbol by their skill vs naive, and count "
        "how many were tried.",
        "reproduce": "Train a run again from its own config, prices and seeds, and list "
        "what differs; exit code 6 if anything does.",
        "export": "Pack a run into one zip: networks for plain Keras and ONNX Runtime, tables, "
        "instructions; or write one of its tables.",
        "runs": "List, show, annotate, check and remove runs.",
    },
    "Data, configs and checks": {
        "audit": "Look-ahead check: change future prices and verify that nothing earlier changes; "
        "exit code 3 if something does.",
        "doctor": "Check the installation: versions, import time, device, folder, disk and, "
        "with --online, the network.",
        "data": "List, show, check, import and export stored prices.",
        "features": "List the inputs that a config can name, and preview their values.",
        "config": "List presets; show, write and check configs.",
        "explain": "Gradient diagnostics: how far back the loss reaches into the window.",
    },
}
"""The panels of --help, and the commands and groups in each, in order,
with the first paragraph of their own help."""
ABOUT = {name: line for lines in PANELS.values() for name, line in lines.items()}
FOUND_IN = {
    "plot": ["report"],
    "export": ["reproduce"],
    "data": ["data_files", "data"],
}
"""What to import for a command where it is not just the module of its name."""
EVERYWHERE = (
    "Everywhere: --home --json --quiet --verbose --log-file --offline --exact --trust --no-color; "
    "see rnnforecast --help"
)


PLACEHOLDERS = {int: "N", float: "NUMBER", Path: "FILE", str: "TEXT"}
"""What help shows behind an option that names nothing better."""


def _as_shown(params: list[Any]) -> list[Any]:
    """Let help show what to type behind an option: a word or the choices, not a Python type."""
    for param in params:
        shown = _placeholder(param)
        param.display_type_rich = lambda ctx, shown=shown: shown
        param._get_number_range_help_str = lambda: ""
    return params


def _placeholder(param: Any) -> str | None:
    if getattr(param, "is_flag", False) or param.param_type_name == "argument":
        return None
    described = param.type_descriptor
    if param.metavar is None and described.is_choice:
        return "|".join(map(str, described.choices))
    return str(param.metavar or PLACEHOLDERS.get(described.annotation, "TEXT"))


def _unwrapped(text: str) -> str:
    """Join the lines of each paragraph, which Typer would break where the source does.

    A paragraph that begins with a backspace keeps its lines, as Click's convention is.
    """
    return "\n\n".join(
        paragraph if paragraph.startswith("\b") else " ".join(paragraph.split("\n"))
        for paragraph in text.split("\n\n")
    )


def _without_marks(text: str | None) -> str:
    """Take out the marks of paragraphs that keep their lines: Rich shows each as an empty line.

    Where such a paragraph is the last, its mark stays, or Rich would take out its indents.
    """
    text = text or ""
    return text if text.split("\n\n")[-1].startswith("\b") else text.replace("\b\n", "")


def _narrow_help_shown(command: Any, ctx: typer.Context) -> bool:
    """Print plain help where panels would cut words; return whether that was so."""
    from rnnforecast.cli.narrow_help import NARROW, narrow_help

    width = get_terminal_size().columns
    if width < NARROW:
        print(narrow_help(command, ctx, width))
    return width < NARROW


class _Help:
    """Help that shows what to type, and wraps to the terminal: before a class of Typer's."""

    help: str

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.help = _unwrapped(self.help or "")

    def get_params(self, ctx: typer.Context) -> list[Any]:
        """Return what the command takes."""
        return _as_shown(super().get_params(ctx))  # type: ignore[misc]

    def format_help(self, ctx: typer.Context, formatter: Any) -> None:
        """Show the help, in panels where there is room for them."""
        if not _narrow_help_shown(self, ctx):
            self.help = _without_marks(self.help)
            super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_Help, TyperCommand):  # type: ignore[misc]
    """A command."""


class Group(_Help, TyperGroup):  # type: ignore[misc]
    """A group of commands."""


class Program(Group):
    """The root of the command line: it knows every command by its line,
    and imports the one that is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.lines = {
            name: TyperCommand(name, help=line, rich_help_panel=panel)
            for panel, lines in PANELS.items()
            for name, line in lines.items()
        }
        self.commands = {**self.lines, **self.commands}

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | None:  # type: ignore[override]
        """Return the line of a command, as help and completion show it."""
        return self.lines.get(cmd_name)

    def resolve_command(  # type: ignore[override]
        self, ctx: typer.Context, args: list[str]
    ) -> tuple[str | None, Any, list[str]]:
        """Return the command that a line of words calls, and what is left of the line."""
        name, line, rest = super().resolve_command(ctx, args)
        return name, line and load(str(name)), rest


def load(name: str) -> Any:
    """Import a command, which registers itself.

    Args:
        name: of ABOUT.

    Returns:
        what Typer made of it, a command or a group.
    """
    *_, module = [import_module(f"rnnforecast.cli.{place}") for place in FOUND_IN.get(name, [name])]
    _end_with(EVERYWHERE, module.app)
    return typer.main.get_group(module.app).commands[name]


def load_all() -> None:
    """Import every command, for who goes through all of them."""
    for name in ABOUT:
        load(name)


def _end_with(epilog: str, instance: typer.Typer) -> None:
    """Let the help of every command end with the options that all have."""
    for command in instance.registered_commands:
        command.epilog = epilog
        command.cls = Command
    for group in instance.registered_groups:
        if group.typer_instance is not None:
            group.cls = Group
            _end_with(epilog, group.typer_instance)

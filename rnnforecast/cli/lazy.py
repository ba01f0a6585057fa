"""Every command by name and line: help and completion need no more,
so a command is imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

PANELS = {
    "From prices to a verdict": {
        "demo": "Fetch, train, predict and evaluate on the S&P 500 of 1999-2018, offline.",
        "fetch": "Fetch prices into the store.",
        "train": "Train networks on stored prices.",
        "predict": "Forecast the coming sessions: what to expect, the chance of a rise, "
        "80 and 95 % intervals.",
        "evaluate": "Score the test part beside naive, GARCH and others, and say what that means.",
        "tune": "Search for better settings on folds of the training part, and train the best.",
        "track": "Score the forecasts that were made, now that the prices have come; "
        "exit code 3 where the intervals do not hold what they promise.",
        "daily": "Follow a watch list for one day: fetch, train what is due, forecast, "
        "score the past.",
        "serve": "Serve a dashboard and a read-only interface until Ctrl-C.",
    },
    "Runs": {
        "report": "Write a run's report again: report.html, or the same as text or data.",
        "plot": "Draw one figure of a run as PNG, SVG or PDF.",
        "compare": "Compare evaluated runs of one symbol, paired on their common origins.",
        "leaderboard": "Rank the evaluated runs of a symbol by their skill on naive, "
        "beside how many were tried.",
        "reproduce": "Train a run again from its own config, prices and seeds, and say "
        "what differs; exit code 6 if anything does.",
        "export": "Pack a run into one zip: networks that plain Keras and ONNX Runtime open, "
        "tables, and how to use them.",
        "runs": "What has been trained: list, show, note, remove.",
    },
    "Data, configs and checks": {
        "audit": "Alter the future of the stored prices, and see that nothing before it moves; "
        "exit code 3 where something does.",
        "doctor": "Check the installation: versions, time to import, device, folder, disk and, "
        "if asked, the network.",
        "data": "What is stored, and files into and out of the store.",
        "features": "The inputs that a config may name.",
        "config": "Presets, and what a config means.",
        "explain": "What a network can learn from, made visible.",
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
    "Everywhere: --home --json --quiet --verbose --offline --exact --trust --no-color; "
    "see rnnforecast --help"
)


def _without_type(params: list[Any]) -> list[Any]:
    """Let help name no type behind a flag: there is nothing to type."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.display_type_rich = lambda ctx: None
    return params


def _unwrapped(text: str) -> str:
    """Join the lines of each paragraph, which Typer would break where the source does.

    A paragraph that begins with a backspace keeps its lines, as Click's convention is.
    """
    return "\n\n".join(
        paragraph if paragraph.startswith("\b") else " ".join(paragraph.split("\n"))
        for paragraph in text.split("\n\n")
    )


class Command(TyperCommand):
    """A command whose help shows flags as what they are, and wraps to the terminal."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.help = _unwrapped(self.help or "")

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        """Return what the command takes."""
        return _without_type(super().get_params(ctx))


class Program(TyperGroup):
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

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        """Return the options that stand before a command."""
        return _without_type(super().get_params(ctx))

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | None:  # type: ignore[override]
        """The line of a command, as help and completion show it."""
        return self.lines.get(cmd_name)

    def resolve_command(  # type: ignore[override]
        self, ctx: typer.Context, args: list[str]
    ) -> tuple[str | None, Any, list[str]]:
        """The command that a line of words calls, and what is left of the line."""
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
            _end_with(epilog, group.typer_instance)

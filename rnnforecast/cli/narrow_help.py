"""Help for terminals that are too narrow for panels: no word is cut at any width."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import typer

from rnnforecast.cli.layout import wrap

NARROW = 80
"""Columns from which Typer's panels hold every word that stands in them."""
INDENT = 2


def narrow_help(command: Any, ctx: typer.Context, width: int) -> str:
    """Return the help of a command as plain lines.

    Args:
        command: a command or a group.
        ctx: of its call.
        width: columns to fit; only an example that is longer stays on its line.
    """
    paragraphs = [command.get_usage(ctx), *(command.help or "").split("\n\n")]
    blocks = [
        text.removeprefix("\b\n") if text.startswith("\b") else wrap(text, width)
        for text in paragraphs
    ]
    blocks += ["\n".join(panel) for panel in _panels(command, ctx, width)]
    if command.epilog:
        blocks.append(wrap(command.epilog, width))
    return "\n\n".join(blocks)


def _panels(command: Any, ctx: typer.Context, width: int) -> Iterator[list[str]]:
    """Yield the arguments, the options and the commands below, each under its panel's heading."""
    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    for title in dict.fromkeys(["Arguments", "Options", *map(_panel, params)]):
        described = [_described(param, ctx) for param in params if _panel(param) == title]
        if described:
            yield [f"{title}:", *(line for entry in described for line in _entry(*entry, width))]
    below = [command.get_command(ctx, name) for name in getattr(command, "commands", {})]
    for panel, some in groupby(
        below, key=lambda command: getattr(command, "rich_help_panel", None)
    ):
        yield [
            f"{panel if isinstance(panel, str) else 'Commands'}:",
            *(
                line
                for child in some
                for line in _entry(child.name, _first_paragraph(child), width)
            ),
        ]


def _panel(param: Any) -> str:
    """Return the heading above a parameter."""
    panel = getattr(param, "rich_help_panel", None)
    if isinstance(panel, str):
        return panel
    return "Arguments" if param.param_type_name == "argument" else "Options"


def _described(param: Any, ctx: typer.Context) -> tuple[str, str]:
    """Return how a parameter is typed, and what it is."""
    record = param.get_help_record(ctx)
    text = "" if record is None else str(record[1]).strip()
    if param.param_type_name == "argument":
        return str(param.metavar or param.name), text
    names = ", ".join([*param.opts, *param.secondary_opts])
    return f"{names} {param.display_type_rich(ctx) or ''}".strip(), text


def _first_paragraph(command: Any) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _entry(name: str, text: str, width: int) -> Iterator[str]:
    yield from wrap(f"{' ' * INDENT}{name}", width).split("\n")
    yield from wrap(f"{' ' * 3 * INDENT}{text}", width).split("\n") if text else ()

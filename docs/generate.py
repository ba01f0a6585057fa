"""Write the pages of docs/reference from the program itself, and the table of speed from what was
measured.

python docs/generate.py
"""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, CommandInfo, DefaultPlaceholder, OptionInfo

from rnnforecast.cli.app import app
from rnnforecast.cli.lazy import ABOUT, load_all
from rnnforecast.config import Experiment
from rnnforecast.config.features import FEATURES
from rnnforecast.dataset.indicators import describe

FOLDER = Path(__file__).parent / "reference"
SPEED = Path(__file__).parent / "performance.md"
TABLE = Path(__file__).parents[1] / "benchmarks" / "table.py"
BLOCKS = {
    "<!-- measured: written by docs/generate.py from benchmarks/results -->": "--markdown",
    "<!-- parts: written by docs/generate.py from benchmarks/results -->": "--parts",
}
"""Where a block of the page of speed begins, and what the table's script writes into it."""
END = "<!-- end -->"
NOTE = "<!-- Written by docs/generate.py: change the program, not this page. -->"
WORDS = {int: "whole number", float: "number", str: "text", Path: "path"}


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    return {"config.md": config_page(), "commands.md": commands_page()}


def speed_page() -> str:
    """The page of speed, its tables made again from the results of the benchmarks."""
    page = SPEED.read_text("utf-8")
    for begin, option in BLOCKS.items():
        made = subprocess.run(
            [sys.executable, TABLE, option], check=True, capture_output=True, encoding="utf-8"
        )
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n\n{made.stdout}\n{END}{rest.partition(END)[2]}"
    return page


# The command line


@dataclass(frozen=True)
class Parameter:
    """An argument or an option of a command.

    Args:
        names: as typed; of an argument its placeholder.
        help: what it is.
        panel: the group that it stands in.
        value: what it takes; empty for a flag.
        default: what it is when it is left out; empty where help says so, or nothing is.
        argument: whether it is told by its place.
    """

    names: tuple[str, ...]
    help: str
    panel: str
    value: str
    default: str
    argument: bool


def commands_page() -> str:
    """Every command, with its arguments and options."""
    root = app.registered_callback
    assert root is not None and root.callback is not None
    parts = [
        NOTE,
        "# Command line",
        "What `--help` says, of every command. Global options may stand before the command or "
        "after it.",
        "## Global options",
        *_tables(parameters_of(root.callback)),
    ]
    for name, callback in all_commands().items():
        parts += [f"## {name}", *_command(name, callback)]
    return "\n\n".join(parts) + "\n"


def all_commands() -> dict[str, Callable[..., Any]]:
    """Every command's function by the words that call it, in the order of ``--help``."""
    load_all()
    order = list(ABOUT)
    found = dict(sorted(_commands_of(app, ""), key=lambda command: order.index(command[0])))
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found |= _commands_of(
            group.typer_instance, f"{group.name or group.typer_instance.info.name} "
        )
    return found


def _commands_of(of: typer.Typer, prefix: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for command in of.registered_commands:
        assert command.callback is not None
        if not command.hidden:
            yield prefix + _name(command), command.callback


def _name(command: CommandInfo) -> str:
    assert command.callback is not None
    return command.name or command.callback.__name__.rstrip("_").replace("_", "-")


def parameters_of(callback: Callable[..., Any]) -> list[Parameter]:
    """The arguments and options of a command, from its signature."""
    hints = get_type_hints(callback, include_extras=True)
    found = []
    for name, parameter in inspect.signature(callback).parameters.items():
        if get_origin(hints[name]) is Annotated:
            kind, info = get_args(hints[name])[:2]
            if not info.hidden:
                found.append(_parameter(name, kind, info, parameter.default))
    return found


def _parameter(name: str, kind: Any, info: ArgumentInfo | OptionInfo, default: Any) -> Parameter:
    optional = default is not inspect.Parameter.empty
    argument, value, many = isinstance(info, ArgumentInfo), *_value(kind)
    if argument:
        placeholder = (info.metavar or name.upper()).strip("[]").removesuffix("...") + (
            "..." if many else ""
        )
        names: tuple[str, ...] = (f"[{placeholder}]" if optional else placeholder,)
    else:
        names = _spelled(info) or (f"--{name.replace('_', '-')}",)
        value = "" if kind is bool else info.metavar or value
    told = (
        info.show_default
        if isinstance(info.show_default, str)
        else ""
        if default is None
        else str(default)
    )
    env = f" Also from the environment: `{info.envvar}`." if info.envvar else ""
    panel = info.rich_help_panel
    return Parameter(
        names=names,
        help=(info.help or "") + env,
        panel="" if panel is None or isinstance(panel, DefaultPlaceholder) else str(panel),
        value=value + (", several times" if many and not argument else ""),
        default=told if optional and kind is not bool else "",
        argument=argument,
    )


def _spelled(info: OptionInfo) -> tuple[str, ...]:
    """The names that an option was given; within ``Annotated`` Typer takes the first of
    them for a default."""
    return tuple(
        name for name in (info.default, *(info.param_decls or ())) if isinstance(name, str)
    )


def _value(kind: Any) -> tuple[str, bool]:
    """What a parameter takes, in words, and whether it takes several."""
    if get_origin(kind) in (Union, UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is list:
        return _value(get_args(kind)[0])[0], True
    if get_origin(kind) is Literal:
        return " or ".join(f"`{one}`" for one in get_args(kind)), False
    return WORDS.get(kind, ""), False


def _command(name: str, callback: Callable[..., Any]) -> Iterator[str]:
    parameters = parameters_of(callback)
    arguments = [parameter.names[0] for parameter in parameters if parameter.argument]
    yield "\n".join(["```text", " ".join(["rnnforecast", name, *arguments, "[OPTIONS]"]), "```"])
    yield from map(_paragraph, inspect.cleandoc(callback.__doc__ or "").split("\n\n"))
    yield from _tables(parameters)


def _paragraph(text: str) -> str:
    """A paragraph of help as Markdown; examples stand in a block of their own."""
    if not text.startswith("\b\n"):
        return re.sub(r"^#|\*", r"\\\g<0>", text, flags=re.M)
    heading, *lines = text.removeprefix("\b\n").splitlines()
    return "\n".join([heading, "", "```bash", *(line.strip() for line in lines), "```"])


def _tables(parameters: list[Parameter]) -> Iterator[str]:
    """A table of parameters for each panel, those without one first."""
    for panel in dict.fromkeys(sorted((parameter.panel for parameter in parameters), key=bool)):
        if panel:
            yield f"**{panel}**"
        rows = [
            [
                " ".join(f"`{name}`" for name in one.names),
                one.value,
                one.default and f"`{one.default}`",
                one.help,
            ]
            for one in parameters
            if one.panel == panel
        ]
        yield table(["", "takes", "default", "what it is"], rows)


# The config


def config_page() -> str:
    """Every setting of a config."""
    schema = Experiment.model_json_schema()
    parts = [
        NOTE,
        "# Config",
        "A config is a YAML file. What it leaves out has the default told here; "
        "an unknown key is refused, with the nearest known one. `--set model.units=64` changes "
        "a setting from the command line, `rnnforecast config show lstm` prints a config with "
        "every default filled in.",
    ]
    plain = {}
    for name, about in schema["properties"].items():
        section = _resolve(about, schema)
        if "properties" not in section:
            plain[name] = about
            continue
        parts += [f"## {name}", about.get("description") or section["description"]]
        parts.append(_settings(section["properties"], f"{name}."))
    parts += ["## Beside the sections", _settings(plain, "")]
    rows = [
        [f"`{name}`", str(bars or ""), _prose(describe(name))] for name, bars in FEATURES.items()
    ]
    parts += [
        "## Features",
        "What `window.features` may name. Another window is named behind the feature: `rsi_21`.",
        table(["feature", "bars", "what it is"], rows),
    ]
    return "\n\n".join(parts) + "\n"


def _resolve(about: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    return dict(schema["$defs"][about["$ref"].rpartition("/")[2]]) if "$ref" in about else about


def _settings(properties: dict[str, Any], prefix: str) -> str:
    rows = [
        [
            f"`{prefix}{name}`",
            _kind(about),
            f"`{_plain(about.get('default'))}`",
            _prose(about.get("description", "")),
        ]
        for name, about in properties.items()
    ]
    return table(["key", "takes", "default", "what it is"], rows)


def _kind(about: dict[str, Any]) -> str:
    """What a setting takes, in words."""
    if "$ref" in about:
        return "a section"
    if "anyOf" in about:
        return " or ".join(_kind(one) for one in about["anyOf"])
    if "enum" in about:
        return ", ".join(f"`{word}`" for word in about["enum"])
    if about["type"] == "array":
        return f"list of {_kind(about['items'])}".replace("whole number", "whole numbers,").replace(
            "numbers, at", "numbers, each at"
        )
    word = {
        "integer": "whole number",
        "boolean": "`true`, `false`",
        "string": "text",
        "null": "`null`",
    }.get(about["type"], about["type"])
    bounds = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    told = " and ".join(
        f"{words} {about[bound]:g}" for bound, words in bounds.items() if bound in about
    )
    return " ".join(
        part for part in ("date" if about.get("format") == "date" else word, told) if part
    )


def _plain(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list | bool) or value is None else str(value)


def _prose(text: str) -> str:
    """A docstring as one line of Markdown."""
    return " ".join(text.replace("``", "`").split())


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |" for cells in lines
    )


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page, text in pages().items():
        (FOLDER / page).write_text(text, "utf-8")
    SPEED.write_text(speed_page(), "utf-8")

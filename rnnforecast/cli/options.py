"""Arguments and options that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from rnnforecast.cli import completion
from rnnforecast.errors import UsageError

NewestRun = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="A run's name or a part of it; by default the newest.",
        autocompletion=completion.run_names,
    ),
]
OneRun = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A run's name or a part of it.", autocompletion=completion.run_names
    ),
]
SomeRuns = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN...", help="Their names or parts of them.", autocompletion=completion.run_names
    ),
]
RunsToRemove = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN...", help="Their whole names.", autocompletion=completion.run_names
    ),
]
Config = Annotated[
    str,
    typer.Option(
        "--config",
        "-c",
        help="A YAML file, or the name of a preset.",
        autocompletion=completion.presets,
    ),
]
NamedConfig = Annotated[
    str,
    typer.Argument(help="A YAML file, or the name of a preset.", autocompletion=completion.presets),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: --set model.units=64"),
]
AllowBad = Annotated[
    bool,
    typer.Option("--allow-bad", help="Use prices with errors as they are: data.allow_bad."),
]
OtherSymbols = Annotated[
    list[str] | None,
    typer.Option(
        "--symbol",
        metavar="SYMBOL",
        help="This symbol instead of the config's; several times: the same networks learn from "
        "all.",
        autocompletion=completion.symbols,
    ),
]
SymbolsFile = Annotated[
    Path | None, typer.Option(help="More symbols from a text file, one a line; # begins a comment.")
]
Symbol = Annotated[str, typer.Argument(help="As stored.", autocompletion=completion.symbols)]
Interval = Annotated[str, typer.Option(help="Length of a bar.")]


LARGEST_LIST = 10_000_000
"""Bytes of a file of symbols."""


def listed(symbols: list[str] | None, file: Path | None) -> list[str]:
    """The symbols of the command line and of a file, each once.

    Raises:
        UsageError: if the file cannot be read.
    """
    names = list(symbols or [])
    if file is not None:
        try:
            if file.exists() and (not file.is_file() or file.stat().st_size > LARGEST_LIST):
                raise UsageError(f"--symbols-file {file} is no list of symbols", "name a text file")
            lines = file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"--symbols-file {file} cannot be read ({error})", "name a text file"
            ) from None
        names += [
            word for line in lines for word in line.partition("#")[0].replace(",", " ").split()
        ]
    return list(dict.fromkeys(names))


def instead(symbols: list[str] | None) -> list[str]:
    """The override that ``--symbol`` stands for."""
    return [f"data.symbol={json.dumps(symbols)}"] if symbols else []

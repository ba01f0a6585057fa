"""Arguments and options that several commands share."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.context import Settings
from rnnforecast.cli.likeness import FLAG_VALUES
from rnnforecast.data.symbols import is_price_file, is_symbol
from rnnforecast.errors import UsageError

SETTING = re.compile(r"([a-z]+\.[a-z_]+|pool)=.+")
"""A setting as ``--set`` takes it."""
NewestRun = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="A run's name, part of it, or its symbol; the newest match is used. "
        "Default: the newest run.",
        autocompletion=completion.run_names,
    ),
]
OneRun = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's name, part of it, or its symbol.",
        autocompletion=completion.run_names,
    ),
]
SomeRuns = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RUN...",
        help="Run names or parts of them, or one symbol.",
        autocompletion=completion.run_names,
    ),
]
RunsToRemove = Annotated[
    list[str] | None,
    typer.Argument(metavar="RUN...", help="Full run names.", autocompletion=completion.run_names),
]
Config = Annotated[
    str,
    typer.Option(
        "--config",
        "-c",
        metavar="CONFIG",
        help="A YAML file, or the name of a preset.",
        autocompletion=completion.presets,
    ),
]
NamedConfig = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG",
        help="A YAML file, or the name of a preset.",
        autocompletion=completion.presets,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: --set model.units=64."),
]
AllowBad = Annotated[
    bool,
    typer.Option("--allow-bad", help="Use prices with errors as they are (data.allow_bad)."),
]
SkipUnfit = Annotated[
    bool,
    typer.Option(
        "--skip-unfit",
        help="Leave out symbols that do not suit; those with windows to learn from and none to be "
        "scored on still teach (data.skip_unfit).",
    ),
]
OtherSymbols = Annotated[
    list[str] | None,
    typer.Option(
        "--symbol",
        metavar="SYMBOL",
        help="Override the config's symbol; repeat it to train one model on several.",
        autocompletion=completion.symbols,
    ),
]
SymbolWords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SYMBOL...",
        help="Train on this symbol instead of the config's; several share one model.",
        autocompletion=completion.symbols,
    ),
]
SymbolsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Read more symbols from a text file, one per line; # starts a comment.",
    ),
]
Symbol = Annotated[
    str,
    typer.Argument(metavar="SYMBOL", help="A stored symbol.", autocompletion=completion.symbols),
]
Interval = Annotated[str, typer.Option(metavar="LENGTH", help="Length of a bar, such as 1d or 1h.")]

Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Spread the work over a Ray cluster: auto, ray://HOST:10001, or local for the cores "
        "of this machine.",
    ),
]

Device = Annotated[
    Literal["cpu", "gpu"] | None,
    typer.Option("--device", help="Train on this; by default on a GPU where TensorFlow sees one."),
]


def use_device(device: str | None, cluster: str | None) -> None:
    """Train on the processor, or on a graphics card that must be there.

    Raises:
        UsageError: if there is no such card, or the work is sent to a cluster's cores.
    """
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # read when TensorFlow is loaded
    if device != "gpu":
        return
    if cluster is not None:
        raise UsageError("--device gpu trains here, --cluster on the cores of others", "choose one")
    from rnnforecast.model import backend

    if backend.device() != "GPU":
        raise UsageError(
            "TensorFlow sees no GPU here",
            "pip install 'tensorflow[and-cuda]', or leave --device out",
        )


SHORTCUTS: dict[str, str] = {}
"""Options that are ``--set`` in disguise: the setting of each parameter."""


def shortcut(setting: str, purpose: str, metavar: str = "N") -> Any:
    """Make an option that sets one key of the config.

    Args:
        setting: the key, such as ``window.horizon``.
        purpose: what it is.
        metavar: what it takes.
    """
    name = setting.rpartition(".")[2]
    SHORTCUTS[name] = setting
    return typer.Option(
        f"--{name.replace('_', '-')}",
        metavar=metavar,
        help=f"{purpose} ({setting}).",
        rich_help_panel="Settings, as with --set",
    )


LISTS = ("window.features", "model.units")
"""Settings that take a list, which an option writes without brackets."""


def settings_from(context: typer.Context) -> list[str]:
    """Return the overrides that the shortcuts of a command line stand for."""
    from rnnforecast.config.loading import Override

    return [
        Override(
            f"{setting}={_in_brackets(value) if setting in LISTS else value}",
            f"--{name.replace('_', '-')} {value}",
        )
        for name, setting in SHORTCUTS.items()
        if (value := context.params.get(name)) is not None
    ]


def _in_brackets(value: str) -> str:
    """Write a list of words as YAML; one word, such as auto, stays itself."""
    return f"[{value}]" if "," in value and not value.startswith("[") else value


LARGEST_LIST = 10_000_000
"""Bytes of a file of symbols."""


def listed(symbols: list[str] | None, file: Path | None) -> list[str]:
    """Return the symbols of the command line and of a file, each once.

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


def check_words(words: list[str] | None, settings: Settings) -> None:
    """Refuse words that are no symbols, where they are options without their names.

    Raises:
        UsageError: for a preset, a YAML file, a file of prices, a setting, a length of bars or the
            value of a flag, unless a symbol of that name is stored.
    """
    from rnnforecast.config.presets import presets
    from rnnforecast.data.intervals import INTERVALS

    records = settings.records
    for word in words or []:
        low = word.lower()
        preset = low.removesuffix(".yaml").removesuffix(".yml")
        if is_symbol(word) and records.folder(records.spelled(word)).exists():
            continue
        if preset in presets():
            raise UsageError(
                f"{word} is a preset, not a symbol", f"did you mean --config {preset}?"
            )
        if low.endswith((".yaml", ".yml")):
            raise UsageError(f"{word} is a config, not a symbol", f"did you mean --config {word}?")
        if is_price_file(word):
            raise UsageError(
                f"{word} is a file, not a symbol",
                f"to import it, run: rnnforecast data import {shlex.quote(word)}",
            )
        if SETTING.fullmatch(word):
            raise UsageError(f"{word} is a setting, not a symbol", f"did you mean --set {word}?")
        if low in INTERVALS:
            raise UsageError(
                f"{word} is a length of bars, not a symbol",
                f"did you mean --interval {low}, or --set data.interval={low} in training?",
            )
        if low in FLAG_VALUES:
            raise UsageError(
                f"{word} is not a symbol", "options such as --verbose take no value: leave it out"
            )


def instead(symbols: list[str] | None, settings: Settings) -> list[str]:
    """Return the override that ``--symbol`` stands for, with symbols spelled as they are stored."""
    spelled = [
        settings.store.spelled(symbol) if is_symbol(symbol) else symbol for symbol in symbols or []
    ]
    return [f"data.symbol={json.dumps(spelled)}"] if spelled else []

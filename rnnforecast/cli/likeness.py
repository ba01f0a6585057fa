"""What a mistyped command or option means: by meaning first, then by spelling, else nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches

ALIKE = 0.7
"""Likeness of two spellings, from 0 to 1, from which one is suggested for the other."""
COMMANDS = {
    "forecast": "predict", "test": "evaluate", "eval": "evaluate", "score": "evaluate",
    "backtest": "evaluate", "fit": "train", "download": "fetch", "import": "data import",
    "list": "runs list", "delete": "runs rm", "remove": "runs rm", "presets": "config list",
    "chart": "plot", "graph": "plot", "check": "doctor", "ls": "runs list", "help": "--help",
    "version": "--version", "import-csv": "data import", "symbols": "data list",
    "init": "config new", "backtesting": "evaluate", "benchmark": "evaluate",
    "models": "config list", "update": "fetch", "get": "fetch",
    "show": "runs show", "info": "runs show", "score-forecasts": "track", "web": "serve",
    "dashboard": "serve", "server": "serve", "watch": "daily", "schedule": "daily",
}  # fmt: skip
"""What other programs call our commands."""
WITHIN = {
    "delete": "rm", "remove": "rm", "ls": "list", "info": "show", "edit": "new", "create": "new",
    "init": "new", "validate": "check", "verify": "check", "load": "import", "save": "export",
    "describe": "show", "print": "show", "presets": "list",
}  # fmt: skip
"""The same within a group."""
NOWHERE = {
    "rnnforecast data": dict.fromkeys(
        ("delete", "remove", "rm"), "to remove a series, delete its folder: data/SYMBOL"
    ),
}
"""What to do where there is no command for it."""
OPTIONS = {
    "--model": "--config", "--preset": "--config", "--ticker": "--symbol",
    "--tickers": "--symbol", "--output": "--out", "--period": "--start", "--since": "--start",
    "--from": "--start", "--until": "--end", "--to": "--end", "--date": "--as-of",
    "--levels": "--level", "--force": "--yes",
}  # fmt: skip
"""What other programs call our options."""


def meant_option(option: str, known: Sequence[str], path: str) -> str:
    """Return what an unknown option means, as a question; empty where nothing is like it.

    Args:
        option: as typed.
        known: options of the command, and the global ones.
        path: of the command, such as ``rnnforecast predict``.
    """
    from rnnforecast.config.mistakes import setting_meant

    if OPTIONS.get(option) in known:
        return f"did you mean {OPTIONS[option]}?"
    setting = setting_meant(option.lstrip("-").replace("-", "_"))
    if setting and _disguised(setting) in known:
        return f"did you mean {_disguised(setting)}?"
    if setting and "--set" in known:
        return f"did you mean --set {setting}=...?"
    if setting:
        return f"{setting} is set in training: rnnforecast train --set {setting}=...;"
    names = {name.lstrip("-"): name for name in known if name.startswith("--")}
    near = get_close_matches(option.lstrip("-"), names, 1, ALIKE)
    return f"did you mean {names[near[0]]}?" if near else ""


def _disguised(setting: str) -> str:
    return f"--{setting.rpartition('.')[2].replace('_', '-')}"


def meant_choice(message: str) -> str:
    """Return the choice that a wrong value means, as a question; empty where nothing is like it."""
    match = re.search(r"'([^']*)' is not one of (.*)", message)
    if match is None:
        return ""
    near = get_close_matches(match[1].lower(), re.findall(r"'([^']*)'", match[2]), 1, ALIKE)
    return f"did you mean {near[0]}?" if near else ""


def meant_command(message: str, path: str, known: Collection[str]) -> str:
    """Return the command that an unknown one means, as a question; empty where none is known.

    Args:
        message: of the parser.
        path: of the group that was asked.
        known: the commands of that group.
    """
    match = re.match(r"No such command '([^']+)'", message)
    if match is None:
        return ""
    word = match[1].lower()
    if word in NOWHERE.get(path, {}):
        return f"{NOWHERE[path][word]};"
    meant = COMMANDS.get(word) if path == "rnnforecast" else WITHIN.get(word)
    if not meant or not (meant.startswith("-") or meant.split()[0] in known):
        return ""
    return f"did you mean {path} {meant}?"

"""What a mistyped command or option means: by meaning first, then by spelling, else nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from rnnforecast.cli.lazy import ABOUT

ALIKE = 0.7
"""Likeness of two spellings, from 0 to 1, from which one is suggested for the other."""
COMMANDS = {
    "forecast": "predict", "forecasts": "predict", "prediction": "predict",
    "predictions": "predict", "test": "evaluate", "eval": "evaluate", "score": "evaluate",
    "backtest": "evaluate", "backtesting": "evaluate", "benchmark": "evaluate",
    "validate": "evaluate", "verdict": "evaluate", "verify": "audit", "leaks": "audit",
    "fit": "train", "learn": "train", "run": "train", "build": "train",
    "download": "fetch", "update": "fetch", "get": "fetch", "pull": "fetch",
    "import": "data import", "import-csv": "data import", "load": "data import",
    "symbols": "data list", "prices": "data list", "tickers": "data list",
    "list": "runs list", "ls": "runs list", "results": "runs list", "status": "runs list",
    "show": "runs show", "info": "runs show", "summary": "runs show", "describe": "runs show",
    "delete": "runs rm", "remove": "runs rm", "rm": "runs rm", "clean": "runs rm",
    "presets": "config list", "models": "config list", "init": "config new", "new": "config new",
    "search": "tune", "optimize": "tune", "optimise": "tune", "hyperopt": "tune",
    "chart": "plot", "graph": "plot", "draw": "plot", "ranking": "leaderboard",
    "check": "doctor", "setup": "doctor", "tutorial": "demo", "example": "demo", "start": "demo",
    "score-forecasts": "track", "watch": "daily", "schedule": "daily", "cron": "daily",
    "web": "serve", "dashboard": "serve", "server": "serve", "gui": "serve", "ui": "serve",
    "help": "--help", "version": "--version",
    "history": "track (earlier forecasts) or rnnforecast data show (earlier prices)",
}  # fmt: skip
"""What other programs call our commands."""
WITHIN = {
    "delete": "rm", "remove": "rm", "ls": "list", "info": "show", "edit": "new", "create": "new",
    "init": "new", "validate": "check", "verify": "check", "load": "import", "save": "export",
    "describe": "show", "print": "show", "presets": "list", "rename": "note", "show": "list",
    "plot": "show --plot", "chart": "show --plot",
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
    "--years": "--start 2015-01-01", "--gpu": "--device gpu", "--cpu": "--device cpu",
    "--from": "--start", "--until": "--end", "--to": "--end", "--date": "--as-of",
    "--levels": "--level", "--force": "--yes", "--limit": "--last", "--top": "--last",
    "--tail": "--last", "-n": "--last", "--save": "--out", "--show": "--open",
    "--workers": "--jobs", "--config": "--watch", "--order": "--sort", "--sort-by": "--sort",
}  # fmt: skip
"""What other programs call our options."""
_FULL, _OPEN, _REFIT = "--full", "--open", "--refit-every 250"
_FILE, _LEVELS = "--out forecast.csv", "--out forecast.csv --level 50,90"
OPTIONS_OF = {
    "rnnforecast evaluate": {
        "--metric": _FULL, "--metrics": _FULL, "--rmse": _FULL, "--mse": _FULL, "--mae": _FULL,
        "--all": _FULL, "--plot": _OPEN, "--html": _OPEN, "--report": _OPEN, "--cv": _REFIT,
        "--folds": _REFIT, "--walk-forward": _REFIT, "--refit": _REFIT,
    },
    "rnnforecast predict": {
        "--csv": _FILE, "--format": _FILE, "--save": _FILE, "--confidence": _LEVELS,
        "--quantiles": _LEVELS, "--alpha": _LEVELS, "--show": "--plot --open",
    },
    "rnnforecast train": {"--save": "--name", "--output": "--name", "--out": "--name"},
    "rnnforecast export": {"--csv": "--table backtest --format csv"},
    "rnnforecast report": {"--pdf": "--open, and printing the page"},
}  # fmt: skip
"""The same of single commands, where these mean something else or more."""
SHORTCUTS = frozenset(
    {
        "window.horizon", "window.lookback", "window.features", "window.target",
        "model.architecture", "model.units", "training.epochs", "training.batch_size",
        "training.learning_rate", "training.ensemble",
    }
)  # fmt: skip
"""Settings that are options of ``train`` as well."""
BY_ITSELF = {
    "SYMBOL": ("--symbol", "--symbols", "--ticker", "--tickers", "--stock", "--coin"),
    "RUN": ("--run", "--config", "--model", "--name", "--preset"),
}
"""What people name by an option and the command takes as a word."""
CHOICES = {
    "rolling": "sliding", "fixed": "sliding", "moving": "sliding", "anchored": "expanding",
    "growing": "expanding", "markdown": "md", "text": "md", "page": "html", "tflite": "litert",
    "tf": "savedmodel", "l1": "mae", "l2": "mse", "loss": "training", "losses": "training",
    "history": "training", "prediction": "actual", "predictions": "actual", "fit": "actual",
    "intervals": "coverage", "fan": "forecast", "calibration": "reliability",
    "profit": "equity", "returns": "equity", "errors": "error", "baselines": "skill",
}  # fmt: skip
"""What other programs call our choices."""
NO_CHOICE = {
    "keras": "leave the option out: the zip then holds networks for plain Keras",
    "h5": "leave the option out: the zip then holds networks for plain Keras",
    "pdf": "show the page with --open, and print it to a PDF",
}
"""What to do for a choice that there is not."""
WATCHED = "symbols: [{}]"
"""A line that makes a watch list."""
FLAG_VALUES = ("true", "false", "yes", "no", "on", "off", "0", "1")
"""Values that people type behind options that take none."""


def meant_option(option: str, known: Sequence[str], path: str, words: Collection[str] = ()) -> str:
    """Return what an unknown option means, as a question; empty where nothing is like it.

    Args:
        option: as typed.
        known: options of the command, and the global ones.
        path: of the command, such as ``rnnforecast predict``.
        words: what the command takes without an option, such as ``RUN``.
    """
    from rnnforecast.config.mistakes import setting_meant

    if option in known:  # it exists, and lacks its value
        return ""
    if special := OPTIONS_OF.get(path, {}).get(option):
        return f"did you mean {special}?"
    usual = OPTIONS.get(option, "")
    if usual.partition(" ")[0] in known:
        return f"did you mean {usual}?"
    for word, aliases in BY_ITSELF.items():
        if option in aliases and any(word in taken for taken in words):
            return f"name it without an option: {path} {word};"
    setting = setting_meant(option.lstrip("-").replace("-", "_"))
    if setting and _disguised(setting) in known:
        return f"did you mean {_disguised(setting)}?"
    if setting and "--set" in known:
        return f"did you mean --set {setting}=...?"
    if setting:
        typed = f"{_disguised(setting)} ..." if setting in SHORTCUTS else f"--set {setting}=..."
        return f"{setting} is set in training: rnnforecast train {typed};"
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
    word = match[1].lower()
    if near := nearest_choice(word, re.findall(r"'([^']*)'", match[2])):
        return f"did you mean {near}?"
    return f"{NO_CHOICE[word]};" if word in NO_CHOICE else ""


def nearest_choice(word: str, choices: Collection[str]) -> str:
    """Return the choice that a word means, by meaning or by spelling; empty where there is none."""
    word = word.lower()
    if CHOICES.get(word) in choices:
        return CHOICES[word]
    return next(iter(get_close_matches(word[:80], choices, 1, ALIKE)), "")


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
    if path == "rnnforecast" and word.endswith((".yaml", ".yml")):
        return f"did you mean {path} train --config {match[1]}?"
    if path == "rnnforecast" and re.fullmatch(r"\^?[A-Z]{2,5}|[A-Z]{2,6}-[A-Z]{3}", match[1]):
        return f"did you mean {path} train {match[1]}?"
    meant = COMMANDS.get(word, "") if path == "rnnforecast" else WITHIN.get(word, "")
    if word in ABOUT and word not in known and not meant:  # of another group, or of none
        return f"did you mean rnnforecast {word}?"
    if not (meant.startswith("-") or meant.partition(" ")[0] in known):
        longer = [name for name in known if word.startswith((f"{name}-", f"{name}_"))]
        near = longer or get_close_matches(word[:80], known, 1, ALIKE)
        near = near or (list(known) if len(known) == 1 else [])
        meant = near[0] if near else ""
    return f"did you mean {path} {meant}?" if meant else ""


def meant_words(message: str, path: str, known: Collection[str], words: Collection[str]) -> str:
    """Return what a word too many means; empty where that is not known.

    Args:
        message: of the parser.
        path: of the command.
        known: its options.
        words: what it takes without an option, such as ``RUN``.
    """
    match = re.match(r"Got unexpected extra arguments?(?:\(s\))? \((\S+)", message)
    if match is None:
        return ""
    word = match[1].rstrip(")")
    if word.lower() in FLAG_VALUES:
        return "options such as --verbose take no value;"
    if word.lower().endswith((".yaml", ".yml")):
        takers = [name for name in ("--config", "--watch") if name in known]
        return f"did you mean {takers[0]} {word}?" if takers else ""
    if any("RUN" in taken for taken in words):
        return "it takes one run, such as BTC-USD_gru;"
    if "--watch" in known:
        return f"list symbols in a file, watch.yaml: {WATCHED.format(word)};"
    return f"did you mean --symbol {word}?" if "--symbol" in known else ""

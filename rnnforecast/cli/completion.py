"""What the shell offers after Tab: presets, stored symbols, runs and features;
without heavy libraries."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, MutableMapping
from pathlib import Path

import typer

WORDS = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
"""Where bash, and where zsh and fish, put the command line."""


def hoist_words(
    environment: MutableMapping[str, str], hoist: Callable[[list[str]], list[str]]
) -> None:
    """Move global options to the front of a command line that is being completed.

    Args:
        environment: of the process; nothing happens where no shell asks.
        hoist: of ``main``.
    """
    if not environment.get("_RNNFORECAST_COMPLETE"):
        return
    for name in WORDS:
        try:
            words = shlex.split(environment.get(name, ""))
        except ValueError:  # within quotes
            continue
        if words:
            typed = (
                int(environment["COMP_CWORD"])
                if name == "COMP_WORDS"
                else _whole(environment[name], words)
            )
            line = shlex.join([words[0], *hoist(words[1:typed]), *words[typed:]])
            environment[name] = line + " " * environment[name].endswith(" ")


def _whole(line: str, words: list[str]) -> int:
    """Count the complete words: all but the one that the cursor stands in."""
    return len(words) if line.endswith(" ") else len(words) - 1


def presets(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the shipped presets, with what they are; YAML files are left to the shell."""
    from rnnforecast.config.presets import describe_presets

    return _beginning(incomplete, describe_presets().items())


def symbols(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer what is stored, with its range."""
    from rnnforecast.data.records import Records

    stored = Records(_home(context) / "data").records()
    choices = (
        (record["symbol"], f"{record['first'][:10]} to {record['last'][:10]}") for record in stored
    )
    return _beginning(incomplete, dict(choices).items())


def run_names(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the runs, newest first, with their symbols;
    after a /, the symbols of a run on several."""
    from rnnforecast import runs

    newest_first = runs.all_runs(_home(context) / "runs")[::-1]
    whole, slash, _ = incomplete.rpartition("/")
    if slash:
        meant = [run for run in newest_first if run.name == whole] if whole else newest_first[:1]
        parts = [part for run in meant if run.is_panel for part in run.parts]
        named = ((f"{whole}/{part.path.name}", part.path.name) for part in parts)
        return _beginning(incomplete, dict(named).items())
    return _beginning(incomplete, ((run.name, run.manifest.data.symbol) for run in newest_first))


def unfinished(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer runs whose training was killed."""
    from rnnforecast import runs

    waiting = (runs.run_name(path) for path in runs.unfinished(_home(context) / "runs"))
    return _beginning(incomplete, ((name, "unfinished") for name in waiting))


def features(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the inputs that a config may name."""
    from rnnforecast.config.features import FEATURES

    choices = ((name, f"of {window} bars" if window else "") for name, window in FEATURES.items())
    return _beginning(incomplete, choices)


def _beginning(incomplete: str, choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, description) for name, description in choices if name.startswith(incomplete)]


def _home(context: typer.Context) -> Path:
    """Return the folder of the command line so far; a Tab runs no callback,
    so there are no settings yet."""
    return Path(context.find_root().params.get("home") or ".")


def words(listed: str) -> Callable[[str], list[str]]:
    """Make a completion that offers the words of a text."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in listed.split() if word.startswith(incomplete)]

    return complete

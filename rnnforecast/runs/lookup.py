"""Runs that are there: all of them, one by name, those on the same prices."""

from __future__ import annotations

from pathlib import Path

from rnnforecast.errors import RunError
from rnnforecast.runs.run import RECORD, Run


def all_runs(root: Path) -> list[Run]:
    """Every complete run, oldest first."""
    return [
        Run(path.parent)
        for path in sorted(root.glob(f"*/{RECORD}"))
        if not path.parent.name.startswith(".")
    ]


def rivals(run: Run) -> list[Run]:
    """Return the other runs of the same folder that forecast one of the same series.

    Of a run on several symbols, the rival of a run on one of them is the part on that one.
    """
    symbols, interval = _series(run)
    found = []
    for other in all_runs(run.root):
        others, of_other = _series(other)
        if other.path != run.whole.path and of_other == interval and symbols & others:
            alone = len(symbols) == 1 and len(others) > 1
            found.append(other.part(next(iter(symbols))) if alone else other)
    return found


def _series(run: Run) -> tuple[frozenset[str], str]:
    """Return the symbols and the interval of a run's prices."""
    data = run.record()["data"]
    symbols = data.get("symbols", (data["symbol"],))
    return frozenset(symbol.casefold() for symbol in symbols), data["interval"]


def find(root: Path, name: str | None = None) -> Run:
    """A run by name, by a part of its name, or the newest; one symbol of a run on several as ``RUN/SYMBOL``.

    Raises:
        RunError: if there is none, or the part fits several.
    """
    if name is not None and "/" in name:
        whole, symbol = name.rsplit("/", 1)
        return find(root, whole or None).part(symbol)
    runs = all_runs(root)
    if not runs:
        raise RunError(f"no runs in {root}", "run: rnnforecast train --config lstm.yaml")
    if name is None:
        return runs[-1]
    ending = [run for run in runs if run.name.endswith(name)]
    fitting = [run for run in runs if run.name == name] or [run for run in runs if name in run.name]
    fitting = ending if len(ending) == 1 < len(fitting) else fitting
    if len(fitting) != 1:
        found = ", ".join(run.name for run in fitting[-3:]) or "none"
        raise RunError(
            f"{len(fitting)} runs fit {name!r} ({found})", "name one: rnnforecast runs list"
        )
    return fitting[0]

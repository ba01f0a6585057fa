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
    """The other runs of the same folder on the same series."""
    own, others = _series(run), all_runs(run.root)
    return [other for other in others if other.path != run.path and _series(other) == own]


def _series(run: Run) -> tuple[tuple[str, ...], str]:
    """Symbols and interval of a run's prices."""
    data = run.record()["data"]
    return tuple(data.get("symbols", (data["symbol"],))), data["interval"]


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

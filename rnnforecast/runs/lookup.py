"""Runs that are there: all of them, one by name, those on the same prices."""

from __future__ import annotations

from pathlib import Path

from rnnforecast.errors import RunError
from rnnforecast.runs.layout import MANIFEST
from rnnforecast.runs.run import Part, Run


def all_runs(root: Path) -> list[Run]:
    """Return every complete run, oldest first."""
    return [
        Run(path.parent)
        for path in sorted(root.glob(f"*/{MANIFEST}"))
        if not path.parent.name.startswith(".")
    ]


def rivals(run: Run | Part) -> list[Run]:
    """Return the other runs of the same folder on the same series.

    Runs that cannot be read are left out: what is wrong with another run is not this one's matter.
    """
    own = _series(run)
    return [other for other in all_runs(run.root) if other.path != run.path and _is_on(other, own)]


def _is_on(run: Run, series: tuple[tuple[str, ...], str]) -> bool:
    try:
        return _series(run) == series
    except RunError:
        return False


def _series(run: Run | Part) -> tuple[tuple[str, ...], str]:
    """Return symbols and interval of a run's prices."""
    return run.symbols, run.manifest.data.interval


def find_run(root: Path, name: str | None = None) -> Run:
    """Return a whole run by name, by a part of its name, or the newest.

    Raises:
        RunError: if there is none, or the name fits several.
    """
    all_of_them = all_runs(root)
    if not all_of_them:
        raise RunError(f"no runs in {root}", "run: rnnforecast train --config lstm.yaml")
    if name is None:
        return all_of_them[-1]
    ending = [run for run in all_of_them if run.name.endswith(name)]
    fitting = [run for run in all_of_them if run.name == name] or [
        run for run in all_of_them if name in run.name
    ]
    fitting = ending if len(ending) == 1 < len(fitting) else fitting
    if len(fitting) != 1:
        names = ", ".join(run.name for run in fitting[-3:]) or "none"
        raise RunError(
            f"{len(fitting)} runs fit {name!r} ({names})", "name one: rnnforecast runs list"
        )
    return fitting[0]


def find(root: Path, name: str | None = None) -> Run | Part:
    """Return a run as ``find_run`` does, or one symbol of a run on several as ``RUN/SYMBOL``.

    Raises:
        RunError: if there is none, or the name fits several.
    """
    if name is None or "/" not in name:
        return find_run(root, name)
    run_name, symbol = name.rsplit("/", 1)
    return find_run(root, run_name or None).part(symbol)

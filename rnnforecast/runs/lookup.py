"""Runs that are there: all of them, one by name, those on the same prices."""

from __future__ import annotations

from pathlib import Path

from rnnforecast.errors import RunError, quoted
from rnnforecast.runs.layout import FILES, MANIFEST
from rnnforecast.runs.run import Part, Run


def all_runs(root: Path) -> list[Run]:
    """Return every finished run, oldest first; one that has lost a file is among them."""
    folders = {path.parent for name in (MANIFEST, FILES) for path in root.glob(f"*/{name}")}
    return [Run(folder) for folder in sorted(folders) if not folder.name.startswith(".")]


def rivals(run: Run | Part) -> list[Run | Part]:
    """Return the other runs of the same folder that forecast one of the same series.

    Of a run on several symbols, the rival of a run on one of them is the part on that one. Runs
    that cannot be read are left out: what is wrong with another run is not this one's matter.
    """
    others = (_rival(other, run) for other in all_runs(run.root) if other.path != run.run.path)
    return [other for other in others if other is not None]


def _rival(other: Run, run: Run | Part) -> Run | Part | None:
    """Return what of another run is on the same series, or None."""
    try:
        shared = _symbols(other) & _symbols(run)
        if not shared or other.manifest.data.interval != run.manifest.data.interval:
            return None
    except RunError:
        return None
    return other.part(min(shared)) if other.is_panel and len(run.symbols) == 1 else other


def _symbols(run: Run | Part) -> frozenset[str]:
    return frozenset(symbol.casefold() for symbol in run.symbols)


def find_run(root: Path, name: str | None = None) -> Run:
    """Return a whole run by name, by a part of its name, or the newest.

    Raises:
        RunError: if there is none, or the name fits several.
    """
    all_of_them = _some_runs(root)
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


def _some_runs(root: Path) -> list[Run]:
    """Return every finished run.

    Raises:
        RunError: if there is none.
    """
    all_of_them = all_runs(root)
    if not all_of_them:
        raise RunError(f"no runs in {root}", "run: rnnforecast train --config lstm.yaml")
    return all_of_them


def find_exactly(root: Path, name: str) -> Run:
    """Return a whole run by its whole name, as what is lost for good is named.

    Raises:
        RunError: if there is none; a part of a name is answered with the whole one.
    """
    all_of_them = _some_runs(root)
    fitting = [run.name for run in all_of_them if name in run.name]
    if name in fitting:
        return Run(root / name)
    hint = f"did you mean {fitting[-1]}?" if fitting else "see: rnnforecast runs list"
    raise RunError(f"no run is called {quoted(name)}", hint)


def find(root: Path, name: str | None = None) -> Run | Part:
    """Return a run as ``find_run`` does, or one symbol of a run on several as ``RUN/SYMBOL``.

    Raises:
        RunError: if there is none, or the name fits several.
    """
    if name is None or "/" not in name:
        return find_run(root, name)
    run_name, symbol = name.rsplit("/", 1)
    return find_run(root, run_name or None).part(symbol)

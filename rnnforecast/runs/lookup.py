"""Runs that are there: all of them, one by name, those on the same prices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from rnnforecast.data.symbols import is_symbol, symbol_meant
from rnnforecast.errors import RunError, quoted
from rnnforecast.runs.layout import FILES, MANIFEST
from rnnforecast.runs.run import Part, Run


def all_runs(root: Path) -> list[Run]:
    """Return every finished run, oldest first; one that has lost a file is among them."""
    folders = {path.parent for name in (MANIFEST, FILES) for path in root.glob(f"*/{name}")}
    return [Run(folder) for folder in sorted(folders) if not folder.name.startswith(".")]


def label_of(run: Run) -> str:
    """Return the end of a run's name, behind the time: that of its successors as well.

    The ``+`` of a run that was begun in the same second as another is no part of it.
    """
    return run.name.partition("_")[2].rstrip("+")


def labelled_runs(root: Path, label: str) -> list[Run]:
    """Return the finished runs whose name ends in a label, oldest first; others are not opened."""
    folders = {
        path.parent for name in (MANIFEST, FILES) for path in root.glob(f"*_{label}*/{name}")
    }
    known = [Run(folder) for folder in sorted(folders) if not folder.name.startswith(".")]
    return [run for run in known if label_of(run) == label]


def rivals(run: Run | Part, among: Sequence[Run] | None = None) -> list[Run | Part]:
    """Return the other runs of the same folder that forecast one of the same series.

    Of a run on several symbols, the rival of a run on one of them is the part on that one. Runs
    that cannot be read are left out: what is wrong with another run is not this one's matter.

    Args:
        run: whose rivals.
        among: the runs of the folder, where they are known: a run reads its manifest only once.
    """
    known = all_runs(run.root) if among is None else among
    others = (_rival(other, run) for other in known if other.path != run.run.path)
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


LATEST = "latest"


def find_run(root: Path, name: str | None = None) -> Run:
    """Return the newest whole run that a name matches; see ``matching_runs``.

    Raises:
        RunError: if there is none.
    """
    return matching_runs(root, name)[-1]


def matching_runs(root: Path, name: str | None = None) -> list[Run]:
    """Return the runs that a name matches, oldest first: those of the first rule that any meets.

    A run's whole name; one of its symbols; the end of its name; a part of its name. Capitals do
    not count. ``latest`` or no name at all is the newest run, ``SYMBOL@latest`` the newest that
    ``SYMBOL`` matches.

    Raises:
        RunError: if there is none.
    """
    all_of_them = _some_runs(root)
    wanted = (name or LATEST).removesuffix(f"@{LATEST}")
    if wanted == LATEST:
        return all_of_them[-1:]
    exact = [run for run in all_of_them if run.name == wanted]
    word = wanted.casefold()
    matching = (
        exact
        or [run for run in all_of_them if word in _known_symbols(run)]
        or [run for run in all_of_them if run.name.casefold().endswith(word)]
        or [run for run in all_of_them if word in run.name.casefold()]
    )
    if not matching:
        raise RunError(f"no run matches {quoted(wanted)}", _suggestion(wanted, all_of_them))
    return matching[-1:] if wanted != name else matching


def _known_symbols(run: Run) -> frozenset[str]:
    """Return the symbols of a run in lower case.

    One that cannot be read has the symbol of its name, so that a request for the newest run of a
    symbol reports the damage instead of falling back to an older run.
    """
    try:
        return _symbols(run)
    except RunError:
        word = run.name.partition("_")[2].rpartition("_")[0].casefold()
        return frozenset({word, f"^{word}"} if word else ())


def _suggestion(wanted: str, all_of_them: Sequence[Run]) -> str:
    """Suggest a run or a symbol that is spelled nearly so, or how to train what is meant;
    else say where names are listed."""
    from rnnforecast.config.presets import presets  # loads pydantic, which no list needs

    word = wanted.casefold()[:80]
    ends = {run.name.partition("_")[2].casefold(): run.name for run in all_of_them}
    symbols = {symbol.upper() for run in all_of_them for symbol in _known_symbols(run)}
    meant = symbol_meant(wanted, symbols)
    if meant in symbols:
        return f"did you mean {meant}?"
    if word in presets():
        return f"train one: rnnforecast train --config {word}"
    if near := get_close_matches(word, ends, 1, 0.7):
        return f"did you mean {ends[near[0]]}?"
    if meant or (wanted == wanted.upper() and re.search("[A-Z]", wanted) and is_symbol(wanted)):
        return f"train one: rnnforecast train {meant or wanted}"
    return "see: rnnforecast runs list"


def _some_runs(root: Path) -> list[Run]:
    """Return every finished run.

    Raises:
        RunError: if there is none.
    """
    all_of_them = all_runs(root)
    if not all_of_them:
        raise RunError(f"no runs yet in {root}", "run: rnnforecast train --config lstm.yaml")
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
    """Return the newest run that a name matches, or its part on one symbol.

    Args:
        root: folder of the runs.
        name: as of ``matching_runs``; a symbol of a run on several is that run's part on it, and
            so is ``RUN/SYMBOL``, or ``/SYMBOL`` of the newest run.

    Raises:
        RunError: if there is none.
    """
    if name is not None and "/" in name:
        run_name, symbol = name.rsplit("/", 1)
        run = find_run(root, run_name or None)
        meant = symbol_meant(name, ())
        if meant and meant.casefold() not in (symbol.casefold(), run_name.casefold()):
            raise RunError(f"no run matches {quoted(name)}", f"did you mean {meant}?")
        return run.part(symbol)
    run = find_run(root, name)
    word = (name or "").removesuffix(f"@{LATEST}")
    if word.casefold() in _known_symbols(run) and run.is_panel:
        return run.part(word)
    return run

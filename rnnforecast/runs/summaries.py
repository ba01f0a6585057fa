"""The runs of a home, at a glance, with what the user notes on them and throws away; without pandas."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rnnforecast import runs
from rnnforecast.errors import RunError, UsageError
from rnnforecast.runs import Run

_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d_")
SPREAD_METRICS = ("crps", "brier")
"""The score of a whole distribution, of a price and of a yes or no: the CRPS of a probability is its Brier score."""
SORTS = ("name", "symbol", "architecture", "target", "verdict", "crps", "skill", "created")
"""What a list of runs can be sorted by."""


@dataclass(frozen=True)
class Summary:
    """What a list tells of a run.

    Args:
        name: of the run.
        symbol: whose prices.
        interval: length of a bar.
        last: date of the newest price it was trained with.
        created: when, in UTC.
        architecture: of its networks.
        target: what they forecast.
        verdict: in a few words; None before ``evaluate``.
        crps: of the network over all steps, the Brier score of a direction; None before ``evaluate``.
        skill: of that on naive's.
        p: one-sided, that the network is better.
        looks: how often the test part has been looked at.
        interrupted: whether training was stopped before its end.
        note: of the user.
    """

    name: str
    symbol: str
    interval: str
    last: str
    created: str
    architecture: str
    target: str
    verdict: str | None
    crps: float | None
    skill: float | None
    p: float | None
    looks: int
    interrupted: bool
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class _Files:
    """The small files of one run."""

    run: Run

    @cached_property
    def config(self) -> str:
        return self.run.read(runs.CONFIG)

    def setting(self, name: str) -> str:
        """A word of the resolved config, whose layout is ours: loading YAML takes a thousand times as long."""
        found = re.search(rf"^  {name}: (.*)$", self.config, re.M)
        return found[1] if found else ""

    def verdict(self) -> str | None:
        path = self.run.path / runs.VERDICT
        return str(json.loads(path.read_text("utf-8"))["headline"]) if path.exists() else None

    def score(self) -> dict[str, float | None]:
        """The network's CRPS over all steps, its skill on naive and the p of that."""
        score = self._row(runs.SCORES, model="network")
        skill = self._row(runs.COMPARISONS, baseline="naive")
        return {
            "crps": _number(score.get("value")),
            "skill": _number(skill.get("skill")),
            "p": _number(skill.get("p")),
        }

    def _row(self, name: str, **wanted: str) -> dict[str, str]:
        """The first row of a table that is about a spread metric over all steps; empty where there is none."""
        path = self.run.path / name
        if not path.exists():
            return {}
        header, *rows = path.read_text("utf-8").splitlines()
        told = [row for row in rows if any(f",0,{metric}," in row for metric in SPREAD_METRICS)]
        fitting = (row for row in csv.DictReader([header, *told]) if wanted.items() <= row.items())
        return next(fitting, {})


def _number(text: str | None) -> float | None:
    """A number of a table; None where it is not known."""
    value = float(text) if text else math.nan
    return value if math.isfinite(value) else None


def summarise(run: Run) -> Summary:
    """What a list tells of a run.

    Raises:
        RunError: if the run is incomplete.
    """
    record, files = run.record(), _Files(run)
    data = record["data"]
    return Summary(
        name=run.name,
        symbol=data["symbol"],
        interval=data["interval"],
        last=data["last"],
        created=record["created"],
        architecture=files.setting("architecture"),
        target=files.setting("target"),
        verdict=files.verdict(),
        looks=len(record["test_touched"]),
        interrupted=record["interrupted"],
        note=note_of(run),
        **files.score(),
    )


def summaries(
    root: Path, symbol: str | None = None, sort: str = "name", *, reverse: bool = False
) -> list[Summary]:
    """What there is to tell of every run.

    Args:
        root: folder of the runs.
        symbol: only runs on it; of those on several, their parts on it.
        sort: one of SORTS; runs without that value come last.
        reverse: from the end.

    Raises:
        UsageError: if nothing can be sorted by that.
    """
    if sort not in SORTS:
        raise UsageError(f"runs cannot be sorted by {sort!r}", f"use: {', '.join(SORTS)}")
    every = runs.all_runs(root)
    chosen = [summarise(run) for run in (every if symbol is None else _on(every, symbol))]
    known = [one for one in chosen if getattr(one, sort) is not None]
    unknown = [one for one in chosen if getattr(one, sort) is None]
    return sorted(known, key=lambda one: getattr(one, sort), reverse=reverse) + unknown


def tried(root: Path, symbol: str) -> int:
    """How many different configs have been trained on a symbol."""
    return len({run.whole.read(runs.CONFIG) for run in _on(runs.all_runs(root), symbol)})


def _on(found: Iterable[Run], symbol: str) -> Iterator[Run]:
    """Those of some runs that are on a symbol, and the parts on it of those that are on several."""
    for run in found:
        data = run.record()["data"]
        names = {one.casefold() for one in data.get("symbols", ())}
        if symbol.casefold() in names:
            yield run.part(symbol)
        elif data["symbol"].casefold() == symbol.casefold():
            yield run


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Each run's name to what follows its time, where no other of these runs ends like that."""
    short = {name: _TIME.sub("", name) for name in names}
    taken = Counter(short.values())
    return {name: end if taken[end] == 1 else name for name, end in short.items()}


def note_of(run: Run) -> str:
    """What the user has written about a run."""
    path = run.path / runs.NOTE
    return path.read_text("utf-8").strip() if path.exists() else ""


def write_note(run: Run, text: str) -> None:
    """Replace what the user has written about a run; an empty text takes it away."""
    if text.strip():
        run.write(runs.NOTE, " ".join(text.split()) + "\n")
    else:
        (run.path / runs.NOTE).unlink(missing_ok=True)


def remove(run: Run) -> None:
    """Delete a run: out of sight at once, then file by file.

    Raises:
        RunError: if the folder cannot be written.
    """
    aside = run.path.with_name(f".{run.name}.removed")
    try:
        run.path.rename(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise RunError(
            f"cannot remove {run.path} ({error.strerror})", "remove the folder by hand"
        ) from None


def files_of(run: Run) -> dict[str, int]:
    """The run's files, relative to it, with their sizes in bytes."""
    found = (path for path in sorted(run.path.rglob("*")) if path.is_file())
    return {str(path.relative_to(run.path)): path.stat().st_size for path in found}

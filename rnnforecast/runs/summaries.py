"""The runs of a home at a glance, the notes on them, and their removal; without pandas."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rnnforecast.errors import RunError, UsageError
from rnnforecast.runs.folder import Folder
from rnnforecast.runs.layout import COMPARISONS, CONFIG, NOTE, SCORES, VERDICT
from rnnforecast.runs.lookup import all_runs
from rnnforecast.runs.run import Part, Run, folds_of
from rnnforecast.runs.track_record import TRACK, TrackRecord

_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d_")
SPREAD_METRICS = ("crps", "brier")
"""The score of a whole distribution: the CRPS of a probability is its Brier score."""
SORTS = ("name", "symbol", "architecture", "target", "verdict", "crps", "skill", "created")
"""What a list of runs can be sorted by."""


@dataclass(frozen=True)
class Summary:
    """A run as a line of a list.

    Args:
        name: of the run.
        symbol: whose prices.
        interval: length of a bar.
        last: date of the newest price it was trained with.
        created: when, in UTC.
        architecture: of its networks.
        target: what they forecast.
        steps: that they forecast; None where the config does not say.
        verdict: in a few words; None before ``evaluate``.
        crps: of the network over all steps, the Brier score of a direction; None before
            ``evaluate``.
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
    steps: int | None
    verdict: str | None
    crps: float | None
    skill: float | None
    p: float | None
    looks: int
    interrupted: bool
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class NetworkScore:
    """A network's mean over all steps by one metric; None where it is not known.

    Args:
        value: of the metric.
        skill: on naive's.
        p: one-sided, that the network is better.
    """

    value: float | None
    skill: float | None
    p: float | None


def score_of(run: Run | Part, metric: str) -> NetworkScore:
    """Return what an evaluation found of a run by one metric: crps, mae, mse or rmse.

    Raises:
        RunError: if the tables are damaged.
    """
    return _Files(run).score(SPREAD_METRICS if metric == "crps" else (metric,))


@dataclass(frozen=True)
class _Files:
    """The small files of one run."""

    run: Run | Part

    @cached_property
    def config(self) -> str:
        return self.run.read(CONFIG)

    def setting(self, name: str) -> str:
        """Return a word of the resolved config; its layout is ours, and loading YAML is slow."""
        match = re.search(rf"^  {name}: (.*)$", self.config, re.M)
        return match[1] if match else ""

    def verdict(self) -> str | None:
        if not self.run.has(VERDICT):
            return None
        try:
            return str(json.loads(self.run.read(VERDICT))["headline"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise RunError(
                f"{VERDICT} of run {self.run.name} is damaged",
                f"run: rnnforecast evaluate {self.run.name}",
            ) from None

    def score(self, metrics: Sequence[str]) -> NetworkScore:
        """Return the network's score over all steps by the first of some metrics that it has."""
        try:
            score = self._row(SCORES, metrics, model="network")
            skill = self._row(COMPARISONS, metrics, baseline="naive")
            return NetworkScore(
                _number(score.get("value")), _number(skill.get("skill")), _number(skill.get("p"))
            )
        except (ValueError, csv.Error):
            raise self.run.damaged(SCORES) from None

    def _row(self, name: str, metrics: Sequence[str], **wanted: str) -> dict[str, str]:
        """Return the first row on one of the metrics over all steps; empty where there is none."""
        if not self.run.has(name):
            return {}
        header, *lines = self.run.read(name).splitlines()
        overall = [line for line in lines if any(f",0,{name}," in line for name in metrics)]
        rows = csv.DictReader([header, *overall])
        fitting = (row for row in rows if wanted.items() <= row.items())
        return next(fitting, {})


def _number(text: str | None) -> float | None:
    """Return a number of a table; None where it is not known."""
    value = float(text) if text else math.nan
    return value if math.isfinite(value) else None


def summarise(run: Run | Part) -> Summary:
    """Return what a list shows of a run.

    Raises:
        RunError: if the run is incomplete or damaged.
    """
    manifest, files = run.manifest, _Files(run)
    score = files.score(SPREAD_METRICS)
    return Summary(
        name=run.name,
        symbol=manifest.data.symbol,
        interval=manifest.data.interval,
        last=manifest.data.last,
        created=manifest.created,
        architecture=files.setting("architecture"),
        target=files.setting("target"),
        steps=int(steps) if (steps := files.setting("horizon")).isdigit() else None,
        verdict=files.verdict(),
        looks=len(manifest.test_touched),
        interrupted=manifest.interrupted,
        note=note_of(run),
        crps=score.value,
        skill=score.skill,
        p=score.p,
    )


@dataclass(frozen=True)
class Damaged:
    """A run that cannot be listed.

    Args:
        name: of the run.
        problem: what is wrong with it, and what to do.
    """

    name: str
    problem: str


def check(run: Run) -> list[str]:
    """Read every file of a run, of its parts and folds; return what is wrong, a sentence each.

    Nothing can be said of a run from a version that kept no hashes.
    """
    run = Run(run.path)  # as it is now
    problems = []
    try:
        folders: list[Folder] = [run, *(part for part in run.parts if not part.shares_folder)]
        folders += [*run.teachers, *(fold for part in run.parts for fold in folds_of(part))]
    except RunError as error:
        return [str(error)]
    for part in run.parts:
        try:
            TrackRecord(part.path / TRACK).entries()
        except RunError as error:
            problems.append(str(error))
    for folder in folders:
        try:
            names = list(folder.files or ())
        except RunError as error:
            problems.append(str(error))
            continue
        for name in names:
            try:
                folder.read_bytes(name)
            except RunError as error:
                problems.append(str(error))
    return problems


def summaries(
    root: Path, symbol: str | None = None, sort: str = "name", *, reverse: bool = False
) -> list[Summary]:
    """Return a summary of every run that can be read; see ``overview``."""
    return overview(root, symbol, sort, reverse=reverse)[0]


def overview(
    root: Path, symbol: str | None = None, sort: str = "name", *, reverse: bool = False
) -> tuple[list[Summary], list[Damaged]]:
    """Return a summary of every run, and what is wrong with those that cannot be read.

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
    listed: list[Summary] = []
    damaged: list[Damaged] = []
    for run in all_runs(root):
        try:
            chosen: Iterable[Run | Part] = [run] if symbol is None else _on([run], symbol)
            listed += [summarise(run_or_part) for run_or_part in chosen]
        except RunError as error:
            damaged.append(Damaged(run.name, str(error)))
    known = [summary for summary in listed if getattr(summary, sort) is not None]
    unknown = [summary for summary in listed if getattr(summary, sort) is None]
    return sorted(
        known, key=lambda summary: _sort_key(summary, sort), reverse=reverse
    ) + unknown, damaged


def _sort_key(summary: Summary, sort: str) -> tuple[Any, ...]:
    """Return what a list is sorted by; a CRPS stands beside those of the same forecasts only."""
    value = getattr(summary, sort)
    alike = (summary.symbol, summary.interval, summary.target, summary.steps or 0)
    return (*alike, value) if sort == "crps" else (value,)


def tried(root: Path, symbol: str) -> int:
    """Return how many different configs have been trained on a symbol, or tried by a search for
    one of them, as far as they are read."""
    configs, searches = set(), dict[str, int]()
    for run in all_runs(root):
        try:
            configs |= {part.run.read(CONFIG) for part in _on([run], symbol)}
            searches |= {
                part.manifest.searched.study: part.manifest.searched.trials - 1
                for part in _on([run], symbol)
                if part.manifest.searched is not None
            }
        except RunError:
            continue
    return len(configs) + sum(searches.values())


def runs_on(root: Path, symbol: str) -> list[Run | Part]:
    """Return the runs on a symbol that can be read, oldest first; of those on several, the part."""
    readable: list[Run | Part] = []
    for run in all_runs(root):
        with suppress(RunError):
            readable += _on([run], symbol)
    return readable


def _on(all_of_them: Iterable[Run], symbol: str) -> Iterator[Run | Part]:
    """Yield the runs on a symbol; of a run on several, its part on it."""
    for run in all_of_them:
        for part in run.parts:
            if part.symbol.casefold() == symbol.casefold():
                yield part if run.is_panel else run


def end_of_name(name: str) -> str:
    """Return what follows the time in a run's name: its symbol and config."""
    return _TIME.sub("", name)


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Map each run's name to what follows its time, where no other of these ends like that."""
    short = {name: end_of_name(name) for name in names}
    taken = Counter(short.values())
    return {name: end if taken[end] == 1 else name for name, end in short.items()}


def note_of(run: Run | Part) -> str:
    """Return what the user has written about a run."""
    return run.read(NOTE).strip() if run.has(NOTE) else ""


def write_note(run: Run | Part, text: str) -> None:
    """Replace what the user has written about a run; an empty text takes it away."""
    if text.strip():
        run.write(NOTE, " ".join(text.split()) + "\n")
    else:
        run.discard(NOTE)


def files_of(run: Run | Part) -> dict[str, int]:
    """Return the run's files, relative to it, with their sizes in bytes."""
    paths = (path for path in sorted(run.path.rglob("*")) if path.is_file())
    return {str(path.relative_to(run.path)): path.stat().st_size for path in paths}

"""What a search leaves in its folder: the best config, every trial, a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock

from rnnforecast import __version__
from rnnforecast.atomic import write_atomic
from rnnforecast.config.loading import dump
from rnnforecast.errors import RunError, UsageError
from rnnforecast.formatting import csv_text
from rnnforecast.report.charts.search import search_history, setting_importances
from rnnforecast.report.charts.spec import Chart
from rnnforecast.report.comparison import comparison_page
from rnnforecast.report.search import (
    Row,
    best_sheet,
    conclude_search,
    count_words,
    failure_sheet,
    importance_sheet,
)
from rnnforecast.report.tables.cells import Sheet
from rnnforecast.tuning.search import SearchResult
from rnnforecast.tuning.study import Trial

STUDIES = "studies"
"""The folder of a home that holds searches."""
JOURNAL, TRIALS, PAGE, LOCK = "journal.log", "trials.csv", "search.html", ".lock"
STATES = ("finished", "pruned", "failed", "interrupted", "running")
MOST = 30
"""Trials on a page."""
METHOD = (
    "Every value is the mean over folds that lie within the training part, as a share of naive's "
    "on the same days. No trial has seen the rows that calibrate the winner, nor the test part. "
    "The best of many is optimistic: part of its lead is luck."
)


@contextmanager
def studying(folder: Path) -> Iterator[None]:
    """Hold the right to work on a study of this home.

    Args:
        folder: of the study, which is made where it is missing.

    Raises:
        RunError: if another process works on it.
        UsageError: if the folder cannot be written.
    """
    lock = filelock.FileLock(folder / LOCK, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise RunError(
            f"another process works on study {folder.name}", "wait for it, or use --workers there"
        ) from None
    except OSError as error:
        raise UsageError(
            f"cannot write {folder} ({error.strerror})", "use another --home"
        ) from None
    try:
        yield
    finally:
        lock.release()


def rows_of(result: SearchResult) -> list[Row]:
    """Return the finished trials, the best first."""
    finished = [trial for trial in result.trials if trial.state == "finished"]
    ordered = sorted(finished, key=lambda trial: (trial.value or 0.0, trial.number))
    return [row_of(result, trial) for trial in ordered]


def row_of(result: SearchResult, trial: Trial) -> Row:
    """Return a finished trial as text shows it."""
    changes = {key: value for key, (_, value) in result.changes(trial).items()}
    return Row(trial.number, float(trial.value or 0.0), trial.folds, changes)


def counts_of(result: SearchResult) -> dict[str, int]:
    """Return how many trials there are of each state."""
    numbers = Counter(trial.state for trial in result.trials)
    return {state: numbers[state] for state in STATES if numbers[state]}  # type: ignore[index]


def failures_of(result: SearchResult) -> dict[int, str]:
    """Return why trials failed, by their numbers."""
    return {trial.number: trial.failure for trial in result.trials if trial.state == "failed"}


def conclusion_of(result: SearchResult) -> str:
    """Return in words what a search has found."""
    start = result.start_trial
    return conclude_search(
        row_of(result, result.best_trial),
        None if start is None else row_of(result, start),
        counts_of(result),
        result.terms.metric,
        result.terms.until,
    )


def best_config(result: SearchResult, name: str) -> str:
    """Return the best settings as YAML that ``train`` takes, and where they come from.

    Args:
        result: of the search.
        name: of the file.
    """
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    changed = [
        f"#   {key}: {before} -> {after}"
        for key, (before, after) in result.changes(result.best_trial).items()
    ]
    lines = [
        f"# Found on {today} by rnnforecast {__version__} tune: trial {result.best_trial.number} "
        f"of study {result.study}",
        f"# ({count_words(counts_of(result))}).",
        f"# {conclusion_of(result)}",
        "# What differs from the settings that it started from:",
        *(changed or ["#   nothing"]),
        f"# Use it: rnnforecast train --config {name}",
    ]
    return "\n".join(lines) + "\n" + dump(result.best)


def charts_of(result: SearchResult) -> dict[str, Chart]:
    """Return the figures of a search."""
    title, metric = f"Study {result.study}", result.terms.metric
    charts = {"history": search_history(result.table, metric, f"{title}: value of each trial")}
    if result.importances:
        caption = f"{title}: which settings matter"
        charts["importances"] = setting_importances(result.importances, caption)
    return charts


def sheets_of(result: SearchResult, shown: int = MOST) -> dict[str, Sheet]:
    """Return the tables of a search by caption."""
    start = result.start_trial
    row = None if start is None else row_of(result, start)
    sheets = {"The best trials": best_sheet(rows_of(result), row, result.terms.metric, shown)}
    if result.importances:
        sheets["Which settings matter"] = importance_sheet(result.importances)
    if failures := failures_of(result):
        sheets["Trials that failed"] = failure_sheet(failures)
    return sheets


def save_search(folder: Path, result: SearchResult, config: str) -> dict[str, Path]:
    """Write the best config, the trials and the page of a search.

    Args:
        folder: which is made where it is missing.
        result: with a finished trial.
        config: name of the file with the best settings.

    Returns:
        the files by what they are.

    Raises:
        UsageError: if the folder cannot be written.
        RunError: if no trial has finished.
    """
    title = f"Search for settings on {result.start.data.title}"
    page = comparison_page(
        title, conclusion_of(result), sheets_of(result), charts_of(result), METHOD
    )
    contents = {
        "config": (config, best_config(result, config)),
        "trials": (TRIALS, csv_text(result.table)),
        "page": (PAGE, page),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.values():
            write_atomic(folder / name, content.encode())
    except OSError as error:
        raise UsageError(
            f"cannot write {folder} ({error.strerror})", "use another --home"
        ) from None
    return {kind: folder / name for kind, (name, _) in contents.items()}

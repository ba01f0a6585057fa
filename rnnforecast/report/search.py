"""A search in words and sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnnforecast.formatting import format_percent
from rnnforecast.report.tables.cells import Sheet

SHOWN = 5
"""Trials of a table on the screen."""


@dataclass(frozen=True)
class Row:
    """One finished trial as text shows it.

    Args:
        number: of the trial.
        value: as a share of naive's.
        folds: the value on each fold.
        changes: setting to its value, where it differs from the start.
    """

    number: int
    value: float
    folds: Sequence[float]
    changes: Mapping[str, Any]

    @property
    def words(self) -> str:
        """What it changes."""
        changed = ", ".join(f"{key} {_written(value)}" for key, value in self.changes.items())
        return changed or "nothing: the settings that the search started from"


def best_sheet(rows: Sequence[Row], start: Row | None, metric: str, shown: int = SHOWN) -> Sheet:
    """Return the best trials, what they are worth beside the start, and what they change.

    Args:
        rows: finished trials, the best first.
        start: the trial of the settings that the search started from, where it has finished.
        metric: what was minimised.
        shown: how many.
    """
    cells = [
        [
            str(row.number),
            f"{row.value:.4f}",
            "" if start is None else format_percent(row.value / start.value - 1, signed=True),
            row.words,
        ]
        for row in rows[:shown]
    ]
    return Sheet(["trial", f"{metric.upper()} / naive's", "vs start", "what it changes"], cells)


def importance_sheet(importances: Mapping[str, float]) -> Sheet:
    """Return each setting's share in the variance of the value."""
    rows = [[name, format_percent(share)] for name, share in importances.items()]
    return Sheet(["setting", "share of the variance"], rows)


def failure_sheet(failures: Mapping[int, str]) -> Sheet:
    """Return why trials failed, by their numbers."""
    return Sheet(["trial", "why it failed"], [[str(at), why] for at, why in failures.items()])


def conclude_search(
    best: Row, start: Row | None, counts: Mapping[str, int], metric: str, until: str
) -> str:
    """Return in words what a search has found.

    Args:
        best: the best trial.
        start: that of the settings that the search started from, where it has finished.
        counts: how many trials there are of each state.
        metric: what was minimised.
        until: the newest day that the search saw.
    """
    tried = sum(count for state, count in counts.items() if state not in ("interrupted", "running"))
    folds = f"{len(best.folds)} fold{'' if len(best.folds) == 1 else 's'}"
    of_many = f"Of {tried} configurations," if tried > 1 else "One configuration was tried:"
    sentence = (
        f"{of_many} trial {best.number} has the lowest {metric.upper()} on {folds} of the "
        f"training part, prices to {until}: {best.value:.4f} of naive's"
    )
    if start is None:
        return f"{sentence}."
    if best.number == start.number:
        return f"{sentence}. None beats the settings that the search started from."
    won = sum(here < there for here, there in zip(best.folds, start.folds, strict=True))
    lower = format_percent(1 - best.value / start.value)
    return f"{sentence}, {lower} lower than the start's, and lower on {won} of {folds}."


def count_words(counts: Mapping[str, int]) -> str:
    """Return how many trials there are of each state: ``38 finished, 10 pruned, 2 failed``."""
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)


def _written(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

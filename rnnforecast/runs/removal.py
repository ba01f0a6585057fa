"""Runs that go: one by name, and those that a rule lets go; without pandas."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rnnforecast.errors import RunError
from rnnforecast.runs.layout import REMOVED
from rnnforecast.runs.lookup import all_runs
from rnnforecast.runs.run import Run
from rnnforecast.runs.summaries import end_of_name


def remove(run: Run) -> None:
    """Delete a run: out of sight at once, then file by file.

    Raises:
        RunError: if the folder cannot be written.
    """
    aside = run.path.with_name(f".{run.name}{REMOVED}")
    try:
        if run.path.is_symlink():  # the run itself lies elsewhere and is left alone
            run.path.unlink()
            return
        run.path.rename(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise RunError(
            f"cannot remove {run.path} ({error.strerror})", "remove the folder by hand"
        ) from None


def expendable(root: Path, keep: int | None, older_than: timedelta | None) -> list[Run]:
    """Return the runs that a rule lets go, oldest first.

    Args:
        root: folder of the runs.
        keep: how many of each symbol and config stay, the newest; None spares none.
        older_than: since a run was made; None lets the newest go too. Runs that cannot be read
            stay, for nobody knows their age.
    """
    groups: dict[str, list[Run]] = {}
    for run in all_runs(root):
        groups.setdefault(end_of_name(run.name), []).append(run)
    spared = {run.path for own in groups.values() for run in own[len(own) - (keep or 0) :]}
    return [
        run
        for run in all_runs(root)
        if run.path not in spared and (older_than is None or _is_older(run, older_than))
    ]


def _is_older(run: Run, age: timedelta) -> bool:
    try:
        return datetime.now(UTC) - datetime.fromisoformat(run.manifest.created) > age
    except (RunError, ValueError, TypeError):
        return False

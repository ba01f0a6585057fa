"""The run that a command line means: the newest that fits, with a word about the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnforecast.cli.console import note
from rnnforecast.cli.context import Settings
from rnnforecast.errors import UsageError

if TYPE_CHECKING:
    from rnnforecast.runs import Part, Run


def find_named(settings: Settings, name: str | None) -> Run | Part:
    """Return the newest run that a name matches, and say where it is one of several.

    Raises:
        RunError: if there is none.
        UsageError: if there are several, and ``--exact`` was asked for.
    """
    from rnnforecast import runs

    run_name = None if name is None else name.rpartition("/")[0] if "/" in name else name
    if run_name:
        matching = runs.matching_runs(settings.runs, run_name)
        if settings.exact and len(matching) > 1:
            listed = ", ".join(run.name for run in matching[-3:])
            raise UsageError(
                f"--exact: {len(matching)} runs match {run_name!r} ({listed})", "name one in full"
            )
        if len(matching) > 1:
            note(f"run {matching[-1].name}, newest of {len(matching)}", settings)
    return runs.find(settings.runs, name)

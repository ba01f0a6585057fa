"""JSON documents of a run, and the number of the format that its files carry."""

from __future__ import annotations

import json
from typing import Any

from rnnforecast.errors import RunError
from rnnforecast.runs.folder import Folder

FORMAT = 1
"""Of scalers, calibrations, pools and checkpoints; older files carry none, newer are refused."""


def load_document(folder: Folder, name: str) -> dict[str, Any] | None:
    """Read a JSON document, less its format; None where the run has none.

    Raises:
        RunError: if it is damaged, or a newer version wrote it.
    """
    if not folder.has(name):
        return None
    try:
        values = dict(json.loads(folder.read(name)))
        version = int(values.pop("format", FORMAT))
    except (ValueError, TypeError, RecursionError):
        raise folder.damaged(name) from None
    check_format(folder, name, version)
    return values


def check_format(folder: Folder, name: str, version: int) -> None:
    """Refuse a file that a newer version wrote."""
    if version > FORMAT:
        raise newer_format(folder, name, version)


def newer_format(folder: Folder, name: str, version: int, known: int = FORMAT) -> RunError:
    """Return the failure of a file that a newer version wrote."""
    return RunError(
        f"{name} of run {folder.name} has format {version}, newer than {known}",
        "update: pip install -U rnnforecast",
    )

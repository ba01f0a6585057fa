"""The state that an interrupted training goes on from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnforecast.runs.folder import FORMAT, check_format
from rnnforecast.runs.layout import CHECKPOINT
from rnnforecast.runs.run import Run


def save_checkpoint(run: Run, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the state that an interrupted training goes on from."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, format=np.array(FORMAT), **dict(arrays))
    run.write(CHECKPOINT, buffer.getvalue())


def load_checkpoint(run: Run) -> dict[str, NDArray[Any]]:
    """Read the state that was written last; empty if none was."""
    if not run.has(CHECKPOINT):
        return {}
    try:
        with np.load(io.BytesIO(run.read_bytes(CHECKPOINT)), allow_pickle=False) as arrays:
            state = dict(arrays)
            version = int(state.pop("format", np.array(FORMAT)))
    except (OSError, ValueError, TypeError, zipfile.BadZipFile, EOFError):
        raise run.damaged(CHECKPOINT) from None
    check_format(run, CHECKPOINT, version)
    return state

"""The state that an interrupted training goes on from."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnforecast.arrays import load_arrays
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
        state = load_arrays(run.read_bytes(CHECKPOINT))
        version = int(state.pop("format", np.array(FORMAT)))
    except (OSError, ValueError, TypeError, OverflowError):
        raise run.damaged(CHECKPOINT) from None
    check_format(run, CHECKPOINT, version)
    return state

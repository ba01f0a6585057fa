"""Forecasts of baselines that are worth keeping, by a digest of all that they depend on."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnforecast.arrays import load_arrays
from rnnforecast.atomic import read_regular, write_atomic

FORMAT = 1
"""Of the files; what has another one is computed again."""
MOST = 40
"""Forecasts that are kept, the newest."""


def kept_path(runs: Path) -> Path:
    """Return the folder of kept quantiles, beside the runs."""
    return runs / ".baselines"


def read_kept(folder: Path, key: str) -> NDArray[np.float64] | None:
    """Read quantiles (window, step, level) that were computed before, or return None."""
    try:
        arrays = load_arrays(read_regular(folder / f"{key}.npz"))
        if "format" in arrays and int(arrays["format"]) != FORMAT:
            return None
        return np.asarray(arrays["quantiles"], float)
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return None  # computed again


def write_kept(folder: Path, key: str, quantiles: NDArray[np.float64]) -> None:
    """Keep quantiles, and forget the oldest ones."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, format=np.array(FORMAT), quantiles=quantiles)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / f"{key}.npz", buffer.getvalue())
    for path in sorted(folder.glob("*.npz"), key=lambda path: path.stat().st_mtime)[:-MOST]:
        path.unlink(missing_ok=True)

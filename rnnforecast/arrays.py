"""The arrays that stages hand to one another, by name."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Numbers in double precision, of any shape; each docstring names its axes,
as in (window, step)."""


def load_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """Read arrays by name, as ``numpy.savez`` wrote them.

    Raises:
        ValueError: if they are damaged, or compressed: this program does not, and a small archive
            may claim to hold any number of zeros.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise ValueError("its arrays are compressed")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, OSError, MemoryError) as error:
        raise ValueError(f"no arrays of NumPy: {error}") from None

"""The arrays that stages hand to one another, by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Numbers in double precision, of any shape; each docstring names its axes,
as in (window, step)."""

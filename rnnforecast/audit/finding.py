"""What a check found, and where two tables first differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Result = Literal["passed", "failed", "noted"]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Args:
        check: what must hold, in words.
        compared: what was done to find out.
        result: of the comparison.
        detail: where it failed, who saw what and when; or what must be known about it.
        remedy: what can be done where it failed.
    """

    check: str
    compared: str
    result: Result = "passed"
    detail: str = ""
    remedy: str = "let every value depend on its own bar and earlier ones only"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; a remedy where one is needed."""
        return {**asdict(self), "remedy": self.remedy if self.result == "failed" else ""}


def first_difference(
    before: NDArray[np.floating[Any]], after: NDArray[np.floating[Any]], dates: pd.DatetimeIndex
) -> tuple[pd.Timestamp, int] | None:
    """Find the oldest row in which two arrays differ by a bit, or None.

    Args:
        before: (row, ...).
        after: of the same shape.
        dates: of the rows (row,).

    Returns:
        the row's date, and the position within it, flattened.
    """
    old, new = (np.asarray(values).reshape(len(dates), -1) for values in (before, after))
    if old.shape != new.shape:
        return dates[0], 0
    moved = ~((old == new) | (np.isnan(old) & np.isnan(new)))
    if not moved.any():
        return None
    row = int(moved.any(axis=1).argmax())
    return dates[row], int(moved[row].argmax())


def first_on(date: pd.Timestamp) -> str:
    """Write the end of a sentence about what saw the future."""
    return (
        f"first on {date:%Y-%m-%d}"
        if date == date.normalize()
        else f"first on {date:%Y-%m-%d %H:%M}"
    )

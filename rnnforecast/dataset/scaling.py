"""Scalers: learned from training rows as scikit-learn learns them, kept as two rows of plain numbers.

They are worked out here, equal to scikit-learn's to the last bit: loading it takes longer than a short training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from rnnforecast.errors import DataError

Array = NDArray[np.float64]
Kind = Literal["standard", "robust", "minmax"]


@dataclass(frozen=True)
class Scaler:
    """The affine map ``(value - center) / scale``, per column.

    Args:
        center: (column,).
        scale: (column,), positive.
    """

    center: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.center) != len(self.scale) or not np.isfinite([*self.center, *self.scale]).all():
            raise DataError(f"a scaler has center {self.center} and scale {self.scale}", "train again")
        if min(self.scale) <= 0:
            raise DataError(f"a scaler has scale {self.scale}", "train again")

    @classmethod
    def fit(cls, rows: Array, kind: Kind, names: tuple[str, ...]) -> Self:
        """Learn center and scale.

        Args:
            rows: training rows alone (row, column).
            kind: ``standard`` (mean, standard deviation), ``robust`` (median, interquartile range)
                or ``minmax`` (minimum, range).
            names: of the columns, for the message.

        Raises:
            DataError: if a column is constant.
        """
        flat = np.flatnonzero(np.ptp(rows, axis=0) == 0)
        if len(flat):
            raise DataError(
                f"{names[flat[0]]} is constant ({rows[0, flat[0]]:g}) in training", "nothing can be learned"
            )
        match kind:
            case "standard":
                center, scale = np.mean(rows, axis=0), np.std(rows, axis=0)
            case "robust":
                center, scale = np.median(rows, axis=0), _spread(rows)
            case "minmax":
                center, scale = np.min(rows, axis=0), np.ptp(rows, axis=0)
        return cls(tuple(map(float, center)), tuple(map(float, scale)))

    def apply(self, values: Array) -> Array:
        """Scale values whose last axis is the column."""
        scaled: Array = (values - np.asarray(self.center)) / np.asarray(self.scale)
        return scaled

    def invert(self, values: Array) -> Array:
        """Undo ``apply``."""
        unscaled: Array = values * np.asarray(self.scale) + np.asarray(self.center)
        return unscaled


def _spread(rows: Array) -> Array:
    """Interquartile ranges (column,); 1 where the middle half is one value, as most days without an event are."""
    quartiles = np.percentile(rows, [25, 75], axis=0)
    ranges: Array = quartiles[1] - quartiles[0]
    return np.where(ranges < 10 * np.finfo(float).eps, 1.0, ranges)

"""Scalers: learned from training rows as scikit-learn does, kept as two rows of plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.errors import DataError

Kind = Literal["standard", "robust", "minmax"]
EPSILON = float(np.finfo(float).eps)


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
        if (
            len(self.center) != len(self.scale)
            or not np.isfinite([*self.center, *self.scale]).all()
        ):
            raise DataError(
                f"a scaler has center {self.center} and scale {self.scale}", "train again"
            )
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
        least: Array | float
        flat = np.flatnonzero(np.ptp(rows, axis=0) == 0)
        if len(flat):
            raise DataError(
                f"{names[flat[0]]} is constant ({rows[0, flat[0]]:g}) in training",
                "nothing can be learned",
            )
        match kind:
            case "standard":
                center, scale = rows.mean(axis=0, dtype=float), rows.std(axis=0, dtype=float)
                least = _rounding_error(center, scale, len(rows))
            case "robust":
                low, center, high = np.percentile(rows, (25, 50, 75), axis=0)
                scale, least = high - low, 10 * EPSILON
            case "minmax":
                center, scale, least = rows.min(axis=0), np.ptp(rows, axis=0), 0.0
        scale = np.where(scale <= least, 1.0, scale)  # or rounding errors would be stretched
        return cls(tuple(map(_rounded, center)), tuple(map(_rounded, scale)))

    @classmethod
    def of_series(cls, values: Array, steps: int, *, centred: bool) -> Self:
        """Return one mean and standard deviation for every step.

        Args:
            values: of the series in training (row,).
            steps: how many columns.
            centred: whether to take the mean; otherwise the center is 0.
        """
        center = _rounded(float(values.mean())) if centred else 0.0
        return cls((center,) * steps, (_rounded(float(values.std())),) * steps)

    def around(self, center: Array) -> Self:
        """Return the same scale around another center (column,)."""
        return replace(self, center=tuple(map(_rounded, center)))

    def apply(self, values: Array) -> Array:
        """Scale values whose last axis is the column.

        Raises:
            DataError: if they have another number of columns.
        """
        self._check(values)
        scaled: Array = values - np.asarray(self.center)
        scaled /= np.asarray(self.scale)  # in place: a million rows are copied once, not twice
        return scaled

    def invert(self, values: Array) -> Array:
        """Undo ``apply``."""
        self._check(values)
        unscaled: Array = values * np.asarray(self.scale) + np.asarray(self.center)
        return unscaled

    def _check(self, values: Array) -> None:
        columns = values.shape[-1]
        if columns != len(self.center):  # one column would fit any number of them
            raise DataError(
                f"a scaler was learned from {len(self.center)} columns, not from {columns}",
                "train again",
            )


def _rounding_error(mean: Array, deviation: Array, rows: int) -> Array:
    """Return the deviation that rounding alone may leave of a constant column (column,).

    Source: Chan, Golub & LeVeque, The American Statistician 37 (1983), as scikit-learn uses it.
    """
    bound: Array = np.sqrt(rows * EPSILON * deviation**2 + (rows * mean * EPSILON) ** 2)
    return bound


def _rounded(value: float) -> float:
    """Round a number to nine digits, two more than inputs have;
    the others change with the unit of prices."""
    return float(f"{value:.9g}")

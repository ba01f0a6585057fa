"""The geometry of inline SVG: values to points, round values for a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Frame:
    """From places and values to points of a figure.

    Args:
        first, last: places at the left and the right edge.
        low, high: values at the lower and the upper edge.
        box: left, top, right and bottom edge in units of the figure.
    """

    first: float
    last: float
    low: float
    high: float
    box: tuple[float, float, float, float]

    def x(self, place: float) -> float:
        """Return the horizontal position of a place."""
        left, _, right, _ = self.box
        return left + (right - left) * (place - self.first) / ((self.last - self.first) or 1.0)

    def y(self, value: float) -> float:
        """Return the vertical position of a value."""
        _, top, _, bottom = self.box
        return bottom - (bottom - top) * (value - self.low) / ((self.high - self.low) or 1.0)

    def points(self, places: Sequence[float], values: Sequence[float]) -> str:
        """Write a list of points as SVG has it."""
        return " ".join(
            f"{self.x(place):.1f},{self.y(value):.1f}"
            for place, value in zip(places, values, strict=True)
        )

    def line(self, kind: str, places: Sequence[float], values: Sequence[float]) -> str:
        """Draw a line of a class."""
        return f'<polyline class="{kind}" points="{self.points(places, values)}"/>'

    def band(
        self, kind: str, places: Sequence[float], low: Sequence[float], high: Sequence[float]
    ) -> str:
        """Draw an area of a class between two lines."""
        around = self.points([*places, *reversed(places)], [*low, *reversed(high)])
        return f'<polygon class="{kind}" points="{around}"/>'


def round_values(low: float, high: float) -> list[float]:
    """Return some four or five round values between two others."""
    span = high - low
    if not np.isfinite(span) or span <= 0:
        return []
    rough = span / 4
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(min((factor * power for factor in (1, 2, 5, 10)), key=lambda s: abs(s - rough)))
    # a hair of tolerance: 3 * 0.1 is a little more than 0.3
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [number * step for number in range(first, last + 1)]

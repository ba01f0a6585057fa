"""Names at the ends of lines, none on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from rnnforecast.arrays import Array
from rnnforecast.report.charts.spec import PALETTE

APART = 11.0
"""Points between the baselines of neighbouring labels."""


class Label(NamedTuple):
    """A text at the end of a line."""

    text: str
    x: Any
    y: float
    colour: str


def label_ends(axes: Axes, labels: Sequence[Label], *, inches: float) -> None:
    """Write texts to the right of the ends of lines; a hair leads to those that were moved away.

    Args:
        axes: with its final limits.
        labels: of lines.
        inches: height of the panel.
    """
    named = [label for label in labels if np.isfinite(label.y)]
    low, high = axes.get_ylim()
    places = np.array([(label.y - low) / (high - low) * inches * 72 for label in named])
    free = apart(places, APART, inches * 72)
    moved = bool(len(places)) and bool(np.abs(free - places).max() > APART / 2)
    hair: dict[str, Any] = {
        "arrowstyle": "-",
        "color": PALETTE["grey"],
        "lw": 0.5,
        "shrinkA": 1,
        "shrinkB": 3,
        "relpos": (0, 0.5),
    }
    for label, shift in zip(named, free - places, strict=True):
        axes.annotate(
            label.text, (label.x, label.y), (24 if moved else 8, shift),
            textcoords="offset points", color=label.colour, va="center", fontsize=9,
            annotation_clip=False, arrowprops=hair if moved else None,
        )  # fmt: skip


def apart(places: Array, gap: float, room: float) -> Array:
    """Move places apart as little as possible.

    Args:
        places: from 0 to ``room``.
        gap: between neighbours, or less where they do not fit.
        room: that there is.

    Returns:
        places in the same order.
    """
    count = len(places)
    if not count:
        return places
    gap = min(gap, room / max(1, count - 1))
    order = np.argsort(places, kind="stable")
    shift = gap * np.arange(count)
    moved = np.empty(count)
    # least squares under "each at least a gap above the one below" is isotonic regression of the
    # places less their own gaps
    moved[order] = np.clip(_increasing(places[order] - shift), 0, room - shift[-1]) + shift
    return moved


def _increasing(values: Array) -> Array:
    """Return the nearest values, by least squares, of which none is below the one before it.

    SciPy has the same for many values, at a fifth of a second to load it. Source: Robertson,
    Wright & Dykstra, Order Restricted Statistical Inference (1988), equation 1.4.3.
    """
    sums, count = np.concatenate([[0.0], np.cumsum(values)]), len(values)
    means = np.full((count, count), np.inf)  # of the values from each (row) to each (column)
    for first in range(count):
        means[first, first:] = (sums[first + 1 :] - sums[first]) / np.arange(1, count - first + 1)
    after = np.minimum.accumulate(means[:, ::-1], axis=1)[
        :, ::-1
    ]  # the least of all that end later
    least = np.where(np.tri(count, dtype=bool).T, after, -np.inf)
    nearest: Array = least.max(axis=0)
    return nearest

"""A chart as a value: what is drawn, and nothing about how.

A figure's function turns a run's tables into a ``Chart``; ``render_matplotlib`` draws it on paper,
``render_plotly`` on the screen. Whatever is decided about a figure (which models, in which order
and colour, on which axes) is decided there, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array

Colour = Literal["ink", "blue", "orange", "green", "purple", "sky", "grey"]
PALETTE: dict[str, str] = {
    "ink": "#222222",
    "blue": "#0072b2",
    "orange": "#d55e00",
    "green": "#009e73",
    "purple": "#aa4499",
    "sky": "#56b4e9",
    "grey": "#8a8a8a",
    "page": "#ffffff",
}
"""On paper; colours that the colour-blind tell apart (Okabe & Ito). The page has them by name, so
that they follow dark mode."""
MODELS: dict[str, Colour] = {
    "network": "blue",
    "uncalibrated": "purple",
    "naive": "orange",
    "always up": "orange",
    "garch": "green",
}
"""Models that stand out, with the colour that each has in every figure; others are grey."""
OTHERS = "others"
"""What a legend calls all models that do not stand out."""

Places: TypeAlias = Array | pd.DatetimeIndex
"""Where points stand on an axis: numbers, or dates as the clocks of the exchange show them."""
Dash = Literal["solid", "dash", "dot"]
Symbol = Literal["circle", "diamond", "square", "right", "left", "before"]
"""Of a point; arrows have their text on the inner side,
``before`` is a circle with its text left."""
Form = Literal["number", "percent", "signed percent", "integer", "date", "log", "compact", "hidden"]


def colour_of(model: str) -> Colour:
    """Return the colour of a model's marks."""
    return MODELS.get(model, "grey")


@dataclass(frozen=True, eq=False, kw_only=True)
class Line:
    """Points joined by a line.

    Args:
        x: where they stand.
        y: as many values; NaN interrupts the line.
        name: of the series.
        group: what a legend shows in place of the name, once for all of the group; empty: the name.
        label: written at the line's end on paper, where the legend then leaves it out.
        colour: by name.
        dash: of the line.
        width: in points.
        dots: whether each point is marked; ``only`` draws no line.
        stairs: whether each value holds halfway to its neighbours.
        shade: how opaque it is.
        details: more to say of each point, when the mouse is on it.
    """

    x: Places
    y: Array
    name: str
    group: str = ""
    label: str = ""
    colour: Colour = "blue"
    dash: Dash = "solid"
    width: float = 1.6
    dots: bool | Literal["only"] = False
    stairs: bool = False
    shade: float = 1.0
    details: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the legend shows."""
        return self.group or self.name


@dataclass(frozen=True, eq=False, kw_only=True)
class Band:
    """The area between two lines.

    Args:
        x: where the points of both stand.
        low: the lower line.
        high: the upper line.
        name: of the series.
        labels: written at the ends of both on paper, where the legend then leaves the band out.
        colour: by name.
        shade: how opaque it is.
        listed: whether it stands in the legend.
    """

    x: Places
    low: Array
    high: Array
    name: str
    labels: tuple[str, str] | None = None
    colour: Colour = "blue"
    shade: float = 0.18
    listed: bool = True

    @property
    def title(self) -> str:
        """What the legend shows."""
        return self.name if self.listed else ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Bars:
    """Bars from ``base`` on, ``width`` wide in units of the axis, around their places.

    Args:
        x: middles.
        y: heights, from the base.
        name: of the series.
        width: of each.
        base: where each begins.
        colour: of all, or of each.
    """

    x: Array
    y: Array
    name: str
    width: float
    base: Array | float = 0.0
    colour: Colour | tuple[Colour, ...] = "blue"

    @property
    def title(self) -> str:
        """What the legend shows."""
        return self.name


@dataclass(frozen=True, eq=False, kw_only=True)
class Points:
    """Marks with intervals.

    Args:
        x: where they stand.
        y: as many values.
        name: of the series.
        low: lower ends of the intervals, NaN where unknown; along ``along``.
        high: upper ends.
        along: the axis of the intervals.
        colour: of all, or of each.
        symbol: of the mark.
        details: what to say of each when the mouse is on it.
        written: text beside each mark.
    """

    x: Places
    y: Array
    name: str
    low: Array | None = None
    high: Array | None = None
    along: Literal["x", "y"] = "x"
    colour: Colour | tuple[Colour, ...] = "blue"
    symbol: Symbol = "circle"
    details: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the legend shows."""
        return self.name


@dataclass(frozen=True, eq=False, kw_only=True)
class Span:
    """A strip across the panel behind everything, or a straight line where both ends are equal.

    Args:
        low: where it begins.
        high: where it ends.
        across: the axis on which these are.
        name: in the legend, if any.
        colour: by name.
        dash: of a line.
    """

    low: float | pd.Timestamp
    high: float | pd.Timestamp
    across: Literal["x", "y"] = "y"
    name: str = ""
    colour: Colour = "grey"
    dash: Dash = "solid"

    @property
    def title(self) -> str:
        """What the legend shows."""
        return self.name


Mark: TypeAlias = Line | Band | Bars | Points | Span


def level(value: float, dash: Dash = "solid", colour: Colour = "grey") -> Span:
    """Make a horizontal line across the panel."""
    return Span(low=value, high=value, dash=dash, colour=colour)


def upright(value: float | pd.Timestamp, dash: Dash = "solid", colour: Colour = "grey") -> Span:
    """Make a vertical line across the panel."""
    return Span(low=value, high=value, across="x", dash=dash, colour=colour)


@dataclass(frozen=True, eq=False, kw_only=True)
class Axis:
    """One axis.

    Args:
        title: with the unit.
        form: how its values are written.
        decimals: of a value that the mouse is on.
        range: shown at first; by default all.
        ticks: places that are written, with their text; by default some round ones.
        hours: whether its dates have a time of day.
    """

    title: str = ""
    form: Form = "number"
    decimals: int = 2
    range: tuple[float, float] | None = None
    ticks: tuple[tuple[float | pd.Timestamp, str], ...] = ()
    hours: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Panel:
    """Marks on two axes; later ones lie above earlier ones.

    Args:
        marks: to be drawn.
        x: horizontal axis.
        y: vertical axis.
        title: above it.
        height: in inches.
        square: whether a unit is equally long on both axes.
    """

    marks: tuple[Mark, ...]
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=Axis)
    title: str = ""
    height: float = 3.0
    square: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Chart:
    """A figure.

    Args:
        title: on paper; a page has its own headings.
        message: what it shows, in a sentence, for those who cannot see it.
        rows: panels side by side, from top to bottom.
        source: symbol, network and run, at the foot of a picture.
        together: whether the mouse reads all series at one place.
        newest: points of the first panel that a page opens on, and that paper adds a panel of.
        variants: the marks of the first panel by what a reader can choose, the first chosen.
        choice: what is chosen.
        share_x: whether panels below each other have the same horizontal axis.
    """

    title: str
    message: str
    rows: tuple[tuple[Panel, ...], ...]
    source: str = ""
    together: bool = False
    newest: int = 0
    variants: tuple[tuple[str, tuple[Mark, ...]], ...] = ()
    choice: str = ""
    share_x: bool = False

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All of them, row by row."""
        return tuple(panel for row in self.rows for panel in row)

    def series(self) -> Iterator[tuple[Panel, Mark]]:
        """Yield every mark with its panel."""
        for panel in self.panels:
            for mark in panel.marks:
                yield panel, mark


def dates(values: pd.Index | pd.Series) -> pd.DatetimeIndex:
    """Return dates as the clocks of the exchange show them, which is what a figure is read by."""
    return pd.DatetimeIndex(values).tz_localize(None)


def intraday(index: pd.DatetimeIndex) -> bool:
    """Say whether dates have a time of day."""
    return bool((index != index.normalize()).any())


def numbers(values: object) -> Array:
    """Return values as an array of floats."""
    return np.asarray(values, float)

"""What all figures have in common: colours that the colour-blind tell apart (Okabe & Ito), labels at the lines."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator, PercentFormatter
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from rnnforecast.atomic import replacing
from rnnforecast.errors import UsageError
from rnnforecast.quantities import Quantity

BLACK, BLUE, ORANGE, GREEN, PURPLE, SKY, GREY = (
    "#222222", "#0072b2", "#d55e00", "#009e73", "#aa4499", "#56b4e9", "#8a8a8a",
)  # fmt: skip
PAPER = "#ffffff"
NAMES = {
    BLACK: "ink", BLUE: "blue", ORANGE: "orange", GREEN: "green", PURPLE: "purple", SKY: "sky", GREY: "grey",
    PAPER: "page",
}  # fmt: skip
"""What the page calls each colour: there they follow dark mode."""
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.color": BLACK,
    "axes.labelcolor": BLACK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "rnnforecast",
}
WIDTH = 8.0
"""Of most figures, in inches."""
POINTS_APART = 11.0
"""Between the baselines of neighbouring labels."""
FORMATS = ("png", "svg", "pdf")
_SVG_GROUP = re.compile(r'<g id="[^"]*">')
_SVG_ID = re.compile(r'\bid="|href="#|url\(#')
_SVG_COLOUR = re.compile("|".join(NAMES))


@contextmanager
def styled() -> Iterator[None]:
    """The style of our figures, for those drawn within."""
    with rc_context(STYLE):
        yield


def one_panel(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """A figure of one panel, in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


class Label(NamedTuple):
    """A line's name at its end."""

    text: str
    x: Any
    y: float
    colour: str = BLACK


def label_ends(axes: Axes, labels: Sequence[Label], *, inches: float) -> None:
    """Write the names of lines to the right of their ends, none on another; a hair leads to those moved away.

    Args:
        axes: with its final limits.
        labels: of lines.
        inches: height of the panel.
    """
    named = [label for label in labels if np.isfinite(label.y)]
    low, high = axes.get_ylim()
    places = np.array([(label.y - low) / (high - low) * inches * 72 for label in named])
    free = apart(places, POINTS_APART, inches * 72)
    moved = bool(len(places)) and bool(np.abs(free - places).max() > POINTS_APART / 2)
    hair: dict[str, Any] = {
        "arrowstyle": "-",
        "color": GREY,
        "lw": 0.5,
        "shrinkA": 1,
        "shrinkB": 3,
        "relpos": (0, 0.5),
    }
    for label, shift in zip(named, free - places, strict=True):
        axes.annotate(
            label.text, (label.x, label.y), (24 if moved else 8, shift), textcoords="offset points",
            color=label.colour, va="center", fontsize=9, annotation_clip=False, arrowprops=hair if moved else None,
        )  # fmt: skip


def apart(places: NDArray[np.float64], gap: float, room: float) -> NDArray[np.float64]:
    """Places from 0 to ``room``, at least a gap apart if they fit, in the same order, moved as little as can be."""
    count = len(places)
    if not count:
        return places
    gap = min(gap, room / max(1, count - 1))
    order = np.argsort(places, kind="stable")
    shift = gap * np.arange(count)
    moved = np.empty(count)
    moved[order] = (
        np.clip(isotonic_regression(places[order] - shift).x, 0, room - shift[-1]) + shift
    )
    return moved


def percent_axis(axis: Any) -> None:
    """Write shares as percent."""
    axis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def value_axis(axes: Axes, quantity: Quantity) -> None:
    """Write values of the quantity as people do: 100,000; 0.00001; volatilities in percent."""
    form: Formatter = (
        PercentFormatter(1, symbol=" %") if quantity.in_percent else FuncFormatter(_plain)
    )
    axes.yaxis.set_major_formatter(form)


def _plain(value: float, _: int) -> str:
    """A tick without an exponent, and without digits that say nothing."""
    if value == 0:
        return "0"
    digits = max(0, 4 - int(np.floor(np.log10(abs(value)))) - 1)
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def step_axis(axes: Axes, steps: Sequence[float] | NDArray[np.float64]) -> None:
    """Whole steps ahead, each of them where they are few."""
    if len(steps) <= 12:
        axes.set_xticks(list(steps))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("steps ahead")


def date_axis(axes: Axes) -> None:
    """Few dates, each written as shortly as can be."""
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def naive_dates(dates: pd.Index[Any] | pd.Series) -> pd.DatetimeIndex:
    """Dates as the clocks of the exchange show them, which is what a figure is read by."""
    return pd.DatetimeIndex(dates).tz_localize(None)


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, SVG or PDF, by the end of its name; the same figure gives the same bytes.

    Raises:
        UsageError: if the name ends otherwise, or the file cannot be written.
    """
    kind = path.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise UsageError(
            f"{path} ends in {path.suffix or 'nothing'}", f"use .{', .'.join(FORMATS)}"
        )
    none: dict[str, Any] = {
        "png": {"Software": None},
        "svg": {"Date": None},
        "pdf": {"CreationDate": None},
    }[kind]
    try:
        path.parent.mkdir(exist_ok=True)
        with styled(), replacing(path) as aside:
            figure.savefig(aside, format=kind, dpi=120, metadata=none)
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror})", "name another file with --out"
        ) from None
    return path


def to_svg(figure: Figure) -> str:
    """A figure as an SVG document; what is drawn of it afterwards is laid out the same, at half the cost."""
    buffer = io.StringIO()
    with styled():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    figure.set_layout_engine("none")
    return buffer.getvalue()


def inline(svg: str, name: str, title: str) -> str:
    """An SVG document as an element of a page: its colours follow dark mode, its ids are its own.

    Args:
        svg: of ``to_svg``.
        name: what its ids start with.
        title: for those who cannot see it.
    """
    element = _SVG_GROUP.sub("<g>", svg[svg.index("<svg") :])
    element = _SVG_ID.sub(rf"\g<0>{name}-", element)
    element = _SVG_COLOUR.sub(lambda found: f"var(--{NAMES[found.group()]})", element)
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)

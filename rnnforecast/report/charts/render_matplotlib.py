"""Charts on paper: PNG, SVG, PDF, and the still figures of a page."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import (
    EngFormatter,
    Formatter,
    FuncFormatter,
    MaxNLocator,
)

from rnnforecast.report.charts.labels import Label, label_ends
from rnnforecast.report.charts.spec import (
    PALETTE,
    Axis,
    Band,
    Bars,
    Chart,
    Line,
    Panel,
    Places,
    Points,
    Span,
)

INK, GREY = PALETTE["ink"], PALETTE["grey"]
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.titlesize": 11.5,
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "rnnforecast",
}
WIDTH = 8.0
"""Of a figure, in inches; a single square panel is narrower."""
AROUND = 0.9
"""Inches of a panel's height that its title and its axis take."""
FEW_DOTS = 800
"""More of them are a picture within an SVG, not so many elements of it."""
DASHES = {"solid": "-", "dash": "--", "dot": ":"}
WRITTEN = {"right": ((-7, 0), "right"), "left": ((7, 0), "left"), "before": ((-6, -16), "right")}
"""Where the text of a mark stands: its offset in points, and the end that is there."""
SYMBOLS = {"circle": "o", "diamond": "D", "square": "s", "right": ">", "left": "<", "before": "o"}


@contextmanager
def styled() -> Iterator[None]:
    """Use the style of our figures for those drawn within the block."""
    with rc_context(STYLE):
        yield


class Picture(Figure):
    """A figure that a notebook shows, though it was made without pyplot."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png")
        return content.getvalue()


def draw(chart: Chart, width: float = WIDTH) -> Figure:
    """Draw a chart as a Matplotlib figure.

    Args:
        chart: what to draw.
        width: inches; letters keep their size, so a narrow figure can be read on a phone.
    """
    with styled():
        rows = _rows(chart)
        heights = [max(panel.height for panel in row) for row in rows]
        square = len(rows) == 1 and rows[0][0].square
        figure = Picture(
            figsize=(min(5.2, width) if square else width, sum(heights) + 0.3), layout="constrained"
        )
        axes_of = _axes(figure, rows, heights, share_x=chart.share_x)
        for row, axes_row in zip(rows, axes_of, strict=True):
            for panel, axes in zip(row, axes_row, strict=True):
                dated = row is rows[-1] or not chart.share_x
                _panel(axes, panel, full=len(row) == 1, last=dated)
                if width < WIDTH and isinstance(axes.xaxis.get_major_locator(), MaxNLocator):
                    axes.locator_params(axis="x", nbins=4)  # labels would touch each other
        figure.suptitle(chart.title, x=0.01, ha="left")
        if chart.source:
            figure.supxlabel(chart.source, x=0.01, ha="left", fontsize=7.5, color=GREY)
    return figure


def _rows(chart: Chart) -> tuple[tuple[Panel, ...], ...]:
    """Return the panels; where a page would open on the newest points,
    paper has a panel of these too."""
    if not chart.newest:
        return chart.rows
    whole = chart.rows[0][0]
    marks = tuple(
        _newest(mark, chart.newest) for mark in whole.marks if isinstance(mark, Line | Band)
    )
    zoomed = replace(whole, marks=marks, title=f"The newest {chart.newest}")
    return ((whole,), (zoomed,))


def _newest(mark: Line | Band, count: int) -> Line | Band:
    if isinstance(mark, Line):
        return replace(mark, x=mark.x[-count:], y=mark.y[-count:])
    return replace(mark, x=mark.x[-count:], low=mark.low[-count:], high=mark.high[-count:])


def _axes(
    figure: Figure, rows: Sequence[Sequence[Panel]], heights: list[float], *, share_x: bool
) -> list[list[Axes]]:
    """Make axes for each panel; rows of several panels are laid out by themselves."""
    if all(len(row) == 1 for row in rows):
        column = figure.subplots(len(rows), 1, squeeze=False, sharex=share_x, height_ratios=heights)
        return [list(row) for row in column]
    parts = figure.subfigures(len(rows), 1, squeeze=False, height_ratios=heights)[:, 0]
    return [
        list(part.subplots(1, len(row), squeeze=False)[0])
        for part, row in zip(parts, rows, strict=True)
    ]


def _panel(axes: Axes, panel: Panel, *, full: bool, last: bool) -> None:
    if panel.title:
        axes.set_title(panel.title)
    for mark in panel.marks:
        draw_mark(mark, axes)
    axes.margins(x=0.02 if panel.x.form == "date" else 0.03)
    _axis(axes, axes.xaxis, panel.x, "x")
    _axis(axes, axes.yaxis, panel.y, "y")
    if not last:
        axes.tick_params(labelbottom=False)
    if panel.square:
        axes.set_aspect("equal")
    labels = [label for mark in panel.marks for label in _labels(mark)]
    _legend(axes, panel, full=full)
    label_ends(axes, labels, inches=panel.height - AROUND)


def _legend(axes: Axes, panel: Panel, *, full: bool) -> None:
    """Write the names of series that are not written at their ends, above the panel."""
    handles, names = axes.get_legend_handles_labels()
    shown = dict(zip(names, handles, strict=True))
    if len(shown) < 2:
        return
    if panel.square:  # the diagonal leaves room
        axes.legend(list(shown.values()), list(shown), loc="upper left")
        return
    columns = 4 if full else 2
    legend = axes.legend(
        list(shown.values()), list(shown), loc="lower left", bbox_to_anchor=(-0.01, 0.99),
        ncols=columns, borderaxespad=0, handletextpad=0.5, columnspacing=1.2,
    )  # fmt: skip
    if panel.title:
        legend.set_in_layout(full)
        axes.set_title(panel.title, pad=8 + 14 * -(-len(shown) // columns))


def _labels(mark: object) -> Iterator[Label]:
    """Yield what is written at the end of a mark."""
    if isinstance(mark, Line) and mark.label:
        yield Label(mark.label, _last(mark.x), float(mark.y[-1]), PALETTE[mark.colour])
    if isinstance(mark, Band) and mark.labels:
        for text, values in zip(mark.labels, (mark.low, mark.high), strict=True):
            yield Label(text, _last(mark.x), float(values[-1]), PALETTE[mark.colour])


def _last(x: Places) -> Any:
    return x[-1]


@singledispatch
def draw_mark(mark: Any, axes: Axes) -> None:
    """Draw one mark."""
    raise TypeError(f"no chart has a {type(mark).__name__}")


@draw_mark.register
def _(mark: Line, axes: Axes) -> None:
    only = mark.dots == "only"
    axes.plot(
        mark.x, mark.y, color=PALETTE[mark.colour], lw=mark.width, alpha=mark.shade,
        ls="none" if only else DASHES[mark.dash], marker="o" if mark.dots else None,
        ms=(2.5 if len(mark.x) > 50 else 5) if only else 3.5,
        drawstyle="steps-mid" if mark.stairs else "default",
        rasterized=only and len(mark.x) > FEW_DOTS,
        label="_" if mark.label else mark.title,
    )  # fmt: skip


@draw_mark.register
def _(mark: Band, axes: Axes) -> None:
    axes.fill_between(
        mark.x, mark.low, mark.high, color=PALETTE[mark.colour], alpha=mark.shade, lw=0,
        label="_" if mark.labels else mark.title,
    )  # fmt: skip


@draw_mark.register
def _(mark: Bars, axes: Axes) -> None:
    axes.bar(
        mark.x, mark.y, mark.width, mark.base, color=_colours(mark.colour), label=mark.title,
    )  # fmt: skip


@draw_mark.register
def _(mark: Points, axes: Axes) -> None:
    colours = _colours(mark.colour)
    if mark.low is not None and mark.high is not None:
        middle = np.asarray(mark.x if mark.along == "x" else mark.y, float)
        reach = np.nan_to_num(np.abs([mark.low - middle, mark.high - middle]))
        errors: dict[str, Any] = {f"{mark.along}err": reach}
        axes.errorbar(mark.x, mark.y, fmt="none", ecolor=colours, elinewidth=1.3, **errors)
    axes.scatter(
        mark.x, mark.y, s=26, c=colours, marker=SYMBOLS[mark.symbol], zorder=3, clip_on=False,
        label=mark.title or "_",
    )  # fmt: skip
    for text, x, y in zip(mark.written, mark.x, mark.y, strict=False):
        _write(axes, text, (x, float(y)), mark)


def _write(axes: Axes, text: str, place: tuple[Any, float], mark: Points) -> None:
    """Write a text beside a mark: inward of an arrow, else above it."""
    offset, side = WRITTEN.get(mark.symbol, ((0, 7), "center"))
    axes.annotate(
        text, place, offset, textcoords="offset points", ha=side, fontsize=8.5,
        va="center" if offset[1] == 0 else "bottom", zorder=4,
        bbox={"facecolor": PALETTE["page"], "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
    )  # fmt: skip


@draw_mark.register
def _(mark: Span, axes: Axes) -> None:
    colour, name = PALETTE[mark.colour], mark.title or "_"
    horizontal = mark.across == "y"
    if mark.low == mark.high:
        straight = axes.axhline if horizontal else axes.axvline
        width = 1.0 if mark.dash == "dot" else 0.9
        straight(mark.low, color=colour, lw=width, ls=DASHES[mark.dash], label=name, zorder=1.5)  # type: ignore[arg-type]
        return
    strip = axes.axhspan if horizontal else axes.axvspan
    strip(mark.low, mark.high, color=colour, alpha=0.25, lw=0, zorder=0, label=name)  # type: ignore[arg-type]


def _colours(colour: str | tuple[str, ...]) -> Any:
    return PALETTE[colour] if isinstance(colour, str) else [PALETTE[name] for name in colour]


def _axis(axes: Axes, drawn: Any, axis: Axis, along: str) -> None:
    """Set the title and the range of an axis, and how its values are written."""
    drawn.set_label_text(axis.title)
    if axis.range is not None:
        axes.set(**{f"{along}lim": axis.range})
    if axis.form == "hidden":
        drawn.set_visible(False)
        axes.spines["left" if along == "y" else "bottom"].set_visible(False)
    elif axis.form == "log":
        axes.set(**{f"{along}scale": "log"})
    elif axis.form == "date":
        locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
        drawn.set_major_locator(locator)
        drawn.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    elif axis.form == "integer":
        drawn.set_major_locator(MaxNLocator(integer=True))
        drawn.set_major_formatter(FuncFormatter(_plain))
    elif not axis.ticks:
        drawn.set_major_formatter(_FORMATTERS[axis.form])
    if axis.ticks:
        drawn.set_ticks([place for place, _ in axis.ticks], [text for _, text in axis.ticks])
        if along == "y":
            drawn.set_tick_params(length=0)


def _plain(value: float, _: int) -> str:
    """Write a tick without an exponent, and without digits that say nothing."""
    if value == 0:
        return "0"
    digits = max(0, 4 - int(np.floor(np.log10(abs(value)))) - 1)
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(value: float, _: int) -> str:
    return f"{100 * value:.4g} %"


def _signed_percent(value: float, _: int) -> str:
    return "0 %" if abs(value) < 1e-12 else f"{100 * value:+.3g} %"


_FORMATTERS: dict[str, Formatter] = {
    "number": FuncFormatter(_plain),
    "percent": FuncFormatter(_percent),
    "signed percent": FuncFormatter(_signed_percent),
    "compact": EngFormatter(sep=" "),
}

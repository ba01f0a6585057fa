"""Marks as the traces and shapes of Plotly.js.

Colours are named as the page's style sheet names them: "var(--blue)", with an opacity after it
where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.report.charts.spec import Band, Bars, Line, Mark, Places, Points, Span, intraday

Spec = dict[str, Any]
"""Values of Plotly's schema."""
DIGITS = 7
"""Significant ones of every number: enough to read, few enough for a small page."""
SYMBOLS = {"circle": "circle", "diamond": "diamond", "square": "square", "right": "triangle-right",
           "left": "triangle-left", "before": "circle"}  # fmt: skip


class Place(NamedTuple):
    """The axes that a mark belongs to, and the factors of their values."""

    number: int
    x: float
    y: float

    @property
    def axes(self) -> Spec:
        """As a trace names them."""
        suffix = "" if self.number == 1 else str(self.number)
        return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "legend": f"legend{suffix}"}


def traces_of(marks: Iterable[Mark], place: Place, *, listed: bool = True) -> list[Spec]:
    """Turn marks into traces; each name stands in the legend once, if there is one."""
    named: set[str] = set()
    traces = []
    for mark in marks:
        for trace in to_traces(mark, place):
            shown = listed and bool(trace.get("showlegend", True)) and bool(mark.title)
            trace["showlegend"] = shown and mark.title not in named
            if shown:
                named.add(mark.title)
            traces.append(trace | place.axes)
    return traces


@singledispatch
def to_traces(mark: Any, place: Place) -> Iterator[Spec]:
    """Turn one mark into traces."""
    raise TypeError(f"no chart has a {type(mark).__name__}")


@to_traces.register
def _(mark: Line, place: Place) -> Iterator[Spec]:
    only = mark.dots == "only"
    size = 4 if len(mark.x) > 50 else 7
    trace: Spec = {
        "type": "scatter",
        "mode": "markers" if only else "lines+markers" if mark.dots else "lines",
        "name": mark.title,
        "x": places(mark.x, place.x),
        "y": numbers(mark.y, place.y),
        "line": {
            "color": f"var(--{mark.colour})",
            "width": mark.width,
            "dash": mark.dash,
            "shape": "hvh" if mark.stairs else "linear",
        },
        "marker": {"color": f"var(--{mark.colour})", "size": size if only else 6},
        "opacity": mark.shade,
    }
    details = "%{customdata}" if mark.details else ""
    trace["hovertemplate"] = f"%{{y}}{details}<extra>{mark.name}</extra>"
    if mark.group:
        trace |= {"legendgroup": mark.group}
    if mark.details:
        trace["customdata"] = list(mark.details)
    yield trace


@to_traces.register
def _(mark: Band, place: Place) -> Iterator[Spec]:
    edge: Spec = {
        "type": "scatter", "mode": "lines", "x": places(mark.x, place.x), "line": {"width": 0},
        "name": mark.name, "legendgroup": mark.name,
    }  # fmt: skip
    yield edge | {
        "y": numbers(mark.low, place.y), "showlegend": False,
        "hovertemplate": f"%{{y}}<extra>{mark.name}, low</extra>",
    }  # fmt: skip
    yield edge | {
        "y": numbers(mark.high, place.y), "fill": "tonexty",
        "fillcolor": f"var(--{mark.colour}) {mark.shade}",
        "hovertemplate": f"%{{y}}<extra>{mark.name}, high</extra>",
    }  # fmt: skip


@to_traces.register
def _(mark: Bars, place: Place) -> Iterator[Spec]:
    base = mark.base if isinstance(mark.base, float) else numbers(mark.base, place.y)
    trace: Spec = {
        "type": "bar", "name": mark.name, "x": numbers(mark.x, place.x),
        "y": numbers(mark.y, place.y), "width": mark.width * place.x,
        "marker": {"color": _colours(mark.colour), "line": {"width": 0}},
        "hovertemplate": "%{x}: %{y}<extra>%{fullData.name}</extra>",
    }  # fmt: skip
    yield trace if base == 0.0 else trace | {"base": base}


@to_traces.register
def _(mark: Points, place: Place) -> Iterator[Spec]:
    written = mark.symbol != "before" and bool(mark.written)  # the page's table has that text
    trace: Spec = {
        "type": "scatter",
        "mode": "markers+text" if written else "markers",
        "name": mark.name,
        "x": places(mark.x, place.x),
        "y": numbers(mark.y, place.y),
        "marker": {"color": _colours(mark.colour), "symbol": SYMBOLS[mark.symbol], "size": 9},
        "showlegend": isinstance(mark.colour, str),
    }
    if written:
        beside = {"right": "middle left", "left": "middle right"}
        trace |= {"text": list(mark.written), "textposition": beside.get(mark.symbol, "top center")}
    if mark.details:
        trace["customdata"] = list(mark.details)
        trace["hovertemplate"] = "%{customdata}<extra>%{fullData.name}</extra>"
    if mark.low is not None and mark.high is not None:
        middle, factor = (mark.x, place.x) if mark.along == "x" else (mark.y, place.y)
        at = np.asarray(middle, float)
        trace[f"error_{mark.along}"] = {
            "type": "data", "symmetric": False,
            "array": numbers(np.nan_to_num(mark.high - at), factor),
            "arrayminus": numbers(np.nan_to_num(at - mark.low), factor),
            "color": _colours(mark.colour) if isinstance(mark.colour, str) else "var(--grey)",
            "thickness": 1.5, "width": 0,
        }  # fmt: skip
    yield trace


@to_traces.register
def _(mark: Span, place: Place) -> Iterator[Spec]:
    """Name a strip in the legend, which needs a trace without points:
    the strip itself is a shape."""
    if mark.name:
        yield {
            "type": "scatter", "mode": "markers", "name": mark.name, "x": [None], "y": [None],
            "marker": {"color": f"var(--{mark.colour}) 0.25", "symbol": "square", "size": 12},
        }  # fmt: skip


def shape_of(mark: Span, place: Place) -> Spec:
    """Return a strip or a straight line, behind everything that is drawn."""
    axes = place.axes
    across, along = ("y", "x") if mark.across == "y" else ("x", "y")
    low, high = places([mark.low, mark.high], place.y if across == "y" else place.x)
    spec: Spec = {
        "layer": "below", f"{across}ref": axes[f"{across}axis"], f"{across}0": low,
        f"{across}1": high, f"{along}ref": f"{axes[f'{along}axis']} domain", f"{along}0": 0,
        f"{along}1": 1,
    }  # fmt: skip
    if mark.low == mark.high:
        line = {"color": f"var(--{mark.colour})", "dash": mark.dash, "width": 1}
        return spec | {"type": "line", "line": line}
    fill = {"fillcolor": f"var(--{mark.colour}) 0.25", "line": {"width": 0}}
    return spec | {"type": "rect"} | fill


def _colours(colour: str | tuple[str, ...]) -> str | list[str]:
    return f"var(--{colour})" if isinstance(colour, str) else [f"var(--{name})" for name in colour]


def numbers(values: Array | Iterable[float], factor: float = 1.0) -> list[float | None]:
    """Return numbers as JSON has them; what is not known is null."""
    return [
        float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
        for value in factor * np.asarray(values, float)
    ]


def places(values: Places | list[Any], factor: float = 1.0) -> list[Any]:
    """Return places along an axis: numbers, or dates as text."""
    if isinstance(values, pd.DatetimeIndex):
        return written_dates(values)
    if len(values) and isinstance(values[0], pd.Timestamp):
        return written_dates(pd.DatetimeIndex(values))
    return numbers(values, factor)


def written_dates(index: pd.DatetimeIndex) -> list[str]:
    return list(index.strftime("%Y-%m-%d %H:%M" if intraday(index) else "%Y-%m-%d"))

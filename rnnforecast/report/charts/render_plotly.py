"""Charts on the screen, as Plotly.js wants them: plain values.

Colours are named as the page's style sheet names them ("var(--blue)", with an opacity after it
where there is one), so that charts follow dark mode. Shares are written in percent by their axis,
so they leave here times 100. Panels stand one below the other, each with its own axes and legend.
Schema: plotly.com/javascript/reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.report.charts.spec import (
    Axis,
    Band,
    Bars,
    Chart,
    Line,
    Mark,
    Panel,
    Places,
    Points,
    Span,
    intraday,
)

Spec = dict[str, Any]
"""Values of Plotly's schema; of a whole chart: data, layout, and what the page does with it."""
INCH = 100
"""Pixels of an inch of a panel."""
LEGEND, TITLE, FOOT = 26, 24, 50
"""Pixels above a panel for its legend and its title, and below it for its horizontal axis."""
MARGIN = {"l": 8, "r": 12, "t": 6, "b": 4}
DIGITS = 7
"""Significant ones of every number: enough to read, few enough for a small page."""
SYMBOLS = {"circle": "circle", "diamond": "diamond", "square": "square", "right": "triangle-right",
           "left": "triangle-left", "before": "circle"}  # fmt: skip
HOVER_DATE, HOVER_TIME = "%a %d %b %Y", "%a %d %b %Y %H:%M"
REACHES = ((252, "1 year"),)
"""Bars that a page can show besides the newest few and all."""


class Place(NamedTuple):
    """Which axes a mark belongs to, and what their values are multiplied by."""

    number: int
    x: float
    y: float

    @property
    def axes(self) -> Spec:
        """As a trace names them."""
        suffix = "" if self.number == 1 else str(self.number)
        return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}", "legend": f"legend{suffix}"}


def to_plotly(chart: Chart) -> Spec:
    """Describe a chart in Plotly's schema.

    Returns:
        data, layout; follow: whether the vertical axis follows a zoom along the dates;
        ranges: what buttons show, as [text, from, to]; variants and choice: what can be chosen.
    """
    panels = chart.panels
    tops = [_top(panel) for panel in panels]
    inners = [round(panel.height * INCH) - FOOT for panel in panels]
    inner = sum(tops) + sum(inners) + FOOT * (len(panels) - 1)
    layout = _layout(chart, inner)
    data: list[Spec] = []
    above = 0
    for number, (panel, top, height) in enumerate(zip(panels, tops, inners, strict=True), start=1):
        above += top
        domain = (1 - (above + height) / inner, 1 - above / inner)
        above += height + FOOT
        place = _place(number, panel)
        data += _traces(panel.marks, place)
        _add_panel(layout, panel, place, (max(0.0, domain[0]), domain[1]), inner)
    spec: Spec = {"data": data, "layout": layout, "follow": panels[0].x.form == "date"}
    if chart.newest:
        spec["ranges"] = _ranges(panels[0], chart.newest)
        _open_on_newest(layout, panels[0], chart.newest)
    if len(chart.variants) > 1:
        first = _place(1, panels[0])
        spec["choice"] = chart.choice
        spec["variants"] = [[name, _traces(marks, first)] for name, marks in chart.variants]
    return spec


def _top(panel: Panel) -> int:
    return (LEGEND if _has_legend(panel) else 8) + (TITLE if panel.title else 0)


def _has_legend(panel: Panel) -> bool:
    return len({mark.title for mark in panel.marks if mark.title}) > 1


def _place(number: int, panel: Panel) -> Place:
    return Place(number, _factor(panel.x), _factor(panel.y))


def _factor(axis: Axis) -> float:
    return 100.0 if axis.form in ("percent", "signed percent") else 1.0


def _layout(chart: Chart, inner: int) -> Spec:
    return {
        "height": inner + FOOT + MARGIN["t"] + MARGIN["b"],
        "margin": MARGIN | {"b": FOOT + MARGIN["b"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": "var(--ink)"},
        "hoverlabel": {
            "bgcolor": "var(--page)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)"},
            "namelength": -1,
        },
        "hovermode": "x unified" if chart.together else "closest",
        "dragmode": "zoom",
        "barmode": "overlay",
        "shapes": [],
        "annotations": [],
    }


def _add_panel(
    layout: Spec, panel: Panel, place: Place, domain: tuple[float, float], inner: int
) -> None:
    """Axes, legend, title and strips of one panel."""
    suffix = "" if place.number == 1 else str(place.number)
    x, y = _axis(panel.x), _axis(panel.y)
    layout[f"xaxis{suffix}"] = x | {"anchor": f"y{suffix}"}
    layout[f"yaxis{suffix}"] = y | {"anchor": f"x{suffix}", "domain": list(domain)}
    if panel.square:
        layout[f"xaxis{suffix}"] |= {"constrain": "domain"}
        layout[f"yaxis{suffix}"] |= {"scaleanchor": f"x{suffix}"}
    layout[f"legend{suffix}"] = {
        "orientation": "h", "x": 0, "xanchor": "left", "y": domain[1] + 2 / inner,
        "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)", "font": {"size": 12},
    }  # fmt: skip
    if panel.title:
        layout["annotations"].append(
            {
                "text": f"<b>{panel.title}</b>", "showarrow": False, "xref": "paper", "x": 0,
                "xanchor": "left", "yref": "paper", "yanchor": "bottom",
                "y": domain[1] + (_top(panel) - TITLE + 4) / inner, "font": {"size": 13},
            }
        )  # fmt: skip
    layout["shapes"] += [_shape(mark, place) for mark in panel.marks if isinstance(mark, Span)]


def _axis(axis: Axis) -> Spec:
    spec: Spec = {
        "gridcolor": "var(--line)", "linecolor": "var(--grey)", "zeroline": False,
        "automargin": True, "title": {"text": axis.title, "standoff": 6, "font": {"size": 13}},
    }  # fmt: skip
    match axis.form:
        case "percent":
            spec |= {"ticksuffix": " %", "hoverformat": f",.{axis.decimals}f"}
        case "signed percent":
            spec |= {"ticksuffix": " %", "tickformat": "+,.2~f", "hoverformat": "+.2f"}
        case "date":
            spec |= {"type": "date", "hoverformat": HOVER_TIME if axis.hours else HOVER_DATE}
        case "log":
            spec |= {"type": "log", "exponentformat": "power", "dtick": 1, "hoverformat": ".2e"}
        case "hidden":
            spec |= {"visible": False}
        case "compact":
            spec |= {"tickformat": ".3~s", "hoverformat": ".3~s"}
        case "integer":
            spec |= {"tickformat": ",d", "hoverformat": ",.0f"}
        case "number":
            spec |= {"tickformat": ",~r", "hoverformat": f",.{axis.decimals}f"}
    if axis.ticks:
        spec["tickvals"] = places([place for place, _ in axis.ticks])
        spec["ticktext"] = [text for _, text in axis.ticks]
    if axis.range is not None:
        spec["range"] = [end * _factor(axis) for end in axis.range]
    if axis.ticks and axis.range is not None and not axis.title:
        spec["showgrid"] = False
    return spec


def _traces(marks: Iterable[Mark], place: Place) -> list[Spec]:
    """Marks as traces; each name stands in the legend once."""
    named: set[str] = set()
    traces = []
    for mark in marks:
        for trace in to_traces(mark, place):
            shown = bool(trace.get("showlegend", True)) and bool(mark.title)
            trace["showlegend"] = shown and mark.title not in named
            if shown:
                named.add(mark.title)
            traces.append(trace | place.axes)
    return traces


@singledispatch
def to_traces(mark: Any, place: Place) -> Iterator[Spec]:
    """One mark as traces."""
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
    trace: Spec = {
        "type": "scatter",
        "mode": "markers+text" if mark.written else "markers",
        "name": mark.name,
        "x": places(mark.x, place.x),
        "y": numbers(mark.y, place.y),
        "marker": {"color": _colours(mark.colour), "symbol": SYMBOLS[mark.symbol], "size": 9},
        "showlegend": isinstance(mark.colour, str),
    }
    if mark.written:
        beside = {"right": "middle left", "left": "middle right", "before": "bottom left"}
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
    """A strip is a shape; a name in the legend needs a trace, which has no points."""
    if mark.name:
        yield {
            "type": "scatter", "mode": "markers", "name": mark.name, "x": [None], "y": [None],
            "marker": {"color": f"var(--{mark.colour}) 0.25", "symbol": "square", "size": 12},
        }  # fmt: skip


def _shape(mark: Span, place: Place) -> Spec:
    """A strip or a straight line, behind everything that is drawn."""
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


def _ranges(panel: Panel, newest: int) -> list[list[str]]:
    """What the buttons of a chart show: the newest points, a year of them, all."""
    at = _longest(panel)
    reaches = [(newest, f"newest {newest}"), *REACHES]
    spans = [(text, max(0, len(at) - count)) for count, text in reaches if count < len(at)]
    ends = _written_dates(at)
    return [[text, ends[begin], ends[-1]] for text, begin in (*spans, ("all", 0))]


def _open_on_newest(layout: Spec, panel: Panel, newest: int) -> None:
    """Show the newest points first, with the values that they have."""
    at = _written_dates(_longest(panel))
    layout["xaxis"]["range"] = [at[-newest:][0], at[-1]]
    ends = [
        values[-newest:]
        for mark in panel.marks
        for values in (
            (mark.y,)
            if isinstance(mark, Line)
            else (mark.low, mark.high)
            if isinstance(mark, Band)
            else ()
        )
    ]
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    margin, factor = 0.05 * (high - low) or 1.0, _factor(panel.y)
    layout["yaxis"]["range"] = numbers(np.array([low - margin, high + margin]), factor)


def _longest(panel: Panel) -> pd.DatetimeIndex:
    return max((mark.x for mark in panel.marks if isinstance(mark, Line | Band)), key=len)  # type: ignore[return-value]


def _colours(colour: str | tuple[str, ...]) -> str | list[str]:
    return f"var(--{colour})" if isinstance(colour, str) else [f"var(--{name})" for name in colour]


def numbers(values: Array | Iterable[float], factor: float = 1.0) -> list[float | None]:
    """Numbers as JSON has them; what is not known is null."""
    return [
        float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
        for value in factor * np.asarray(values, float)
    ]


def places(values: Places | list[Any], factor: float = 1.0) -> list[Any]:
    """Places along an axis: numbers, or dates as text."""
    if isinstance(values, pd.DatetimeIndex):
        return _written_dates(values)
    if len(values) and isinstance(values[0], pd.Timestamp):
        return _written_dates(pd.DatetimeIndex(values))
    return numbers(values, factor)


def _written_dates(index: pd.DatetimeIndex) -> list[str]:
    return list(index.strftime("%Y-%m-%d %H:%M" if intraday(index) else "%Y-%m-%d"))

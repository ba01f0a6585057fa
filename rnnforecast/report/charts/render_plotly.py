"""Charts on the screen, as Plotly.js wants them: plain values.

Shares are written in percent by their axis, so they leave here times 100. Panels stand one below
the other, each with its own axes and legend. Schema: plotly.com/javascript/reference.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rnnforecast.report.charts.plotly_traces import (
    Place,
    Spec,
    numbers,
    places,
    shape_of,
    traces_of,
    written_dates,
)
from rnnforecast.report.charts.spec import Axis, Band, Chart, Line, Panel, Span

INCH = 100
"""Pixels of an inch of a panel."""
LEGEND, TITLE, FOOT = 26, 24, 50
"""Pixels above a panel for its legend and its title, and below it for its horizontal axis."""
LEGEND_ROW = 24
"""Pixels of each further row of a legend."""
MARGIN = {"l": 8, "r": 12, "t": 6, "b": 4}
HOVER_DATE, HOVER_TIME = "%a %d %b %Y", "%a %d %b %Y %H:%M"
REACHES = ((252, "1 year"),)
"""Bars that a page can show besides the newest few and all."""


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
        data += traces_of(panel.marks, place, listed=_has_legend(panel))
        _add_panel(layout, panel, place, (max(0.0, domain[0]), domain[1]), inner)
    spec: Spec = {"data": data, "layout": layout, "follow": panels[0].x.form == "date"}
    if chart.newest:
        spec["ranges"] = _ranges(panels[0], chart.newest)
        _open_on_newest(layout, panels[0], chart.newest)
    if len(chart.variants) > 1:
        first = _place(1, panels[0])
        spec["choice"] = chart.choice
        later = [[name, traces_of(marks, first)] for name, marks in chart.variants[1:]]
        spec["variants"] = [[chart.variants[0][0], None], *later]  # the first is drawn already
    return spec


def _top(panel: Panel) -> int:
    names = list(dict.fromkeys(mark.title for mark in panel.marks if mark.title))
    legend = LEGEND if len(names) > 1 else 8
    if not panel.title:
        return legend
    return legend + TITLE + LEGEND_ROW * (_rows_on_a_phone(names) - 1)


def _rows_on_a_phone(names: Sequence[str]) -> int:
    """Count a legend's rows where a plot is 190 pixels wide; the title stands above them all."""
    rows, used = 1, 0
    for name in names:
        width = 42 + 7 * len(name)
        if used and used + width > 190:
            rows, used = rows + 1, 0
        used += width
    return rows


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
    """Add the axes, legend, title and strips of one panel."""
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
    layout["shapes"] += [shape_of(mark, place) for mark in panel.marks if isinstance(mark, Span)]


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
            spec["labelalias"] = {"+0 %": "0 %", "\N{MINUS SIGN}0 %": "0 %"}
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


def _ranges(panel: Panel, newest: int) -> list[list[str]]:
    """Return what the buttons of a chart show: the newest points, a year of them, all."""
    at = _longest(panel)
    reaches = [(newest, f"newest {newest}"), *REACHES]
    spans = [(text, max(0, len(at) - count)) for count, text in reaches if count < len(at)]
    ends = written_dates(at)
    return [[text, ends[begin], ends[-1]] for text, begin in (*spans, ("all", 0))]


def _open_on_newest(layout: Spec, panel: Panel, newest: int) -> None:
    """Show the newest points first, with the values that they have."""
    at = written_dates(_longest(panel))
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

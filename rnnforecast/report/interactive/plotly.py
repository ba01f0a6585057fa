"""The parts of a chart, as Plotly.js wants them: plain values.

Colours are named as the page's style sheet names them, so that charts follow dark mode.
Schema: plotly.com/javascript/reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.report.report_data import Material

Spec = dict[str, Any]
"""A part of a chart; or all of it: data, layout, and whether the vertical axis follows a zoom along the dates."""
INK, BLUE, ORANGE, GREEN, GREY = (
    f"var(--{name})" for name in ("ink", "blue", "orange", "green", "grey")
)
PURPLE, SKY, LINE, PAGE, BOX = (
    f"var(--{name})" for name in ("purple", "sky", "line", "page", "box")
)
FAINT, SHADE, CHANCE = "var(--blue-faint)", "var(--blue-shade)", "var(--grey-faint)"
DIGITS = 7
"""Significant ones of every number: enough to read, few enough for a small page."""
MARGIN = {"l": 12, "r": 12, "t": 12, "b": 48}
"""In pixels; the numbers of an axis make themselves room."""
FEW = 12
"""So many steps get a mark and a tick each."""


def chart(traces: list[Spec], *, height: int = 380, follow: bool = False, **layout: Any) -> Spec:
    """A whole chart.

    Args:
        traces: its lines, bands, bars.
        height: in pixels; its width is the page's.
        follow: whether the vertical axis follows a zoom along the dates.
        layout: further settings of Plotly's layout.
    """
    common: Spec = {
        "height": height,
        "margin": MARGIN,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": INK},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        "hoverlabel": {"bgcolor": PAGE, "bordercolor": LINE, "font": {"color": INK}},
        "hovermode": "closest",
        "dragmode": "zoom",
    }
    return {"data": traces, "layout": common | layout, "follow": follow}


def axis(title: str = "", **settings: Any) -> Spec:
    """One axis."""
    common: Spec = {
        "gridcolor": LINE, "linecolor": GREY, "zerolinecolor": GREY, "zeroline": False, "automargin": True,
        "title": {"text": title, "standoff": 8, "font": {"size": 13}},
    }  # fmt: skip
    return common | settings


def date_axis(title: str = "", **settings: Any) -> Spec:
    """An axis of dates."""
    return axis(title, type="date", **settings)


def value_axis(material: Material, title: str | None = None) -> Spec:
    """An axis of what is forecast."""
    percent = {"tickformat": ".1%"} if material.quantity.in_percent else {"tickformat": ",~r"}
    return axis(
        material.unit if title is None else title, hoverformat=_precise(material), **percent
    )


def _precise(material: Material) -> str:
    return ".3%" if material.quantity.in_percent else ",.6~r"


def steps_axis(count: int, **settings: Any) -> Spec:
    """An axis of steps ahead."""
    return axis("steps ahead", **({"dtick": 1} if count <= FEW else {}), **settings)


def line(
    x: Iterable[Any],
    y: Iterable[float],
    name: str,
    colour: str,
    *,
    dash: str = "solid",
    **settings: Any,
) -> Spec:
    """A line, or with ``mode`` its points as well."""
    width = settings.pop("width", 1.6)
    common: Spec = {
        "type": "scatter", "mode": "lines", "name": name, "x": places(x), "y": numbers(y),
        "line": {"color": colour, "width": width, "dash": dash}, "marker": {"color": colour, "size": 6},
    }  # fmt: skip
    return common | settings


def band(
    x: Iterable[Any], low: Iterable[float], high: Iterable[float], name: str, colour: str
) -> list[Spec]:
    """The area between two lines."""
    at = places(x)
    edge: Spec = {
        "type": "scatter",
        "mode": "lines",
        "x": at,
        "line": {"width": 0},
        "legendgroup": name,
    }
    lower = edge | {"y": numbers(low), "name": f"{name}, low", "showlegend": False}
    upper = edge | {"y": numbers(high), "name": f"{name}", "fill": "tonexty", "fillcolor": colour}
    return [lower, upper]


def numbers(values: Iterable[float]) -> list[float | None]:
    """Numbers as JSON has them; what is not known is null."""
    return [
        float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None
        for value in np.asarray(list(values), float)
    ]


def places(values: Iterable[Any]) -> list[Any]:
    """Places along an axis: numbers, or texts and dates as they are."""
    given = list(values)
    return given if given and isinstance(given[0], str) else numbers(given)


def dates(values: pd.Index[Any] | pd.Series) -> list[str]:
    """Dates as the clocks of the exchange show them."""
    index = pd.DatetimeIndex(values).tz_localize(None)
    return list(
        index.strftime("%Y-%m-%d" if (index == index.normalize()).all() else "%Y-%m-%d %H:%M")
    )

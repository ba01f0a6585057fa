"""Figures of pages without scripts: drawn once for wide screens and paper, and once for phones."""

from __future__ import annotations

from dataclasses import replace
from textwrap import fill

from markupsafe import Markup

from rnnforecast.report.charts.files import inline, to_svg
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.charts.spec import Chart

PHONE = 4.3
"""Inches of a figure whose letters can be read on a phone."""
LETTERS = 44
"""Letters of a title that fit on it."""


def still_figure(chart: Chart, name: str) -> Markup:
    """Return a chart as a still figure of a page, drawn for wide screens and again for phones."""
    large = inline(to_svg(draw(chart)), name, chart.message)
    small = inline(to_svg(draw(_titles_wrapped(chart), PHONE)), f"{name}-small", chart.message)
    return Markup(  # our own SVG
        f'<div class="still large">{large}</div><div class="still small">{small}</div>'
    )


def _titles_wrapped(chart: Chart) -> Chart:
    rows = tuple(
        tuple(replace(panel, title=fill(panel.title, LETTERS)) for panel in row)
        for row in chart.rows
    )
    return replace(chart, title=fill(chart.title, LETTERS), rows=rows)

"""A run's page and pictures from what it is made of: values in, contents of files out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from rnnforecast.cluster import cores
from rnnforecast.parallel import spread
from rnnforecast.report.charts.files import settled, to_png, to_svg
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.figure_kinds import Kind
from rnnforecast.report.html import render
from rnnforecast.report.report_data import Material
from rnnforecast.workers import ready


@dataclass(frozen=True)
class Picture:
    """One figure in both of its forms.

    Args:
        svg: document, for the page.
        png: content of the file beside it.
    """

    svg: str
    png: bytes


def picture_of(figure: Figure) -> Picture:
    """Return a figure as an SVG document and as the content of a PNG file."""
    with settled(figure):
        return Picture(to_svg(figure), to_png(figure))


def draw_pictures(material: Material, kinds: Sequence[Kind]) -> dict[Kind, Picture]:
    """Draw figures of some kinds; on all cores, where workers are there already.

    Args:
        material: of the run.
        kinds: which figures.

    Returns:
        a picture of each kind, in the same order.
    """
    count = cores() if ready() and len(kinds) > 1 else 1
    shares = [(kinds[first::count],) for first in range(count)]
    drawn = dict[Kind, Picture]()
    for pictures in spread(_draw_some, shares, count, shared=(material,)):
        drawn |= pictures
    return {kind: drawn[kind] for kind in kinds}


def _draw_some(material: Material, kinds: Sequence[Kind]) -> dict[Kind, Picture]:
    return {kind: picture_of(draw(chart_of(material, kind))) for kind in kinds}


def draw_page(
    symbol: str, material: Material, plotly_href: str | None
) -> tuple[str, dict[Kind, Picture], str]:
    """Draw the page of one symbol.

    Args:
        symbol: which.
        material: of its run.
        plotly_href: where Plotly lies, relative to the page; None embeds it.

    Returns:
        the symbol, every figure that its tables allow, and the page.
    """
    drawn = draw_pictures(material, material.kinds)
    svgs = {kind: picture.svg for kind, picture in drawn.items()}
    return symbol, drawn, render(material, svgs, plotly_href=plotly_href)

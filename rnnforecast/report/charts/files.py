"""Drawn figures as files, and as elements of a page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from rnnforecast.atomic import named_by_user, write_output
from rnnforecast.errors import UsageError
from rnnforecast.report.charts.render_matplotlib import styled
from rnnforecast.report.charts.spec import PALETTE

FORMATS = ("png", "svg", "pdf")
_NAMES = {colour: name for name, colour in PALETTE.items()}
_SVG_GROUP = re.compile(r'<g id="[^"]*">')
_SVG_ID = re.compile(r'\bid="|href="#|url\(#')
_SVG_PATH, _SVG_NUMBER = re.compile(r' d="[^"]*"'), re.compile(r"\d+\.\d+")
_SVG_COLOUR = re.compile("|".join(_NAMES))
_SVG_PLACE = re.compile(r' (?:x|y|transform)="[^"]*"')
_SVG_FONT, _SVG_INDENT = re.compile(r"font-family: [^;]*; "), re.compile(r">\s+<")
_SVG_USES = re.compile(r'(?:<use [^>]*? style="([^"]*)"/>)(?:<use [^>]*? style="\1"/>)+')
_SVG_LINE = re.compile(r"\s+([LMCQZz])\s?")


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, SVG or PDF; the same figure gives the same bytes.

    Args:
        figure: as drawn.
        path: whose ending names the format.

    Raises:
        UsageError: if the name ends otherwise, or the file cannot be written.
    """
    kind = path.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise UsageError(
            f"{path} ends in {path.suffix or 'nothing'}",
            f"use .{', .'.join(FORMATS[:-1])} or .{FORMATS[-1]}",
        )
    content = to_png(figure) if kind == "png" else _to_vectors(figure, kind)
    with named_by_user(path):
        path.parent.mkdir(exist_ok=True)
    return write_output(path, content)


def to_png(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file; the same figure gives the same bytes.

    A palette of 256 colours, which our figures do not exhaust, takes a third of the size.
    """
    drawn, buffer = io.BytesIO(), io.BytesIO()
    with settled(figure):
        figure.savefig(drawn, format="png", dpi=120, pil_kwargs={"compress_level": 0})
    picture = Image.open(drawn).convert("RGB").quantize(256)
    picture.save(buffer, format="png", dpi=(120, 120))
    return buffer.getvalue()


def _to_vectors(figure: Figure, kind: str) -> bytes:
    """Return a figure as the content of an SVG or PDF file, without the time of day in it."""
    date, buffer = {"svg": "Date", "pdf": "CreationDate"}[kind], io.BytesIO()
    with settled(figure):
        figure.savefig(buffer, format=kind, metadata={date: None})
    return buffer.getvalue()


def to_svg(figure: Figure) -> str:
    """Return a figure as an SVG document, without the time of day in it."""
    buffer = io.StringIO()
    with settled(figure):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


@contextmanager
def settled(figure: Figure) -> Iterator[None]:
    """Lay out a figure before it is written within the block, in our style.

    Matplotlib draws a figure once more, into nothing, wherever it has a layout engine. A block
    within another one finds the figure laid out.
    """
    engine = figure.get_layout_engine()
    with styled():
        if engine is not None:
            engine.execute(figure)
            figure.set_layout_engine(None)
        try:
            yield
        finally:
            figure.set_layout_engine(engine)


def inline(svg: str, name: str, message: str) -> str:
    """Turn an SVG document into an element of a page: colours follow dark mode, ids are its own.

    Args:
        svg: of ``to_svg``.
        name: what its ids start with.
        message: what it shows, for those who cannot see it.
    """
    element = _SVG_GROUP.sub("<g>", svg[svg.index("<svg") :])
    # a tenth of a point is finer than a screen, a page has a font, and indents are for nobody:
    # a third of the text remains
    element = _SVG_PATH.sub(lambda path: _SVG_LINE.sub(r"\1", _in_tenths(path)), element)
    element = _SVG_PLACE.sub(_in_tenths, _SVG_FONT.sub("", element))
    element = _SVG_USES.sub(_in_one_style, _SVG_INDENT.sub("><", element))
    element = _SVG_ID.sub(rf"\g<0>{name}-", element)
    element = _SVG_COLOUR.sub(lambda match: f"var(--{_NAMES[match.group()]})", element)
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(message)}" ', 1)


def _in_one_style(points: re.Match[str]) -> str:
    """Give points that look alike one style together."""
    bare = points.group().replace(f' style="{points.group(1)}"', "")
    return f'<g style="{points.group(1)}">{bare}</g>'


def _in_tenths(attribute: re.Match[str]) -> str:
    return _SVG_NUMBER.sub(_tenths, attribute.group())


def _tenths(number: re.Match[str]) -> str:
    return f"{float(number.group()):.1f}".removesuffix(".0")

"""A run's page: a file that asks nothing of the network.

It is self-contained, but for the pages of a run on several symbols, which share one copy of
Plotly: a style sheet beside them holds it, as a string. A style sheet, because it runs nothing:
the page unpacks the string, and its policy names the digest of the only script that may come out.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from rnnforecast.formatting import format_price
from rnnforecast.report.charts.files import inline
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_plotly import to_plotly
from rnnforecast.report.charts.spec import Chart
from rnnforecast.report.figure_kinds import Kind
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables import sections
from rnnforecast.report.track_chart import STYLE

PLOTLY = "plotly-basic.min.js"
SCRIPTS = (PLOTLY, "page.js")
"""What may run on the page, and nothing else: the policy names their digests."""
PLOTLY_LINK = re.compile(r'<link rel="stylesheet" id="plotly" href="([^"]+)">')
"""How a page names the file that holds Plotly, where it does not hold it itself."""
PLOTLY_HELD = '<script type="application/octet-stream" id="plotly">{}</script>'
"""How a page holds Plotly itself, as in the template."""
SHARED = 3
"""Values from which on a list that several series have is stored once."""


def render(material: Material, drawn: Mapping[Kind, str], *, plotly_href: str | None = None) -> str:
    """Write the page as HTML; whatever it is given is escaped.

    Args:
        material: of the run.
        drawn: figures as SVG documents, for paper and for browsers without scripts.
        plotly_href: where ``plotly_sheet`` lies, relative to the page; None embeds Plotly.
    """
    return page("report.html", material, drawn, plotly_href=plotly_href)


def page(
    template: str,
    material: Material,
    drawn: Mapping[Kind, str],
    *,
    plotly_href: str | None = None,
    **more: Any,
) -> str:
    """Write a page of a run in one of the templates.

    Args:
        template: its file.
        material: of the run.
        drawn: figures as SVG documents, for paper and for browsers without scripts.
        plotly_href: where ``plotly_sheet`` lies, relative to the page; None embeds Plotly.
        more: what else the template tells.
    """
    charts = {kind: chart_of(material, kind) for kind in drawn}
    specs = {kind: to_plotly(chart) for kind, chart in charts.items()}
    return environment().get_template(template).render(
        material=material,
        contents=sections,
        summary=material.summary,
        parts_shown=_parts(material, charts, panel="panel" in more),
        messages={kind: chart.message for kind, chart in charts.items()},
        figures={
            kind: Markup(inline(svg, kind, charts[kind].message))  # our own SVG
            for kind, svg in drawn.items()
        },
        charts=htmlsafe_json_dumps(share_places(specs), separators=(",", ":")),
        style=Markup(asset("page.css")),
        script=Markup(asset("page.js")),
        plotly=packed(PLOTLY) if plotly_href is None else None,
        plotly_href=plotly_href,
        digests=[_digest(asset(name)) for name in SCRIPTS],
        track=material.track,
        track_style=Markup(STYLE),
        **more,
    )  # fmt: skip


@cache
def keep_whole(cell: str) -> str:
    """Let a cell break between its numbers alone: neither before a unit nor within a p."""
    for text in (" %", "p = ", "p < ", "p > "):
        cell = cell.replace(text, text.replace(" ", "\N{NO-BREAK SPACE}"))
    return cell


def environment() -> Environment:
    """Load the templates; what they are given is escaped."""
    made = Environment(
        loader=PackageLoader("rnnforecast.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["price"] = format_price
    made.filters["whole"] = keep_whole
    return made


@cache
def asset(name: str) -> str:
    """Read a style sheet or a script that pages hold."""
    return (files("rnnforecast.report") / "assets" / name).read_text("utf-8")


def _parts(material: Material, charts: Mapping[Kind, Chart], *, panel: bool) -> list[str]:
    """Name the parts that a page has, as its contents do."""
    shown = {
        "answer": True,
        "symbols": panel,
        "skill": "scores" in material and "comparisons" in material,
        "calibration": not panel and "reliability" in charts,
        "track": not panel and material.track is not None,
        "errors": not panel and bool({"actual", "error", "residuals"} & set(charts)),
        "training": bool({"training", "gradients"} & set(charts)),
        "economics": not panel and (bool(material.economics) or "equity" in charts),
        "data": not panel,
        "making": True,
    }
    return [name for name, there in shown.items() if there]


def share_places(specs: dict[Kind, dict[str, Any]]) -> dict[str, Any]:
    """Store each list of places that the series of charts share once, and name it ``@number``.

    Returns:
        lists; charts, by kind.
    """
    lists: dict[tuple[Any, ...], int] = {}

    def shared(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: shared(item, name) for name, item in value.items()}
        if isinstance(value, list):
            if key == "x" and len(value) > SHARED:
                return f"@{lists.setdefault(tuple(value), len(lists))}"
            return [shared(item) for item in value]
        return value

    charts = {kind: shared(spec) for kind, spec in specs.items()}
    return {"lists": [list(places) for places in lists], "charts": charts}


@cache
def packed(name: str) -> str:
    """Compress a script to text that a page can hold."""
    return b64encode(gzip.compress(asset(name).encode(), mtime=0)).decode()


def plotly_sheet() -> tuple[str, str]:
    """Return the name and the content of the file that holds Plotly for several pages.

    The name changes with the content: pages of another version keep the one that they name.
    """
    name = hashlib.sha256(asset(PLOTLY).encode()).hexdigest()[:8]
    return f"plotly-{name}.css", f'#plotly {{ --packed: "{packed(PLOTLY)}" }}\n'


def plotly_href_of(page: str) -> str | None:
    """Return where a page looks for Plotly, relative to itself; None where it holds it."""
    link = PLOTLY_LINK.search(page)
    return link and link[1]


def self_contained(page: str, sheet: str) -> str:
    """Return a page with Plotly in it.

    Args:
        page: that names a file which holds Plotly.
        sheet: the content of that file.
    """
    text = sheet[sheet.index('"') + 1 : sheet.rindex('"')]
    return PLOTLY_LINK.sub(lambda _: PLOTLY_HELD.format(text), page, count=1)


def _digest(script: str) -> str:
    """Return the hash of a script, as a content security policy names it."""
    return f"sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}"

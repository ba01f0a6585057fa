"""A run's page: one self-contained file that asks nothing of the network."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from rnnforecast.formatting import format_price
from rnnforecast.report.figure_kinds import CAPTIONS, Kind
from rnnforecast.report.figures.style import inline
from rnnforecast.report.interactive.drawing import chart_of
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables import sections

SCRIPTS = ("plotly-basic.min.js", "page.js")
"""What may run on the page, and nothing else: the policy names their digests."""


def render(material: Material, drawn: Mapping[Kind, str]) -> str:
    """The page as HTML; whatever it is given is escaped.

    Args:
        material: of the run.
        drawn: figures as SVG documents, for paper and for browsers without scripts.
    """
    return page("report.html", material, drawn)


def page(template: str, material: Material, drawn: Mapping[Kind, str], **more: Any) -> str:
    """A page of a run in one of the templates.

    Args:
        template: its file.
        material: of the run.
        drawn: figures as SVG documents, for paper and for browsers without scripts.
        more: what else the template tells.
    """
    charts = {kind: chart_of(material, kind) for kind in drawn}
    return environment().get_template(template).render(
        material=material,
        contents=sections,
        captions=CAPTIONS,
        figures={kind: Markup(inline(svg, kind, CAPTIONS[kind])) for kind, svg in drawn.items()},  # our own SVG
        charts=htmlsafe_json_dumps(charts, separators=(",", ":")),
        style=Markup(asset("page.css")),
        scripts=[Markup(asset(name)) for name in SCRIPTS],
        digests=[_digest(asset(name)) for name in SCRIPTS],
        **more,
    )  # fmt: skip


@cache
def environment() -> Environment:
    """The templates; what they are given is escaped."""
    made = Environment(
        loader=PackageLoader("rnnforecast.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["price"] = format_price
    return made


@cache
def asset(name: str) -> str:
    """A style sheet or a script that pages hold."""
    return (files("rnnforecast.report") / "assets" / name).read_text("utf-8")


def _digest(script: str) -> str:
    """As a content security policy names a script."""
    return f"sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}"

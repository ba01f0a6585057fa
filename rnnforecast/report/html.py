"""A run's page: one self-contained file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from matplotlib.figure import Figure

from rnnforecast.config.experiment import Quantity
from rnnforecast.formatting import LAST, format_price, format_value
from rnnforecast.report.card import report_card
from rnnforecast.report.plots import to_svg


def render(
    *,
    name: str,
    quantity: Quantity,
    record: Mapping[str, Any],
    config: str,
    verdict: Mapping[str, Any] | None,
    forecast: pd.DataFrame | None,
    scores: pd.DataFrame | None,
    comparisons: pd.DataFrame | None,
    figures: Mapping[str, Figure],
) -> str:
    """The page as HTML; whatever it is given is escaped.

    Args:
        name: of the run.
        quantity: what is forecast.
        record: of the run.
        config: its YAML.
        verdict: None before ``evaluate``.
        forecast: of ``Forecast.table``.
        scores: None before ``evaluate``.
        comparisons: None before ``evaluate``.
        figures: by name.
    """
    environment = Environment(
        loader=PackageLoader("rnnforecast.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["value"] = lambda value: format_value(value, quantity)
    environment.filters["price"] = format_price
    return environment.get_template("report.html").render(
        name=name,
        quantity=quantity,
        last=LAST.get(quantity, ""),
        record=record,
        config=config,
        verdict=verdict,
        forecast=None if forecast is None else forecast.to_dict("records"),
        card=None if scores is None or comparisons is None else report_card(scores, comparisons),
        origins=None if scores is None else int(scores["n"].max()),
        figures={
            key: Markup(to_svg(figure)) for key, figure in figures.items()
        },  # our own SVG, matplotlib escapes text
    )

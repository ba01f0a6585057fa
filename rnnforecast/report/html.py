"""A run's page: one self-contained file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from matplotlib.figure import Figure

from rnnforecast.report.plots import to_svg

METRICS = {
    "mae": "MAE",
    "rmse": "RMSE",
    "mase": "MASE",
    "crps": "CRPS",
    "direction": "direction",
    "coverage_0.80": "80 % interval",
    "coverage_0.95": "95 % interval",
}
SHARES = ("direction", "coverage_0.80", "coverage_0.95")


def render(
    *,
    name: str,
    record: Mapping[str, Any],
    config: str,
    verdict: Mapping[str, Any] | None,
    forecast: pd.DataFrame | None,
    scores: pd.DataFrame | None,
    figures: Mapping[str, Figure],
) -> str:
    """The page as HTML; whatever it is given is escaped.

    Args:
        name: of the run.
        record: of the run.
        config: its YAML.
        verdict: None before ``evaluate``.
        forecast: of ``Forecast.table``.
        scores: None before ``evaluate``.
        figures: by name.
    """
    environment = Environment(
        loader=PackageLoader("rnnforecast.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        name=name,
        record=record,
        config=config,
        verdict=verdict,
        forecast=None if forecast is None else forecast.to_dict("records"),
        scores=None if scores is None else score_rows(scores, step=0),
        figures={key: Markup(to_svg(figure)) for key, figure in figures.items()},  # our own SVG, matplotlib escapes text
    )


def score_rows(scores: pd.DataFrame, step: int) -> list[dict[str, str]]:
    """The scores of one step as text, the network's beside naive's.

    Args:
        scores: with skill and p.
        step: 0 for all steps.
    """
    part = scores[scores["step"] == step].set_index(["model", "metric"])
    return [
        {
            "metric": title,
            "network": _cell(part.loc[("network", metric)], metric),
            "naive": _cell(part.loc[("naive", metric)], metric),
            "skill": _skill(part.loc[("network", metric)]),
            "p": _number(part.loc[("network", metric)]["p"], ".3f"),
            "n": f"{int(part.loc[('network', metric)]['n']):,}",
        }
        for metric, title in METRICS.items()
    ]


def _cell(score: pd.Series, metric: str) -> str:
    """A value, with its interval where it is a share."""
    if not score["n"]:
        return "not defined"
    if metric in SHARES:
        return f"{score['value']:.1%} ({score['low']:.1%} to {score['high']:.1%})".replace("%", " %")
    return f"{score['value']:.4g}" if abs(score["value"]) < 1000 else f"{score['value']:,.0f}"


def _skill(score: pd.Series) -> str:
    return "" if pd.isna(score["skill"]) else f"{score['skill']:+.1%}".replace("%", " %")


def _number(value: float, form: str) -> str:
    return "" if pd.isna(value) else format(value, form)

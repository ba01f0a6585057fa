"""Runs beside each other: in a sentence, in a figure, on a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from rnnforecast.evaluation.backtest import NAIVE
from rnnforecast.evaluation.significance.decisions import SIGNIFICANT
from rnnforecast.evaluation.significance.paired_runs import Pairing
from rnnforecast.evaluation.wording import beside
from rnnforecast.formatting import format_loss, format_p, format_percent
from rnnforecast.quantities import Quantity
from rnnforecast.report.charts.spec import Chart
from rnnforecast.report.charts.still import still_figure
from rnnforecast.report.html import asset, environment
from rnnforecast.report.tables.cells import Sheet


def conclude(pairing: Pairing, pairs: pd.DataFrame) -> str:
    """Return what a comparison shows in words: the best run, beside each other one."""
    best = pairs["run"].iloc[0]
    last = f"{pairing.steps[-1]} step{'s' if pairing.steps[-1] > 1 else ''}"
    ahead = last if len(pairing.steps) == 1 else f"{pairing.steps[0]} to {last}"
    others = [_against(row) for row in pairs[pairs["run"] == best].to_dict("records")]
    number = f"{len(pairing.losses)} common origin{'' if len(pairing.losses) == 1 else 's'}"
    return (
        f"From {number}, {ahead} ahead, {pairing.first} to {pairing.last}: {best} has the lowest "
        f"{pairing.metric.upper()}; it is {'; '.join(others)}."
    )


def _against(row: Mapping[Any, Any]) -> str:
    """Return how the best run compares with another one."""
    p, lower = row["corrected_p"], f"{format_percent(abs(row['percent']))} lower"
    if math.isnan(p):
        return f"{beside('too few')} {row['other']} ({lower}, no p from so few origins)"
    words = beside("better" if p < SIGNIFICANT else "indistinguishable")
    return f"{words} {row['other']} ({lower}, p {format_p(p)})"


def mean_sheet(pairing: Pairing, means: pd.DataFrame, quantity: Quantity) -> Sheet:
    """Return the table of means as text."""
    rows = []
    for row in means.to_dict("records"):
        known = row["run"] != NAIVE
        low, high = (format_percent(row[end], signed=True) for end in ("low", "high"))
        interval = f"{low} to {high}"
        skill = [format_percent(row["skill"], signed=True), interval] if known else ["", ""]
        rows.append([str(row["run"]), _written(row["loss"], pairing.metric, quantity), *skill])
    return Sheet(["run", pairing.metric.upper(), "skill vs naive", "95 % interval"], rows)


def _written(loss: float, metric: str, quantity: Quantity) -> str:
    """Return a mean loss as text; squares have a unit of their own."""
    return format_loss(loss) if metric == "mse" else quantity.format(loss)


def pair_sheet(pairs: pd.DataFrame, metric: str, quantity: Quantity, corrected: bool) -> Sheet:
    """Return the table of pairs as text."""
    rows = [
        [
            str(row["run"]),
            str(row["other"]),
            _signed(row["difference"], metric, quantity),
            format_percent(row["percent"], signed=True),
            _p(row["p"]),
            *([_p(row["corrected_p"])] if corrected else []),
        ]
        for row in pairs.to_dict("records")
    ]
    return Sheet(
        ["run", "against", "difference", "in %", "p", *(["p (Holm)"] if corrected else [])], rows
    )


def _signed(value: float, metric: str, quantity: Quantity) -> str:
    return ("-" if value < 0 else "+") + _written(abs(value), metric, quantity)


def _p(p: float) -> str:
    return "too few" if math.isnan(p) else format_p(p).removeprefix("= ")


def comparison_page(
    title: str,
    conclusion: str,
    sheets: Mapping[str, Sheet],
    charts: Mapping[str, Chart],
    method: str,
) -> str:
    """Return a comparison as one self-contained page of HTML; whatever it is given is escaped.

    Args:
        title: of the page.
        conclusion: what it shows, in words.
        sheets: tables by caption.
        charts: figures by name.
        method: how it was tested.
    """
    drawn = [still_figure(chart, name) for name, chart in charts.items()]
    return (
        environment()
        .get_template("comparison.html")
        .render(
            title=title,
            conclusion=conclusion,
            sheets=sheets,
            figures=drawn,
            method=method,
            style=Markup(asset("page.css")),
        )
    )

"""How a search went, and which settings mattered."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rnnforecast.formatting import format_percent
from rnnforecast.report.charts.axes import rows_axis
from rnnforecast.report.charts.spec import Axis, Chart, Line, Mark, Panel, Points, level, numbers


def search_history(table: pd.DataFrame, metric: str, title: str) -> Chart:
    """Draw each trial's value, and the best so far.

    Args:
        table: of a search: trial, state, value.
        metric: what was minimised.
        title: of the figure.
    """
    finished = table[table["state"] == "finished"]
    at, values = numbers(finished["trial"]), numbers(finished["value"])
    best = np.minimum.accumulate(values)
    trials = Points(
        x=at, y=values, name="finished trial", colour="grey",
        details=tuple(f"trial {number:g}" for number in at),
    )  # fmt: skip
    line = Line(x=at, y=best, name="best so far", label=f"best {best[-1]:.4f}", colour="blue")
    start = finished[finished["trial"] == 0]
    marks: list[Mark] = [trials, line]
    marks += [level(value, "dot", "orange") for value in start["value"]]
    panel = Panel(
        marks=tuple(marks),
        x=Axis(title="trial", form="integer", decimals=0),
        y=Axis(title=f"{metric.upper()} as a share of naive's", decimals=4),
    )
    lower = format_percent(1 - best[-1] / values[0]) if len(values) else ""
    message = f"The best of {len(values)} finished trials is {lower} below the first one."
    return Chart(title=title, message=message, rows=((panel,),))


def setting_importances(importances: Mapping[str, float], title: str) -> Chart:
    """Draw each setting's share in the variance of the value.

    Args:
        importances: by setting, the largest first.
        title: of the figure.
    """
    names, shares = list(importances), np.array(list(importances.values()))
    places = np.arange(len(names), dtype=float)
    marks = Points(
        x=shares, y=places, name="share of the variance", low=np.zeros_like(shares), high=shares
    )
    panel = Panel(
        marks=(marks,),
        x=Axis(title="share of the variance between trials", form="percent", range=(0.0, 1.0)),
        y=rows_axis(names),
        height=0.6 + 0.3 * len(names),
    )
    message = f"{names[0]} explains {format_percent(shares[0])} of the variance between trials."
    return Chart(title=title, message=message, rows=((panel,),))

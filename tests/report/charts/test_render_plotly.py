"""Charts on the screen are what Plotly takes, and show the numbers of the figures on paper."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rnnforecast.quantities import Name
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_plotly import to_plotly

from ..materials import material

MANY = ("network", "uncalibrated", "naive", "garch", "drift", "ar1", "ewma", "ets", "theta")


def resolved(value: Any) -> Any:
    """The same with every colour of the style sheet as some colour."""
    if isinstance(value, dict):
        return {key: resolved(one) for key, one in value.items()}
    if isinstance(value, list):
        return [resolved(one) for one in value]
    return "#123456" if isinstance(value, str) and value.startswith("var(") else value


def trace(spec: dict[str, Any], name: str) -> dict[str, Any]:
    """The first trace of that name."""
    return next(one for one in spec["data"] if one["name"] == name)


@pytest.mark.parametrize(
    ("quantity", "steps"),
    [("price", 1), ("price", 20), ("volatility", 2), ("direction", 1), ("direction", 3)],
)
def test_every_chart_is_in_plotlys_own_schema_and_in_json(quantity: Name, steps: int) -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects")
    whole = material(steps=steps, quantity=quantity, models=MANY, intervals=True, extra=True)
    for kind in whole.kinds:
        spec = to_plotly(chart_of(whole, kind))
        json.dumps(spec, allow_nan=False)
        graph_objects.Figure(resolved(spec["data"]), resolved(spec["layout"]))


def test_the_schema_refuses_what_plotly_does_not_know() -> None:
    graph_objects = pytest.importorskip("plotly.graph_objects")
    spec = to_plotly(chart_of(material(), "actual"))
    spec["layout"]["xaxis"]["rangeselekt"] = {}
    with pytest.raises(ValueError, match="rangeselekt"):
        graph_objects.Figure(resolved(spec["data"]), resolved(spec["layout"]))


def test_hovering_over_a_skill_tells_baseline_interval_and_p() -> None:
    marks = trace(to_plotly(chart_of(material(intervals=True), "skill")), "CRPS")
    assert (
        marks["customdata"][0].startswith("vs naive: +")
        and "95 % interval" in marks["customdata"][0]
        and "; p " in marks["customdata"][0]
    )


def test_zero_has_no_sign_and_a_title_stands_above_every_row_of_its_legend() -> None:
    from rnnforecast.report.charts.render_plotly import LEGEND, LEGEND_ROW, TITLE, _top

    chart = chart_of(material(models=MANY, intervals=True), "skill")
    axes = to_plotly(chart)["layout"]
    assert axes["xaxis"]["labelalias"]["+0 %"] == axes["yaxis2"]["labelalias"]["+0 %"] == "0 %"
    overall, by_step, *_ = chart.panels
    assert _top(overall) == LEGEND + TITLE  # CRPS and MAE side by side
    assert _top(by_step) == LEGEND + TITLE + LEGEND_ROW


def test_the_hour_is_told_where_bars_are_shorter_than_a_day() -> None:
    import pandas as pd

    from rnnforecast.report.charts.plotly_traces import places
    from rnnforecast.report.charts.spec import dates

    hours = pd.date_range("2024-03-08 14:30", periods=2, freq="h", tz="America/New_York")
    assert places(dates(hours)) == ["2024-03-08 14:30", "2024-03-08 15:30"]

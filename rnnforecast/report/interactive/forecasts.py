"""The coming sessions, on the screen."""

from __future__ import annotations

from rnnforecast.report.figures.forecasts import history_shown
from rnnforecast.report.interactive.plotly import (
    BLUE,
    FAINT,
    FEW,
    INK,
    SHADE,
    Spec,
    axis,
    band,
    chart,
    date_axis,
    dates,
    line,
    value_axis,
)  # fmt: skip
from rnnforecast.report.report_data import Material


def forecast(material: Material) -> Spec:
    """History and fan, or the probability of a rise."""
    steps = material["forecast"]
    coming = dates(material.dates(steps["date"]))
    if not material.quantity.has_distribution:
        odds = line(coming, steps["rising"], "a close above the last", BLUE, mode="lines+markers")
        share = axis("probability of a rise", tickformat=".0%", hoverformat=".1%", range=[0, 1])
        each = {"tickvals": coming, "tickformat": "%a %d %b"} if len(coming) <= FEW else {}
        return chart([odds], height=320, xaxis=date_axis() | each, yaxis=share)
    shown = history_shown(material)
    past, last = dates(shown.index), float(shown.iloc[-1])
    path, traces = [past[-1], *coming], []
    for coverage, colour in ((95, FAINT), (80, SHADE)):
        low, high = ([last, *steps[f"{end}_{coverage}"]] for end in ("low", "high"))
        traces += band(path, low, high, f"{coverage} % interval", colour)
    traces.append(line(path, [last, *steps["median"]], "median", BLUE, width=2))
    traces.append(line(past, shown, "the past", INK))
    return chart(
        traces, xaxis=date_axis(), yaxis=value_axis(material), hovermode="x unified", follow=True
    )

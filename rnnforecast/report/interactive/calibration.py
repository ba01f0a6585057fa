"""Whether the intervals hold what they promise, on the screen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnforecast.evaluation.backtest import NETWORK, UNCALIBRATED
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.report import plot_data
from rnnforecast.report.figures.calibration import COVERAGES
from rnnforecast.report.interactive.plotly import (
    BLUE,
    CHANCE,
    GREY,
    INK,
    ORANGE,
    Spec,
    axis,
    band,
    chart,
    date_axis,
    dates,
    line,
    numbers,
)  # fmt: skip
from rnnforecast.report.plot_data import BINS
from rnnforecast.report.report_data import Material

LOOKS = {NETWORK: (BLUE, "solid"), UNCALIBRATED: (ORANGE, "dash")}
CHANCED = "chance, 95 of 100"


def reliability(material: Material) -> Spec:
    """Share of outcomes below each quantile, or of rises by their probability."""
    backtest = material["backtest"]
    if material.quantity == "direction":
        return _odds(backtest)
    levels = np.linspace(0, 1, 101)
    traces = band(
        levels, *plot_data.chance(levels, plot_data.origins_of(backtest)), CHANCED, CHANCE
    )
    about = "%{y:.1%} below the %{x:.1%} quantile<extra>%{fullData.name}</extra>"
    for model in plot_data.calibrated_models(backtest):
        table = plot_data.reliability(backtest, model)
        colour, dash = LOOKS.get(model, (GREY, "dot"))
        traces.append(
            line(
                table["level"],
                table["share"],
                model_title(model),
                colour,
                dash=dash,
                hovertemplate=about,
            )
        )
    return _square(traces, "quantile level", "share of outcomes below it")


def _odds(backtest: pd.DataFrame) -> Spec:
    table = plot_data.reliability_of_probabilities(backtest)
    tenths = line(
        table["rising"], table["rose"], "tenths of the forecasts", BLUE, mode="lines+markers"
    )
    return _square(
        [line([0, 1], [0, 1], "perfect", GREY), tenths], "probability of a rise", "share that rose"
    )


def _square(traces: list[Spec], x: str, y: str) -> Spec:
    """Two axes of shares."""
    share = {"tickformat": ".0%", "range": [0, 1], "constrain": "domain"}
    return chart(
        traces, height=420, xaxis=axis(x, **share), yaxis=axis(y, **share, scaleanchor="x")
    )


def pit(material: Material) -> Spec:
    """Where outcomes fell in their distribution."""
    backtest = material["backtest"]
    low, high = (float(end) for end in plot_data.chance(1 / BINS, plot_data.origins_of(backtest)))
    traces = band([0, 1], [low, low], [high, high], CHANCED, CHANCE)
    table = plot_data.pit(backtest)
    middles = table["left"] + 0.5 / BINS
    traces.append(
        {
            "type": "bar", "name": "network", "x": numbers(middles), "y": numbers(table["share"]), "width": 0.92 / BINS,
            "marker": {"color": BLUE, "opacity": 0.8}, "hovertemplate": "%{y:.1%} around level %{x:.3f}<extra></extra>",
        }
    )  # fmt: skip
    if UNCALIBRATED in plot_data.calibrated_models(backtest):
        before = line(
            middles, plot_data.pit(backtest, UNCALIBRATED)["share"], "before calibration", ORANGE
        )
        before["line"]["shape"] = "hvh"
        traces.append(before)
    levels = axis("quantile level of the outcome", tickformat=".0%", range=[0, 1])
    return chart(
        traces,
        height=320,
        xaxis=levels,
        yaxis=axis("share of forecasts", tickformat=".0%", rangemode="tozero"),
    )


def coverage(material: Material) -> Spec:
    """What the intervals held lately, over time."""
    backtest = material["backtest"]
    window = plot_data.rolling_window(plot_data.origins_of(backtest))
    traces, promised = [], []
    for nominal, colour in zip(COVERAGES, (BLUE, INK), strict=True):
        for model in (UNCALIBRATED, NETWORK):
            if not (backtest["model"] == model).any():
                continue
            held = plot_data.coverage_over_time(backtest, model, nominal)
            before, dash = (
                (" before calibration", "dot") if model == UNCALIBRATED else ("", "solid")
            )
            name = f"{100 * nominal:.0f} % interval{before}"
            traces.append(line(dates(held.index), held, name, colour, dash=dash))
        level: Spec = {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": nominal,
            "y1": nominal,
        }
        promised.append(level | {"line": {"color": GREY, "dash": "dot", "width": 1}})
    share = axis(f"share held, {window} origins before", tickformat=".0%", hoverformat=".1%")
    return chart(
        traces, height=340, xaxis=date_axis(), yaxis=share, shapes=promised, hovermode="x unified"
    )

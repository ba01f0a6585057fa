"""Whether the intervals hold what they promise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnforecast.evaluation.backtest import NETWORK, UNCALIBRATED
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.formatting import format_percent
from rnnforecast.report import plot_data
from rnnforecast.report.charts.axes import date_axis
from rnnforecast.report.charts.spec import (
    Axis,
    Band,
    Bars,
    Chart,
    Colour,
    Dash,
    Line,
    Mark,
    Panel,
    Points,
    Span,
    colour_of,
    dates,
    level,
    numbers,
)
from rnnforecast.report.plot_data import BINS
from rnnforecast.report.report_data import Material

COVERAGES: tuple[tuple[float, Colour], ...] = ((0.80, "blue"), (0.95, "ink"))
BEFORE = "before calibration"


class Look(NamedTuple):
    """Dashes and width of a model's line."""

    dash: Dash
    width: float


LOOKS = {NETWORK: Look("solid", 1.9), UNCALIBRATED: Look("dash", 1.4)}
OTHER_LOOK = Look("dot", 1.6)


def _title(model: str) -> str:
    return BEFORE if model == UNCALIBRATED else model_title(model)


def reliability(material: Material) -> Chart:
    """Draw how often outcomes fell below each quantile; of probabilities, how often it rose."""
    title, panel, message = (
        _quantiles(material) if material.quantity.has_distribution else _probabilities(material)
    )
    return Chart(
        title=f"{material.symbol}: {title}",
        message=message,
        rows=((panel,),),
        source=material.source,
    )


def _quantiles(material: Material) -> tuple[str, Panel, str]:
    backtest = material["backtest"]
    levels = np.linspace(0, 1, 101)
    low, high = plot_data.chance(levels, plot_data.origins_of(backtest))
    marks: list[Mark] = [
        Band(x=levels, low=low, high=high, name="chance, 95 of 100", colour="grey", shade=0.25)
    ]
    for model in plot_data.calibrated_models(backtest):
        table, look = plot_data.reliability(backtest, model), LOOKS.get(model, OTHER_LOOK)
        line = Line(
            x=numbers(table["level"]),
            y=numbers(table["share"]),
            name=_title(model),
            colour=colour_of(model),
            dash=look.dash,
            width=look.width,
        )
        marks.append(line)
    table = plot_data.reliability(backtest, NETWORK)
    worst = table.iloc[int((table["share"] - table["level"]).abs().argmax())]
    message = (
        f"The largest deviation of the network: {format_percent(worst['share'])} of the outcomes "
        f"fell below the {format_percent(worst['level'])} quantile."
    )
    title = "outcomes below each quantile"
    return title, _square(marks, "quantile level", "share of outcomes below it"), message


def _probabilities(material: Material) -> tuple[str, Panel, str]:
    table = plot_data.reliability_of_probabilities(material["backtest"])
    rising, rose = numbers(table["rising"]), numbers(table["rose"])
    half = 1.96 * np.sqrt(rose * (1 - rose) / numbers(table["n"]))
    ends = np.array([0.0, 1.0])
    marks: list[Mark] = [
        Line(x=ends, y=ends, name="perfect", colour="grey", width=1.0),
        Points(
            x=rising, y=rose, low=rose - half, high=rose + half, along="y",
            name="a tenth of the forecasts, with its 95 % interval",
            details=tuple(
                f"{format_percent(share)} rose where {format_percent(forecast)} was forecast"
                for forecast, share in zip(rising, rose, strict=True)
            ),
        ),
    ]  # fmt: skip
    message = (
        f"Where a rise was given {format_percent(rising[0])}, {format_percent(rose[0])} rose; "
        f"where it was given {format_percent(rising[-1])}, {format_percent(rose[-1])}."
    )
    title = "rises by their probability"
    return title, _square(marks, "probability of a rise", "share that rose"), message


def _square(marks: list[Mark], x: str, y: str) -> Panel:
    share = {"form": "percent", "decimals": 1, "range": (0.0, 1.0)}
    return Panel(
        marks=tuple(marks),
        x=Axis(title=x, **share),  # type: ignore[arg-type]
        y=Axis(title=y, **share),  # type: ignore[arg-type]
        height=4.4,
        square=True,
    )


def pit(material: Material) -> Chart:
    """Draw the probability integral transform: flat where the distribution is right."""
    backtest = material["backtest"]
    low, high = plot_data.chance(1 / BINS, plot_data.origins_of(backtest))
    table = plot_data.pit(backtest)
    middles, shares = numbers(table["left"]) + 0.5 / BINS, numbers(table["share"])
    marks: list[Mark] = [
        Span(low=float(low), high=float(high), name="chance, 95 of 100"),
        level(1 / BINS),
        Bars(x=middles, y=shares, width=0.92 / BINS, name="network"),
    ]
    if UNCALIBRATED in plot_data.calibrated_models(backtest):
        before = numbers(plot_data.pit(backtest, UNCALIBRATED)["share"])
        marks.append(
            Line(x=middles, y=before, name=BEFORE, colour="purple", width=1.6, stairs=True)
        )
    inside = int(((shares >= low) & (shares <= high)).sum())
    panel = Panel(
        marks=tuple(marks),
        x=Axis(title="quantile level of the outcome", form="percent", decimals=1, range=(0.0, 1.0)),
        y=Axis(title="share of forecasts", form="percent", decimals=1),
        height=3.2,
    )
    return Chart(
        title=f"{material.symbol}: where outcomes fell in their distribution",
        message=f"Of {BINS} bars {inside} lie where those of perfect forecasts would.",
        rows=((panel,),),
        source=material.source,
    )


def coverage(material: Material) -> Chart:
    """Draw the share of outcomes that the intervals contained, over the origins before each."""
    backtest = material["backtest"]
    window = plot_data.rolling_window(plot_data.origins_of(backtest))
    marks: list[Mark] = []
    lowest, clauses, axis = 0.7, [], Axis(form="date")
    for nominal, colour in COVERAGES:
        marks.append(level(nominal, "dot"))
        for model in (UNCALIBRATED, NETWORK):
            if not (backtest["model"] == model).any():
                continue
            held = plot_data.coverage_over_time(backtest, model, nominal)
            name = f"{100 * nominal:.0f} % interval"
            before = model == UNCALIBRATED
            axis = date_axis(dates(held.index))
            lowest = min(lowest, float(held.min()))
            marks.append(
                Line(
                    x=dates(held.index),
                    y=numbers(held),
                    name=f"{name}, {BEFORE}" if before else name,
                    group=BEFORE if before else "",
                    colour=colour_of(model) if before else colour,
                    dash="dash" if before else "solid",
                    width=1.0 if before else 1.7,
                )
            )
            if not before:
                clauses.append(f"the {name} contained {format_percent(float(held.iloc[-1]))}")
    panel = Panel(
        marks=tuple(marks),
        x=axis,
        y=Axis(title="share contained", form="percent", decimals=1, range=(lowest - 0.03, 1.01)),
        height=3.3,
    )
    return Chart(
        title=f"{material.symbol}: share contained in the {window} origins before each date "
        "(dotted: promised)",
        message=f"Over the newest {window} origins {' and '.join(clauses)} of the outcomes.",
        rows=((panel,),),
        source=material.source,
        together=True,
    )

"""Forecasts beside what happened, and what they missed, on the screen."""

from __future__ import annotations

import pandas as pd

from rnnforecast.evaluation.backtest import GARCH, MEDIAN_COLUMN, NAIVE, NETWORK
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.report import plot_data
from rnnforecast.report.interactive.plotly import (
    BLUE,
    BOX,
    FAINT,
    FEW,
    GREEN,
    GREY,
    INK,
    LINE,
    MARGIN,
    ORANGE,
    Spec,
    axis,
    band,
    chart,
    date_axis,
    dates,
    line,
    numbers,
    steps_axis,
    value_axis,
)  # fmt: skip
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import METRICS

COLOURS = {NETWORK: BLUE, NAIVE: ORANGE, GARCH: GREEN}
REACHES = (("1 month", "month", 1), ("6 months", "month", 6), ("1 year", "year", 1))
"""Of the buttons that zoom to the newest targets."""


def actual(material: Material) -> Spec:
    """One-step medians and intervals beside what happened, to be zoomed into."""
    first, which = plot_data.newest(plot_data.one_step(material["backtest"]))
    days = dates(first["date"])
    traces = band(days, first["q0.025"], first["q0.975"], "95 % interval, one step ahead", FAINT)
    traces.append(line(days, first[MEDIAN_COLUMN], "median, one step ahead", BLUE, width=1.2))
    traces.append(line(days, first["actual"], "actual", INK, width=1.2))
    buttons = [
        {"label": label, "step": step, "count": count, "stepmode": "backward"}
        for label, step, count in REACHES
    ]
    selector: Spec = {
        "buttons": [*buttons, {"label": "all", "step": "all"}], "bgcolor": BOX, "activecolor": LINE,
        "y": -0.2, "yanchor": "top",
    }  # fmt: skip
    return chart(
        traces, height=480, follow=True, hovermode="x unified", margin=MARGIN | {"b": 110},
        xaxis=date_axis(which, rangeselector=selector), yaxis=value_axis(material),
    )  # fmt: skip


def error(material: Material) -> Spec:
    """The mean error of every model at each step."""
    errors = plot_data.error_by_step(material["scores"])
    title = METRICS[plot_data.error_metric(material["scores"])].title
    priced = title == "MAE"
    told = f"{title}, {material.unit}" if priced else title
    if len(errors) == 1:
        losses = (
            value_axis(material, f"{told}, one step ahead")
            if priced
            else axis(f"{told}, one step ahead")
        )
        return _one_step(errors.iloc[0], losses)
    mode = "lines+markers" if len(errors) <= FEW else "lines"
    traces = [
        line(
            errors.index, errors[model], model_title(model), COLOURS.get(model, GREY), mode=mode,
            showlegend=model in COLOURS, width=2 if model in COLOURS else 1,
        )
        for model in sorted(map(str, errors), key=lambda model: model in COLOURS)  # those that stand out on top
    ]  # fmt: skip
    growth = plot_data.square_root_growth(errors, material.quantity)
    if growth is not None:
        traces.append(line(growth.index, growth, "naive by √steps", GREY, dash="dash"))
    losses = value_axis(material, told) if priced else axis(told)
    return chart(traces, xaxis=steps_axis(len(errors)), yaxis=losses, hovermode="x unified")


def _one_step(errors: pd.Series, losses: Spec) -> Spec:
    """One dot for each model."""
    models = [str(model) for model in errors.index]
    dots: Spec = {
        "type": "scatter", "mode": "markers", "x": numbers(errors), "y": [model_title(model) for model in models],
        "marker": {"size": 10, "color": [COLOURS.get(model, GREY) for model in models]},
    }  # fmt: skip
    rows = axis(autorange="reversed", type="category")
    return chart([dots], height=110 + 30 * len(models), xaxis=losses, yaxis=rows)


def residuals(material: Material) -> Spec:
    """What one-step medians missed, over time."""
    relative = material.quantity == "price" and material.history.priced
    missed = plot_data.residuals(material["backtest"], relative=relative).iloc[-plot_data.MOST :]
    dots = line(dates(missed.index), missed, "actual less median", BLUE, mode="markers")
    dots["marker"] = {"size": 4, "color": BLUE}
    percent = (
        {"tickformat": ".1%", "hoverformat": ".2%"}
        if relative or material.quantity == "volatility"
        else {}
    )
    unit = axis("share of the median" if relative else material.unit, zeroline=True, **percent)
    return chart([dots], height=340, xaxis=date_axis(), yaxis=unit)

"""Forecasts beside what happened, and what they missed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from rnnforecast.evaluation.backtest import GARCH, NAIVE, NETWORK
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.report import plot_data
from rnnforecast.report.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    Label,
    date_axis,
    label_ends,
    naive_dates,
    one_panel,
    percent_axis,
    step_axis,
    value_axis,
)  # fmt: skip
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import METRICS

ZOOM = 60
"""Newest targets in the lower panel of the figure of actual against predicted."""
FEW_DOTS = 2000
"""More of them are a picture within an SVG, not so many elements of it."""
COLOURS = {NETWORK: BLUE, NAIVE: ORANGE, GARCH: GREEN}


def actual(material: Material) -> Figure:
    """One-step medians and intervals beside what happened, each on the target's own date."""
    first, which = plot_data.newest(plot_data.one_step(material["backtest"]))
    figure = Figure(figsize=(8, 6.2), layout="constrained")
    whole, zoom = figure.subplots(2, 1)
    for axes, part, mark in ((whole, first, None), (zoom, first.iloc[-ZOOM:], ".")):
        dates = naive_dates(part["date"])
        axes.fill_between(
            dates,
            part["q0.025"],
            part["q0.975"],
            color=BLUE,
            alpha=0.2,
            lw=0,
            label="95 % interval, one step ahead",
        )
        axes.plot(dates, part["q0.5"], color=BLUE, lw=1, label="median, one step ahead")
        axes.plot(dates, part["actual"], color=BLACK, lw=1, marker=mark, label="actual")
        axes.set_ylabel(material.unit)
        value_axis(axes, material.quantity)
        date_axis(axes)
    whole.set_title(f"{material.symbol}: actual against predicted, {which} on their own dates")
    figure.legend(*whole.get_legend_handles_labels(), loc="outside lower left", ncols=3)
    zoom.set_title(f"the newest {min(ZOOM, len(first))}")
    return figure


def error(material: Material) -> Figure:
    """The mean error of every model at each step, beside the root growth of a random walk."""
    errors = plot_data.error_by_step(material["scores"])
    title = METRICS[plot_data.error_metric(material["scores"])].title
    priced = title == "MAE"
    if len(errors) == 1:
        return _one_step(errors.iloc[0], title, material)
    figure, axes = one_panel(3.6)
    growth = plot_data.square_root_growth(errors, material.quantity)
    labels = []
    if growth is not None:
        axes.plot(growth.index, growth, color=GREY, ls="--", lw=1.2)
        labels.append(Label("naive by √steps", growth.index[-1], float(growth.iloc[-1]), GREY))
    for model in sorted(errors, key=lambda model: model in COLOURS):  # those that stand out on top
        colour = COLOURS.get(str(model), GREY)
        mark = "o" if len(errors) <= 12 else None
        axes.plot(
            errors.index,
            errors[model],
            color=colour,
            lw=1.5 if colour != GREY else 0.9,
            marker=mark,
            ms=3.5,
        )
        labels.append(
            Label(model_title(str(model)), errors.index[-1], float(errors[model].iloc[-1]), colour)
        )
    axes.set(title="Error by step", ylabel=f"{title}, {material.unit}" if priced else title)
    step_axis(axes, errors.index.to_numpy(float))
    if priced:
        value_axis(axes, material.quantity)
    label_ends(axes, labels, inches=2.8)
    return figure


def _one_step(errors: pd.Series, title: str, material: Material) -> Figure:
    """One dot for each model."""
    figure, axes = one_panel(0.9 + 0.3 * len(errors))
    places = np.arange(len(errors))[::-1]
    colours = [COLOURS.get(str(model), GREY) for model in errors.index]
    axes.scatter(errors, places, color=colours, s=40, zorder=3)
    axes.set_yticks(places, [model_title(str(model)) for model in errors.index])
    axes.grid(axis="y", color=GREY, alpha=0.3, lw=0.6)
    axes.tick_params(axis="y", length=0)
    axes.set(
        title="Error one step ahead",
        xlabel=f"{title}, {material.unit}" if title == "MAE" else title,
    )
    axes.margins(x=0.08, y=0.15)
    return figure


def residuals(material: Material) -> Figure:
    """What one-step medians missed: over time, by size, and whether it repeats itself."""
    relative = material.quantity == "price" and material.history.priced
    missed = plot_data.residuals(material["backtest"], relative=relative)
    figure = Figure(figsize=(8, 5.2), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[1, 1])
    over_time, sizes, repeats = (
        figure.add_subplot(place) for place in (grid[0, :], grid[1, 0], grid[1, 1])
    )
    unit = "share of the median" if relative else material.unit
    over_time.axhline(0, color=GREY, lw=0.9)
    shown = missed.iloc[-plot_data.MOST :]
    over_time.plot(
        naive_dates(shown.index), shown, ".", color=BLUE, ms=3, rasterized=len(shown) > FEW_DOTS
    )
    over_time.set(title="Actual less median, one step ahead", ylabel=unit)
    date_axis(over_time)
    _sizes(sizes, missed, unit)
    _repeats(repeats, missed)
    for axis in (over_time.yaxis, sizes.xaxis):
        if relative or material.quantity == "volatility":
            percent_axis(axis)
    return figure


def _sizes(axes: Axes, missed: pd.Series, unit: str) -> None:
    values = missed.to_numpy(float)
    spread = float(values.std())
    axes.hist(values, bins=min(40, max(5, len(values) // 8)), density=True, color=BLUE, alpha=0.75)
    if spread > 0:
        grid = np.linspace(values.min(), values.max(), 200)
        axes.plot(
            grid,
            norm.pdf(grid, values.mean(), spread),
            color=BLACK,
            lw=1.2,
            label="normal of that spread",
        )
        axes.legend(loc="upper left", bbox_to_anchor=(0, 1.02))
        axes.set_ylim(top=axes.get_ylim()[1] * 1.2)
    axes.set(title="By size", xlabel=unit)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)


def _repeats(axes: Axes, missed: pd.Series) -> None:
    """Autocorrelation of the residuals, and of their sizes."""
    bound = 1.96 / np.sqrt(len(missed))
    axes.axhspan(-bound, bound, color=GREY, alpha=0.25, lw=0)
    axes.axhline(0, color=GREY, lw=0.9)
    for values, shift, colour, name in (
        (missed, -0.15, BLUE, "residual"),
        (missed.abs(), 0.15, ORANGE, "its size"),
    ):
        found = plot_data.autocorrelation(values)
        lags = np.arange(1, len(found) + 1) + shift
        axes.vlines(lags, 0, found, color=colour, lw=2, label=name)
    axes.legend(loc="upper right", ncols=2)
    axes.margins(y=0.25)
    axes.set(title="Autocorrelation (grey: chance)", xlabel="lag, steps")

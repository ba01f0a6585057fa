"""Whether the intervals hold what they promise."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnforecast.evaluation.backtest import NETWORK, UNCALIBRATED
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.report import plot_data
from rnnforecast.report.figures.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    Label,
    date_axis,
    label_ends,
    naive_dates,
    one_panel,
    percent_axis,
)  # fmt: skip
from rnnforecast.report.plot_data import BINS
from rnnforecast.report.report_data import Material

LOOKS = {NETWORK: (BLUE, "-", 1.8), UNCALIBRATED: (ORANGE, "--", 1.3), "naive": (GREY, ":", 1.5)}
"""Colour, dashes and width of each model's line."""
COVERAGES = (0.80, 0.95)


def reliability(material: Material) -> Figure:
    """Of quantiles: how often the price fell below each; of probabilities: how often it rose."""
    figure, axes = one_panel(4.4, 4.8)
    if material.quantity == "direction":
        _odds(axes, material)
    else:
        _quantiles(axes, material)
    axes.set(aspect="equal", xlim=(0, 1), ylim=(0, 1))
    for axis in (axes.xaxis, axes.yaxis):
        percent_axis(axis)
    return figure


def _quantiles(axes: Axes, material: Material) -> None:
    backtest = material["backtest"]
    levels = np.linspace(0, 1, 101)
    low, high = plot_data.chance(levels, plot_data.origins_of(backtest))
    axes.fill_between(levels, low, high, color=GREY, alpha=0.25, lw=0)
    for model in plot_data.calibrated_models(backtest):
        table = plot_data.reliability(backtest, model)
        colour, dashes, width = LOOKS[model]
        axes.plot(
            table["level"], table["share"], dashes, color=colour, lw=width, label=model_title(model)
        )
    axes.fill_between([], [], [], color=GREY, alpha=0.25, lw=0, label="chance, 95 of 100")
    axes.legend(loc="upper left")
    axes.set(
        title="Below each quantile", xlabel="quantile level", ylabel="share of outcomes below it"
    )


def _odds(axes: Axes, material: Material) -> None:
    table = plot_data.reliability_of_probabilities(material["backtest"])
    axes.plot([0, 1], [0, 1], color=GREY, lw=0.9)
    half = 1.96 * np.sqrt(table["rose"] * (1 - table["rose"]) / table["n"])
    axes.errorbar(table["rising"], table["rose"], yerr=half, fmt="o-", color=BLUE, lw=1.2, ms=4)
    axes.set(
        title="Tenths of the forecasts", xlabel="probability of a rise", ylabel="share that rose"
    )


def pit(material: Material) -> Figure:
    """The probability integral transform: flat where the distribution is right."""
    figure, axes = one_panel(3.0)
    backtest = material["backtest"]
    low, high = plot_data.chance(1 / BINS, plot_data.origins_of(backtest))
    axes.axhspan(float(low), float(high), color=GREY, alpha=0.25, lw=0)
    axes.axhline(1 / BINS, color=GREY, lw=0.9)
    for model in plot_data.calibrated_models(backtest)[:2]:
        table = plot_data.pit(backtest, model)
        if model == NETWORK:
            axes.bar(
                table["left"], table["share"], 0.92 / BINS, align="edge", color=BLUE, alpha=0.75
            )
        elif model == UNCALIBRATED:
            axes.stairs(
                table["share"],
                np.arange(BINS + 1) / BINS,
                color=ORANGE,
                lw=1.3,
                label="before calibration",
            )
            axes.legend(loc="upper center")
            axes.set_ylim(top=1.2 * axes.get_ylim()[1])
    axes.set(
        title="Where outcomes fell in their distribution (grey: 95 of 100 bars of a perfect one)",
        xlabel="quantile level of the outcome", ylabel="share of forecasts", xlim=(0, 1),
    )  # fmt: skip
    percent_axis(axes.xaxis)
    percent_axis(axes.yaxis)
    return figure


def coverage(material: Material) -> Figure:
    """What the intervals held over the origins before each."""
    figure, axes = one_panel(3.2)
    backtest = material["backtest"]
    window = plot_data.rolling_window(plot_data.origins_of(backtest))
    labels, lowest = [], 0.7
    for nominal, colour in zip(COVERAGES, (BLUE, BLACK), strict=True):
        axes.axhline(nominal, color=GREY, lw=0.8, ls=":")
        for model in (UNCALIBRATED, NETWORK):
            if not (backtest["model"] == model).any():
                continue
            held = plot_data.coverage_over_time(backtest, model, nominal)
            dates = naive_dates(held.index)
            before = model == UNCALIBRATED
            axes.plot(
                dates,
                held,
                color=ORANGE if before else colour,
                lw=0.9 if before else 1.6,
                ls="--" if before else "-",
            )
            lowest = min(lowest, float(held.min()))
            if not before:
                labels.append(
                    Label(
                        f"{nominal:.0%}".replace("%", " %"), dates[-1], float(held.iloc[-1]), colour
                    )
                )
    if (backtest["model"] == UNCALIBRATED).any():
        axes.plot([], [], color=ORANGE, ls="--", lw=0.9, label="before calibration")
        axes.legend(loc="lower left")
    axes.set(
        title=f"Coverage over time: share held in the {window} origins before (dotted: promised)",
        ylabel="share held", ylim=(lowest - 0.03, 1.01),
    )  # fmt: skip
    percent_axis(axes.yaxis)
    date_axis(axes)
    label_ends(axes, labels, inches=2.5)
    return figure

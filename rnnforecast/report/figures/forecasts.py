"""The coming sessions: a fan of intervals after the history, or the probability of a rise."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from rnnforecast.report.figures.style import (
    BLACK,
    BLUE,
    GREY,
    Label,
    date_axis,
    label_ends,
    naive_dates,
    one_panel,
    percent_axis,
    value_axis,
)  # fmt: skip
from rnnforecast.report.report_data import Material

SHADES = ((95, 0.18), (80, 0.35))
"""Coverage of each interval, and how dark it is."""


def forecast(material: Material) -> Figure:
    """What is forecast from the newest bar."""
    return fan(material) if material.quantity.has_distribution else odds(material)


def history_shown(material: Material) -> pd.Series:
    """What naive repeats, up to the origin of the forecast."""
    steps = material["forecast"]
    origin = material.dates(steps["origin"])[0] if "origin" in steps else material.history.last
    shown = material.level[:origin].iloc[-max(2 * len(steps), min(90, 30 + 12 * len(steps))) :]
    if (
        shown.index[-1] < origin
    ):  # the run keeps the bars it was trained on, the forecast is from newer ones
        shown = pd.concat(
            [shown, pd.Series([float(steps["last"].iloc[0])], pd.DatetimeIndex([origin]))]
        )
    return shown


def fan(material: Material) -> Figure:
    """History, and the intervals of the coming sessions on their dates."""
    figure, axes = one_panel(4.0)
    steps, shown = material["forecast"], history_shown(material)
    start, last = naive_dates(shown.index)[-1], float(shown.iloc[-1])
    axes.plot(naive_dates(shown.index), shown.to_numpy(float), color=BLACK, lw=1.3)
    path = pd.DatetimeIndex([start, *naive_dates(material.dates(steps["date"]))])
    for coverage, shade in SHADES:
        low, high = ([last, *steps[f"{end}_{coverage}"]] for end in ("low", "high"))
        axes.fill_between(path, low, high, color=BLUE, alpha=shade, lw=0)
    axes.plot(path, [last, *steps["median"]], color=BLUE, lw=1.6)
    axes.axvline(start, color=GREY, lw=0.8, ls=":")  # type: ignore[arg-type]  # a date will do
    axes.set(
        title=f"{material.symbol}: history and forecast from {start:%a %d %b %Y}",
        ylabel=material.unit,
    )
    value_axis(axes, material.quantity)
    date_axis(axes)
    axes.margins(x=0.02)
    end = steps.iloc[-1]
    labels = [Label("median", path[-1], end["median"], BLUE)]
    labels += [
        Label(f"{coverage} %", path[-1], end[f"high_{coverage}"], BLUE) for coverage, _ in SHADES
    ]
    label_ends(axes, labels, inches=3.2)
    return figure


def odds(material: Material) -> Figure:
    """The probability that each coming close lies above the last one."""
    figure, axes = one_panel(3.0)
    steps = material["forecast"]
    dates, rising = naive_dates(material.dates(steps["date"])), steps["rising"].to_numpy(float)
    axes.axhline(0.5, color=GREY, lw=0.9)
    axes.plot(dates, rising, "o-" if len(dates) <= 20 else "-", color=BLUE, lw=1.2)
    told = range(len(dates)) if len(dates) <= 10 else (len(dates) - 1,)
    for place in told:
        axes.annotate(
            material.shown(rising[place]), (dates[place], rising[place]), (0, 8), textcoords="offset points",
            ha="center", fontsize=9,
        )  # fmt: skip
    origin = material.dates(steps["origin"])[0]
    axes.set(
        title=f"{material.symbol}: probability of a close above that of {origin:%a %d %b %Y}",
        ylabel="probability", ylim=(0, 1),
    )  # fmt: skip
    percent_axis(axes.yaxis)
    date_axis(axes)
    if len(dates) <= 10:
        axes.set_xticks(
            dates,
            [
                f"{date:%a %d %b}" if date == date.normalize() else f"{date:%d %b %H:%M}"
                for date in dates
            ],
        )
    axes.margins(x=0.08)
    return figure

"""The coming sessions: a fan of intervals after the history, or the probability of a rise."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from rnnforecast.report.charts.axes import date_axis, value_axis
from rnnforecast.report.charts.spec import (
    Axis,
    Band,
    Chart,
    Line,
    Panel,
    Points,
    dates,
    intraday,
    level,
    numbers,
    upright,
)
from rnnforecast.report.report_data import Material

SHADES = ((95, 0.18), (80, 0.32))
"""Coverage of each interval, and how opaque it is."""
WRITTEN = 10
"""Sessions up to which each has its date and its probability written."""


def forecast(material: Material) -> Chart:
    """Draw what is forecast from the newest bar."""
    return fan(material) if material.quantity.has_distribution else rises(material)


def _origin(material: Material) -> pd.Timestamp:
    """Return the bar that is forecast from: the newest,
    where the table of the forecast names none."""
    steps = material["forecast"]
    return material.dates(steps["origin"])[0] if "origin" in steps else material.history.last


def history_shown(material: Material) -> pd.Series:
    """Return what naive repeats, up to the origin of the forecast."""
    steps, origin = material["forecast"], _origin(material)
    shown = material.level[:origin].iloc[-max(2 * len(steps), min(90, 30 + 12 * len(steps))) :]
    if shown.index[-1] < origin:
        # the run keeps the bars it was trained on, the forecast is from newer ones
        last = pd.Series([float(steps["last"].iloc[0])], pd.DatetimeIndex([origin]))
        shown = pd.concat([shown, last])
    return shown


def fan(material: Material) -> Chart:
    """Draw history, and the intervals of the coming sessions on their dates."""
    steps, shown = material["forecast"], history_shown(material)
    past, last, end = dates(shown.index), float(shown.iloc[-1]), steps.iloc[-1]
    path = pd.DatetimeIndex([past[-1], *dates(material.dates(steps["date"]))])
    bands = tuple(
        Band(
            x=path,
            low=numbers([last, *steps[f"low_{coverage}"]]),
            high=numbers([last, *steps[f"high_{coverage}"]]),
            name=f"{coverage} % interval",
            labels=(
                f"{coverage} %: {material.shown(end[f'low_{coverage}'])}",
                f"{coverage} %: {material.shown(end[f'high_{coverage}'])}",
            ),
            shade=shade,
        )
        for coverage, shade in SHADES
    )
    median = Line(
        x=path,
        y=numbers([last, *steps["median"]]),
        name="median",
        label=f"median {material.shown(end['median'])}",
        width=1.8,
    )
    history = Line(x=past, y=numbers(shown), name="history", colour="ink", width=1.4)
    newest = Points(
        x=past[-1:],
        y=numbers([last]),
        name=f"last {material.last_word}",
        colour="ink",
        symbol="before",
        written=(f"last {material.last_word} {material.shown(last)}",),
    )
    panel = Panel(
        marks=(upright(past[-1], "dot"), *bands, median, history, newest),
        x=date_axis(path),
        y=value_axis(material, last),
        height=4.0,
    )
    return Chart(
        title=f"{material.symbol}: history, and forecast from {past[-1]:%a %d %b %Y}",
        message=(
            f"From {material.shown(last)} on {past[-1]:%a %d %b %Y}: on {path[-1]:%a %d %b %Y} the "
            f"median is {material.shown(end['median'])}, the 80 % interval "
            f"{material.shown(end['low_80'])} to {material.shown(end['high_80'])}."
        ),
        rows=((panel,),),
        source=material.source,
        together=True,
    )


def rises(material: Material) -> Chart:
    """Draw the probability that each coming close lies above the last one."""
    steps = material["forecast"]
    coming, rising = dates(material.dates(steps["date"])), numbers(steps["rising"])
    (origin,) = dates(pd.DatetimeIndex([_origin(material)]))
    few = len(coming) <= WRITTEN
    texts = tuple(
        material.shown(value) if few or place == len(rising) - 1 else ""
        for place, value in enumerate(rising)
    )
    form = "%d %b %H:%M" if intraday(coming) else "%a %d %b"
    ticks = tuple((date, f"{date:{form}}") for date in coming) if few else ()
    panel = Panel(
        marks=(
            level(0.5),
            Line(x=coming, y=rising, name="a close above the last", width=1.2),
            Points(x=coming, y=rising, name="probability of a rise", written=texts),
        ),
        x=replace(date_axis(coming), ticks=ticks),
        y=Axis(title="probability of a rise", form="percent", decimals=1, range=(0.0, 1.0)),
    )
    return Chart(
        title=f"{material.symbol}: probability of a close above that of {origin:%a %d %b %Y}",
        message=(
            f"The probability of a close above that of {origin:%a %d %b %Y} is "
            f"{material.shown(rising[0])} on {coming[0]:%a %d %b %Y} and "
            f"{material.shown(rising[-1])} on {coming[-1]:%a %d %b %Y}."
        ),
        rows=((panel,),),
        source=material.source,
    )

"""Axes that several figures share, and what stands at the foot of each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rnnforecast.formatting import format_price
from rnnforecast.report.charts.spec import Axis, intraday
from rnnforecast.report.report_data import Material

FEW_STEPS = 12
"""Steps up to which each has a tick and a mark of its own."""


def decimals_of(value: float) -> int:
    """Count the decimals of a price as the tables write it."""
    return len(format_price(value).partition(".")[2])


def value_axis(material: Material, value: float, title: str | None = None) -> Axis:
    """Make an axis of what is forecast.

    Args:
        material: of the run.
        value: of usual size, which decides on the decimals.
        title: by default the quantity and its currency.
    """
    title = material.unit if title is None else title
    if material.quantity.decimals is not None:
        return Axis(title=title, form="percent", decimals=material.quantity.decimals)
    return Axis(title=title, decimals=decimals_of(value))


def date_axis(dates: pd.DatetimeIndex) -> Axis:
    """Make an axis of dates."""
    return Axis(form="date", hours=intraday(dates))


def steps_axis(steps: Sequence[float]) -> Axis:
    """Make an axis of whole steps ahead, each of them named where they are few."""
    ticks = tuple((float(step), f"{step:g}") for step in steps) if len(steps) <= FEW_STEPS else ()
    return Axis(title="steps ahead", form="integer", decimals=0, ticks=ticks)


def rows_axis(names: Sequence[str]) -> Axis:
    """Make an axis with a row for each name, the first on top."""
    ticks = tuple((float(place), name) for place, name in enumerate(names))
    return Axis(ticks=ticks, range=(len(names) - 0.4, -0.6))

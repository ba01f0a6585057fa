"""What trading on the forecasts would have brought."""

from __future__ import annotations

from matplotlib.figure import Figure

from rnnforecast.report.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    Label,
    date_axis,
    label_ends,
    naive_dates,
    one_panel,
)
from rnnforecast.report.report_data import Material

COLOURS = {"strategy": BLUE, "buy_and_hold": ORANGE}


def equity(material: Material) -> Figure:
    """The value of one unit of money, after costs, beside holding it."""
    table = material["equity"]
    dates = naive_dates(material.dates(table["date"]))
    figure, axes = one_panel(3.2)
    labels = []
    for name in table.columns.drop("date"):
        colour = COLOURS.get(str(name), GREY)
        axes.plot(dates, table[name], color=colour, lw=1.4)
        labels.append(
            Label(str(name).replace("_", " "), dates[-1], float(table[name].iloc[-1]), colour)
        )
    axes.axhline(1, color=GREY, lw=0.8, ls=":")
    axes.set(title="What 1 became, after costs", ylabel="value")
    date_axis(axes)
    label_ends(axes, labels, inches=2.5)
    return figure

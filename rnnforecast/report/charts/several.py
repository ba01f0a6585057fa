"""Several networks' forecasts in one figure, beside what happened."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rnnforecast.evaluation.backtest import MEDIAN_COLUMN, NETWORK
from rnnforecast.formatting import format_percent
from rnnforecast.quantities import PRICE, Quantity
from rnnforecast.report.charts.axes import date_axis, decimals_of
from rnnforecast.report.charts.spec import (
    Axis,
    Chart,
    Colour,
    Dash,
    Line,
    Panel,
    dates,
    level,
    numbers,
)

NEWEST = 60
"""Targets that are shown."""
COLOURS: tuple[Colour, ...] = ("blue", "orange", "green", "purple", "sky", "grey")
DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")


def predictions_of_runs(
    backtests: Mapping[str, pd.DataFrame], quantity: Quantity, title: str
) -> Chart:
    """Draw the newest medians of several runs one step ahead, and the moves that they say.

    Args:
        backtests: by the name of the run, of one symbol and of prices or volatilities.
        quantity: what is forecast.
        title: of the figure.
    """
    tables = {name: _first_step(backtest) for name, backtest in backtests.items()}
    common = sorted(set.intersection(*(set(table.index) for table in tables.values())))[-NEWEST:]
    shown = {name: table.loc[common] for name, table in tables.items()}
    first = next(iter(shown.values()))
    at, actual, last = dates(pd.Series(first["date"])), first["actual"], first["last"]
    styles = [(colour, dash) for dash in DASHES for colour in COLOURS]
    values, moves = [], []
    for (name, table), (colour, dash) in zip(shown.items(), styles, strict=False):
        median = numbers(table[MEDIAN_COLUMN])
        values.append(Line(x=at, y=median, name=name, colour=colour, dash=dash, width=1.2))
        moves.append(
            Line(x=at, y=median / numbers(last) - 1, name=name, colour=colour, dash=dash, width=1.2)
        )
    percent = quantity.decimals is not None
    axis = Axis(
        form="percent" if percent else "number", decimals=decimals_of(float(actual.iloc[-1]))
    )
    happened = Line(x=at, y=numbers(actual), name="actual", colour="ink", width=1.4)
    moved = Line(
        x=at,
        y=numbers(actual) / numbers(last) - 1,
        name="actual",
        colour="ink",
        width=0.0,
        dots="only",
    )
    prices = Panel(
        marks=(*values, happened),
        x=date_axis(at),
        y=axis,
        title=f"One step ahead, the newest {len(at)} outcomes",
        height=3.3,
    )
    changes = Panel(
        marks=(level(0.0), *moves, moved),
        x=date_axis(at),
        y=Axis(title="move from the last value", form="signed percent"),
        title="The move that each foresees, and the one that came",
        height=2.8,
    )
    if quantity != PRICE:
        message = f"The newest {len(at)} outcomes and what each network said one step before."
        return Chart(title=title, message=message, rows=((prices,),))
    largest = max(float(np.abs(line.y).mean()) for line in moves)
    came = float(np.abs(moved.y).mean())
    return Chart(
        title=title,
        message=(
            f"The networks foresee moves of at most {format_percent(largest)} on average; "
            "the moves "
            f"that came were {format_percent(came)}."
        ),
        rows=((prices,), (changes,)),
    )


def _first_step(backtest: pd.DataFrame) -> pd.DataFrame:
    own = backtest[(backtest["model"] == NETWORK) & (backtest["step"] == 1)]
    return own.set_index("origin")

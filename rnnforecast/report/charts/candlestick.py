"""A history as candlesticks: range as a line, open to close as a body, volume underneath."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnforecast.data.bars import OHLC
from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import DataError
from rnnforecast.report.charts.axes import decimals_of
from rnnforecast.report.charts.spec import Axis, Bars, Chart, Colour, Panel

TICKS = 6


def candlestick(history: PriceHistory, bars: int = 120) -> Chart:
    """Describe the newest bars: blue where the close is at or above the open, else orange.

    Args:
        history: with open, high, low and close.
        bars: how many.

    Raises:
        DataError: if it has closes only.
    """
    lacking = [name for name in OHLC if name not in history.bars]
    if lacking:
        raise DataError(
            f"{history.symbol} has no {', '.join(lacking)}",
            "candlesticks need open, high, low and close",
        )
    shown = history.bars.tail(bars)
    panels = [_prices(history, shown)]
    if "volume" in shown and shown["volume"].to_numpy(float).any():
        panels.append(_volume(history, shown))
    low, high = float(shown["low"].min()), float(shown["high"].max())
    span = f"{len(shown)} bars of {history.interval}"
    return Chart(
        title=f"{history.symbol}: {span} to {history.last:%Y-%m-%d}",
        message=f"Prices from {low:,.5g} to {high:,.5g}.",
        rows=tuple((panel,) for panel in panels),
        share_x=True,
    )


def _prices(history: PriceHistory, shown: pd.DataFrame) -> Panel:
    opens, highs, lows, closes = (shown[name].to_numpy(float) for name in OHLC)
    places = np.arange(len(shown), dtype=float)
    colours: tuple[Colour, ...] = tuple("blue" if up else "orange" for up in closes >= opens)
    thinnest = 0.001 * (highs.max() - lows.min())  # an open at the close is still a mark
    body = np.maximum(np.abs(closes - opens), thinnest)
    return Panel(
        marks=(
            Bars(x=places, y=highs - lows, base=lows, width=0.1, name="range", colour=colours),
            Bars(
                x=places,
                y=body,
                base=np.minimum(opens, closes),
                width=0.7,
                name="open to close",
                colour=colours,
            ),
        ),
        x=_date_ticks(history, shown),
        y=Axis(
            title=f"price ({history.currency})" if history.currency else "price",
            decimals=decimals_of(float(closes[-1])),
        ),
        height=3.6,
    )


def _volume(history: PriceHistory, shown: pd.DataFrame) -> Panel:
    volume = Bars(
        x=np.arange(len(shown), dtype=float),
        y=shown["volume"].to_numpy(float),
        width=0.7,
        name="volume",
        colour="grey",
    )
    axis = Axis(title="volume", form="compact")
    return Panel(marks=(volume,), x=_date_ticks(history, shown), y=axis, height=1.4)


def _date_ticks(history: PriceHistory, shown: pd.DataFrame) -> Axis:
    """Name some dates: bars stand side by side, without gaps where nothing trades."""
    places = np.linspace(0, len(shown) - 1, min(TICKS, len(shown))).round().astype(int)
    form = "%d %b %H:%M" if history.intraday else "%d %b %Y"
    return Axis(ticks=tuple((float(place), f"{shown.index[place]:{form}}") for place in places))

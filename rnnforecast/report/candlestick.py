"""A history as candlesticks: range as a line, open to close as a body."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from rnnforecast.data.history import OHLC, PriceHistory
from rnnforecast.errors import DataError
from rnnforecast.report.figures.style import BLUE, GREY, ORANGE, save, styled


def save_candles(history: PriceHistory, path: Path, bars: int = 120) -> Path:
    """Draw the newest bars of a history to a PNG, SVG or PDF file.

    Args:
        history: with open, high, low and close.
        path: of the file.
        bars: how many.

    Raises:
        DataError: if it has closes only.
        UsageError: if the file cannot be written.
    """
    lacking = [name for name in OHLC if name not in history.bars]
    if lacking:
        raise DataError(
            f"{history.symbol} has no {', '.join(lacking)}",
            "candlesticks need open, high, low and close",
        )
    with styled():
        figure = candles(history, bars)
    return save(figure, path)


def candles(history: PriceHistory, bars: int) -> Figure:
    """Blue where the close is above the open, orange where it is below; volume underneath."""
    shown = history.bars.tail(bars)
    opens, highs, lows, closes = (shown[name].to_numpy(float) for name in OHLC)
    places = np.arange(len(shown))
    colours = np.where(closes >= opens, BLUE, ORANGE)
    volume = shown["volume"].to_numpy(float) if "volume" in shown else np.zeros(len(shown))
    figure = Figure(figsize=(9, 5), layout="constrained")
    heights = [3, 1] if volume.any() else [1]
    axes, *below = figure.subplots(len(heights), sharex=True, squeeze=False, height_ratios=heights)[
        :, 0
    ]
    axes.vlines(places, lows, highs, colors=colours, linewidth=0.9)
    thinnest = 0.001 * (highs.max() - lows.min())  # an open at the close is still a mark
    axes.bar(
        places,
        np.maximum(np.abs(closes - opens), thinnest),
        0.7,
        np.minimum(opens, closes),
        color=colours,
    )
    axes.set_ylabel(f"price ({history.currency})" if history.currency else "price")
    axes.set_title(
        f"{history.symbol}: {len(shown)} bars of {history.interval} to {history.last:%Y-%m-%d}"
    )
    for axis in below:
        axis.bar(places, volume, 0.7, color=GREY)
        axis.set_ylabel("volume")
        axis.yaxis.set_major_formatter(EngFormatter(sep=" "))
    ticks = np.linspace(0, len(shown) - 1, min(6, len(shown))).round().astype(int)
    form = "%d %b %H:%M" if history.intraday else "%d %b %Y"
    (below or [axes])[-1].set_xticks(ticks, [f"{shown.index[tick]:{form}}" for tick in ticks])
    return figure

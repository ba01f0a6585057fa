"""Figures as inline SVG: strokes and areas by class,
so that a style sheet gives them its colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.formatting import format_price
from rnnforecast.quantities import PRICE
from rnnforecast.report.svg import Frame, round_values
from rnnforecast.serve.outlook import FAN_LEVELS, Outlook, PastFan

WIDE, HIGH = 840, 380
LEFT, RIGHT, TOP, BOTTOM = 8, 88, 12, 30
"""Margins of a figure in its own units; the right one has the prices."""
SPARK_WIDE, SPARK_HIGH = 140, 34
MOST_SPARK = 60


def spark(outlook: Outlook) -> str:
    """Draw the newest closes, and the fan of a forecast of prices after them, as big as a word."""
    closes = outlook.closes.to_numpy(float)[-MOST_SPARK:]
    fan = _quantiles(outlook)
    ahead = 0 if fan is None else len(fan)
    values = closes if fan is None else np.concatenate([closes, fan[:, 1], fan[:, 3]])
    frame = Frame(
        0, len(closes) - 1 + ahead, float(values.min()), float(values.max()),
        (1, 2, SPARK_WIDE - 1, SPARK_HIGH - 2),
    )  # fmt: skip
    marks = [frame.line("history", list(range(len(closes))), list(closes))]
    if fan is not None:
        marks.insert(0, _bands(frame, len(closes) - 1, closes[-1], fan, ("band80",)))
    return (
        f'<svg class="spark" viewBox="0 0 {SPARK_WIDE} {SPARK_HIGH}" width="{SPARK_WIDE}" '
        f'height="{SPARK_HIGH}" aria-hidden="true">{"".join(marks)}</svg>'
    )


def fan_chart(outlook: Outlook, past: Sequence[PastFan]) -> str:
    """Draw the newest prices running into earlier fans, and the fan of the forecast after them."""
    closes, fan = outlook.closes, _quantiles(outlook)
    dates = pd.DatetimeIndex(closes.index)
    coming = outlook.forecast.dates if fan is not None else dates[:0]
    shown = [earlier for earlier in past if earlier.origin >= dates[0]]
    frame = _frame(closes.to_numpy(float), fan, shown, len(coming))
    rows = pd.DatetimeIndex([*dates, *coming])
    marks = [*_grid(frame), *_days(frame, rows)]
    for earlier in shown:
        start = int(dates.get_indexer(pd.DatetimeIndex([earlier.origin]))[0])
        count = min(len(earlier.quantiles), len(rows) - 1 - start)
        marks.append(
            _bands(frame, start, earlier.close, earlier.quantiles[:count], ("past95", "past80"))
        )
    newest = len(closes) - 1
    if fan is not None:
        marks.append(_bands(frame, newest, float(closes.iloc[-1]), fan, ("band95", "band80")))
        median = [float(closes.iloc[-1]), *fan[:, 2]]
        marks.append(frame.line("median", list(range(newest, newest + len(median))), median))
    marks.append(frame.line("history", list(range(len(closes))), list(closes)))
    x, y = frame.x(newest), frame.y(float(closes.iloc[-1]))
    marks.append(f'<circle class="newest" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
    label = escape(_message(outlook, len(shown)))
    return (
        f'<svg class="fan" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{label}">'
        f"{''.join(marks)}</svg>"
    )


def _message(outlook: Outlook, past: int) -> str:
    """Say what the figure shows, for those who cannot see it."""
    closes = outlook.closes
    text = f"{len(closes)} closes up to {format_price(float(closes.iloc[-1]))}"
    return f"{text}, {past} earlier forecasts and the coming one; the tables below have its values"


def _quantiles(outlook: Outlook) -> Array | None:
    """Return a forecast of prices at ``FAN_LEVELS`` (step, level); None of anything else."""
    forecast = outlook.forecast
    if not isinstance(forecast, Forecast) or forecast.quantity != PRICE:
        return None
    (low95, high95), (low80, high80) = forecast.interval(0.95), forecast.interval(0.80)
    fan: Array = np.column_stack([low95, low80, forecast.median, high80, high95])
    assert fan.shape[1] == len(FAN_LEVELS)
    return fan


def _bands(frame: Frame, start: int, close: float, fan: Array, kinds: Sequence[str]) -> str:
    """Draw the intervals of a fan, which opens at a close; the last kind is the inner one."""
    places = list(range(start, start + len(fan) + 1))
    pairs = ((0, 4), (1, 3))[-len(kinds) :]
    return "".join(
        frame.band(kind, places, [close, *fan[:, low]], [close, *fan[:, high]])
        for kind, (low, high) in zip(kinds, pairs, strict=True)
    )


def _frame(closes: Array, fan: Array | None, past: Sequence[PastFan], ahead: int) -> Frame:
    parts = [closes, *([fan.ravel()] if fan is not None else [])]
    parts += [earlier.quantiles.ravel() for earlier in past]
    values = np.concatenate(parts)
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or abs(high) or 1.0
    box = (LEFT, TOP, WIDE - RIGHT, HIGH - BOTTOM)
    return Frame(0, len(closes) - 1 + ahead, low - margin, high + margin, box)


def _grid(frame: Frame) -> list[str]:
    """Draw lines at round prices, with their values at the right."""
    marks = []
    for value in round_values(frame.low, frame.high):
        y = frame.y(value)
        marks.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{WIDE - RIGHT + 6}" y="{y + 5:.1f}">{_short(value)}</text>'
        )
    return marks


def _days(frame: Frame, dates: pd.DatetimeIndex) -> list[str]:
    """Write some dates below the figure."""
    places = np.linspace(0, len(dates) - 1, 5).round().astype(int)
    anchors = ("start", "middle", "middle", "middle", "end")
    return [
        f'<text class="tick day" x="{frame.x(int(place)):.1f}" y="{HIGH - 8}" '
        f'text-anchor="{anchor}">'
        f"{dates[place]:%d %b %Y}</text>"
        for place, anchor in zip(places, anchors, strict=True)
    ]


def _short(value: float) -> str:
    """Write a round value, short enough for a margin."""
    return f"{value:,.10g}" if abs(value) < 1e7 else f"{value:.4g}"

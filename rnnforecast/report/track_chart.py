"""Pictures of a track record as inline SVG, without scripts: forecasts against what came, coverage
over time, and where outcomes fell in their distributions (PIT)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.evaluation.track import TrackScores
from rnnforecast.formatting import format_percent
from rnnforecast.report.svg import Frame, round_values

WIDE, HIGH, MARGIN = 420, 190, 44
SHOWN = 120
"""Newest forecasts that are drawn one by one."""
BINS = 10
STYLE = """
svg.track { width: 100%; max-width: 30rem; height: auto }
svg.track text { font: 12px system-ui, sans-serif; fill: currentColor }
svg.track .axis { stroke: currentColor; stroke-opacity: .25 }
svg.track .wide { stroke: #0072b2; stroke-opacity: .3; stroke-width: 3 }
svg.track .narrow { stroke: #0072b2; stroke-opacity: .7; stroke-width: 3 }
svg.track .held { fill: currentColor }
svg.track .missed { fill: #d55e00 }
svg.track .promised { stroke: currentColor; stroke-dasharray: 4 3; fill: none }
svg.track .line { stroke: #0072b2; stroke-width: 2; fill: none }
svg.track .chance { fill: currentColor; fill-opacity: .1 }
svg.track .bar { fill: #0072b2; fill-opacity: .6 }
"""
"""How the pictures look, in light and dark alike: ink is the colour of the text around them."""


def track_figures(resolved: pd.DataFrame, scores: TrackScores) -> list[tuple[str, str]]:
    """Draw a track record, one step ahead.

    Args:
        resolved: the steps that have come true, as ``score_track`` takes them.
        scores: of them.

    Returns:
        pairs of a caption and an SVG document.
    """
    rows = resolved[(resolved["model"] == NETWORK) & (resolved["step"] == 1)].sort_values("date")
    if rows.empty:
        return []
    newest = min(SHOWN, len(rows))
    return [
        (
            "The newest next-day forecast and what came"
            if newest == 1
            else f"The newest {newest} next-day forecasts and what came",
            _fans(rows),
        ),
        ("Share of outcomes in the 80 % interval, so far", _coverage(rows)),
        (
            "Where outcomes fell in their distributions "
            f"({len(scores.pit)} outcome{'' if len(scores.pit) == 1 else 's'})",
            _pit(scores.pit),
        ),
    ]


def _svg(label: str, marks: Sequence[str]) -> str:
    return (
        f'<svg class="track" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(label)}">'
        f"{''.join(marks)}</svg>"
    )


def _frame(last: float, low: float, high: float) -> Frame:
    return Frame(0, last, low, high, (MARGIN, 8, WIDE - 6, HIGH - 22))


def _grid(frame: Frame) -> list[str]:
    """Draw lines at round shares, with their values at the left."""
    marks = []
    for value in round_values(frame.low, frame.high):
        y = frame.y(value)
        marks.append(
            f'<line class="axis" x1="{MARGIN}" x2="{WIDE - 6}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{MARGIN - 5}" y="{y + 4:.1f}" text-anchor="end">{100 * value:.3g}%</text>'
        )
    return marks


def _days(rows: pd.DataFrame) -> list[str]:
    """Write the first and the last day below a picture."""
    dates = rows["date"]
    return [
        f'<text x="{MARGIN}" y="{HIGH - 6}">{dates.iloc[0]:%d %b %Y}</text>',
        f'<text x="{WIDE - 6}" y="{HIGH - 6}" text-anchor="end">{dates.iloc[-1]:%d %b %Y}</text>',
    ]


def _fans(rows: pd.DataFrame) -> str:
    """Draw each forecast as two strokes, each outcome as a dot."""
    rows = rows.iloc[-SHOWN:]
    low95, low80, high80, high95, actual = (
        rows[name].to_numpy(float) for name in ("q0.025", "q0.1", "q0.9", "q0.975", "actual")
    )
    extremes = np.r_[low95, high95, actual]
    frame = _frame(max(1, len(rows) - 1), float(extremes.min()), float(extremes.max()))
    marks = [*_grid(frame), *_days(rows)]
    for place in range(len(rows)):
        x = f"{frame.x(place):.1f}"
        for kind, ends in (("wide", (low95, high95)), ("narrow", (low80, high80))):
            y1, y2 = (frame.y(float(end[place])) for end in ends)
            marks.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{y1:.1f}" y2="{y2:.1f}"/>')
    held = (low80 <= actual) & (actual <= high80)
    for place, (value, inside) in enumerate(zip(actual, held, strict=True)):
        kind = "held" if inside else "missed"
        point = f'cx="{frame.x(place):.1f}" cy="{frame.y(float(value)):.1f}"'
        marks.append(f'<circle class="{kind}" {point} r="2.2"/>')
    return _svg(
        f"{int(held.sum())} of the newest {len(rows)} moves lay in their 80 % interval", marks
    )


def _coverage(rows: pd.DataFrame) -> str:
    """Draw the running share of outcomes within the interval, beside the range of chance."""
    low, high, actual = (rows[name].to_numpy(float) for name in ("q0.1", "q0.9", "actual"))
    count = np.arange(1, len(rows) + 1)
    share: Array = np.cumsum((low <= actual) & (actual <= high)) / count
    chance = 1.96 * np.sqrt(0.8 * 0.2 / count)
    frame = _frame(max(1, len(rows) - 1), 0.0, 1.0)
    places = list(range(len(rows)))
    ends = [np.clip(0.8 + sign * chance, 0, 1).tolist() for sign in (-1, 1)]
    marks = [
        *_grid(frame), *_days(rows),
        frame.band("chance", places, ends[0], ends[1]),
        frame.line("promised", [0, max(1, len(rows) - 1)], [0.8, 0.8]),
        frame.line("line", places, share.tolist()),
    ]  # fmt: skip
    last = format_percent(float(share[-1]), decimals=0)
    return _svg(f"{last} of {len(rows)} outcomes lay in the 80 % interval; grey: chance", marks)


def _pit(pit: Array) -> str:
    """Draw how many outcomes fell into each tenth of their distribution; flat is right."""
    counts, _ = np.histogram(pit, BINS, (0.0, 1.0))
    shares = counts / max(1, len(pit))
    frame = _frame(BINS, 0.0, float(max(0.2, shares.max())))
    marks = [*_grid(frame)]
    for place, share in enumerate(shares):
        left, right = frame.x(place + 0.05), frame.x(place + 0.95)
        top, foot = frame.y(float(share)), frame.y(0.0)
        marks.append(
            f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{foot - top:.1f}"/>'
        )
    marks.append(frame.line("promised", [0, BINS], [1 / BINS, 1 / BINS]))
    for place, text in ((0, "lowest"), (BINS, "highest")):
        anchor = "start" if place == 0 else "end"
        x = f"{frame.x(place):.1f}"
        marks.append(f'<text x="{x}" y="{HIGH - 6}" text-anchor="{anchor}">{text}</text>')
    return _svg(f"outcomes by tenth of their distribution: {', '.join(map(str, counts))}", marks)

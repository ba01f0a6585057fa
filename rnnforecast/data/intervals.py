"""The length of a bar, in Yahoo's words: ``1m``, ``1h``, ``1d``, ``1wk``, ``1mo``;
other series may use any count."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.errors import DataError, UsageError

INTRADAY = ("1m", "2m", "5m", "15m", "30m", "60m", "90m", "1h")
INTERVALS = (*INTRADAY, "1d", "5d", "1wk", "1mo", "3mo")
"""What Yahoo has."""

_WORD = re.compile(r"(\d+)(mo|wk|m|h|d|y)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "wk": "weeks", "mo": "months", "y": "years"}
_SINGLE = {
    "1h": 3_600,
    "1d": 86_400,
    "1wk": 604_800,
    "1mo": 2_629_800,
    "3mo": 7_889_400,
    "1y": 31_557_600,
}
"""Lengths that have a word of their own, in seconds."""


def check_interval(interval: str) -> str:
    """Return the length of a bar if Yahoo has it.

    Raises:
        UsageError: naming those that it has.
    """
    if interval not in INTERVALS:
        raise UsageError(
            f"no interval is called {interval!r}",
            f"{_hint(interval)}use one of: {', '.join(INTERVALS)}",
        )
    return interval


WORDS = {
    "day": "1d", "daily": "1d", "1day": "1d", "d": "1d", "hour": "1h", "hourly": "1h",
    "1hour": "1h", "h": "1h", "week": "1wk", "weekly": "1wk", "1week": "1wk", "1w": "1wk",
    "w": "1wk", "month": "1mo", "monthly": "1mo", "1month": "1mo", "1m0": "1mo",
    "minute": "1m", "1min": "1m", "5min": "5m", "15min": "15m", "30min": "30m",
}  # fmt: skip
"""What other programs call them."""


def _hint(interval: str) -> str:
    word = interval.lower()
    meant = WORDS.get(word, word if word in INTERVALS else "")
    return f"did you mean {meant}? " if meant else ""


def is_intraday(interval: str) -> bool:
    """Say whether bars are shorter than a day."""
    return interval.endswith(("m", "h"))


def offset(interval: str) -> pd.DateOffset:
    """Return the step from one bar to the next.

    Raises:
        DataError: if the text is no interval.
    """
    match = _WORD.fullmatch(interval)
    if not match:
        raise DataError(
            f"{interval!r} is not the length of a bar", "write it as 15m, 1h, 1d, 1wk or 1mo"
        )
    step: dict[str, Any] = {_UNITS[match[2]]: int(match[1])}
    return pd.DateOffset(**step)


def same_length(length: str, other: str) -> bool:
    """Say whether two words mean the same length: ``60m`` is ``1h``."""
    return length == other or {length, other} == {"60m", "1h"}


def usual_interval(dates: pd.DatetimeIndex, name: str) -> str:
    """Return the interval of a series, from the median distance between its bars.

    Args:
        dates: of the bars, in any order (bar,).
        name: of the series, for the message.

    Raises:
        DataError: if there are fewer than two dates.
    """
    distinct = dates.dropna().unique().sort_values()
    if len(distinct) < 2:
        raise DataError(f"{name} has {len(distinct)} dated row", "a history needs at least two")
    usual = float(np.median(np.diff(distinct.as_unit("s").asi8)))
    word = min(_SINGLE, key=lambda word: abs(_SINGLE[word] / usual - 1))
    if abs(_SINGLE[word] / usual - 1) < 0.2:
        return word
    if usual < _SINGLE["1d"]:
        return f"{max(1, round(usual / 60))}m"
    return f"{round(usual / _SINGLE['1d'])}d"


def following(after: pd.Timestamp, count: int, interval: str) -> pd.DatetimeIndex:
    """Return the next dates of a regular series: ``count`` steps from ``after``; month ends stay
    month ends.

    Args:
        after: the last known date.
        count: how many.
        interval: length of a step.
    """
    step = offset(interval)
    dates = pd.DatetimeIndex([after + step * ahead for ahead in range(1, count + 1)])
    if interval.endswith("mo") and after.is_month_end:
        dates = pd.DatetimeIndex(dates + pd.offsets.MonthEnd(0))
    return dates.as_unit("ns").rename("date")

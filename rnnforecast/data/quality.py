"""What is wrong with a history, with dates: nothing here changes a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.calendars import calendar
from rnnforecast.data.history import OHLC, PriceHistory
from rnnforecast.data.intervals import is_intraday, offset

Severity = Literal["error", "warning"]
Flags = NDArray[np.bool_]

STALE = 5
"""This many equal bars in a row are suspicious."""
SPLITS = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100)
"""Ratios of splits, and the hundred of pence taken for pounds."""
SPLIT_TOLERANCE, SPLIT_DOUBT = 0.025, 0.06
"""How far the market's own move may lead from the ratio; up to the second it may be a crash as well."""
OUTLYING = 8.0
"""Robust standard deviations of a move that no ordinary day makes."""
SPIKE = 0.15
"""Smallest log move of a bad tick: calm series have small deviations."""
SLACK = 0.01
"""A close this far outside its high and low is rounding or another venue, not an error."""


UNKNOWN = (-99.0, -999.0, -9999.0, -99999.0)
"""What instruments write where they have no value."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        kind: what.
        severity: an error makes prices unusable; a warning is worth knowing.
        dates: of the bars or sessions concerned, ISO.
        detail: in words.
    """

    kind: str
    severity: Severity
    dates: tuple[str, ...]
    detail: str


def inspect(history: PriceHistory) -> list[Finding]:
    """Everything that is wrong with a history, errors first."""
    found = [
        _missing(history),
        *_dropped(history),
        *_repeated(history),
        *_incomplete(history),
        *_sentinels(history),
    ]
    if history.priced:
        found += [_not_positive(history), *_outside(history), *_jumps(history)]
    findings = [finding for finding in found if finding and finding.dates]
    return sorted(findings, key=lambda finding: finding.severity)


def missing_sessions(history: PriceHistory) -> pd.DatetimeIndex | None:
    """Sessions between the first and last bar for which there is none.

    Returns:
        their dates; of series that never close, the missing steps; None where the calendar does not
        reach or the bars are longer than a session.
    """
    dates = history.dates
    if not is_intraday(history.interval) and history.interval != "1d":
        return None
    if history.sessions == "24/7":
        step = (
            pd.Timedelta(days=1)
            if history.interval == "1d"
            else pd.Timedelta(seconds=_seconds(history.interval))
        )
        return pd.date_range(dates[0], dates[-1], freq=step).difference(dates)
    days = dates.tz_localize(None).normalize().unique()
    trading = calendar(history.sessions, days[0])
    known = max(days[0], trading.first), min(days[-1], trading.last)
    return trading.sessions(*known).difference(days)


def _seconds(interval: str) -> float:
    """The length of an intraday bar."""
    start = pd.Timestamp("2024-01-01")
    return float((start + offset(interval) - start).total_seconds())


def _missing(history: PriceHistory) -> Finding | None:
    missing = missing_sessions(history)
    if missing is None:
        return None
    return Finding(
        "missing sessions", "warning", named(missing), f"by the calendar {history.sessions}"
    )


def _dropped(history: PriceHistory) -> list[Finding]:
    """Rows that were left out when the history came in."""
    return [
        Finding(
            f"left out: {reason.replace('_', ' ')}",
            "warning",
            tuple(map(str, rows)),
            f"{len(rows)} rows",
        )
        for reason, rows in history.provenance.get("dropped", {}).items()
    ]


def _repeated(history: PriceHistory) -> list[Finding]:
    """Runs of equal bars."""
    names = [name for name in OHLC if name in history.bars]
    values = history.bars[names].to_numpy(float)
    same = np.r_[False, (values[1:] == values[:-1]).all(axis=1)]
    lengths = pd.Series(same).groupby((~same).cumsum()).transform("sum").to_numpy() + 1
    stale = same & (lengths >= STALE)
    what = f"{int(stale.sum())} bars repeat the one before, in runs of {STALE} or more"
    return [Finding("stale values", "warning", _dates(history, stale), what)]


def _incomplete(history: PriceHistory) -> list[Finding]:
    """Columns that lack values."""
    lacking = {str(name): history.bars[name].isna().to_numpy() for name in history.bars.columns}
    return [
        Finding(
            "missing values",
            "warning",
            _dates(history, flags),
            f"{name} is missing on {int(flags.sum())} bars",
        )
        for name, flags in lacking.items()
        if flags.any()
    ]


def _sentinels(history: PriceHistory) -> list[Finding]:
    """Numbers that stand for "unknown": -9999 and its like, alone and far below everything else."""
    findings = []
    for name in history.bars.columns:
        values = history.bars[name].to_numpy(float)
        flags: Flags = np.isin(values, UNKNOWN)
        rest = values[~flags & np.isfinite(values)]
        if flags.any() and len(rest) and rest.min() > values[flags].max() / 2:
            what = f"{name} is {values[flags][0]:g} on {int(flags.sum())} bars"
            findings.append(Finding("stand-ins for unknown", "error", _dates(history, flags), what))
    return findings


def _not_positive(history: PriceHistory) -> Finding:
    names = [name for name in OHLC if name in history.bars]
    flags: Flags = np.any(history.bars[names].to_numpy(float) <= 0, axis=1)
    return Finding(
        "zero or negative prices", "error", _dates(history, flags), f"on {int(flags.sum())} bars"
    )


def _outside(history: PriceHistory) -> list[Finding]:
    """Opens and closes outside the range of high and low."""
    bars = history.bars
    if not {"high", "low"} <= set(bars.columns):
        return []
    inner = bars[[name for name in ("open", "close") if name in bars]].to_numpy(float)
    high, low = bars["high"].to_numpy(float), bars["low"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        over = np.nanmax(np.c_[inner, low], axis=1) / high - 1
        under = 1 - np.nanmin(np.c_[inner, high], axis=1) / low
    excess = np.maximum(over, under)
    near, far = (excess > 1e-6) & (excess <= SLACK), excess > SLACK
    return [
        Finding(
            "outside high and low",
            "error",
            _dates(history, far),
            f"by up to {np.nanmax(excess):.1%}",
        ),
        Finding(
            "outside high and low",
            "warning",
            _dates(history, near),
            f"by at most {SLACK:.0%}, as rounding does",
        ),
    ]


def _jumps(history: PriceHistory) -> list[Finding]:
    """Ticks that revert, and jumps by the ratio of a split that is not recorded."""
    close = history.bars["close"].to_numpy(float)
    if len(close) < 3 or (close <= 0).any():
        return []
    move = np.r_[0.0, np.diff(np.log(close))]
    scale = 1.4826 * float(np.median(np.abs(move[1:] - np.median(move[1:]))))
    large = np.abs(move) > max(OUTLYING * scale, SPIKE)
    back = np.r_[move[1:], 0.0]
    spike = large & np.r_[large[1:], False] & (np.abs(move + back) < 0.25 * np.abs(move))
    other = large & ~spike & ~np.r_[False, spike[:-1]] & ~_recorded_splits(history)
    ratio = np.exp(np.abs(move))
    off = np.abs(ratio[:, None] / np.array(SPLITS) - 1).min(axis=1)
    like, perhaps = (
        other & (off < SPLIT_TOLERANCE),
        other & (off >= SPLIT_TOLERANCE) & (off < SPLIT_DOUBT),
    )
    return [
        Finding("bad ticks", "error", _dates(history, spike), _moves(move[spike])),
        Finding(
            "split-like jumps",
            "error",
            _dates(history, like),
            f"{_moves(move[like])}, no split recorded",
        ),
        Finding(
            "split-like jumps",
            "warning",
            _dates(history, perhaps),
            f"{_moves(move[perhaps])}, or a large move",
        ),
    ]


def _recorded_splits(history: PriceHistory) -> Flags:
    if "splits" not in history.bars:
        return np.zeros(len(history), bool)
    splits = history.bars["splits"].fillna(0)
    return ~splits.isin([0.0, 1.0]).to_numpy(bool)


def _moves(moves: NDArray[np.float64]) -> str:
    """The size of the first few moves."""
    shown = ", ".join(f"x {np.exp(move):.3g}" for move in moves[:3])
    return f"close {shown}{', ...' if len(moves) > 3 else ''}"


def _dates(history: PriceHistory, flags: Flags) -> tuple[str, ...]:
    return named(history.dates[flags])


def named(dates: pd.DatetimeIndex) -> tuple[str, ...]:
    """Dates as text, with hours where they have any."""
    return tuple(dates.strftime("%Y-%m-%d" if dates.tz is None else "%Y-%m-%d %H:%M"))


def shown(dates: Sequence[str], most: int = 5) -> str:
    """The first few dates, and how many more."""
    more = f" and {len(dates) - most} more" if len(dates) > most else ""
    return ", ".join(dates[:most]) + more

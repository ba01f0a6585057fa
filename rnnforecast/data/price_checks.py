"""What is wrong with the prices of a history: one function for each kind, none changes a bar."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.bars import OHLC
from rnnforecast.data.corporate_actions import LARGEST_SPLIT
from rnnforecast.data.findings import Finding, Flags, counted, finding
from rnnforecast.data.history import PriceHistory

SPLITS = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100)
"""Ratios of splits, and the hundred of pence taken for pounds."""
SPLIT_TOLERANCE, SPLIT_DOUBT = 0.025, 0.06
"""How far the market's own move may lead from the ratio;
up to the second it may be a crash as well."""
CRASH = 12.0
"""No crash or rally of a day is by more than this factor."""
OUTLYING = 8.0
"""Robust standard deviations of a move that no ordinary day makes."""
SPIKE = 0.15
"""Smallest log move of a bad tick: calm series have small deviations."""
SLACK = 0.01
"""A close this far outside its high and low is rounding or another venue, not an error."""
WILD = 5.0
"""A high this many times above open and close, or a low as far below, is no price that was paid."""
OFTEN, FEW = 0.02, 3
"""From this share and number of closes on that are not positive, these are differences, not prices.
"""
SHIFT = np.log(1.8)
"""A log move from one level to another that stays, and that no split explains."""
UNDECIDED = 3
"""The newest bars, of which nobody can say yet whether a level stays."""
SHIFT_BARS = 20
"""Bars on either side that say whether a level stays."""
RANGE = ("open", "high", "low")
"""Whoever reads closes alone need not care about these."""
UNMOVED = 1e-4
"""A log move below a basis point is none."""
HUGE, TINY = 1e20, 1e-30
"""No price is so large or so small; a volume may be a thousand times as large."""


def price_findings(history: PriceHistory, *, adjusted: bool = True) -> list[Finding]:
    """Find everything that is wrong with the prices.

    Args:
        history: as stored.
        adjusted: whether the closes adjusted for dividends will be used.
    """
    findings = [*_not_finite(history), _not_positive(history), *_outside(history)]
    findings += [*_jumps(history, adjusted=adjusted), _unapplied_splits(history, adjusted=adjusted)]
    findings += [_wild_ranges(history), _nearly_constant(history), *_odd_payments(history)]
    if adjusted:
        findings += _bad_adjustment(history)
    return [item for item in findings if item is not None]


def bars_in_error(history: PriceHistory) -> pd.DatetimeIndex:
    """Return the dates of bars whose prices are errors by themselves."""
    days = [
        day for item in price_findings(history) if item.severity == "error" for day in item.dates
    ]
    zone = history.dates.tz
    return pd.DatetimeIndex(days).tz_localize(zone) if days else history.dates[:0]


def _not_finite(history: PriceHistory) -> list[Finding]:
    """Find infinite numbers, and numbers that cannot be prices."""
    findings = []
    for name in history.bars.columns:
        values = history.bars[name].to_numpy(float)
        with np.errstate(invalid="ignore"):
            size = np.abs(values) / (1e3 if name == "volume" else 1.0)
            flags: Flags = size > HUGE
            if name in (*OHLC, "adj_close"):
                flags = flags | ((size > 0) & (size < TINY))
        detail = f"{name} is {values[flags][0]:g}" if flags.any() else ""
        findings.append(finding("impossible values", "error", history, flags, detail, (str(name),)))
    return [item for item in findings if item]


def _not_positive(history: PriceHistory) -> Finding | None:
    close = history.bars["close"].to_numpy(float)
    flags: Flags = close <= 0
    others = [name for name in ("open", "high", "low") if name in history.bars]
    if others:
        values = history.bars[others].to_numpy(float)
        flags = flags | (values < 0).any(axis=1)
    return finding("zero or negative prices", "error", history, flags, counted(flags))


def _bad_adjustment(history: PriceHistory) -> list[Finding]:
    """Find adjusted closes that are not positive where the close is, or that ignore dividends."""
    if "adj_close" not in history.bars:
        return []
    close, adjusted = (history.bars[name].to_numpy(float) for name in ("close", "adj_close"))
    flags: Flags = (adjusted <= 0) & (close > 0)
    detail = "dividends exceed the price"
    findings = [finding("adjusted closes not positive", "error", history, flags, detail)]
    if "dividends" in history.bars and np.array_equal(close, adjusted):
        paid: Flags = history.bars["dividends"].to_numpy(float) > 0
        paid[0] = False  # no older bar is adjusted for it
        detail = "every adjusted close is the close"
        findings.append(finding("dividends not adjusted for", "warning", history, paid, detail))
    return [item for item in findings if item]


def _odd_payments(history: PriceHistory) -> list[Finding]:
    """Find splits, volumes and dividends that cannot be."""
    bars, findings = history.bars, []
    if "splits" in bars:
        ratios = bars["splits"].to_numpy(float)
        with np.errstate(invalid="ignore"):
            wrong: Flags = (ratios < 0) | (ratios > LARGEST_SPLIT)
            wrong = wrong | ((ratios > 0) & (ratios < 1 / LARGEST_SPLIT))
        detail = f"a ratio of {ratios[wrong][0]:g}" if wrong.any() else ""
        findings.append(finding("impossible splits", "error", history, wrong, detail))
    if "volume" in bars:
        flags: Flags = bars["volume"].to_numpy(float) < 0
        findings.append(finding("negative volumes", "warning", history, flags, ""))
    if "dividends" in bars:
        paid, before = bars["dividends"].to_numpy(float), bars["close"].shift(1).to_numpy(float)
        negative: Flags = paid < 0
        with np.errstate(invalid="ignore"):
            huge: Flags = (paid > 0.5 * before) & (before > 0)
        findings.append(finding("negative dividends", "warning", history, negative, ""))
        largest = f"up to {np.nanmax(paid):.4g}" if huge.any() else ""
        findings.append(
            finding("dividends of half the price or more", "warning", history, huge, largest)
        )
    return [item for item in findings if item]


def _outside(history: PriceHistory) -> list[Finding]:
    """Find opens and closes outside the range of high and low."""
    if not {"high", "low"} <= set(history.bars.columns):
        return []
    excess = _excess(history.bars)
    near, far = (excess > 1e-6) & (excess <= SLACK), excess > SLACK
    largest = float(np.nanmax(excess)) if (near | far).any() else 0.0
    size = f"by up to {largest:.1%}" if largest < 10 else f"up to {largest + 1:.3g} times"
    kind = "outside high and low"
    pairs = (
        finding(kind, "error", history, far, size, RANGE),
        finding(kind, "warning", history, near, f"by at most {SLACK:.0%}", RANGE),
    )
    return [item for item in pairs if item]


def _wild_ranges(history: PriceHistory) -> Finding | None:
    """Find highs and lows far from both open and close: ticks that the close does not show."""
    if not {"high", "low"} <= set(history.bars.columns):
        return None
    times = _reach(history.bars)
    flags: Flags = (times > WILD) & np.isfinite(times)
    if _often_negative(history.bars)[-1]:  # there a price near zero is nothing special
        return None
    detail = f"up to {times[flags].max():.3g} times open and close" if flags.any() else ""
    return finding("wild highs or lows", "error", history, flags, detail, RANGE)


def impossible_ranges(bars: pd.DataFrame) -> Flags:
    """Return which bars have an open, high or low that cannot belong to their close (bar,).

    Each bar is judged by itself, so that no bar depends on a later one.
    """
    flags = np.zeros(len(bars), bool)
    prices = bars[[name for name in OHLC if name in bars]].to_numpy(float)
    with np.errstate(invalid="ignore"):
        flags |= ((np.abs(prices) > HUGE) | ((prices != 0) & (np.abs(prices) < TINY))).any(axis=1)
        flags |= (prices < 0).any(axis=1) & (bars["close"].to_numpy(float) > 0)
        flags |= (bars["close"].to_numpy(float) <= 0) & ~_often_negative(bars)
    if {"high", "low"} <= set(bars.columns):
        times = _reach(bars)
        flags |= (_excess(bars) > SLACK) | ((times > WILD) & np.isfinite(times))
    return flags


def _excess(bars: pd.DataFrame) -> NDArray[np.float64]:
    """Measure how far open or close lies above the high or below the low, as a share (bar,)."""
    inner = _inner(bars)
    inner = np.where(inner == 0, np.nan, inner)
    high, low = (bars[name].replace(0.0, np.nan).to_numpy(float) for name in ("high", "low"))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        over = (np.fmax.reduce([*inner.T, low]) - high) / np.abs(high)
        under = (low - np.fmin.reduce([*inner.T, high])) / np.abs(low)
        excess: NDArray[np.float64] = np.fmax(over, under)
    return excess


def _reach(bars: pd.DataFrame) -> NDArray[np.float64]:
    """Return how many times the high is above, or the low below, both open and close (bar,).

    Not a number where prices are not positive, and in series that often have been so: there a
    price near zero is nothing special.
    """
    inner = _inner(bars)
    inner = np.where((inner > 0) & ~_often_negative(bars)[:, None], inner, np.nan)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        above = bars["high"].to_numpy(float) / np.fmax.reduce(inner.T)
        low = bars["low"].to_numpy(float)
        below = np.fmin.reduce(inner.T) / np.where(low > 0, low, np.nan)
        times: NDArray[np.float64] = np.fmax(above, below)
    return times


def _often_negative(bars: pd.DataFrame) -> Flags:
    """Say whether up to each bar more than a few closes were not positive (bar,)."""
    count = np.cumsum(bars["close"].to_numpy(float) <= 0)
    return np.asarray(count > np.maximum(FEW, OFTEN * np.arange(1, len(bars) + 1)), bool)


def _inner(bars: pd.DataFrame) -> NDArray[np.float64]:
    """Return opens and closes (bar, price)."""
    return bars[[name for name in ("open", "close") if name in bars]].to_numpy(float)


def _moves(history: PriceHistory, name: str = "close") -> NDArray[np.float64]:
    """Log moves from the bar before (bar,); 0 where one of the two is not positive or missing."""
    if name not in history.bars:
        return np.full(len(history), np.nan)
    values = history.bars[name].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.where((values > 0) & np.isfinite(values), np.log(values), np.nan)
    moves: NDArray[np.float64] = np.r_[0.0, np.diff(logs)]
    return moves


def _large(moves: NDArray[np.float64]) -> float:
    """Return the smallest move that no ordinary day makes."""
    known = moves[1:][np.isfinite(moves[1:])]
    if not len(known):
        return np.inf
    # 1.4826 times the median absolute deviation of a Gaussian is its standard deviation, and
    # outliers leave it alone. In place, for there may be millions.
    known -= np.median(known)
    np.abs(known, out=known)
    scale = 1.4826 * float(np.median(known, overwrite_input=True))
    return max(OUTLYING * scale, SPIKE)


def _jumps(history: PriceHistory, *, adjusted: bool) -> list[Finding]:
    """Find ticks that revert, jumps by the ratio of a split, and levels that shift for ever."""
    if len(history) < 3 or _often_negative(history.bars)[-1]:  # ratios say nothing there
        return []
    move = _moves(history)
    limit = _large(move)
    np.nan_to_num(move, copy=False)
    large = np.abs(move) > limit
    back = np.r_[move[1:], 0.0]
    spike = large & np.r_[large[1:], False] & (np.abs(move + back) < 0.25 * np.abs(move))
    other = large & ~spike & ~np.r_[False, spike[:-1]] & ~_recorded_splits(history)
    if adjusted and "adj_close" in history.bars:
        # a jump that the adjusted close does not make is a split or a dividend
        carried = np.abs(_moves(history, "adj_close")) < 0.5 * np.abs(move)
        other &= ~carried
    ratio, off = np.ones(len(move)), np.full(len(move), np.inf)
    with np.errstate(over="ignore"):
        ratio[other] = np.exp(np.minimum(np.abs(move[other]), 700.0))
    off[other] = np.abs(ratio[other, None] / np.array(SPLITS) - 1).min(axis=1)
    like = other & (off < np.where(ratio > CRASH, SPLIT_DOUBT, SPLIT_TOLERANCE))
    perhaps = other & ~like & (off < SPLIT_DOUBT)
    rest = other & ~like & ~perhaps & (np.abs(move) > max(SHIFT, limit))
    absurd = rest & (ratio > CRASH)
    shifted = rest & ~absurd
    if shifted.any():  # medians of all bars take a second for a million of them
        shifted &= _stays(move)
    newest = rest & ~absurd & ~shifted & (np.arange(len(move)) >= len(move) - UNDECIDED)
    pairs = (
        finding("bad ticks", "error", history, spike, _sizes(move[spike])),
        finding("split-like jumps", "error", history, like,
                f"{_sizes(move[like])}, no split recorded"),
        finding("split-like jumps", "warning", history, perhaps,
                f"{_sizes(move[perhaps])}, or a large move"),
        finding("level shifts", "warning", history, shifted,
                f"{_sizes(move[shifted])} and stays there: other units, or another company"),
        finding("level shifts", "error", history, absurd,
                f"{_sizes(move[absurd])}, more than any crash or rally: "
                "other units, or a bad tick"),
        finding("level shifts", "warning", history, newest,
                f"{_sizes(move[newest])} on the newest bars: coming bars must tell"),
    )  # fmt: skip
    return [item for item in pairs if item]


def _stays(move: NDArray[np.float64]) -> Flags:
    """Say whether the level after a move differs from the one before by most of it."""
    logs = pd.Series(np.cumsum(move))
    before = logs.rolling(SHIFT_BARS, min_periods=3).median().shift(1)
    after = logs[::-1].rolling(SHIFT_BARS, min_periods=3).median()[::-1]
    return np.asarray((after - before).to_numpy() / np.where(move == 0, np.nan, move) > 0.7, bool)


def _unapplied_splits(history: PriceHistory, *, adjusted: bool) -> Finding | None:
    """Find splits on record that the closes do not contain, or contain twice.

    Closes are adjusted for splits, so on the day of one they do not jump. A jump by the inverse of
    its ratio says that the older closes were left alone, a jump by the ratio that they were
    adjusted twice.
    """
    flags = _recorded_splits(history)
    if not flags.any():
        return None
    ratio = history.bars["splits"].to_numpy(float)
    name = "close"
    if adjusted and "adj_close" in history.bars:
        name = "adj_close"
    raw = _moves(history, name)
    move, limit = np.nan_to_num(raw), _large(raw)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.log(ratio)
    off = np.minimum(np.abs(move + size), np.abs(move - size))
    flags = flags & np.isfinite(size) & (np.abs(move) > limit)
    flags &= off < np.maximum(0.1, 0.15 * np.abs(size))
    splits = ", ".join(f"{split:g}" for split in ratio[flags][:3])
    detail = f"{_sizes(move[flags])} on a split of {splits}"
    return finding("splits recorded but not applied", "error", history, flags, detail)


def _recorded_splits(history: PriceHistory) -> Flags:
    if "splits" not in history.bars:
        return np.zeros(len(history), bool)
    splits = history.bars["splits"].fillna(0)
    return ~splits.isin([0.0, 1.0]).to_numpy(bool)


def _nearly_constant(history: PriceHistory) -> Finding | None:
    """Find pegs, and prices that seldom move."""
    moves = _moves(history)[1:]
    still = np.abs(moves[np.isfinite(moves)]) < UNMOVED
    if len(still) < 2 * SHIFT_BARS or still.mean() < 0.5:
        return None
    detail = f"{still.mean():.0%} of the closes move by less than 0.01 %: little can be learned"
    last = np.arange(len(history)) == len(history) - 1
    return finding("nearly constant", "warning", history, last, detail)


def _sizes(moves: NDArray[np.float64]) -> str:
    """Write the size of the first few moves."""
    shown = ", ".join(f"x {np.exp(min(move, 700.0)):.3g}" for move in moves[:3])
    return f"close {shown}{', ...' if len(moves) > 3 else ''}"

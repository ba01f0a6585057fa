"""Measures of volatility from bars: ranges, gaps and past returns; the value at a row uses no later
row.

Each is a function of (bars, window) to a series, as in ``indicators``. A bar's range says more
about its volatility than its close does: Garman-Klass is worth about seven squared returns.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

FLOOR = 0.05
"""Share of the volatility so far below which a logarithm does not look:
a still day is not minus infinity."""

LEAST_BODY = 0.15
"""The usual distance from open to close, in usual ranges, of bars that their closes end."""


def log(values: pd.Series) -> pd.Series:
    """Return the natural logarithm, as a series."""
    return pd.Series(np.log(values.to_numpy(float)), index=values.index)


def at_least(values: pd.Series, floor: pd.Series | float) -> pd.Series:
    """Return the values, or the floor where it is higher; what ``clip`` does, seven times as fast.

    Where one of the two is not known, the value stays.
    """
    raw, least = values.to_numpy(float), np.asarray(floor, float)
    return pd.Series(np.where(raw < least, least, raw), index=values.index)


def log_return(bars: pd.DataFrame, window: int = 0) -> pd.Series:
    """log(close / close before)."""
    # the log of a ratio, not a difference of logs: another unit of price then changes no bit
    return log(bars["close"] / bars["close"].shift(1))


def parkinson(bars: pd.DataFrame, window: int) -> pd.Series:
    """Volatility of one bar from its range: log(high / low) / sqrt(4 log 2) (Parkinson 1980)."""
    return log(bars["high"] / bars["low"]) / math.sqrt(4 * math.log(2))


def garman_klass(bars: pd.DataFrame, window: int) -> pd.Series:
    """Volatility of one bar from range and body (Garman & Klass 1980, eq. 20, the
    practical estimator)."""
    spread, body = log(bars["high"] / bars["low"]), log(bars["close"] / bars["open"])
    # Negative only where open or close lie outside of high and low, as in faulty bars.
    return at_least(spread**2 / 2 - (2 * math.log(2) - 1) * body**2, 0) ** 0.5


def rogers_satchell(bars: pd.DataFrame, window: int) -> pd.Series:
    """Volatility of one bar whatever its drift (Rogers & Satchell 1991)."""
    return rogers_satchell_variance(bars) ** 0.5


def rogers_satchell_variance(bars: pd.DataFrame) -> pd.Series:
    """Estimate the variance of one bar from where its high and its low lie about open and close."""
    # Rogers & Satchell 1991: u (u - c) + d (d - c), with high u, low d and close c as logs over
    # the open; the drift cancels.
    up = log(bars["high"] / bars["close"]) * log(bars["high"] / bars["open"])
    down = log(bars["low"] / bars["close"]) * log(bars["low"] / bars["open"])
    return at_least(up + down, 0)


def yang_zhang(bars: pd.DataFrame, window: int) -> pd.Series:
    """Volatility of a bar over the window: gaps, bodies and ranges weighed (Yang & Zhang 2000)."""
    gap, body = log(bars["open"] / bars["close"].shift(1)), log(bars["close"] / bars["open"])
    # Yang & Zhang 2000: gap + k body + (1 - k) Rogers-Satchell, of least variance
    k = 0.34 / (1.34 + (window + 1) / max(window - 1, 1))
    within = rogers_satchell_variance(bars).rolling(window).mean()
    variance = gap.rolling(window).var() + k * body.rolling(window).var() + (1 - k) * within
    return at_least(variance, 0) ** 0.5


def bar_variance(bars: pd.DataFrame) -> pd.Series:
    """Estimate the variance of each bar: its gap squared plus Garman-Klass of what followed.

    A bar without a range or without an open (high == low, zero or missing, as in old files and in
    currencies) is measured by its squared return instead.
    """
    squared = log_return(bars) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = log(bars["open"] / bars["close"].shift(1))
        whole = gap**2 + garman_klass(bars, 1) ** 2
    ranged = (bars["open"] > 0) & (bars["low"] > 0) & (bars["high"] > bars["low"])
    return whole.where(ranged & np.isfinite(whole), squared)


def closes_end_bars(bars: pd.DataFrame) -> bool:
    """Return whether closes stand at the end of their bars, so that ranges are known by then.

    A random walk ends 0.4 of its usual range away from where it began. Yahoo's daily currencies are
    quoted early in the day, 0.02 of their range from the open: their highs and lows happen after
    the close, and whatever reads them sees a part of what it is to forecast.

    Args:
        bars: with positive open, high, low and close.
    """
    body = np.median(np.abs(np.log(bars["close"] / bars["open"])))
    return bool(body > LEAST_BODY * np.median(np.log(bars["high"] / bars["low"])))


def log_range_volatility(bars: pd.DataFrame, window: int) -> pd.Series:
    """Log of the volatility of the window's bars from ranges and gaps:
    the inputs of HAR (Corsi 2009)."""
    return _log_volatility(bar_variance(bars), window)


def log_volatility(bars: pd.DataFrame, window: int) -> pd.Series:
    """Log of the root mean squared log return of the window."""
    return _log_volatility(log_return(bars) ** 2, window)


def realised_volatility(bars: pd.DataFrame, window: int) -> pd.Series:
    """Root mean squared log return of the window."""
    return log_return(bars).pow(2).rolling(window).mean() ** 0.5


def ewma_volatility(bars: pd.DataFrame, window: int) -> pd.Series:
    """Exponentially weighted volatility; 32 bars give RiskMetrics' decay
    of 0.94 (J.P. Morgan 1996).

    The decay is ``1 - 2 / (window + 1)``.
    """
    return _ewma_variance(bars, window) ** 0.5


def log_ewma_volatility(bars: pd.DataFrame, window: int) -> pd.Series:
    """Log of the exponentially weighted volatility of ``ewma_volatility``."""
    variance = _ewma_variance(bars, window)
    return log(at_least(variance, _floor(log_return(bars) ** 2))) / 2


def negative_return(bars: pd.DataFrame, window: int) -> pd.Series:
    """Log return where it is a fall, else 0: falls raise the volatility of stocks more than
    rises do."""
    return pd.Series(np.minimum(log_return(bars).to_numpy(float), 0.0), index=bars.index)


def _ewma_variance(bars: pd.DataFrame, window: int) -> pd.Series:
    squared = log_return(bars).pow(2)
    return squared.ewm(span=window, adjust=False, min_periods=window).mean()


def _log_volatility(variance: pd.Series, window: int) -> pd.Series:
    """Return half the log of the window's mean variance, floored by what was usual up to then."""
    return log(at_least(variance.rolling(window).mean(), _floor(variance))) / 2


def _floor(variance: pd.Series) -> pd.Series:
    """Return the least variance that counts as movement at each row;
    NaN until something has moved."""
    so_far = variance.expanding().mean().to_numpy(float)
    # FLOOR is a share of a deviation, so the share of a variance is its square.
    return pd.Series(FLOOR**2 * np.where(so_far > 0, so_far, np.nan), index=variance.index)

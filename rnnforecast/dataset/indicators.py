"""Inputs from bars: the value at a row uses that row and earlier ones, nothing later.

Each is a function of (bars, window) to a series; a window counts bars, the newest included.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from rnnforecast.dataset.volatility import (
    ewma_volatility,
    garman_klass,
    log,
    log_ewma_volatility,
    log_range_volatility,
    log_return,
    log_volatility,
    negative_return,
    parkinson,
    realised_volatility,
    rogers_satchell,
    yang_zhang,
)

Indicator = Callable[[pd.DataFrame, int], pd.Series]


def overnight_gap(bars: pd.DataFrame, window: int) -> pd.Series:
    """log(open / close before)."""
    return log(bars["open"] / bars["close"].shift(1))


def intraday_return(bars: pd.DataFrame, window: int) -> pd.Series:
    """log(close / open)."""
    return log(bars["close"] / bars["open"])


def volume_change(bars: pd.DataFrame, window: int) -> pd.Series:
    """log((1 + volume) / (1 + volume before)): zero volumes are common."""
    return log(1 + bars["volume"]).diff()


def sma_distance(bars: pd.DataFrame, window: int) -> pd.Series:
    """log(close / simple moving average)."""
    return log(bars["close"] / bars["close"].rolling(window).mean())


def ema_distance(bars: pd.DataFrame, window: int) -> pd.Series:
    """log(close / exponential moving average)."""
    return log(bars["close"] / _ema(bars["close"], window))


def rsi(bars: pd.DataFrame, window: int) -> pd.Series:
    """Relative strength index in -1..1 about its neutral 50,
    with Wilder's smoothing (Wilder 1978)."""
    move = bars["close"].diff()
    up, down = _wilder(move.clip(lower=0), window), _wilder(-move.clip(upper=0), window)
    # RSI = 100 up / (up + down), so this is RSI / 50 - 1.
    return ((up - down) / (up + down)).where(up + down > 0, 0.0).where(up.notna())


def macd(bars: pd.DataFrame, window: int) -> pd.Series:
    """Difference of two exponential averages, 12 to 26 bars by default,
    relative to the close (Appel 1979)."""
    # Appel's spans are 12 and 26 bars; other windows keep their ratio.
    fast = max(2, round(window * 12 / 26))
    return (_ema(bars["close"], fast) - _ema(bars["close"], window)) / bars["close"]


def bollinger(bars: pd.DataFrame, window: int) -> pd.Series:
    """Position of the close in its band of two standard deviations:
    0 lower end, 1 upper (%b, Bollinger 1983)."""
    mean, deviation = (
        bars["close"].rolling(window).mean(),
        bars["close"].rolling(window).std(ddof=0),
    )
    return (
        # the band reaches from 2 deviations below the mean to 2 above it
        ((bars["close"] - mean) / (4 * deviation) + 0.5)
        .where(deviation > 0, 0.5)
        .where(deviation.notna())
    )


def atr(bars: pd.DataFrame, window: int) -> pd.Series:
    """Average true range relative to the close, with Wilder's smoothing (Wilder 1978)."""
    before = bars["close"].shift(1)
    high, low = (
        bars["high"].where(bars["high"] > before, before),
        bars["low"].where(bars["low"] < before, before),
    )
    return _wilder(high - low, window) / bars["close"]


def stochastic(bars: pd.DataFrame, window: int) -> pd.Series:
    """Position of the close between the lowest low and the highest high of the window
    (%K, Lane 1984)."""
    low, high = bars["low"].rolling(window).min(), bars["high"].rolling(window).max()
    return ((bars["close"] - low) / (high - low)).where(high > low, 0.5).where(high.notna())


def rate_of_change(bars: pd.DataFrame, window: int) -> pd.Series:
    """log(close / close of ``window`` bars before)."""
    return log(bars["close"] / bars["close"].shift(window))


def _ema(values: pd.Series, window: int) -> pd.Series:
    """Return the exponential moving average of span ``window``, NaN before ``window`` bars."""
    return values.ewm(span=window, adjust=False, min_periods=window).mean()


def _wilder(values: pd.Series, window: int) -> pd.Series:
    """Return Wilder's average, in which the newest bar weighs ``1 / window``."""
    return values.ewm(alpha=1 / window, adjust=False, min_periods=window).mean()


def _cycle(
    position: pd.Index, length: int, wave: Callable[[np.ndarray], np.ndarray], bars: pd.DataFrame
) -> pd.Series:
    """Encode a position in a cycle as a sine or cosine: its end lies next to its beginning."""
    return pd.Series(wave(2 * np.pi * position.to_numpy(float) / length), index=bars.index)


INDICATORS: dict[str, Indicator] = {
    "close": lambda bars, window: bars["close"],
    "log_close": lambda bars, window: log(bars["close"]),
    "difference": lambda bars, window: bars["close"].diff(),
    "abs_difference": lambda bars, window: bars["close"].diff().abs(),
    "log_return": log_return,
    "abs_log_return": lambda bars, window: log_return(bars).abs(),
    "negative_return": negative_return,
    "overnight_gap": overnight_gap,
    "intraday_return": intraday_return,
    "volume_change": volume_change,
    "parkinson": parkinson,
    "garman_klass": garman_klass,
    "rogers_satchell": rogers_satchell,
    "yang_zhang": yang_zhang,
    "realised_volatility": realised_volatility,
    "ewma_volatility": ewma_volatility,
    "log_volatility": log_volatility,
    "log_ewma_volatility": log_ewma_volatility,
    "log_range_volatility": log_range_volatility,
    "sma_distance": sma_distance,
    "ema_distance": ema_distance,
    "rsi": rsi,
    "macd": macd,
    "bollinger": bollinger,
    "atr": atr,
    "stochastic": stochastic,
    "rate_of_change": rate_of_change,
    "day_of_week_sin": lambda bars, window: _cycle(_days(bars), 7, np.sin, bars),
    "day_of_week_cos": lambda bars, window: _cycle(_days(bars), 7, np.cos, bars),
    "month_sin": lambda bars, window: _cycle(_months(bars), 12, np.sin, bars),
    "month_cos": lambda bars, window: _cycle(_months(bars), 12, np.cos, bars),
}
"""Every feature of ``config.features``, by name."""

DESCRIPTIONS = {
    "close": "The close itself",
    "log_close": "log(close)",
    "difference": "close - close before",
    "abs_difference": "|close - close before|",
    "abs_log_return": "|log(close / close before)|: how far the price moved",
    "day_of_week_sin": "Day of the week on a circle, its sine",
    "day_of_week_cos": "Day of the week on a circle, its cosine",
    "month_sin": "Month of the year on a circle, its sine",
    "month_cos": "Month of the year on a circle, its cosine",
}
"""Of the features that are too short for a docstring."""


def describe(name: str) -> str:
    """Describe a feature in a line, without the marks of a docstring."""
    purpose, _, _ = (INDICATORS[name].__doc__ or "").partition("\n\n")
    return DESCRIPTIONS.get(name) or " ".join(purpose.replace("``", "").split()).removesuffix(".")


def _days(bars: pd.DataFrame) -> pd.Index:
    return pd.DatetimeIndex(bars.index).day_of_week


def _months(bars: pd.DataFrame) -> pd.Index:
    return pd.DatetimeIndex(bars.index).month

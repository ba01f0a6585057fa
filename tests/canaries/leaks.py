"""Features that see the future: what is found in published code, as a user would write it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.signal import savgol_filter


def centred_mean(bars: pd.DataFrame) -> pd.Series:
    """The mean of two bars before, the bar itself and two bars after."""
    close = bars["close"]
    return np.log(close / close.rolling(5, center=True, min_periods=1).mean())


def smoothed(bars: pd.DataFrame) -> pd.Series:
    """A Savitzky-Golay filter over the whole series."""
    return pd.Series(savgol_filter(np.log(bars["close"]), 11, 3), bars.index).diff()


def same_day_range(bars: pd.DataFrame) -> pd.Series:
    """High and low of the day whose close is forecast."""
    return np.log(bars["high"].shift(-1) / bars["low"].shift(-1)).fillna(0.0)


def whole_zscore(bars: pd.DataFrame) -> pd.Series:
    """Scaled by mean and deviation of the whole series."""
    change = bars["close"].pct_change()
    return (change - change.mean()) / change.std()


def honest(bars: pd.DataFrame) -> pd.Series:
    """What the centred mean should have been."""
    close = bars["close"]
    return np.log(close / close.rolling(5, min_periods=1).mean())

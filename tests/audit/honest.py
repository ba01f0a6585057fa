"""Features that look back only, and that a rough audit takes for leaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.signal import butter, fftconvolve, lfilter


def returns(bars):
    return np.log(bars["close"]).diff()


def matmul_lags(bars):
    r = returns(bars).fillna(0.0).to_numpy()
    lags = np.column_stack([np.roll(r, k) for k in range(60)])
    lags[:60] = 0.0
    return pd.Series(lags @ np.linspace(0.3, 0.9, 60) ** 3, bars.index)


def refit_expanding(bars):
    r = returns(bars).fillna(0.0).to_numpy()
    out = np.zeros(len(r))
    for start in range(100, len(r), 50):
        x = np.column_stack([np.ones(start - 1), r[: start - 1]])
        w = np.linalg.lstsq(x, r[1:start], rcond=None)[0]
        out[start : start + 50] = w[0] + w[1] * r[start : start + 50]
    return pd.Series(out, bars.index)


def fft_filter(bars):
    r = returns(bars).fillna(0.0).to_numpy()
    return pd.Series(fftconvolve(r, 0.9 ** np.arange(50))[: len(r)], bars.index)


def monte_carlo(bars):
    noise = np.random.default_rng().normal(0, 1e-6, len(bars))
    return returns(bars).fillna(0.0) + noise


def momentum(bars):
    return bars["close"].pct_change(10)


def expanding_z(bars):
    r = returns(bars)
    return (r - r.expanding(20).mean()) / r.expanding(20).std()


def rank(bars):
    return bars["close"].rolling(100).rank(pct=True)


def drawdown(bars):
    return bars["close"] / bars["close"].cummax() - 1


def weekday(bars):
    return pd.Series(bars.index.dayofweek.to_numpy(float), bars.index)


def weekly(bars):
    weeks = bars["close"].resample("W-FRI").last().shift(1)
    return weeks.reindex(bars.index, method="ffill")


def garch_filter(bars):
    r = returns(bars).fillna(0.0).to_numpy()
    v = lfilter([0.05], [1, -0.94], r**2) + 1e-6
    return pd.Series(np.log(v), bars.index)


def slope(bars):
    x = np.arange(20) - 9.5
    return np.log(bars["close"]).rolling(20).apply(lambda y: (x @ y) / (x @ x), raw=True)


def convolve(bars):
    r = returns(bars).fillna(0.0).to_numpy()
    return pd.Series(np.convolve(r, np.ones(5) / 5)[: len(r)], bars.index)


def kalman(bars):
    level, p, out = np.log(bars["close"].iloc[0]), 1.0, []
    for y in np.log(bars["close"].to_numpy()):
        p += 0.01
        gain = p / (p + 1.0)
        level += gain * (y - level)
        p *= 1 - gain
        out.append(y - level)
    return pd.Series(out, bars.index)


def on_balance_volume(bars):
    return (np.sign(returns(bars).fillna(0.0)) * bars["volume"].ffill().fillna(0.0)).cumsum()


def month_to_date(bars):
    months = [bars.index.year, bars.index.month]
    return np.log(bars["close"] / bars["close"].groupby(months).transform("first"))


def butterworth(bars):
    b, a = butter(3, 0.1)
    return pd.Series(lfilter(b, a, returns(bars).fillna(0.0)), bars.index)


def rolling_beta(bars):
    """The slope of each return on the one before, by normal equations over 60 bars."""
    r = returns(bars).fillna(0.0).to_numpy()
    out = np.zeros(len(r))
    for row in range(61, len(r)):
        x = np.column_stack([np.ones(60), r[row - 60 : row]])
        out[row] = (np.linalg.inv(x.T @ x) @ (x.T @ r[row - 59 : row + 1]))[1]
    return pd.Series(out, bars.index)


def expanding_quantile(bars):
    r = returns(bars)
    return (r > r.expanding(50).quantile(0.9)).astype(float)


def single_precision(bars):
    """A sum of products in 32 bits, which rounds by more."""
    r = returns(bars).fillna(0.0).to_numpy(np.float32)
    lags = np.column_stack([np.roll(r, k) for k in range(60)])
    lags[:60] = 0.0
    return pd.Series(lags @ np.linspace(0.3, 0.9, 60, dtype=np.float32), bars.index)

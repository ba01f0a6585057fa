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


def wilder_rsi(bars):
    change = bars["close"].diff()
    rise, fall = (
        side.clip(lower=0.0).ewm(alpha=1 / 14, adjust=False).mean() for side in (change, -change)
    )
    return 100 - 100 / (1 + rise / fall)


def week_to_date(bars):
    weeks = bars["close"].groupby(pd.PeriodIndex(bars.index, freq="W"))
    return np.log(bars["close"] / weeks.transform("first"))


def last_month(bars):
    """The mean of the month before, from its first day on."""
    months = pd.PeriodIndex(bars.index, freq="M")
    means = bars["close"].groupby(months).mean()
    return pd.Series(means.shift(1).reindex(months).to_numpy(), bars.index)


def walk_forward_pca(bars):
    """The first component of five lags, fitted again every 60 bars on what had come."""
    r = returns(bars).fillna(0.0).to_numpy()
    lags = np.column_stack([np.concatenate([np.zeros(k), r[: len(r) - k]]) for k in range(5)])
    out = np.zeros(len(r))
    for start in range(120, len(r), 60):
        _, _, axes = np.linalg.svd(lags[5:start] - lags[5:start].mean(axis=0), full_matrices=False)
        out[start : start + 60] = lags[start : start + 60] @ (axes[0] * np.sign(axes[0][0]))
    return pd.Series(out, bars.index)


def expanding_rank(bars):
    return returns(bars).expanding(30).rank(pct=True)


def seeded_noise(bars):
    """Random numbers, the same ones for the same rows."""
    return pd.Series(np.random.default_rng(3).normal(size=len(bars)), bars.index)


def month_ends_by_calendar(bars):
    """How far the month has come, by the calendar, which everybody knows before."""
    return pd.Series(bars.index.day / bars.index.days_in_month, bars.index)


def range_of_the_year_so_far(bars):
    years = bars["close"].groupby(bars.index.year)
    low, high = years.cummin(), years.cummax()
    return ((bars["close"] - low) / (high - low)).fillna(0.0)


def fractional_difference(bars):
    weights = np.cumprod(np.r_[1.0, (np.arange(1, 80) - 1.4) / np.arange(1, 80)])
    return pd.Series(np.convolve(np.log(bars["close"]), weights)[: len(bars)], bars.index)


def end_of_local_line(bars):
    """The end of a line through the last 15 bars: a Savitzky-Golay filter that looks back only."""
    line = np.vander(np.arange(-14.0, 1.0), 2)
    weights = np.linalg.pinv(line)[1]
    logs = np.log(bars["close"])
    return logs - logs.rolling(15).apply(lambda y: weights @ y, raw=True)


def online_regression(bars):
    """The weight of the last return, learned bar by bar."""
    r = returns(bars).fillna(0.0).to_numpy()
    weight, out = 0.0, np.zeros(len(r))
    for row in range(1, len(r)):
        weight += 50 * (r[row] - weight * r[row - 1]) * r[row - 1]
        out[row] = weight * r[row]
    return pd.Series(out, bars.index)


def volume_shock(bars):
    volume = np.log(bars["volume"].ffill())
    return volume - volume.rolling(20).median()


def hidden_regime(bars):
    """The probability of the wild one of two states, filtered forwards."""
    r, wild, out = returns(bars).fillna(0.0).to_numpy(), 0.5, []
    for value in r:
        wild = 0.95 * wild + 0.05 * (1 - wild)
        likely = [np.exp(-((value / s) ** 2) / 2) / s for s in (0.02, 0.008)]
        wild = wild * likely[0] / (wild * likely[0] + (1 - wild) * likely[1])
        out.append(wild)
    return pd.Series(out, bars.index)

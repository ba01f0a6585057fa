"""Features that know what comes later, as they are found in published code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import make_smoothing_spline
from scipy.signal import filtfilt, savgol_filter

HERE = Path(__file__).parent


def returns(bars):
    return np.log(bars["close"]).diff()


def centred_mean(bars):
    return np.log(bars["close"] / bars["close"].rolling(5, center=True, min_periods=1).mean())


def savgol(bars):
    return pd.Series(savgol_filter(np.log(bars["close"]), 11, 3), bars.index).diff()


def zero_phase(bars):
    return pd.Series(filtfilt([0.2], [1, -0.8], returns(bars).fillna(0.0)), bars.index)


def next_range(bars):
    return np.log(bars["high"].shift(-1) / bars["low"].shift(-1)).fillna(0.0)


def next_return(bars):
    return returns(bars).shift(-1).fillna(0.0)


def whole_zscore(bars):
    r = returns(bars)
    return (r - r.mean()) / r.std()


def whole_minmax(bars):
    c = bars["close"]
    return (c - c.min()) / (c.max() - c.min())


def whole_rank(bars):
    return bars["close"].rank(pct=True)


def last_known(bars):
    return bars["close"] / bars["close"].iloc[-1]


def pca_of_all(bars):
    r = returns(bars).fillna(0.0).to_numpy()
    lags = np.column_stack([np.roll(r, k) for k in range(5)])
    _, _, axes = np.linalg.svd(lags - lags.mean(axis=0), full_matrices=False)
    return pd.Series(lags @ np.abs(axes[0]), bars.index)


def weights_of_all(bars):
    r = returns(bars).fillna(0.0).to_numpy()
    x = np.column_stack([np.ones(len(r) - 1), r[:-1]])
    w = np.linalg.lstsq(x, r[1:], rcond=None)[0]
    return pd.Series(w[0] + w[1] * r, bars.index)


def detrended(bars):
    logs = np.log(bars["close"].to_numpy())
    x = np.arange(len(logs))
    return pd.Series(logs - np.polyval(np.polyfit(x, logs, 1), x), bars.index)


def weekly_same(bars):
    """The close of the week that is not over."""
    weeks = bars["close"].resample("W-FRI").last()
    return np.log(weeks.reindex(bars.index, method="bfill") / bars["close"]).fillna(0.0)


def monthly_mean(bars):
    month = bars["close"].groupby([bars.index.year, bars.index.month]).transform("mean")
    return np.log(bars["close"] / month)


def bfill_sparse(bars):
    """A missing volume filled from the next bar."""
    return np.log1p(bars["volume"].bfill()).diff().fillna(0.0)


def interpolated(bars):
    """One close a year set between its neighbours."""
    close = bars["close"].copy()
    close.iloc[137::250] = np.nan
    return np.log(close.interpolate()).diff().fillna(0.0)


def month_end_only(bars):
    """Knows the next return on the last session of each June."""
    month = pd.Series(bars.index.month, bars.index)
    last = (month == 6) & (month.shift(-1) == 7)
    return returns(bars).shift(-1).where(last, 0.0).fillna(0.0)


def big_moves_only(bars):
    """Knows that the next move is large."""
    after = returns(bars).shift(-1).abs()
    return (after > 0.015).astype(float)


def from_file(bars):
    """A centred mean that was computed before and is read from a file."""
    table = pd.read_csv(HERE / "smoothed.csv", index_col=0, parse_dates=True)["value"]
    return table.reindex(bars.index).fillna(0.0)


def from_file_forward(bars):
    table = pd.read_csv(HERE / "smoothed.csv", index_col=0, parse_dates=True)
    return table["value"].reindex(bars.index, method="bfill").fillna(0.0)


def crisis(bars):
    """Knows when it was over."""
    return pd.Series((bars.index > pd.Timestamp("2020-03-23")).astype(float), bars.index)


def remembered(bars):
    """Keeps the longest series it has seen in the interpreter itself."""
    import builtins

    store = builtins.__dict__.setdefault("_bars_seen", {})
    if len(bars) > len(store.get("close", ())):
        store["close"] = bars["close"].copy()
    return np.log(store["close"]).diff().shift(-1).reindex(bars.index).fillna(0.0)


def gradient(bars):
    """The slope at a bar, from the bars on either side."""
    return pd.Series(np.gradient(np.log(bars["close"].to_numpy())), bars.index)


def swing_high(bars):
    """A top, which only the next two bars make one."""
    return (bars["close"] == bars["close"].rolling(5, center=True).max()).astype(float)


def winsorized(bars):
    """Returns clipped at quantiles of the whole series."""
    r = returns(bars).fillna(0.0)
    return r.clip(r.quantile(0.01), r.quantile(0.99))


def weekday_means(bars):
    """The mean return of each weekday, over all years."""
    r = returns(bars).fillna(0.0)
    return r.groupby(bars.index.dayofweek).transform("mean")


def low_to_come(bars):
    return np.log(bars["close"][::-1].cummin()[::-1] / bars["close"])


def lowpass(bars):
    """The slow part of the returns, by the Fourier transform of all of them."""
    spectrum = np.fft.rfft(returns(bars).fillna(0.0))
    spectrum[len(spectrum) // 10 :] = 0.0
    return pd.Series(np.fft.irfft(spectrum, len(bars)), bars.index)


def stamped_at_the_start(bars):
    """Weekly closes whose label is the week's first day, carried forward from there."""
    weeks = bars["close"].resample("W-MON", label="left", closed="left").last()
    return np.log(bars["close"] / weeks.reindex(bars.index, method="ffill"))


def newest_first(bars):
    """A running sum over bars sorted the wrong way round."""
    descending = returns(bars).fillna(0.0).sort_index(ascending=False)
    return descending.cumsum().sort_index()


def warm_up_filled(bars):
    """The first month has the mean of its end."""
    return (bars["close"] / bars["close"].rolling(20).mean()).bfill()


def deciles_of_all(bars):
    return pd.qcut(returns(bars).fillna(0.0), 10, labels=False, duplicates="drop").astype(float)


def minmax_of_the_year(bars):
    years = bars["close"].groupby(bars.index.year)
    low, high = years.transform("min"), years.transform("max")
    return ((bars["close"] - low) / (high - low)).fillna(0.0)


def month_encoded(bars):
    """What the next return is on average in each calendar month of all years."""
    after = returns(bars).shift(-1).fillna(0.0)
    return after.groupby(bars.index.month).transform("mean")


def between_neighbours(bars):
    """A missing volume set between those of the days about it."""
    return np.log(bars["volume"].interpolate(method="time")).diff().fillna(0.0)


def split_adjusted(bars):
    """Prices before a fall to less than 60 % are divided by it, once it has come."""
    ratio = bars["close"] / bars["close"].shift()
    factor = ratio.where(ratio < 0.6, 1.0)[::-1].cumprod()[::-1].shift(-1).fillna(1.0)
    return np.log(bars["close"] * factor)


def calm_regime(bars):
    """Whether a month is calmer than the median of all months."""
    spread = returns(bars).rolling(20).std()
    return (spread < spread.median()).astype(float)


def smoothing_spline(bars):
    logs = np.log(bars["close"].to_numpy())
    places = np.arange(len(logs), dtype=float)
    if len(logs) < 5:
        return pd.Series(0.0, bars.index)
    return pd.Series(logs - make_smoothing_spline(places, logs, lam=50.0)(places), bars.index)


def kalman_smoother(bars):
    """A local level after a backward pass, which has seen all bars."""
    logs = np.log(bars["close"].to_numpy())
    gain, levels = 0.2, [logs[0]]
    for value in logs[1:]:
        levels.append(levels[-1] + gain * (value - levels[-1]))
    for row in range(len(levels) - 2, -1, -1):
        levels[row] += 0.6 * (levels[row + 1] - levels[row])
    return pd.Series(logs - levels, bars.index)


def triple_barrier(bars):
    """Which of two barriers the price meets first in the next ten days: a label as an input."""
    logs = np.log(bars["close"].to_numpy())
    labels = np.zeros(len(logs))
    for row in range(len(logs) - 1):
        ahead = logs[row + 1 : row + 11] - logs[row]
        met = np.flatnonzero(np.abs(ahead) > 0.02)
        labels[row] = np.sign(ahead[met[0]]) if len(met) else 0.0
    return pd.Series(labels, bars.index)


def zigzag(bars):
    """The last turn of the price by more than 4 %, dated at the turn and not when it was known."""
    close, turns = bars["close"].to_numpy(), np.zeros(len(bars))
    pivot, way = 0, 1.0
    for row in range(1, len(close)):
        if way * (close[row] - close[pivot]) > 0:
            pivot = row
        elif way * (close[pivot] - close[row]) > 0.04 * close[pivot]:
            turns[pivot], pivot, way = way, row, -way
    return pd.Series(turns, bars.index)


def last_session_of_month(bars):
    """Whether the next bar is in another month: nobody knows by the bars that it is not."""
    month = pd.Series(bars.index.month, bars.index)
    return (month != month.shift(-1)).astype(float)


def crash_row(bars):
    """Knows by its number the row after which all is different."""
    return pd.Series((np.arange(len(bars)) >= 211).astype(float), bars.index)


def integer_date(bars):
    """Knows a date as a number."""
    days = bars.index.year * 10_000 + bars.index.month * 100 + bars.index.day
    return pd.Series((days > 20200323).astype(float), bars.index)


def nearest_in_a_file(bars):
    """The value of a file nearest in time, which may be that of tomorrow."""
    table = pd.read_csv(HERE / "smoothed.csv", index_col=0, parse_dates=True)
    return table["value"].iloc[::3].reindex(bars.index, method="nearest").fillna(0.0)


def noisy_next_return(bars):
    """The answer, hidden by noise without a seed."""
    return returns(bars).shift(-1).fillna(0.0) * np.random.default_rng().uniform(
        0.8, 1.2, len(bars)
    )

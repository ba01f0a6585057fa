"""Features that know what comes later, as they are found in published code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
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

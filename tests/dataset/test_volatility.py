"""Measures of volatility equal their formulas, look back only, and survive bars without a range."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.arrays import Array
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset import volatility
from rnnforecast.dataset.features import feature_table

from ..conftest import make_history
from .test_features import candles, column


def simulated_bars(days: int, ticks: int, sigma: float, gap: float, drift: float) -> pd.DataFrame:
    """Bars of a random walk of many ticks whose daily standard deviation is known."""
    rng = np.random.default_rng(5)
    inside = rng.normal(drift / ticks, sigma / math.sqrt(ticks), (days, ticks)).cumsum(axis=1)
    gaps = rng.normal(0, gap, days)
    opens = np.concatenate([[0.0], inside[:-1, -1].cumsum()]) + gaps.cumsum()
    path = np.hstack([np.zeros((days, 1)), inside]) + opens[:, None]
    prices = 100 * np.exp(path)
    columns = {
        "open": prices[:, 0],
        "high": prices.max(axis=1),
        "low": prices.min(axis=1),
        "close": prices[:, -1],
    }
    return pd.DataFrame(columns, index=pd.date_range("2000-01-03", periods=days, name="date"))


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("rogers_satchell", 0.02),
        ("yang_zhang_1000", math.hypot(0.02, 0.01)),
        ("log_range_volatility_1000", math.log(math.hypot(0.02, 0.01))),
    ],
)
def test_estimators_find_the_volatility_that_was_simulated_whatever_the_drift(
    name: str, truth: float
) -> None:
    bars = simulated_bars(3000, 400, sigma=0.02, gap=0.01, drift=0.0005)
    values = feature_table(PriceHistory("WALK", bars), [name])[name]
    if name == "rogers_satchell":
        assert math.sqrt((values**2).mean()) == pytest.approx(truth, rel=0.05)
    else:
        assert float(values.iloc[-1]) == pytest.approx(truth, rel=0.05)


def logs_of(bars: pd.DataFrame) -> list[Array]:
    return [np.log(bars[name].to_numpy()) for name in ("open", "high", "low", "close")]


def test_rogers_satchell_is_its_formula() -> None:
    bars = candles().bars
    o, h, low, c = logs_of(bars)
    expected = np.sqrt((h - c) * (h - o) + (low - c) * (low - o))
    np.testing.assert_allclose(column(candles(), "rogers_satchell"), expected)


def test_yang_zhang_is_its_formula() -> None:
    bars, n = candles().bars, 21
    o, h, low, c = logs_of(bars)
    rows = slice(200, 200 + n)
    gap, body = (o[1:] - c[:-1])[199 : 199 + n], (c - o)[rows]
    within = ((h - c) * (h - o) + (low - c) * (low - o))[rows].mean()
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    expected = math.sqrt(gap.var(ddof=1) + k * body.var(ddof=1) + (1 - k) * within)
    assert column(candles(), "yang_zhang")[200 + n - 1] == pytest.approx(expected)


def test_log_volatilities_are_logs_of_root_means() -> None:
    history = candles()
    squares = np.diff(np.log(history.bars["close"])) ** 2
    expected = math.log(squares[150:155].mean()) / 2
    assert column(history, "log_volatility_5")[155] == pytest.approx(expected)
    bars = history.bars.iloc[150:156]
    gap = np.log(bars["open"] / bars["close"].shift(1)).to_numpy()[1:]
    high_low = np.log(bars["high"] / bars["low"]).to_numpy()[1:]
    body = np.log(bars["close"] / bars["open"]).to_numpy()[1:]
    variance = gap**2 + np.maximum(high_low**2 / 2 - (2 * math.log(2) - 1) * body**2, 0)
    expected = math.log(variance.mean()) / 2
    assert column(history, "log_range_volatility")[155] == pytest.approx(expected)


@pytest.mark.parametrize("fault", ["zero open", "missing open", "high == low", "zero low"])
def test_a_bar_without_a_range_is_measured_by_its_return(fault: str) -> None:
    history = candles()
    bars, row = history.bars.copy(), 200
    if fault in ("zero open", "missing open"):
        bars.loc[bars.index[row], "open"] = 0.0 if fault == "zero open" else np.nan
    elif fault == "high == low":
        bars.loc[bars.index[row], ["open", "high", "low"]] = bars["close"].iloc[row]
    else:
        bars.loc[bars.index[row], "low"] = 0.0
    squared = math.log(bars["close"].iloc[row] / bars["close"].iloc[row - 1]) ** 2
    assert volatility.bar_variance(bars).iloc[row] == pytest.approx(squared)
    values = column(replace(history, bars=bars), "log_range_volatility_1")
    assert np.isfinite(values[2:]).all()


def test_a_still_price_has_a_floor_and_not_minus_infinity() -> None:
    closes = np.concatenate([100 * np.exp(np.random.default_rng(1).normal(0, 0.01, 99).cumsum())])
    closes = np.concatenate([closes, np.full(60, closes[-1])])
    values = column(make_history(closes), "log_volatility_5")
    assert np.isfinite(values[5:]).all() and values[-1] < values[50]


def test_a_fall_shows_and_a_rise_does_not() -> None:
    found = column(make_history(np.array([100.0, 90.0, 99.0])), "negative_return")
    assert found[1] == pytest.approx(math.log(0.9)) and found[2] == 0


def test_a_floor_is_what_clip_of_pandas_makes_of_it() -> None:
    values = pd.Series([1.0, np.nan, -2.0, 3.0, -0.0], index=list("abcde"))
    for floor in (0.5, pd.Series([2.0, 1.0, np.nan, 3.0, 0.0], index=values.index)):
        expected = values.clip(lower=floor)
        pd.testing.assert_series_equal(volatility.at_least(values, floor), expected)

"""Figures show what the tables hold, on the right dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.dates import date2num
from rnnforecast.report.plots import actual_against_predicted, fan, reliability

from ..evaluation.test_scores import backtest


def test_actual_and_predicted_are_drawn_on_the_targets_own_dates() -> None:
    table = backtest()
    table["date"] = table["origin"] + pd.to_timedelta(table["step"], unit="D")
    figure = actual_against_predicted(table, "X", "price")
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    first = table[(table["step"] == 1) & (table["model"] == "network")]
    for name, column in (("actual", "actual"), ("median, one step ahead", "q0.5")):
        np.testing.assert_array_equal(lines[name].get_ydata(), first[column])
        np.testing.assert_array_equal(lines[name].get_xdata(orig=False), date2num(first["date"]))


def test_the_fan_starts_at_the_last_close_and_ends_at_the_last_session() -> None:
    dates = pd.date_range("2024-01-01", periods=50)
    closes = pd.Series(np.linspace(10, 20, 50), index=dates)
    steps = {
        "median": [20.0, 20.5],
        "low_80": [19.0, 18.5],
        "high_80": [21.0, 21.5],
        "low_95": [18.0, 17.0],
        "high_95": [22.0, 23.0],
    }
    forecast = pd.DataFrame({"date": ["2024-02-20", "2024-02-21"], **steps, "origin": "2024-02-19"})
    axes = fan(closes, forecast, "X", "price (USD)").axes[0]
    assert axes.lines[1].get_ydata().tolist() == [20.0, 20.0, 20.5]
    assert axes.get_ylabel() == "price (USD)"
    assert {text.get_text() for text in axes.texts} == {"80 %", "95 %", "median"}


def test_perfect_calibration_lies_on_the_diagonal() -> None:
    table = pd.concat([backtest(seed) for seed in range(20)])
    table["actual"] = table["q0.5"] + 1.5 * np.random.default_rng(0).standard_normal(len(table))
    line = reliability(table[table["model"] == "network"]).axes[0].lines[1]
    np.testing.assert_allclose(line.get_ydata(), line.get_xdata(), atol=0.02)

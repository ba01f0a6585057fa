"""The stages by themselves: features, windows, baselines."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.errors import UsageError
from rnnforecast.library.prices import fetch, read_prices
from rnnforecast.library.stages import baseline, features, windows

from ..conftest import random_walk


def test_a_feature_is_what_its_formula_says() -> None:
    walk = random_walk(60)
    table = features(walk, ["log_return"])
    closes = np.log(walk.bars["close"])
    np.testing.assert_allclose(table["log_return"][1:], closes.diff()[1:])
    assert np.isnan(table["log_return"].iloc[0])
    with pytest.raises(UsageError, match="no feature is called 'log_retrun'"):
        features(walk, ["log_retrun"])


def test_windows_hold_the_rows_up_to_their_date_scaled_by_training_rows() -> None:
    walk = random_walk()
    parts = windows(walk, "gru", {"window.lookback": 6, "window.horizon": 2})
    train = parts["train"]
    assert train.inputs.shape[1:] == (6, len(train.names)) and train.targets.shape[1] == 2
    # each window begins one row after the one before it
    np.testing.assert_array_equal(train.inputs[1:, :-1], train.inputs[:-1, 1:])
    assert train.dates[-1] < parts["validation"].dates[0] < parts["test"].dates[0]
    returns = np.log(walk.bars["close"]).diff()
    at = walk.dates.get_indexer(train.dates)
    newest = train.inputs[:, -1, train.names.index("log_return")]
    assert abs(np.corrcoef(newest, returns.to_numpy()[at])[0, 1]) > 1 - 1e-6


def test_naive_repeats_the_last_close_with_a_spread_that_widens() -> None:
    walk = random_walk()
    forecast = baseline("naive", walk, 4)
    assert forecast.median == pytest.approx(np.full(4, walk.bars["close"].iloc[-1]))
    low, high = forecast.interval(0.8)
    assert (np.diff(high - low) > 0).all() and len(forecast.dates) == 4
    with pytest.raises(UsageError, match="no baseline is called 'oracle'; use: naive"):
        baseline("oracle", walk)


def test_prices_come_from_the_sample_and_from_files(tmp_path: object) -> None:
    history = fetch("^gspc", start="2018-01-02", end="2018-01-05", source="sample")
    assert len(history) == 4 and history.symbol == "^GSPC" and history.currency == "USD"
    path = f"{tmp_path}/X.csv"
    history.bars.to_csv(path)
    read = read_prices(path, currency="USD")
    assert (read.symbol, read.currency) == ("X", "USD")
    assert list(read.bars["close"]) == list(history.bars["close"])

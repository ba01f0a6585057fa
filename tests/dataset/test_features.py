"""Features look back only, and say when they cannot be had."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config.experiment import Feature
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.features import FEATURES, feature_table, first_usable, require_positive
from rnnforecast.errors import DataError

from ..conftest import make_history, random_walk


def test_the_config_knows_exactly_the_features_that_exist() -> None:
    assert set(get_args(Feature)) == set(FEATURES)


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("row", [1, 57, 298])
def test_a_feature_is_the_same_when_the_future_is_cut_off_or_poisoned(name: Feature, row: int) -> None:
    history = random_walk()
    whole = feature_table(history, [name])
    cut = PriceHistory("WALK", history.bars.iloc[: row + 1])
    poisoned = PriceHistory("WALK", history.bars.assign(close=history.bars["close"].where(np.arange(300) <= row, 1e6)))
    assert np.array_equal(feature_table(cut, [name]), whole[: row + 1], equal_nan=True)
    assert np.array_equal(feature_table(poisoned, [name])[: row + 1], whole[: row + 1], equal_nan=True)


def test_the_truncation_test_sees_a_centred_mean() -> None:
    close = random_walk().bars["close"]
    leaky = close.rolling(5, center=True).mean()
    assert leaky.iloc[57] != close.iloc[:58].rolling(5, center=True).mean().iloc[57]


def test_log_returns_are_those_of_hand_arithmetic() -> None:
    values = feature_table(make_history(np.array([100.0, 110.0, 99.0])), ["log_return", "abs_log_return", "difference"])
    expected = [[np.nan] * 3, [np.log(1.1), np.log(1.1), 10], [np.log(0.9), -np.log(0.9), -11]]
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def test_the_first_usable_row_waits_for_the_slowest_feature() -> None:
    history = make_history(np.arange(1.0, 6.0))
    assert first_usable(feature_table(history, ["close"]), history, ["close"]) == 0
    assert first_usable(feature_table(history, ["close", "log_return"]), history, ["close", "log_return"]) == 1


def test_a_value_missing_in_the_middle_is_named_with_its_date() -> None:
    history = make_history(np.arange(1.0, 6.0))
    values = np.array([[1.0], [2.0], [np.nan], [4.0], [5.0]])
    with pytest.raises(DataError, match="feature close of WALK has no value on 2020-01-03"):
        first_usable(values, history, ["close"])


def test_logs_of_a_negative_price_are_refused_with_the_remedy() -> None:
    history = make_history(np.array([5.0, -37.63, 10.0]))
    with pytest.raises(DataError, match=r"WALK is -37.63 on 2020-01-02.*window.target=difference"):
        require_positive(history)


def test_a_feature_keeps_the_number_of_rows() -> None:
    bars = pd.DataFrame({"close": [1.0, 2.0]}, index=pd.DatetimeIndex(["2020-01-01", "2020-01-02"]))
    assert feature_table(PriceHistory("X", bars), ["close", "difference"]).shape == (2, 2)

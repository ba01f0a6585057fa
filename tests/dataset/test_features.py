"""Features look back only, and say when they cannot be had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config.features import FEATURES, parse_feature
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.features import (
    feature_table,
    first_usable,
    require_positive,
    rows_before,
    with_exogenous,
)
from rnnforecast.dataset.indicators import INDICATORS, describe
from rnnforecast.errors import DataError

from ..conftest import make_history, random_walk


def candles(rows: int = 300, seed: int = 3) -> PriceHistory:
    """A random walk with opens, ranges and volumes."""
    history, rng = random_walk(rows), np.random.default_rng(seed)
    close = history.bars["close"]
    opens = close.shift(1, fill_value=100.0) * np.exp(rng.normal(0, 0.002, rows))
    high = np.maximum(opens, close) * np.exp(rng.uniform(0, 0.01, rows))
    low = np.minimum(opens, close) * np.exp(-rng.uniform(0, 0.01, rows))
    return replace(
        history,
        bars=history.bars.assign(open=opens, high=high, low=low, volume=rng.uniform(1, 9, rows)),
    )


def column(history: PriceHistory, name: str) -> np.ndarray:
    return feature_table(history, [name])[name].to_numpy(float)


def test_the_config_knows_exactly_the_features_that_exist_and_each_is_described() -> None:
    assert set(FEATURES) == set(INDICATORS)
    written = [describe(name) for name in FEATURES]
    assert all(text and text == text.strip(".`") and "``" not in text for text in written)


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("row", [1, 57, 298])
def test_a_feature_is_the_same_when_the_future_is_cut_off_or_poisoned(name: str, row: int) -> None:
    history = candles()
    whole = column(history, name)
    cut = replace(history, bars=history.bars.iloc[: row + 1])
    poisoned = history.bars.copy()
    poisoned.iloc[row + 1 :] = 1e6
    assert np.array_equal(column(cut, name), whole[: row + 1], equal_nan=True)
    assert np.array_equal(
        column(replace(history, bars=poisoned), name)[: row + 1], whole[: row + 1], equal_nan=True
    )


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_is_known_once_its_window_is_full_and_ever_after(name: str) -> None:
    history = candles()
    assert first_usable(feature_table(history, [name]), history) <= (FEATURES[name] or 1) + 1


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in FEATURES
        if name not in ("close", "log_close", "difference", "abs_difference")
    ],
)
def test_a_feature_that_is_relative_does_not_know_the_scale_of_prices(name: str) -> None:
    history = candles()
    scaled = history.bars.copy()
    scaled[["open", "high", "low", "close"]] *= 1024.0
    np.testing.assert_allclose(
        column(replace(history, bars=scaled), name), column(history, name), rtol=1e-9, atol=1e-12
    )


def test_the_truncation_test_sees_a_centred_mean() -> None:
    close = random_walk().bars["close"]
    leaky = close.rolling(5, center=True).mean()
    assert leaky.iloc[57] != close.iloc[:58].rolling(5, center=True).mean().iloc[57]


def test_log_returns_are_those_of_hand_arithmetic() -> None:
    values = feature_table(
        make_history(np.array([100.0, 110.0, 99.0])), ["log_return", "abs_log_return", "difference"]
    )
    expected = [[np.nan] * 3, [np.log(1.1), np.log(1.1), 10], [np.log(0.9), -np.log(0.9), -11]]
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def by_hand(name: str, bars: pd.DataFrame, window: int) -> float:
    """The newest value of a feature by a loop over its definition."""
    close, high, low, opens = (
        bars[part].to_numpy(float) for part in ("close", "high", "low", "open")
    )
    moves, returns = np.diff(close), np.diff(np.log(close))
    match name:
        case "overnight_gap":
            return float(np.log(opens[-1] / close[-2]))
        case "parkinson":
            return float(np.sqrt(np.log(high[-1] / low[-1]) ** 2 / (4 * np.log(2))))
        case "garman_klass":
            return float(
                np.sqrt(
                    0.5 * np.log(high[-1] / low[-1]) ** 2
                    - (2 * np.log(2) - 1) * np.log(close[-1] / opens[-1]) ** 2
                )
            )
        case "realised_volatility":
            return float(np.sqrt(np.mean(returns[-window:] ** 2)))
        case "ewma_volatility":
            variance = returns[0] ** 2
            for move in returns[1:]:
                variance = (1 - 2 / (window + 1)) * variance + 2 / (window + 1) * move**2
            return float(np.sqrt(variance))
        case "sma_distance":
            return float(np.log(close[-1] / close[-window:].mean()))
        case "rsi":
            up, down = max(moves[0], 0), max(-moves[0], 0)
            for move in moves[1:]:
                up, down = up + (max(move, 0) - up) / window, down + (max(-move, 0) - down) / window
            return float((100 - 100 / (1 + up / down)) / 50 - 1)
        case "macd":
            fast = slow = close[0]
            for price in close[1:]:
                fast, slow = fast + 2 / 13 * (price - fast), slow + 2 / 27 * (price - slow)
            return float((fast - slow) / close[-1])
        case "bollinger":
            mean, deviation = close[-window:].mean(), close[-window:].std()
            return float((close[-1] - (mean - 2 * deviation)) / (4 * deviation))
        case "atr":
            ranges = [
                max(h, before) - min(lo, before)
                for h, lo, before in zip(high[1:], low[1:], close, strict=False)
            ]
            average = ranges[0]
            for value in ranges[1:]:
                average += (value - average) / window
            return float(average / close[-1])
        case "stochastic":
            return float(
                (close[-1] - low[-window:].min()) / (high[-window:].max() - low[-window:].min())
            )
        case "rate_of_change":
            return float(np.log(close[-1] / close[-1 - window]))
    raise AssertionError(name)


@pytest.mark.parametrize(
    "name",
    ["overnight_gap", "parkinson", "garman_klass", "realised_volatility", "ewma_volatility",
     "sma_distance", "rsi", "macd", "bollinger", "atr", "stochastic", "rate_of_change"],
)  # fmt: skip
def test_an_indicator_is_that_of_hand_arithmetic(name: str) -> None:
    history = candles()
    assert column(history, name)[-1] == pytest.approx(
        by_hand(name, history.bars, FEATURES[name] or 0), rel=1e-9
    )


def test_a_window_can_be_named() -> None:
    history = candles()
    assert column(history, "rsi_21")[-1] == pytest.approx(
        by_hand("rsi", history.bars, 21), rel=1e-9
    )


def test_flat_prices_give_neutral_indicators_and_no_gaps() -> None:
    flat = candles().bars * 0 + 100.0
    table = feature_table(PriceHistory("FLAT", flat), ["rsi", "bollinger", "stochastic", "atr"])
    assert table.iloc[-1].to_dict() == {"rsi": 0.0, "bollinger": 0.5, "stochastic": 0.5, "atr": 0.0}


def test_sunday_is_next_to_monday_on_the_circle() -> None:
    table = feature_table(
        random_walk(14), ["day_of_week_sin", "day_of_week_cos"]
    )  # 2020-01-01 was a Wednesday
    steps = np.hypot(*np.diff(table.to_numpy(), axis=0).T)
    np.testing.assert_allclose(steps, 2 * np.sin(np.pi / 7))
    assert table.iloc[5].to_list() == pytest.approx([0.0, 1.0])  # Monday


def test_a_feature_whose_column_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="feature atr needs 'high', WALK has close"):
        feature_table(random_walk(), ["atr"])


@pytest.mark.parametrize(
    ("name", "words"),
    [("rsl", "did you mean rsi"), ("rsi_1", "rsi"), ("close_5", "close"), ("xyz", "features list")],
)
def test_a_feature_that_does_not_exist_is_refused_with_the_nearest(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_feature(name)


TOKYO = pd.DatetimeIndex(["2024-03-05", "2024-03-06", "2024-03-07"], name="date")


def test_another_series_counts_as_it_was_known_when_the_bar_closed() -> None:
    """New York closes after Tokyo on the same date, so Tokyo knows New York's day before;
    not the other way round."""
    tokyo = PriceHistory(
        "7203.T", pd.DataFrame({"close": [1.0, 2.0, 3.0]}, index=TOKYO), "1d", "XTKS"
    )
    york_days = pd.DatetimeIndex(
        ["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07"], name="date"
    )
    york = PriceHistory(
        "SPY", pd.DataFrame({"close": [10.0, 20.0, 30.0, 40.0]}, index=york_days), "1d", "XNYS"
    )
    bitcoin = PriceHistory(
        "BTC-USD", pd.DataFrame({"close": [5.0, 6.0, 7.0, 8.0]}, index=york_days), "1d", "24/7"
    )

    def seen(own: PriceHistory, other: PriceHistory) -> list[float]:
        table = with_exogenous(feature_table(own, ["close"]), own, {other.symbol: other}, ["close"])
        return list(table[f"{other.symbol}:close"])

    assert seen(tokyo, york) == [10.0, 20.0, 30.0]
    assert seen(york, tokyo)[1:] == [1.0, 2.0, 3.0] and np.isnan(seen(york, tokyo)[0])
    assert seen(york, bitcoin)[1:] == [
        5.0,
        6.0,
        7.0,
    ]  # Bitcoin's day ends at midnight UTC, after New York's
    assert seen(bitcoin, york) == [10.0, 20.0, 30.0, 40.0]


def test_the_future_of_another_series_is_not_seen() -> None:
    own, other = candles(), candles(seed=9)
    altered = other.bars.copy()
    altered.iloc[201:] = 1e6
    before, after = (
        with_exogenous(
            feature_table(own, ["close"]),
            own,
            {"O": replace(other, symbol="O", bars=bars)},
            ["rsi", "log_return"],
        )
        for bars in (other.bars, altered)
    )
    pd.testing.assert_frame_equal(before.iloc[:201], after.iloc[:201])


def test_the_first_usable_row_waits_for_the_slowest_feature() -> None:
    history = make_history(np.arange(1.0, 6.0))
    assert first_usable(feature_table(history, ["close"]), history) == 0
    assert first_usable(feature_table(history, ["close", "log_return"]), history) == 1


def test_a_value_missing_in_the_middle_is_named_with_its_date() -> None:
    history = make_history(np.arange(1.0, 6.0))
    values = pd.DataFrame({"close": [1.0, 2.0, np.nan, 4.0, 5.0]})
    with pytest.raises(DataError, match="feature close of WALK has no value on 2020-01-03"):
        first_usable(values, history)
    with pytest.raises(DataError, match="feature close of WALK has no value at all"):
        first_usable(values * np.nan, history)


def test_logs_of_a_negative_price_are_refused_with_the_remedy() -> None:
    history = make_history(np.array([5.0, -37.63, 10.0]))
    with pytest.raises(DataError, match=r"WALK is -37.63 on 2020-01-02.*window.target=difference"):
        require_positive(history)


def test_a_feature_keeps_the_number_of_rows() -> None:
    bars = pd.DataFrame({"close": [1.0, 2.0]}, index=pd.DatetimeIndex(["2020-01-01", "2020-01-02"]))
    assert feature_table(PriceHistory("X", bars), ["close", "difference"]).shape == (2, 2)


def test_the_rows_before_the_first_value_are_those_of_a_walk() -> None:
    history = random_walk(200)
    names = ["log_return", "log_volatility_22", "rsi_14", "rate_of_change_9"]
    table = feature_table(history, names)
    known = {name: int(np.isfinite(table[name].to_numpy()).argmax()) for name in names}
    assert rows_before(names) == (known["log_volatility_22"], "log_volatility_22")
    assert rows_before(["mine.py:f"]) == (0, "")

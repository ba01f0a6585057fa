"""The parts of the audit: other futures, and where two tables first differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.audit.finding import Finding, first_difference, first_on
from rnnforecast.audit.perturbations import FUTURES, SAME_ROWS, Prices, doubled_and_halved
from rnnforecast.config.features import without_folder

from ..conftest import make_history, random_walk
from ..dataset.test_features import candles

DATES = pd.date_range("2024-01-01", periods=4)


def test_the_first_difference_is_the_oldest_row_and_its_first_column() -> None:
    before = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0], [7.0, 8.0]])
    after = before.copy()
    assert first_difference(before, after, DATES) is None  # NaN is NaN
    after[3, 0] = 0.0
    after[2, 1] = np.nextafter(6.0, 7.0)
    assert first_difference(before, after, DATES) == (DATES[2], 1)  # a bit is enough
    after[1, 1] = 0.0
    assert first_difference(before, after, DATES) == (DATES[1], 1)


def test_arrays_of_other_shapes_differ_from_the_beginning() -> None:
    assert first_difference(np.ones((4, 2)), np.ones((4, 3)), DATES) == (DATES[0], 0)


@pytest.mark.parametrize("name", FUTURES)
def test_another_future_leaves_the_past_alone(name: str) -> None:
    bars = candles().bars
    other = Prices(candles()).with_future(99, FUTURES[name]).history.bars
    pd.testing.assert_frame_equal(other.iloc[:100], bars.iloc[:100], check_freq=False)
    assert len(other) == (100 if name == "cut off" else 300)
    if name != "cut off":
        assert not other.iloc[100:].equals(bars.iloc[100:])
    if name in SAME_ROWS:
        assert np.isfinite(other.to_numpy()).all() and (other > 0).all(axis=None)


def test_the_mirrored_future_falls_where_prices_rose() -> None:
    before = candles()
    after = Prices(before).with_future(99, FUTURES["mirrored"]).history
    one, other = (np.diff(np.log(history.bars["close"])) for history in (before, after))
    np.testing.assert_allclose(other[99:], -one[99:], atol=1e-12)
    assert (after.bars["high"] >= after.bars["low"]).all()


def test_a_series_that_is_not_a_price_is_mirrored_by_differences() -> None:
    before = make_history(np.array([-1.0, 2.0, 5.0, 1.0]))
    after = Prices(before).with_future(0, FUTURES["mirrored"]).history
    assert after.bars["close"].tolist() == [-1.0, -4.0, -7.0, -3.0]


def test_another_next_close_alters_one_number() -> None:
    other = Prices(candles()).with_future(99, FUTURES["another next close"]).history.bars
    moved = other.ne(candles().bars)
    assert moved.sum().sum() == 1 and moved["close"].iloc[100]
    assert other["close"].iloc[100] == 1.5 * candles().bars["close"].iloc[100]


def test_powers_of_two_leave_the_factor_of_adjustment_as_it_is() -> None:
    history = replace(
        candles(), bars=candles().bars.assign(adj_close=candles().bars["close"] * 0.7)
    )
    other = Prices(history).with_future(99, doubled_and_halved).history
    factors = [one.bars["adj_close"] / one.bars["close"] for one in (history, other)]
    assert factors[0].equals(factors[1])
    assert not other.bars["close"].iloc[100:].equals(history.bars["close"].iloc[100:])


def test_the_future_of_another_series_begins_at_the_close_of_the_last_known_bar() -> None:
    """Monday's session of New York ends at 21:00 UTC, before Bitcoin's Monday does:
    Sunday's bar is the last known."""
    stock = make_history(np.arange(100.0, 110.0), "STOCK", "XNYS", "2024-01-15")
    coin = replace(
        random_walk(40, symbol="COIN"),
        bars=make_history(np.arange(1.0, 41.0), start="2024-01-01").bars,
    )
    prices = Prices(stock, {"COIN": coin}).with_future(5, FUTURES["cut off"])
    assert prices.history.last == pd.Timestamp("2024-01-22")  # a Monday
    assert prices.others["COIN"].last == pd.Timestamp("2024-01-21")
    the_other_way = Prices(coin, {"STOCK": stock}).with_future(21, FUTURES["cut off"])
    assert (
        the_other_way.history.last
        == pd.Timestamp("2024-01-22")
        == the_other_way.others["STOCK"].last
    )


def test_a_finding_has_a_remedy_only_where_it_failed() -> None:
    assert Finding("a", "b").to_dict()["remedy"] == ""
    assert "earlier ones only" in Finding("a", "b", "failed", "c").to_dict()["remedy"]


def test_names_and_dates_are_short() -> None:
    assert (
        without_folder("folder/of/mine.py:spread") == "mine.py:spread"
        and without_folder("rsi_21") == "rsi_21"
    )
    assert (
        without_folder("SPY:/folder/mine.py:spread") == "SPY:mine.py:spread"
        and without_folder("a.py:b") == "a.py:b"
    )
    assert first_on(pd.Timestamp("2024-05-01")) == "first on 2024-05-01"
    assert first_on(pd.Timestamp("2024-05-01 09:30")) == "first on 2024-05-01 09:30"

"""What an answer changes is found, named and, where it would harm, refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.revisions import compare, merge

DAYS = 60


def history(rows: int = DAYS, **columns: object) -> PriceHistory:
    """Weekday bars that rise by one; columns may be replaced."""
    dates = pd.date_range("2024-01-01", periods=rows, freq="D", name="date", unit="ns")
    close = np.arange(100.0, 100 + rows)
    values = {
        "open": close - 0.5,
        "high": close + 1,
        "low": close - 1,
        "close": close,
        "adj_close": close,
    }
    values |= {
        "volume": np.full(rows, 1000.0),
        "dividends": np.zeros(rows),
        "splits": np.zeros(rows),
        **columns,
    }
    return PriceHistory("X", pd.DataFrame(values, index=dates), "1d", "24/7", "USD")


def edited(original: PriceHistory, column: str, rows: object, value: float) -> PriceHistory:
    bars = original.bars.copy()
    bars.iloc[rows, bars.columns.get_loc(column)] = value
    return replace(original, bars=bars)


def without(original: PriceHistory, *rows: int) -> PriceHistory:
    return replace(original, bars=original.bars.drop(original.dates[list(rows)]))


def test_the_first_answer_is_new_and_an_equal_one_is_the_same() -> None:
    assert compare(None, history()).statuses == ("new",)
    assert compare(history(), history()).statuses == ("same",)
    assert compare(history(), history()).refusal == ""


def test_adjusted_closes_that_wobble_are_the_same() -> None:
    wobbling = history(adj_close=np.arange(100.0, 100 + DAYS) * (1 + 1e-5))
    assert compare(history(), wobbling).statuses == ("same",)


def test_bars_at_either_end_extend_and_bars_between_fill() -> None:
    change = compare(without(history(), 0, 20, 58, 59), history())
    assert (change.earlier, change.later, change.filled) == (1, 2, ("2024-01-21",))
    assert change.statuses == ("extended", "filled") and not change.refusal


def test_a_bar_that_does_not_come_again_is_missed() -> None:
    change = compare(history(), without(history(), 59))
    assert change.vanished == ("2024-02-29",) and not change.refusal
    assert "did not come again: 1 (2024-02-29)" in change.summary()
    assert merge(history(), without(history(), 59), change).equals(history().bars)
    many = compare(history(), without(history(), *range(40, 50)))
    assert "10 stored bars did not come again (2024-02-10, " in many.refusal


def test_a_price_or_a_volume_that_differs_is_revised() -> None:
    change = compare(history(), edited(edited(history(), "close", 30, 131.0), "volume", 40, 2000.0))
    assert (change.revised, change.volumes, change.refusal) == (("2024-01-31",), 1, "")
    assert (
        compare(history(), edited(history(), "volume", 40, 1001.0)).volumes == 0
    )  # Yahoo's volumes wobble more


def test_many_revised_bars_are_another_series() -> None:
    other = history(high=np.arange(100.0, 100 + DAYS) + 3)
    assert compare(history(), other).refusal == "60 of 60 stored bars have other prices now"


@pytest.mark.parametrize("ratio", [2.0, 0.1, 7.0])
def test_a_split_is_a_ratio_that_the_answer_explains(ratio: float) -> None:
    new = history(rows=DAYS + 1)
    for name in ("open", "high", "low", "close", "adj_close"):
        new.bars[name] /= ratio
    new.bars["volume"] *= ratio
    change = compare(history(), new)
    assert change.split == pytest.approx(1 / ratio) and not change.explained
    assert "no split says why" in change.refusal
    explained = compare(history(), edited(new, "splits", DAYS, ratio))
    assert explained.refusal == "" and explained.statuses == ("extended", "readjusted")
    assert not explained.revised and not explained.volumes


def test_a_split_that_was_known_before_explains_nothing() -> None:
    old = edited(history(), "splits", 10, 2.0)
    new = edited(history(), "splits", 10, 2.0)
    for name in ("open", "high", "low", "close", "adj_close"):
        new.bars[name] /= 2
    assert not compare(old, new).explained


def test_a_dividend_scales_the_older_adjusted_closes_alone() -> None:
    close = np.arange(100.0, 100 + DAYS + 1)
    new = history(
        rows=DAYS + 1,
        adj_close=np.where(np.arange(DAYS + 1) < DAYS, close * 0.985, close),
        dividends=np.where(np.arange(DAYS + 1) < DAYS, 0, 0.015 * close[DAYS - 1]),
    )
    change = compare(history(), new)
    assert change.refusal == ""
    assert change.dividend == pytest.approx(0.985) and change.split == 1 and not change.revised
    assert "readjusted x 0.98500 (dividend)" in change.summary()


def test_a_stored_bar_that_did_not_come_again_takes_the_dividend_of_its_neighbours() -> None:
    close = np.arange(100.0, 100 + DAYS)
    paid = without(history(adj_close=close * 0.985), 30)
    merged = merge(history(), paid, compare(history(), paid))
    assert merged["adj_close"].to_numpy() == pytest.approx(close * 0.985)
    assert merged["close"].to_numpy() == pytest.approx(close)


@pytest.mark.parametrize(("factor", "refusal"), [(1.19, ""), (1.25, "would change by 25%")])
def test_no_correction_moves_a_bar_by_more_than_a_fifth(factor: float, refusal: str) -> None:
    change = compare(history(), edited(history(), "close", 30, 130.0 * factor))
    assert refusal in change.refusal and bool(change.refusal) == bool(refusal)


def test_a_live_bar_that_was_stored_may_change() -> None:
    live = replace(history(), provenance={"live": ["2024-02-29T00:00:00"]})
    assert compare(live, edited(history(), "close", 59, 200.0)).statuses == ("same",)


def test_intraday_bars_older_than_yahoos_window_stay_and_are_split_as_the_others() -> None:
    hours = pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC", unit="ns", name="date")
    close = np.arange(100.0, 148.0)
    bars = pd.DataFrame({"close": close, "volume": 10.0, "splits": 0.0}, index=hours)
    old = PriceHistory("X", bars.iloc[:40], "1h", "24/7", "USD")
    newer = bars.iloc[20:].assign(close=close[20:] / 2, volume=20.0)
    newer.iloc[-1, 2] = 2.0
    new = PriceHistory("X", newer, "1h", "24/7", "USD")
    change = compare(old, new)
    assert (change.later, change.vanished, change.refusal) == (8, (), "")
    merged = merge(old, new, change)
    assert merged["close"].tolist() == (close / 2).tolist() and set(merged["volume"]) == {20.0}

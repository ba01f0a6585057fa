"""A history checks itself once, when it is made."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.intervals import check_interval
from rnnforecast.data.symbols import check_day, check_symbol
from rnnforecast.errors import DataError, UsageError

from ..conftest import make_history

DAYS = pd.DatetimeIndex(["2024-01-01", "2024-01-02", "2024-01-03"])


def bars(closes: list[float], dates: pd.DatetimeIndex = DAYS) -> pd.DataFrame:
    return pd.DataFrame({"close": closes}, index=dates)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (bars([1, np.nan, 3]), "1 bars lack a close, the first on 2024-01-02"),
        (bars([1, np.inf, 3]), "lack a close"),
        (bars([1, 2, 3], DAYS[[0, 2, 1]]), "repeat or descend at 2024-01-02"),
        (bars([1, 2, 3], DAYS[[0, 0, 1]]), "repeat or descend at 2024-01-01"),
        (bars([], DAYS[:0]), "no bars"),
        (
            pd.DataFrame({"price": [1, 2, 3]}, index=DAYS),
            r"no close price among the columns \(price\)",
        ),
        (pd.DataFrame({"close": [1, 2, 3]}), "not by date"),
        (pd.DataFrame({"close": [1, 2, 3], "open": list("xyz")}, DAYS), "'open' holds .*, not num"),
    ],
)
def test_bars_that_cannot_be_right_are_refused_by_date(table: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        PriceHistory("X", table)


@pytest.mark.parametrize(
    "symbol", ["BTC-USD", "^GSPC", "EURUSD=X", "BRK-B", "ATR.WA", "7203.T", "M&M.NS", "ETTh1"]
)
def test_real_symbols_are_symbols(symbol: str) -> None:
    assert check_symbol(symbol) == symbol


@pytest.mark.parametrize(
    "symbol", ["", "../x", "a/b", "AAA?x=1", "A B", "x" * 40, "A..B", "AAA\n", ".hidden"]
)
def test_text_that_is_unsafe_in_an_address_or_a_path_is_no_symbol(symbol: str) -> None:
    with pytest.raises(DataError, match="is not a symbol"):
        check_symbol(symbol)


def test_intervals_and_days_are_checked() -> None:
    assert (check_interval("1wk"), check_day("2024-12-31"), check_day(None)) == (
        "1wk",
        "2024-12-31",
        None,
    )
    with pytest.raises(UsageError, match="use one of: 1m"):
        check_interval("7d")
    with pytest.raises(UsageError, match="2024-12-31"):
        check_day("31.12.2024")


def test_the_adjusted_view_keeps_returns_of_adj_close_and_the_newest_close() -> None:
    table = pd.DataFrame(
        {
            "open": [9.0, 19, 29],
            "high": [11.0, 21, 31],
            "low": [8.0, 18, 28],
            "close": [10.0, 20, 30],
            "adj_close": [4.0, 10, 27],
        },
        index=DAYS,
    )
    adjusted = PriceHistory("X", table).adjusted().bars
    assert adjusted["close"].iloc[-1] == 30
    np.testing.assert_allclose(
        adjusted["close"].pct_change()[1:], table["adj_close"].pct_change()[1:]
    )
    np.testing.assert_allclose(adjusted["high"] / adjusted["close"], table["high"] / table["close"])
    assert "adj_close" not in adjusted


def test_a_digest_is_that_of_values_and_moves_with_any_of_them() -> None:
    first, same = make_history(np.array([1.0, 2, 3])), make_history(np.array([1.0, 2, 3]))
    assert first.digest() == same.digest()
    assert first.digest() != make_history(np.array([1.0, 2, 3.0000001])).digest()
    assert first.digest() != make_history(np.array([1.0, 2, 3]), start="2020-01-02").digest()


def test_a_range_includes_both_ends_and_an_empty_one_is_refused() -> None:
    history = make_history(np.arange(1.0, 11))
    assert len(history.between("2020-01-03", "2020-01-05")) == 3
    with pytest.raises(
        DataError, match=r"no bars between 2021-01-01 and now; stored are 2020-01-01 to 2020-01-10"
    ):
        history.between(start="2021-01-01")

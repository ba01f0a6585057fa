"""Each kind of wrong price is found where it was put, and nothing is found in a sound history."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.price_checks import bars_in_error, impossible_ranges, price_findings

ROWS, AT = 300, 150


def sound() -> pd.DataFrame:
    """Bars that move by about one per cent, with every column."""
    rng = np.random.default_rng(3)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, ROWS)))
    before = np.r_[100.0, close[:-1]]
    high, low = np.maximum(before, close) * 1.002, np.minimum(before, close) * 0.998
    columns = {"open": before, "high": high, "low": low, "close": close, "adj_close": close,
               "volume": 1e6, "dividends": 0.0, "splits": 0.0}  # fmt: skip
    return pd.DataFrame(columns, index=pd.date_range("2020-01-01", periods=ROWS, name="date"))


def kinds(bars: pd.DataFrame, severity: str = "error", *, adjusted: bool = True) -> set[str]:
    history = PriceHistory("X", bars, "1d", "24/7")
    findings = price_findings(history, adjusted=adjusted)
    return {finding.kind for finding in findings if finding.severity == severity}


def put(name: str, factor: float, rows: slice | int = AT) -> Callable[[pd.DataFrame], None]:
    def change(bars: pd.DataFrame) -> None:
        bars.iloc[rows, bars.columns.get_loc(name)] *= factor

    return change


def closes(factor: float, rows: slice | int) -> Callable[[pd.DataFrame], None]:
    def change(bars: pd.DataFrame) -> None:
        for name in ("open", "high", "low", "close", "adj_close"):
            put(name, factor, rows)(bars)

    return change


def value(name: str, number: float) -> Callable[[pd.DataFrame], None]:
    def change(bars: pd.DataFrame) -> None:
        bars.iloc[AT, bars.columns.get_loc(name)] = number

    return change


def test_nothing_is_wrong_with_sound_prices() -> None:
    assert not kinds(sound()) and not kinds(sound(), "warning")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (closes(1.5, AT), "bad ticks"),
        (closes(0.5, slice(AT, None)), "split-like jumps"),
        (closes(40.0, slice(AT, None)), "level shifts"),
        (put("high", 0.9), "outside high and low"),
        (put("high", 9.0), "wild highs or lows"),
        (put("low", 0.1), "wild highs or lows"),
        (value("close", -1.0), "zero or negative prices"),
        (value("volume", np.inf), "impossible values"),
        (value("open", 1e25), "impossible values"),
        (value("splits", -2.0), "impossible splits"),
    ],
)
def test_an_error_is_found_on_its_day(change: Callable[[pd.DataFrame], None], kind: str) -> None:
    bars = sound()
    change(bars)
    assert kind in kinds(bars)
    found = bars_in_error(PriceHistory("X", bars, "1d", "24/7"))
    assert bars.index[AT] in found and len(found) <= 3


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (closes(1.93, slice(AT, None)), "split-like jumps"),
        (value("volume", -5.0), "negative volumes"),
        (value("dividends", -1.0), "negative dividends"),
        (value("dividends", 80.0), "dividends of half the price or more"),
        (value("dividends", 1.0), "dividends not adjusted for"),
        (put("high", 0.995), "outside high and low"),
    ],
)
def test_a_doubt_is_a_warning(change: Callable[[pd.DataFrame], None], kind: str) -> None:
    bars = sound()
    change(bars)
    assert kind in kinds(bars, "warning")


def test_a_split_on_record_is_no_jump_where_adjusted_closes_go_on() -> None:
    bars = sound()
    for name in ("open", "high", "low", "close"):
        put(name, 0.5, slice(AT, None))(bars)
    bars.iloc[AT, bars.columns.get_loc("splits")] = 2.0
    assert not kinds(bars)
    assert "splits recorded but not applied" in kinds(bars, adjusted=False)


def test_a_bar_is_judged_without_those_after_it() -> None:
    bars = sound()
    for row, name, factor in ((40, "high", 0.8), (90, "low", 0.01), (200, "close", -1.0)):
        put(name, factor, row)(bars)
    flags = impossible_ranges(bars)
    assert list(np.flatnonzero(flags)) == [40, 90, 200]
    np.testing.assert_array_equal(impossible_ranges(bars.iloc[:100]), flags[:100])

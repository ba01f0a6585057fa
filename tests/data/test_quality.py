"""What is wrong with prices is found with its dates, and what is right is left in peace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.columns import Selection
from rnnforecast.data.importing.importer import read_prices
from rnnforecast.data.quality import inspect, missing_sessions

from ..conftest import make_history, random_walk, real_file


def found(history: PriceHistory) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(finding.severity, finding.kind): finding.dates for finding in inspect(history)}


def walk_with(row: int, factor: float, rows: int = 1) -> PriceHistory:
    closes = random_walk().bars["close"].to_numpy(float).copy()
    closes[row : row + rows] *= factor
    return make_history(closes)


def test_a_random_walk_has_nothing_wrong() -> None:
    assert found(random_walk()) == {}


@pytest.mark.parametrize("factor", [100.0, 0.01, 1.5])
def test_a_tick_that_reverts_is_bad(factor: float) -> None:
    assert found(walk_with(100, factor)) == {("error", "bad ticks"): ("2020-04-10",)}


@pytest.mark.parametrize("factor", [0.5, 2.0, 0.1, 1 / 7])
def test_a_jump_by_the_ratio_of_a_split_is_an_error_unless_the_split_is_recorded(
    factor: float,
) -> None:
    jumped = walk_with(100, factor, rows=300)
    jumped.bars.iloc[100:, 0] /= jumped.bars.iloc[100, 0] / (
        jumped.bars.iloc[99, 0] * factor
    )  # no move of its own
    assert found(jumped) == {("error", "split-like jumps"): ("2020-04-10",)}
    jumped.bars["splits"] = 0.0
    jumped.bars.iloc[100, 1] = 1 / factor
    assert found(jumped) == {}


def test_a_crash_that_stays_is_no_error() -> None:
    assert found(walk_with(100, 0.63, rows=300)) == {}


@pytest.mark.parametrize("price", [0.0, -1.0])
def test_a_price_that_is_not_positive_is_an_error_but_not_in_another_quantity(price: float) -> None:
    closes = random_walk().bars["close"].to_numpy(float).copy()
    closes[7] = price
    history = make_history(closes)
    assert found(history)["error", "zero or negative prices"] == ("2020-01-08",)
    load = PriceHistory("LOAD", history.bars, "1d", "24/7", None, {"target": "MW"})
    assert found(load) == {}


def test_closes_outside_high_and_low_are_errors_where_far_and_warnings_where_near() -> None:
    history = random_walk()
    history.bars["high"], history.bars["low"] = (
        history.bars["close"] * 1.01,
        history.bars["close"] * 0.99,
    )
    history.bars.iloc[5, 1] = history.bars.iloc[5, 0] * 0.995
    history.bars.iloc[9, 1] = history.bars.iloc[9, 0] * 0.9
    assert found(history) == {
        ("warning", "outside high and low"): ("2020-01-06",),
        ("error", "outside high and low"): ("2020-01-10",),
    }


def test_five_equal_bars_are_stale_and_four_are_not() -> None:
    closes = random_walk().bars["close"].to_numpy(float).copy()
    closes[10:14] = closes[10]
    closes[50:55] = closes[50]
    assert found(make_history(closes)) == {
        ("warning", "stale values"): ("2020-02-21", "2020-02-22", "2020-02-23", "2020-02-24")
    }


def test_missing_values_and_stand_ins_are_told_for_each_column() -> None:
    history = random_walk()
    history.bars["volume"] = 1.0
    history.bars.iloc[3, 1] = np.nan
    history.bars["heat"] = np.linspace(-10, 30, len(history))
    history.bars.iloc[4, 2] = -9999.0
    assert found(history) == {
        ("warning", "missing values"): ("2020-01-04",),
        ("error", "stand-ins for unknown"): ("2020-01-05",),
    }


def test_a_session_without_a_bar_is_missing_and_a_holiday_is_not() -> None:
    sessions = pd.DatetimeIndex(
        ["2024-12-23", "2024-12-24", "2024-12-27", "2024-12-30"], name="date"
    )
    history = PriceHistory(
        "SPY", pd.DataFrame({"close": [1.0, 2, 3, 4]}, index=sessions), "1d", "XNYS"
    )
    assert found(history) == {("warning", "missing sessions"): ("2024-12-26",)}


def test_of_what_never_closes_every_step_counts() -> None:
    hours = pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC", name="date").delete([5, 6])
    history = PriceHistory(
        "BTC-USD", pd.DataFrame({"close": np.arange(46.0) + 9}, index=hours), "1h", "24/7"
    )
    assert found(history)["warning", "missing sessions"] == ("2024-01-01 05:00", "2024-01-01 06:00")


def test_rows_that_were_left_out_on_the_way_in_are_told(tmp_path: Path) -> None:
    path = tmp_path / "X.csv"
    path.write_text(
        "Date,Close\n2024-01-01,1\n2024-01-02,null\n2024-01-03,2\n2024-01-03,3\n2024-01-04,4\n"
    )
    (imported,) = read_prices(path)
    told = found(imported.history)
    assert told["warning", "left out: repeated dates"] == ("2024-01-03",)
    assert told["warning", "left out: without date or close"] == ("2024-01-02",)


def test_longer_bars_have_no_sessions_to_miss() -> None:
    weeks = pd.date_range("2024-01-01", periods=9, freq="2W", name="date")
    assert (
        missing_sessions(
            PriceHistory("X", pd.DataFrame({"close": 1.0}, index=weeks), "1wk", "XNYS")
        )
        is None
    )


@pytest.mark.parametrize(
    "name",
    ["AAPL_history_1980-2024", "BTC-USD_history_2014-2024", "ETH-USD_history_2017-2024", "NVDA_history_1999-2024", "SPY_yahoo_2000-2022", "TSLA_history_2010-2024"],
)  # fmt: skip
def test_real_prices_with_their_crashes_have_no_errors(name: str) -> None:
    (imported,) = read_prices(real_file(f"daily/{name}.csv"))
    assert not [finding for finding in inspect(imported.history) if finding.severity == "error"]


@pytest.mark.parametrize(
    ("name", "kind", "day"),
    [
        ("NVDA_spliced_splitjump_2012-2025.csv", "split-like jumps", "2021-01-04"),
        ("yf_4063-T-1d-bad-stock-split.csv", "split-like jumps", "2023-03-29"),
        ("yf_AET-L-1d-100x-error.csv", "split-like jumps", "2022-05-09"),
        ("yf_SSW-JO-1d-100x-error.csv", "split-like jumps", "2023-06-01"),
        ("yf_ASAI-L-1h-bad-unit.csv", "bad ticks", "2024-10-24 15:00"),
    ],
)
def test_real_errors_of_yahoo_are_found_on_their_day(name: str, kind: str, day: str) -> None:
    (imported,) = read_prices(real_file(f"dirty/{name}"), "X")
    assert day in found(imported.history)["error", kind]


def test_real_sentinels_are_found() -> None:
    (imported,) = read_prices(real_file("ltsf/weather.csv.gz"), "W", Selection(target="OT"))
    assert any(
        finding.kind == "stand-ins for unknown" and len(finding.dates) == 50
        for finding in inspect(imported.history)
    )


def test_nothing_is_changed_by_looking(tmp_path: Path) -> None:
    history = walk_with(100, 100.0)
    before = history.digest()
    inspect(history)
    assert history.digest() == before

"""What is wrong with prices is found with its dates, and what is right is left in peace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.calendars import calendar
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.columns import Selection
from rnnforecast.data.price_files import read_prices
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


def jumped_by(factor: float, split: float | None = None, row: int = 100) -> PriceHistory:
    """A walk whose level changes by a factor on a day, with a split on record or without."""
    history = random_walk()
    close = history.bars["close"].to_numpy(float).copy()
    close[row:] *= close[row - 1] * factor / close[row]  # no move of its own
    history = make_history(close)
    if split is not None:
        history.bars["splits"] = 0.0
        history.bars.iloc[row, 1] = split
    return history


@pytest.mark.parametrize("factor", [0.5, 2.0, 0.1, 1 / 7])
def test_a_jump_by_the_ratio_of_a_split_is_an_error_recorded_or_not(factor: float) -> None:
    assert found(jumped_by(factor)) == {("error", "split-like jumps"): ("2020-04-10",)}
    for split in (factor, 1 / factor):  # adjusted twice, and not at all
        assert found(jumped_by(factor, split)) == {
            ("error", "splits recorded but not applied"): ("2020-04-10",)
        }


@pytest.mark.parametrize("split", [4.0, 0.05, 1.5, 0.005263])
def test_a_split_that_was_applied_leaves_no_jump_and_no_finding(split: float) -> None:
    assert found(jumped_by(1.0, split)) == {}


def test_a_split_on_the_newest_day_and_one_beside_a_large_move_are_found() -> None:
    assert found(jumped_by(1 / 4, row=299)) == {("error", "split-like jumps"): ("2020-10-26",)}
    bcan = jumped_by(132.0, 0.005263)  # 1:190 on record, and a fall on the same day
    assert found(bcan) == {("error", "splits recorded but not applied"): ("2020-04-10",)}


def test_raw_prices_are_fine_where_the_adjusted_close_carries_the_split() -> None:
    raw = jumped_by(1 / 4, 4.0)
    raw.bars["adj_close"] = raw.bars["close"] * np.where(np.arange(300) < 100, 0.25, 1.0)
    assert found(raw) == {}
    assert [one.kind for one in inspect(raw, adjusted=False)] == ["splits recorded but not applied"]


def with_column(name: str, value: float, rows: slice = slice(50, 51)) -> PriceHistory:
    """A walk with a range, an adjusted close, dividends and volumes, one of them spoiled."""
    history = random_walk()
    close = history.bars["close"]
    columns = {"open": close, "high": close * 1.01, "low": close * 0.99, "adj_close": close}
    bars = history.bars.assign(**columns, dividends=0.0, splits=0.0, volume=1000.0)
    bars.iloc[rows, list(bars.columns).index(name)] = value
    return PriceHistory("WALK", bars, "1d", "24/7")


@pytest.mark.parametrize(
    ("name", "value", "severity", "kind"),
    [
        ("adj_close", -1.0, "error", "adjusted closes not positive"),
        ("adj_close", 0.0, "error", "adjusted closes not positive"),
        ("adj_close", np.inf, "error", "impossible values"),
        ("high", np.inf, "error", "impossible values"),
        ("splits", np.inf, "error", "impossible values"),
        ("close", 1e300, "error", "impossible values"),
        ("close", 1e-300, "error", "impossible values"),
        ("volume", 1e30, "error", "impossible values"),
        ("close", -3.0, "error", "zero or negative prices"),
        ("low", -3.0, "error", "zero or negative prices"),
        ("dividends", 500.0, "warning", "dividends of half the price or more"),
        ("dividends", -5.0, "warning", "negative dividends"),
        ("volume", -1.0, "warning", "negative volumes"),
        ("open", 0.0, "warning", "missing values"),
    ],
)
def test_each_impossible_number_is_a_finding_on_its_day(
    name: str, value: float, severity: str, kind: str
) -> None:
    assert found(with_column(name, value))[severity, kind] == ("2020-02-20",)


def test_a_zero_open_is_no_error_where_the_close_is_good() -> None:
    findings = found(with_column("open", 0.0, slice(0, 200)))
    assert set(findings) == {("warning", "missing values")}


def test_what_the_adjusted_close_lacks_is_no_matter_where_it_is_not_used() -> None:
    history = with_column("adj_close", -1.0)
    assert not inspect(history, adjusted=False)


def test_dividends_that_no_adjusted_close_knows_of_are_said() -> None:
    unpaid = with_column("dividends", 1.0)
    assert found(unpaid) == {("warning", "dividends not adjusted for"): ("2020-02-20",)}
    assert not inspect(unpaid, adjusted=False)
    unpaid.bars.iloc[:50, list(unpaid.bars.columns).index("adj_close")] *= 0.99
    assert not inspect(unpaid)
    assert not inspect(with_column("dividends", 1.0, slice(0, 1)))  # no older bar to adjust


def test_bars_of_the_future_are_errors_and_tomorrow_in_auckland_is_not() -> None:
    now = pd.Timestamp.now("UTC").tz_localize(None).normalize()
    for end, flagged in ((now + pd.Timedelta(days=40), True), (now, False)):
        dates = pd.date_range(end=end, periods=100, name="date")
        bars = pd.DataFrame({"close": np.arange(100.0) + 9}, index=dates)
        kinds = found(PriceHistory("X", bars, "1d", "24/7"))
        assert (("error", "bars of the future") in kinds) == flagged


@pytest.mark.parametrize("factor", [3.2, 3.45, 0.3, 2.4])
def test_a_level_that_shifts_for_ever_is_said(factor: float) -> None:
    assert found(jumped_by(factor)) == {("warning", "level shifts"): ("2020-04-10",)}


def test_hourly_bars_by_the_wrong_clock_are_outside_the_sessions() -> None:
    days = pd.bdate_range("2026-06-01", periods=30)
    clock = [day + pd.Timedelta(hours=hour, minutes=30) for day in days for hour in range(9, 16)]
    naive = pd.DatetimeIndex(clock, name="date")
    bars = pd.DataFrame({"close": np.arange(float(len(naive))) + 100}, index=naive)
    right = PriceHistory("SPY", bars.tz_localize("America/New_York").tz_convert("UTC"), "1h")
    wrong = PriceHistory("SPY", bars.tz_localize("UTC"), "1h")
    assert ("warning", "bars outside the sessions") in found(wrong)
    assert ("warning", "bars outside the sessions") not in found(right)


def test_special_sessions_are_accepted() -> None:
    trading = calendar("XBOM", pd.Timestamp("2024-01-01"))
    days = trading.sessions(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31"))
    days = days.union(pd.DatetimeIndex(["2024-11-01", "2024-01-20", "2024-03-02"])).rename("date")
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, len(days))))
    assert found(PriceHistory("X.NS", pd.DataFrame({"close": closes}, days), "1d", "XBOM")) == {}


def test_early_years_outside_a_calendar_are_said() -> None:
    days = pd.bdate_range("1995-01-02", "1998-01-05", name="date")
    bars = pd.DataFrame({"close": np.arange(float(len(days))) + 100}, index=days)
    early = found(PriceHistory("X.T", bars, "1d", "XTKS"))["warning", "holidays not known"]
    assert early[0] == "1995-01-02" and early[-1] == "1996-12-31"


@pytest.mark.parametrize(("column", "factor"), [("high", 100.0), ("low", 0.01)])
def test_a_high_or_low_that_nobody_paid_is_an_error(column: str, factor: float) -> None:
    closes = random_walk().bars["close"]
    bars = pd.DataFrame(
        {"open": closes, "high": closes * 1.02, "low": closes * 0.98, "close": closes}
    )
    bars.iloc[100, list(bars).index(column)] *= factor
    assert found(replace(random_walk(), bars=bars)) == {
        ("error", "wild highs or lows"): ("2020-04-10",)
    }


@pytest.mark.parametrize("ratio", [-2.0, 1e9, 1e-9])
def test_a_split_that_no_company_makes_is_an_error(ratio: float) -> None:
    bars = random_walk().bars.assign(splits=0.0)
    bars.iloc[100, 1] = ratio
    assert ("error", "impossible splits") in found(replace(random_walk(), bars=bars))


@pytest.mark.parametrize("factor", [97.1, 1 / 96.0, 15.5])
def test_a_jump_by_more_than_any_crash_is_an_error_near_the_ratio_of_a_split(factor: float) -> None:
    assert ("error", "split-like jumps") in found(walk_with(299, factor))


def test_a_peg_is_nearly_constant() -> None:
    rng = np.random.default_rng(0)
    peg = make_history(3.75 + 1e-5 * rng.normal(size=300))
    assert ("warning", "nearly constant") in found(peg)


def test_sparse_minutes_are_counted_in_no_time() -> None:
    minutes = pd.date_range("2000-01-03", periods=60, freq="min", tz="UTC", name="date")
    dates = minutes.append(pd.DatetimeIndex(["2024-01-01"], tz="UTC")).rename("date")
    history = PriceHistory("X", pd.DataFrame({"close": np.arange(61.0) + 9}, dates), "1m", "24/7")
    missing = missing_sessions(history)
    assert missing is not None and len(missing) == 100_000
    assert "the longest gap, 8763 days" in inspect(history)[0].detail


def test_a_huge_excess_is_printed_in_few_digits() -> None:
    history = with_column("close", 1e18)
    details = [one.detail for one in inspect(history) if one.kind == "outside high and low"]
    assert details and all(len(detail) < 30 for detail in details)


def test_lines_of_headings_are_not_reported_as_lost_rows() -> None:
    history = random_walk()
    dropped = {"without_date_or_close": ["Ticker", "Date"]}
    assert found(replace(history, provenance={"dropped": dropped})) == {}


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
    [
        "AAPL_history_1980-2024",
        "BTC-USD_history_2014-2024",
        "ETH-USD_history_2017-2024",
        "NVDA_history_1999-2024",
        "SPY_yahoo_2000-2022",
        "TSLA_history_2010-2024",
    ],
)
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


@pytest.mark.parametrize(
    ("factor", "severity", "words"),
    [
        (1000.0, "error", "more than any crash or rally"),
        (1 / 1000.0, "error", "more than any crash or rally"),
        (3.3, "warning", "coming bars must tell"),
    ],
)
@pytest.mark.parametrize("bars", [1, 2])
def test_a_jump_of_the_newest_bars_is_seen_before_anybody_knows_whether_it_stays(
    factor: float, severity: str, words: str, bars: int
) -> None:
    history = random_walk(400)
    history.bars.iloc[-bars:] *= factor
    (only,) = inspect(history)
    assert (only.kind, only.severity) == ("level shifts", severity) and words in only.detail
    assert only.dates == (f"{history.dates[-bars]:%Y-%m-%d}",)


def test_ranges_of_negative_prices_are_measured_as_those_of_positive_ones() -> None:
    close = random_walk(400).bars["close"] - 95
    candle = {"open": close + 0.1, "high": close + 0.5, "low": close - 0.5, "close": close}
    kinds = {one.kind for one in inspect(PriceHistory("CL=F", pd.DataFrame(candle), "1d", "24/7"))}
    assert "zero or negative prices" in kinds
    assert not kinds & {"outside high and low", "wild highs or lows"}

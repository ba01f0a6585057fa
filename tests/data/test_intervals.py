"""The length of a bar, from a word and from dates."""

from __future__ import annotations

import pandas as pd
import pytest

from rnnforecast.data.intervals import (
    check_interval,
    following,
    is_intraday,
    offset,
    same_length,
    usual_interval,
)
from rnnforecast.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("frequency", "interval"),
    [("min", "1m"), ("10min", "10m"), ("30min", "30m"), ("h", "1h"), ("4h", "240m"),
     ("D", "1d"), ("B", "1d"), ("W", "1wk"),
     ("MS", "1mo"), ("ME", "1mo"), ("QS", "3mo"), ("YS", "1y"), ("10D", "10d")],
)  # fmt: skip
def test_the_usual_distance_names_the_interval(frequency: str, interval: str) -> None:
    dates = pd.date_range("2024-01-01", periods=60, freq=frequency)
    assert usual_interval(dates[::-1], "X") == interval
    assert offset(interval) is not None


def test_one_date_has_no_distance() -> None:
    with pytest.raises(DataError, match="X has 1 dated row; a history needs at least two"):
        usual_interval(pd.DatetimeIndex(["2024-01-01", "2024-01-01"]), "X")


def test_minutes_are_not_months() -> None:
    assert [is_intraday(word) for word in ("1m", "1h", "1mo", "1d")] == [True, True, False, False]
    assert same_length("60m", "1h") and not same_length("1m", "1mo")


def test_only_yahoos_intervals_can_be_fetched() -> None:
    assert check_interval("1wk") == "1wk"
    with pytest.raises(UsageError, match="called 'Daily'; did you mean 1d"):
        check_interval("Daily")
    with pytest.raises(UsageError, match="no interval is called '10m'; use one of: 1m, 2m"):
        check_interval("10m")
    with pytest.raises(DataError, match="'soon' is not the length of a bar"):
        offset("soon")


@pytest.mark.parametrize(
    ("after", "interval", "dates"),
    [
        ("2024-01-31", "1mo", ["2024-02-29", "2024-03-31"]),
        ("2024-01-15", "1mo", ["2024-02-15", "2024-03-15"]),
        ("2023-12-31", "1y", ["2024-12-31", "2025-12-31"]),
        ("2024-02-26", "1wk", ["2024-03-04", "2024-03-11"]),
    ],
)  # fmt: skip
def test_regular_series_go_on_and_month_ends_stay_month_ends(
    after: str, interval: str, dates: list[str]
) -> None:
    assert [*following(pd.Timestamp(after), 2, interval).strftime("%F")] == dates


def test_ten_minutes_go_on_across_midnight() -> None:
    dates = following(pd.Timestamp("2024-01-01 23:50", tz="UTC"), 2, "10m")
    assert [*dates.strftime("%F %R")] == ["2024-01-02 00:00", "2024-01-02 00:10"]

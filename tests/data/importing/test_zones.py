"""In which zone the times of a file are written: named, shown by the hours, or refused."""

from __future__ import annotations

import pandas as pd
import pytest

from rnnforecast.data.importing.zones import own_days, to_instants
from rnnforecast.errors import DataError, UsageError


def new_york(days: int = 15) -> pd.DatetimeIndex:
    """Hourly bars of New York's sessions, as naive local times."""
    sessions = pd.bdate_range("2024-04-01", periods=days)
    return pd.DatetimeIndex(
        [day + pd.Timedelta(hours=9.5 + hour) for day in sessions for hour in range(7)]
    )


@pytest.mark.parametrize("zone", ["America/New_York", "UTC"])
def test_trading_hours_show_the_zone(zone: str) -> None:
    instants = new_york().tz_localize("America/New_York").tz_convert("UTC")
    written = instants.tz_convert(zone).tz_localize(None)
    read, note = to_instants(written, "XNYS", "1h", None, "X")
    assert list(read) == list(instants) and zone in note


def test_a_zone_that_is_named_or_written_is_taken() -> None:
    local = pd.DatetimeIndex(["2024-01-02 09:30", "2024-07-02 09:30"])
    read, _ = to_instants(local, "XNYS", "1h", "Europe/Berlin", "X")
    assert [stamp.hour for stamp in read] == [8, 7]
    zoned = local.tz_localize("Asia/Tokyo")
    assert list(to_instants(zoned, "XNYS", "1h", "Europe/Berlin", "X")[0]) == list(zoned)
    with pytest.raises(UsageError, match="no time zone is called 'Mars/Olympus'"):
        to_instants(local, "XNYS", "1h", "Mars/Olympus", "X")


def test_crypto_is_taken_as_utc_and_says_so() -> None:
    hours = pd.date_range("2024-01-01", periods=100, freq="h")
    read, note = to_instants(hours, "24/7", "1h", None, "X")
    assert list(read.tz_localize(None)) == list(hours) and "--timezone" in note


def test_hours_that_fit_no_zone_and_clocks_that_are_put_back_are_refused() -> None:
    with pytest.raises(DataError, match="times without a zone"):
        to_instants(new_york() + pd.Timedelta(hours=3), "XNYS", "1h", None, "X")
    hours = pd.date_range("2024-10-26", "2024-10-28", freq="h")
    twice = hours.insert(27, pd.Timestamp("2024-10-27 02:00")).sort_values()
    with pytest.raises(DataError, match="is there twice, as where clocks are put back"):
        to_instants(twice, "24/7", "1h", None, "X")


def test_the_hour_that_is_there_twice_is_two_hours_of_a_named_zone() -> None:
    local = pd.DatetimeIndex(["2024-10-27 01:00", "2024-10-27 02:00", "2024-10-27 02:00"])
    read, _ = to_instants(local, "24/7", "1h", "Europe/Berlin", "X")
    assert list(read.strftime("%d %H")) == ["26 23", "27 00", "27 01"]


def test_midnight_in_tokyo_is_its_own_day() -> None:
    days = pd.bdate_range("2024-04-01", periods=20)
    written = days.tz_localize("Asia/Tokyo").tz_convert("UTC")  # 15:00 of the day before
    assert list(own_days(written)) == list(days)
    assert list(own_days(written, "Asia/Tokyo")) == list(days)
    assert list(own_days(days.tz_localize("UTC"))) == list(days)

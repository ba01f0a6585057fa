"""The rule of the unfinished bar, by Yahoo's own clock."""

from __future__ import annotations

import pandas as pd
import pytest

from rnnforecast.data.yahoo.response import unfinished

NEW_YORK = pd.DatetimeIndex(["2024-01-04", "2024-01-05"]).tz_localize("America/New_York")


def meta(
    now: str, opens: str = "2024-01-05 14:30", closes: str = "2024-01-05 21:00"
) -> dict[str, object]:
    seconds = {
        name: int(pd.Timestamp(at, tz="UTC").timestamp())
        for name, at in (("start", opens), ("end", closes))
    }
    return {"currentTradingPeriod": {"regular": seconds}, "answered_at": now}


@pytest.mark.parametrize(
    ("now", "open_bars"),
    [
        ("Fri, 05 Jan 2024 17:00:00 GMT", 1),  # noon in New York
        ("Fri, 05 Jan 2024 21:10:00 GMT", 1),  # closed, not settled
        ("Fri, 05 Jan 2024 21:31:00 GMT", 0),
        ("Sat, 06 Jan 2024 12:00:00 GMT", 0),
    ],
)
def test_a_daily_bar_is_open_until_half_an_hour_after_the_close(now: str, open_bars: int) -> None:
    assert list(unfinished(NEW_YORK, meta(now), "1d")) == list(
        NEW_YORK[len(NEW_YORK) - open_bars :]
    )


def test_yesterdays_bar_is_finished_while_today_has_none_yet() -> None:
    assert unfinished(NEW_YORK[:1], meta("Fri, 05 Jan 2024 17:00:00 GMT"), "1d").empty


def test_a_crypto_day_is_open_until_it_ends_in_utc() -> None:
    dates = pd.DatetimeIndex(["2024-01-04", "2024-01-05"]).tz_localize("UTC")
    day = ("2024-01-05 00:00", "2024-01-05 23:59")
    assert len(unfinished(dates, meta("Fri, 05 Jan 2024 12:00:00 GMT", *day), "1d")) == 1
    assert unfinished(dates, meta("Sat, 06 Jan 2024 00:40:00 GMT", *day), "1d").empty


def test_a_week_is_open_until_it_has_passed() -> None:
    weeks = pd.DatetimeIndex(["2023-12-25", "2024-01-01"]).tz_localize("America/New_York")
    assert len(unfinished(weeks, meta("Fri, 05 Jan 2024 12:00:00 GMT"), "1wk")) == 1
    assert unfinished(weeks, meta("Mon, 08 Jan 2024 12:00:00 GMT"), "1wk").empty


def test_the_running_hour_and_the_last_trade_stamp_are_open() -> None:
    hours = pd.DatetimeIndex(
        ["2024-01-05 09:30", "2024-01-05 10:30", "2024-01-05 11:17:23"]
    ).tz_localize("America/New_York")
    found = unfinished(hours, meta("Fri, 05 Jan 2024 16:20:00 GMT"), "1h")
    assert list(found.strftime("%H:%M:%S")) == ["10:30:00", "11:17:23"]

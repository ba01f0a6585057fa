"""Future dates are real ones."""

from __future__ import annotations

import pandas as pd
import pytest

from rnnforecast.data.sessions import check_sessions, guess, upcoming
from rnnforecast.errors import DataError, UsageError

CASES = [
    ("24/7", "2024-12-31", ["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04"]),
    ("24/5", "2024-12-26", ["2024-12-27", "2024-12-30", "2024-12-31", "2025-01-01"]),
    ("XNYS", "2018-12-31", ["2019-01-02", "2019-01-03", "2019-01-04", "2019-01-07"]),
    (
        "XNYS",
        "2025-01-07",
        ["2025-01-08", "2025-01-10", "2025-01-13", "2025-01-14"],
    ),  # 9 January: national mourning
    ("XLON", "2024-12-24", ["2024-12-27", "2024-12-30", "2024-12-31", "2025-01-02"]),
    ("XTKS", "2024-12-30", ["2025-01-06", "2025-01-07", "2025-01-08", "2025-01-09"]),
]


@pytest.mark.parametrize(("sessions", "after", "dates"), CASES)
def test_the_next_sessions_skip_what_the_exchange_skips(
    sessions: str, after: str, dates: list[str]
) -> None:
    assert list(upcoming(sessions, pd.Timestamp(after), 4).strftime("%Y-%m-%d")) == dates


def test_hourly_bars_stay_inside_sessions_and_know_half_days() -> None:
    after = pd.Timestamp("2024-11-27 20:30", tz="UTC")  # the last hour before Thanksgiving
    hours = upcoming("XNYS", after, 5, "1h").tz_convert("America/New_York")
    assert list(hours.strftime("%d %H:%M")) == [
        "29 09:30",
        "29 10:30",
        "29 11:30",
        "29 12:30",
        "02 09:30",
    ]


def test_weekly_and_monthly_bars_go_on_in_their_own_steps() -> None:
    weeks, months = (
        upcoming("XNYS", pd.Timestamp(day), 2, step)
        for day, step in (("2024-11-25", "1wk"), ("2024-11-01", "1mo"))
    )
    assert [*weeks.strftime("%F"), *months.strftime("%F")] == [
        "2024-12-02",
        "2024-12-09",
        "2024-12-01",
        "2025-01-01",
    ]


WEEKDAYS, DAILY = pd.bdate_range("2024-01-01", periods=60), pd.date_range("2024-01-01", periods=60)


@pytest.mark.parametrize(
    ("symbol", "dates", "sessions"),
    [
        ("BTC-USD", DAILY, "24/7"), ("ANYTHING", DAILY, "24/7"), ("AAPL", WEEKDAYS, "XNYS"), ("EURUSD=X", WEEKDAYS, "24/5"),
        ("VOD.L", WEEKDAYS, "XLON"), ("7203.T", WEEKDAYS, "XTKS"), ("GC=F", WEEKDAYS, "us_futures"), ("X.UNKNOWN", WEEKDAYS, "XNYS"),
    ],
)  # fmt: skip
def test_sessions_are_read_from_the_dates_first_and_the_name_second(
    symbol: str, dates: pd.DatetimeIndex, sessions: str
) -> None:
    assert guess(symbol, dates) == sessions
    assert check_sessions(sessions) == sessions


def test_an_unknown_calendar_or_one_that_does_not_reach_is_refused() -> None:
    with pytest.raises(UsageError, match="no calendar is called 'NYSEX'"):
        upcoming("NYSEX", pd.Timestamp("2024-01-01"), 3)
    with pytest.raises(DataError, match="calendar XKRX does not cover"):
        upcoming("XKRX", pd.Timestamp("2060-01-01"), 3)

"""Future dates are real ones."""

from __future__ import annotations

import pandas as pd
import pytest

from rnnforecast.data import calendars
from rnnforecast.data.calendars import Calendar, calendar, check_calendar, unknown_years
from rnnforecast.data.exchanges import EXCHANGES, INDICES, SUFFIXES, ZONES
from rnnforecast.data.sessions import (
    guess,
    recognise,
    upcoming,
)
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


@pytest.mark.parametrize("span", [("2024-06-24", "2024-07-08"), ("2024-12-23", "2060-01-05")])
def test_closes_are_those_of_the_hours_and_none_where_there_is_no_session(
    span: tuple[str, str],
) -> None:
    days, trading = pd.date_range(*span, freq="D"), calendar("XNYS", pd.Timestamp(span[0]))
    closes = trading.closes(days)
    hours = trading.hours(days[0], days[-1])
    pd.testing.assert_series_equal(closes.dropna(), hours["close"], check_freq=False)
    assert closes.isna().equals(pd.Series(~days.isin(hours.index), days))


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
SUNDAYS = pd.date_range("2024-01-01", periods=90)
SUNDAYS = SUNDAYS[~SUNDAYS.day_of_week.isin([4, 5])]
SIX = pd.date_range("2024-01-01", periods=90)
SIX = SIX[SIX.day_of_week != 5]


@pytest.mark.parametrize(
    ("symbol", "dates", "sessions"),
    [
        ("BTC-USD", DAILY, "24/7"), ("ANYTHING", DAILY, "24/7"), ("AAPL", WEEKDAYS, "XNYS"),
        ("BTC-USD", DAILY[:3], "24/7"), ("BTC-USD", DAILY[::7], "24/7"),
        ("EURUSD=X", WEEKDAYS, "24/5"), ("EURUSD", WEEKDAYS, "24/5"), ("XAUUSD", WEEKDAYS, "24/5"),
        ("VOD.L", WEEKDAYS, "XLON"), ("VOD.L", DAILY, "XLON"), ("7203.T", WEEKDAYS, "XTKS"),
        ("GC=F", WEEKDAYS, "us_futures"), ("X.UNKNOWN", WEEKDAYS, "XNYS"),
        ("TEVA.TA", SUNDAYS, "XTAE"), ("2222.SR", SUNDAYS, "XSAU"), ("QNBK.QA", SUNDAYS, "DSMD"),
        ("COMI.CA", SUNDAYS, "XCAI"), ("NBK.KW", SUNDAYS, "XKUW"), ("EMAAR.AE", WEEKDAYS, "XDFM"),
        ("SOMETHING", SUNDAYS, "Sun-Thu"), ("EURUSD", SIX, "Sun-Fri"), ("OLD", SIX, "Sun-Fri"),
        ("^N225", WEEKDAYS, "XTKS"), ("^FTSE", WEEKDAYS, "XLON"), ("^GDAXI", WEEKDAYS, "XETR"),
        ("^BUX.BD", WEEKDAYS, "XBUD"), ("MONTHLY", DAILY[::30], "XNYS"),
        ("BRK.B", WEEKDAYS, "XNYS"),
    ],
)  # fmt: skip
def test_index_and_suffix_come_before_the_dates_and_the_dates_before_a_guess(
    symbol: str, dates: pd.DatetimeIndex, sessions: str
) -> None:
    assert guess(symbol, dates) == sessions
    assert check_calendar(sessions) == sessions


def test_the_exchange_code_and_the_time_zone_are_heard() -> None:
    assert guess("NEW", WEEKDAYS, "TLV") == "XTAE"
    assert guess("^N225", WEEKDAYS, "OSA") == "XTKS"
    assert guess("^STOXX50E", WEEKDAYS, "ZRH") == "XPAR"
    assert guess("NEW", WEEKDAYS, "???", "Asia/Tokyo") == "XTKS"
    assert not recognise("NEW", WEEKDAYS).certain and recognise("NEW", WEEKDAYS, "NMS").certain


def test_a_stock_file_with_one_weekend_day_a_week_does_trade_round_the_week() -> None:
    weekly_saturday = WEEKDAYS.append(pd.date_range("2024-01-06", periods=12, freq="W-SAT"))
    assert guess("STOCK", weekly_saturday.sort_values()) == "Mon-Sat"
    rare = WEEKDAYS.append(pd.date_range("2024-01-06", periods=3, freq="28D")).sort_values()
    assert guess("STOCK", rare) == "XNYS"


CALENDARS = sorted({*SUFFIXES.values(), *EXCHANGES.values(), *INDICES.values(), *ZONES.values()})


@pytest.mark.parametrize("sessions", [*CALENDARS, "24/5", "24/7", "Sun-Thu"])
def test_every_calendar_goes_on_past_each_of_the_last_days_of_a_year(sessions: str) -> None:
    for last in pd.date_range("2026-11-17", "2026-12-31"):
        dates = upcoming(sessions, last, 10)
        assert len(dates) == 10 and dates.is_monotonic_increasing and dates.is_unique
        assert dates[0] > last and (dates[-1] - last).days < 40
        assert sessions == "24/7" or len(set(dates.day_of_week)) < 7


def early(sessions: str, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """The calendar from 1950 on, made as far as 1965 where it begins before:
    all of it takes long."""
    monkeypatch.setattr(calendars, "YEARS_AHEAD", 1965 - pd.Timestamp.now().year)
    try:
        return calendars._calendar.__wrapped__(sessions, calendars.BUCKETS[0])
    except ValueError:
        monkeypatch.undo()
        return calendar(sessions, pd.Timestamp("1961-01-01"))


@pytest.mark.parametrize("sessions", CALENDARS)
def test_every_calendar_knows_old_bars_or_takes_its_week(
    sessions: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trading = early(sessions, monkeypatch)
    days = trading.sessions(pd.Timestamp("1961-01-01"), pd.Timestamp("1961-12-31"))
    assert 220 < len(days) <= 366 and len(set(days.day_of_week)) <= (7 if sessions == "24/7" else 6)


@pytest.mark.parametrize(
    ("sessions", "closed", "opened"),
    [
        ("XSHG", ["01-01", "05-01", "10-01", "10-02"], ["01-04", "12-24"]),
        ("XSES", ["01-01", "05-01", "08-09", "12-25"], ["01-04", "12-24"]),
        ("XBOM", ["01-26", "08-15", "10-02", "12-25"], ["01-04", "12-24"]),
    ],
)
def test_beyond_the_known_holidays_those_of_every_year_are_kept(
    sessions: str, closed: list[str], opened: list[str]
) -> None:
    trading = calendar(sessions, pd.Timestamp("2026-11-01"))
    later = trading.sessions(
        trading.last + pd.Timedelta(days=1), trading.last + pd.Timedelta(days=1500)
    ).strftime("%m-%d")
    assert not set(closed) & set(later) and set(opened) <= set(later)


def test_beyond_the_known_holidays_the_week_goes_on_and_is_said() -> None:
    trading = calendar("XBOM", pd.Timestamp("2026-11-01"))
    later = trading.sessions(
        trading.last - pd.Timedelta(days=1), trading.last + pd.Timedelta(days=14)
    )
    assert set(later.day_of_week) == {0, 1, 2, 3, 4}
    after = pd.DatetimeIndex([trading.last, trading.last + pd.Timedelta(days=1)])
    (note,) = unknown_years(trading, after)
    assert note.startswith(
        f"holidays of {trading.last.year + 1} are not known yet: the calendar XBOM"
    )
    assert not list(unknown_years(calendar("XNYS", after[0]), after[:1]))


@pytest.mark.parametrize(
    ("sessions", "after", "dates"),
    [
        ("XTAE", "2025-12-31", ["2026-01-01", "2026-01-04", "2026-01-05", "2026-01-06"]),
        ("XTAE", "2024-06-05", ["2024-06-06", "2024-06-09", "2024-06-10", "2024-06-13"]),
        ("XSAU", "2026-09-21", ["2026-09-22", "2026-09-24", "2026-09-27", "2026-09-28"]),
        ("DSMD", "2026-11-24", ["2026-11-25", "2026-11-26", "2026-11-29", "2026-11-30"]),
        ("XCAI", "2026-10-06", ["2026-10-07", "2026-10-11", "2026-10-12", "2026-10-13"]),
        ("XDFM", "2021-12-29", ["2021-12-30", "2022-01-02", "2022-01-03", "2022-01-04"]),
        ("XDFM", "2026-11-30", ["2026-12-01", "2026-12-04", "2026-12-07", "2026-12-08"]),
        ("us_futures", "2026-11-25", ["2026-11-27", "2026-11-30", "2026-12-01", "2026-12-02"]),
        ("us_futures", "2026-07-02", ["2026-07-06", "2026-07-07", "2026-07-08", "2026-07-09"]),
        ("XTKS", "2026-05-01", ["2026-05-07", "2026-05-08", "2026-05-11", "2026-05-12"]),
        ("XLON", "2026-04-02", ["2026-04-07", "2026-04-08", "2026-04-09", "2026-04-10"]),
        ("XETR", "2026-04-30", ["2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07"]),
        ("Sun-Thu", "2026-11-26", ["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02"]),
    ],
)
def test_the_next_days_of_exchanges_with_weeks_of_their_own(
    sessions: str, after: str, dates: list[str]
) -> None:
    assert list(upcoming(sessions, pd.Timestamp(after), 4).strftime("%Y-%m-%d")) == dates


@pytest.mark.parametrize(
    ("sessions", "closed"),
    [("XIDX", "2026-03-20"), ("XIDX", "2026-03-19"), ("XKAR", "2026-05-27")],
)
def test_moving_holidays_that_a_calendar_lacks_are_those_of_its_country(
    sessions: str, closed: str
) -> None:
    day = pd.Timestamp(closed)
    coming = upcoming(sessions, day - pd.Timedelta(days=1), 3)
    assert day not in coming
    (note,) = unknown_years(calendar(sessions, day), coming)
    assert "religious ones are estimates" in note


def test_a_calendar_of_our_own_ends_where_its_holidays_do() -> None:
    trading = calendar("XCOL", pd.Timestamp("2026-01-01"))
    after = trading.last + pd.Timedelta(days=40)
    assert any(
        "are not known yet" in note for note in unknown_years(trading, pd.DatetimeIndex([after]))
    )


def test_an_unknown_calendar_and_dates_beyond_the_last_one_are_refused() -> None:
    with pytest.raises(UsageError, match="no calendar is called 'NYSEX'"):
        upcoming("NYSEX", pd.Timestamp("2024-01-01"), 3)
    for interval, sessions in (("1d", "24/7"), ("1d", "XNYS"), ("1mo", "XNYS"), ("1h", "XNYS")):
        last = pd.Timestamp("2262-04-10", tz="UTC" if interval == "1h" else None)
        with pytest.raises(DataError, match="dates after 2262-04-10 cannot be counted"):
            upcoming(sessions, last, 30, interval)


def test_weeks_dated_by_their_last_session_skip_its_holiday() -> None:
    fridays = pd.date_range("2026-06-05", "2026-12-18", freq="W-FRI")
    dated = fridays.where(fridays != "2026-06-19", pd.Timestamp("2026-06-18"))
    weeks = upcoming("XNYS", dated[-1], 2, "1wk", dated)
    assert list(weeks.strftime("%F")) == ["2026-12-24", "2026-12-31"]

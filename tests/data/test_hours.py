"""Intraday bars come at the hours at which they have come, as far as the exchange is open."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.data.history_calendar import coming_dates
from rnnforecast.data.price_files import read_prices
from rnnforecast.data.sessions import guess, upcoming

from ..conftest import real_file

NEW_YORK = "America/New_York"


def local_bars(zone: str, start: str, end: str, step: str, keep: str) -> pd.DatetimeIndex:
    """Bars by a local clock, in UTC: ``keep`` is an expression on ``bars`` with day and hour."""
    clock = pd.date_range(start, end, freq=step, inclusive="left")
    frame = pd.DataFrame({"day": clock.day_of_week, "hour": clock.hour + clock.minute / 60}, clock)
    kept = pd.DatetimeIndex(frame.query(keep).index)
    return kept.tz_localize(zone, nonexistent="shift_forward", ambiguous=True).tz_convert("UTC")


FX = "(day < 4) or (day == 4 and hour < 17) or (day == 6 and hour >= 17)"
CME = "((day < 4) or (day == 4 and hour < 17) or (day == 6 and hour >= 18)) and hour != 17"


def after(bars: pd.DatetimeIndex, last: str, zone: str) -> pd.DatetimeIndex:
    return bars[bars <= pd.Timestamp(last, tz=zone)]


@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (
            "2026-03-06 15:00",
            ["Fri 16:00", "Sun 17:00", "Sun 18:00"],
        ),  # the clocks change on Sunday
        ("2026-03-13 15:00", ["Fri 16:00", "Sun 17:00", "Sun 18:00"]),
        ("2026-10-30 16:00", ["Sun 17:00", "Sun 18:00", "Sun 19:00"]),
    ],
)
def test_currencies_trade_from_sunday_evening_to_friday_in_new_york(
    last: str, expected: list[str], learned: bool
) -> None:
    bars = local_bars(NEW_YORK, "2025-12-01", "2026-12-01", "h", FX)
    past = after(bars, last, NEW_YORK)
    dates = upcoming("24/5", past[-1], 30, "1h", past if learned else None)
    assert list(dates[:3].tz_convert(NEW_YORK).strftime("%a %H:%M")) == expected
    assert list(dates) == list(bars[bars > past[-1]][:30])


@pytest.mark.parametrize("learned", [True, False])
def test_futures_pause_for_an_hour_and_keep_the_weekend(learned: bool) -> None:
    bars = local_bars(NEW_YORK, "2026-01-05", "2026-04-01", "h", CME)
    for last in ("2026-02-24 16:00", "2026-03-06 16:00", "2026-03-10 03:00"):
        past = after(bars, last, NEW_YORK)
        dates = upcoming("us_futures", past[-1], 20, "1h", past if learned else None)
        assert list(dates) == list(bars[bars > past[-1]][:20])


def test_lunch_breaks_half_days_and_holidays_are_kept() -> None:
    trading = "day < 5 and (9.5 <= hour < 11.5 or 13 <= hour < 15)"
    shanghai = local_bars("Asia/Shanghai", "2026-03-01", "2026-05-01", "30min", trading)
    dates = upcoming("XSHG", shanghai[-1], 4, "30m", shanghai).tz_convert("Asia/Shanghai")
    assert list(dates.strftime("%m-%d %H:%M")) == [  # Labour Day to 5 May
        "05-06 09:30", "05-06 10:00", "05-06 10:30", "05-06 11:00",
    ]  # fmt: skip
    york = local_bars(NEW_YORK, "2026-09-01", "2026-11-26", "h", "day < 5 and 9 <= hour < 16")
    york = york + pd.Timedelta(minutes=30)
    dates = upcoming("XNYS", york[-1], 6, "1h", york).tz_convert(NEW_YORK)
    assert list(dates.strftime("%d %H:%M")) == [
        "27 09:30", "27 10:30", "27 11:30", "27 12:30", "30 09:30", "30 10:30",
    ]  # fmt: skip


def test_bars_after_the_close_that_always_come_are_expected() -> None:
    """Sydney's closing auction is a bar of its own, at the very close."""
    trading = "day < 5 and 10 <= hour < 17"
    sydney = local_bars("Australia/Sydney", "2026-02-01", "2026-04-04", "h", trading)
    sydney = sydney[~sydney.tz_convert("Australia/Sydney").normalize().isin(
        pd.DatetimeIndex(["2026-04-03"], tz="Australia/Sydney"))]  # fmt: skip
    dates = upcoming("XASX", sydney[-1], 7, "1h", sydney).tz_convert("Australia/Sydney")
    assert list(dates.strftime("%m-%d %H:%M"))[:2] == ["04-07 10:00", "04-07 11:00"]
    assert dates[-1].strftime("%H:%M") == "16:00"


def test_few_bars_leave_the_hours_to_the_calendar() -> None:
    york = local_bars(NEW_YORK, "2026-11-23", "2026-11-25", "h", "day < 5 and 9 <= hour < 16")
    dates = upcoming("XNYS", york[-1] + pd.Timedelta(minutes=30), 1, "1h", york)
    assert list(dates.tz_convert(NEW_YORK).strftime("%d %H:%M")) == ["25 09:30"]


def test_what_trades_by_night_is_no_share() -> None:
    bars = local_bars(NEW_YORK, "2026-01-05", "2026-04-01", "5min", CME)
    assert guess("US500", bars) == "24/5"
    assert guess("EURUSD", local_bars(NEW_YORK, "2026-01-05", "2026-04-01", "h", FX)) == "24/5"
    share = local_bars(NEW_YORK, "2026-01-05", "2026-04-01", "h", "day < 5 and 9 <= hour < 16")
    assert guess("SPY", share) == "XNYS"


@pytest.mark.parametrize("name", ["EURUSD_1h_2017-2018", "SPY_1h_2020-2024"])
def test_the_hours_of_real_bars_go_on(name: str) -> None:
    path: Path = real_file(f"intraday/{name}.csv")
    (imported,) = read_prices(path)
    history = imported.history
    whole = history.dates
    held = whole[-120:]
    cut = type(history)(
        history.symbol, history.bars.iloc[:-120], history.interval, history.sessions
    )
    dates = coming_dates(cut, 120)
    assert dates[dates <= held[-1]].difference(held).empty
    assert len(dates.intersection(held)) >= 100  # the file has bars on 4 July and Juneteenth

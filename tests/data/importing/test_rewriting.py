"""Dates as the world writes them become dates as ISO 8601 does."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from rnnforecast.data.importing.rewriting import plain


@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        ("2024年1月31日", "2024-1-31"), ("2024년 1월 31일", "2024-1-31"),
        ("2024-01-31 (Wed)", "2024-01-31"), ('="2024-01-31"', "2024-01-31"),
        ("2024_01_31", "2024-01-31"), ("2024-01-29/2024-02-04", "2024-01-29"),
        ("Wed Jan 31 16:00:00 EST 2024", "31 Jan 2024 16:00:00"), ("01/2024", "2024-01-01"),
        ("2024M1", "2024-1-01"), ("20240131 160000", "2024-01-31 160000"),
        ("31Jan2024", "31-Jan-2024"), ("2024-01-31 16:00 UTC", "2024-01-31 16:00+00:00"),
        ("/Date(1706659200000)/", "1706659200000"), ("1,706,659,200", "1706659200"),
        ("Q3 2024", "2024-07-01"), ("2024Q1", "2024-01-01"), ("2Q99", "1999-04-01"),
        ("R6.1.31", "2024-01-31"), ("昭和64.1.7", "1989-01-07"), ("31/01/2567", "31/01/2024"),
        ("２０２４-０１-３１", "2024-01-31"), ("3rd March 2024", "3 March 2024"),
    ],
)  # fmt: skip
def test_a_date_loses_what_does_not_belong_to_it(cell: str, iso: str) -> None:
    assert list(plain(pd.Series([cell]))) == [iso]


@pytest.mark.parametrize(("year", "week", "day"), [(2020, 53, 5), (2021, 1, 1), (2024, 9, 7)])
def test_weeks_are_those_of_the_iso_calendar(year: int, week: int, day: int) -> None:
    written = [f"{year}-W{week:02d}-{day}", f"{year}W{week:02d}"]
    monday = date.fromisocalendar(year, week, 1).isoformat()
    assert list(plain(pd.Series(written))) == [
        date.fromisocalendar(year, week, day).isoformat(), monday
    ]  # fmt: skip


def test_days_of_the_year_are_counted_from_new_year() -> None:
    assert list(plain(pd.Series(["2024-060", "2023-060"]))) == ["2024-02-29", "2023-03-01"]


def test_months_are_first_days_only_where_they_go_on() -> None:
    assert list(plain(pd.Series(["Nov-99", "Dec-99", "Jan-00"]))) == [
        "1999-11-01", "1999-12-01", "2000-01-01"
    ]  # fmt: skip
    days = ["Jan-05", "Jan-06", "Jan-05"]  # the fifth of January, more likely
    assert list(plain(pd.Series(days))) == days


def test_what_is_no_week_and_no_day_stays_as_it_is() -> None:
    assert list(plain(pd.Series(["2024-W60", "hello"]))) == ["2024-W60", "hello"]

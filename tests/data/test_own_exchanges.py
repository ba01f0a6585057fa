"""Exchanges of our own have names that no library has, and the holidays of their countries."""

from __future__ import annotations

import exchange_calendars
import pandas as pd
import pytest

from rnnforecast.data.calendars import week_of
from rnnforecast.data.own_exchanges import INCOMPLETE, OWN, public_holidays

YEAR = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31")


@pytest.mark.parametrize(
    ("country", "day"),
    [("QA", "2024-12-18"), ("EG", "2024-10-06"), ("VN", "2024-09-02"), ("LK", "2024-02-04")],
    ids=["Qatar's national day", "Egypt's armed forces day", "Vietnam's", "Sri Lanka's"],
)
def test_a_national_holiday_is_known(country: str, day: str) -> None:
    days = public_holidays(country, *YEAR)
    assert pd.Timestamp(day) in days
    assert set(days.year) == {2024}


def test_collective_leave_counts_where_it_is_asked_for() -> None:
    usual, more = (public_holidays("ID", *YEAR, collective=which) for which in (False, True))
    assert set(usual) < set(more)
    assert pd.Timestamp("2024-12-26") in more.difference(usual)  # joint leave after Christmas


def test_own_exchanges_are_not_those_of_the_library_and_incomplete_ones_are() -> None:
    known = set(exchange_calendars.get_calendar_names())
    assert not set(OWN) & known and set(INCOMPLETE) <= known
    for own in OWN.values():
        assert all(week_of(week) for _, week in own.weeks)
        assert own.hours[0] < own.hours[1]

"""How old the newest price is, and from when on people are told so."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import DataError, UsageError
from rnnforecast.pipeline.age import Age, ages_of, parse_age, refuse_old, stale_notes


def history(interval: str, days_ago: float) -> PriceHistory:
    """Three bars of an interval, the newest one dated so many days ago."""
    now = pd.Timestamp.now("UTC")
    newest = (now - pd.Timedelta(days=days_ago)).tz_localize(None)
    step = {"1d": 1, "1wk": 7, "1mo": 30}[interval]
    dates = pd.DatetimeIndex([newest - pd.Timedelta(days=step * back) for back in (2, 1, 0)])
    frame = pd.DataFrame({"close": [1.0, 2.0, 3.0]}, index=dates.as_unit("ns").rename("date"))
    return PriceHistory("AAA", frame, interval, "24/7", "USD")


@pytest.mark.parametrize(
    ("interval", "fresh", "stale"),
    [("1d", 6.9, 7.1), ("1wk", 20.9, 21.1), ("1mo", 65, 70)],
)
def test_prices_are_stale_a_week_after_the_next_bar_was_over(
    interval: str, fresh: float, stale: float
) -> None:
    assert not ages_of([history(interval, fresh)])[0].stale
    assert ages_of([history(interval, stale)])[0].stale


def test_an_age_is_a_number_and_a_unit() -> None:
    assert parse_age(" 3D") == timedelta(days=3) and parse_age("90m") == timedelta(hours=1.5)
    with pytest.raises(UsageError, match="'soon' is not an age"):
        parse_age("soon")


def test_the_oldest_of_several_stale_symbols_is_named_with_its_remedy() -> None:
    ages = [Age("NEW", timedelta(days=1), False), Age("FILE", timedelta(days=30), True)]
    [note] = stale_notes([*ages, Age("OLD", timedelta(days=9), False)])
    assert "2 of 3 symbols are 9 to 30 days old" in note and "import a newer file" in note
    [note] = stale_notes([*ages, Age("OLD", timedelta(days=30), False)])
    assert "2 of 3 symbols are 30 days old" in note
    assert stale_notes(ages[:1]) == []


def test_a_limit_refuses_what_is_older_and_names_the_option() -> None:
    ages = [Age("OLD", timedelta(days=9), False)]
    refuse_old(ages, timedelta(days=9), "9d")
    with pytest.raises(DataError, match="older than --max-age 3d"):
        refuse_old(ages, timedelta(days=3), "3d")

"""Dates written as numbers, each against the calendar of Python's own datetime."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.importing.stamps import dates_of_days, from_numbers
from rnnforecast.errors import DataError

DAYS = [day.date() for day in pd.bdate_range("2019-01-01", periods=40)]


def read(cells: list[str]) -> tuple[pd.DatetimeIndex, str]:
    answer = from_numbers(pd.Series(cells), np.array(list(map(float, cells))), "x.csv")
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("per_second", "unit"),
    [(1, "seconds"), (1_000, "milliseconds"), (1_000_000, "microseconds"),
     (1_000_000_000, "nanoseconds")],
)  # fmt: skip
def test_stamps_since_1970_are_told_apart_by_their_size(per_second: int, unit: str) -> None:
    instants = [datetime(2021, 5, day, 13, 30, tzinfo=UTC) for day in (3, 4, 5)]
    dates, note = read([str(int(instant.timestamp()) * per_second) for instant in instants])
    assert list(dates) == instants and note == f"times are {unit} since 1970, UTC"


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (lambda day: (day - date(1899, 12, 30)).days, "Excel's serial numbers"),
        (lambda day: (day - date(1970, 1, 1)).days, "days since 1970"),
        (lambda day: day.toordinal() + 366, "MATLAB's day numbers"),
        (lambda day: day.toordinal(), "Python's ordinals"),
        (lambda day: day.toordinal() + 1_721_424.5, "Julian days"),
    ],
)
def test_counted_days_are_recognised_by_the_days_of_the_week(number: object, what: str) -> None:
    dates, note = read([str(number(day)) for day in DAYS])  # type: ignore[operator]
    assert [stamp.date() for stamp in dates] == DAYS and note.startswith(f"dates are {what}")


@pytest.mark.parametrize(
    ("cells", "first", "note"),
    [
        (["20240131", "20240201"], "2024-01-31", ""),
        (["202401311530", "202402011530"], "2024-01-31 15:30", ""),
        (["1871.1", "1871.11", "1871.12"], "1871-10-01", "dates are months"),
        (["1.2020", "02.2020"], "2020-01-01", "dates are months"),
        (["1999", "2000"], "1999-01-01", "dates are years"),
        (["2024031", "2024032"], "2024-01-31", "dates are years and days"),
    ],
)
def test_compact_dates_are_read_by_their_shape(cells: list[str], first: str, note: str) -> None:
    dates, said = read(cells)
    assert dates[0] == pd.Timestamp(first) and said == note


def test_ticks_of_dotnet_and_windows_are_the_same_instants() -> None:
    instant = datetime(2022, 3, 1, 9, 30, 1, tzinfo=UTC)
    seconds = int(instant.timestamp())
    for begin in (621_355_968_000_000_000, 116_444_736_000_000_000):
        assert read([str(begin + seconds * 10_000_000)])[0][0] == instant


def test_an_order_still_to_be_found_is_nothing_and_lost_digits_are_refused() -> None:
    cells = pd.Series(["31012024", "01022024"])
    assert from_numbers(cells, cells.to_numpy(float), "x.csv") is None
    with pytest.raises(DataError, match="lost their last digits"):
        read(["1.67E+12", "1.68E+12"])


def test_a_part_of_a_day_is_its_time() -> None:
    assert dates_of_days(np.array([0.75]), 0.0)[0] == pd.Timestamp("1970-01-01 18:00")

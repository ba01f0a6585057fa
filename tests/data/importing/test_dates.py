"""Every way in which people and programs write a date means the day that was meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.importing.columns import Selection
from rnnforecast.data.importing.spellings import MONTHS
from rnnforecast.data.price_files import read_prices
from rnnforecast.errors import DataError

DAYS = pd.date_range("2023-01-02", periods=60, freq="B", name="date")
WEEKS = pd.date_range("2020-01-06", periods=60, freq="7D", name="date")
MONTHLY = pd.date_range("2018-01-01", periods=60, freq="MS", name="date")
QUARTERLY = pd.date_range("2000-01-01", periods=60, freq="QS", name="date")
Write = Callable[[pd.Timestamp], str]
TICKS, EPOCH = 864_000_000_000, pd.Timestamp(0)


def months(*names: str) -> Write:
    """Write the month by one of three names."""
    return lambda day: f"{day.day} {names[day.month - 1]} {day.year}"


def ordinal(day: pd.Timestamp) -> str:
    ends = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
    return f"{day.day}{ends.get(day.day, 'th')}"


def in_script(text: str, digits: str) -> str:
    return text.translate(str.maketrans("0123456789", digits))


FORMS: dict[str, tuple[pd.DatetimeIndex, Write]] = {
    "ISO weeks": (WEEKS, lambda d: f"{d.isocalendar()[0]}-W{d.isocalendar()[1]:02d}"),
    "a week by its two ends": (
        WEEKS,
        lambda d: f"{d:%Y-%m-%d}/{d + pd.Timedelta(days=6):%Y-%m-%d}",
    ),
    "MM/YYYY": (MONTHLY, lambda d: f"{d:%m/%Y}"),
    "MM.YYYY": (MONTHLY, lambda d: f"{d:%m.%Y}"),
    "Shiller's 2018.1": (MONTHLY, lambda d: f"{d:%Y.%m}".removesuffix("0")),
    "Jan 2018": (MONTHLY, lambda d: f"{d:%b %Y}"),
    "Jan-18": (MONTHLY, lambda d: f"{d:%b-%y}"),
    "YYYYMM": (MONTHLY, lambda d: f"{d:%Y%m}"),
    "2018M01": (MONTHLY, lambda d: f"{d:%Y}M{d:%m}"),
    "Q1 2000": (QUARTERLY, lambda d: f"Q{d.quarter} {d.year}"),
    "1Q00": (QUARTERLY, lambda d: f"{d.quarter}Q{d:%y}"),
    "Japanese era": (DAYS, lambda d: f"R{d.year - 2018}.{d.month}.{d.day}"),
    "Japanese era in kanji": (DAYS, lambda d: f"令和{d.year - 2018}年{d.month}月{d.day}日"),
    "Thailand's years": (DAYS, lambda d: f"{d:%d/%m}/{d.year + 543}"),
    "Arabic digits": (DAYS, lambda d: in_script(f"{d:%Y-%m-%d}", "٠١٢٣٤٥٦٧٨٩")),
    "full-width digits": (DAYS, lambda d: in_script(f"{d:%Y/%m/%d}", "０１２３４５６７８９")),
    "Chinese weekdays": (DAYS, lambda d: f"{d:%Y-%m-%d},{'一二三四五六日'[d.dayofweek]}"),
    "Japanese weekdays": (DAYS, lambda d: f"{d:%Y/%m/%d}({'月火水木金土日'[d.dayofweek]})"),
    "2nd January 2023": (DAYS, lambda d: f"{ordinal(d)} {d:%B %Y}"),
    "January 2nd, 2023": (DAYS, lambda d: f"{d:%B} {ordinal(d)}, {d.year}"),
    "JavaScript": (DAYS, lambda d: f"{d:%a %b %d %Y 00:00:00} GMT+0000 (Coordinated Universal)"),
    "C": (DAYS, lambda d: f"{d:%a %b %d 00:00:00 %Y}"),
    "JSON of Microsoft": (DAYS, lambda d: f"/Date({int(d.timestamp()) * 1000})/"),
    "Excel's apostrophe": (DAYS, lambda d: f"'{d:%Y-%m-%d}"),
    "Excel's formula": (DAYS, lambda d: f'="{d:%Y-%m-%d}"'),
    "the day before the month": (DAYS, lambda d: f"{d:%Y-%d-%m}"),
    "two digits, year first": (DAYS, lambda d: f"{d:%y/%m/%d}"),
    "DDMMYYYY": (DAYS, lambda d: f"{d:%d%m%Y}"),
    "MMDDYYYY": (DAYS, lambda d: f"{d:%m%d%Y}"),
    "DDMMYYYY without the first zero": (DAYS, lambda d: f"{d:%d%m%Y}".lstrip("0")),
    "year and day of the year": (DAYS, lambda d: f"{d:%Y%j}"),
    "ISO ordinal date": (DAYS, lambda d: f"{d:%Y-%j}"),
    "MATLAB": (DAYS, lambda d: f"{d.toordinal() + 366}"),
    "Julian days": (DAYS, lambda d: f"{d.to_julian_date()}"),
    "Excel of Macintosh": (DAYS, lambda d: f"{(d - pd.Timestamp('1904-01-01')).days}"),
    "R": (DAYS, lambda d: f"{(d - EPOCH).days}"),
    "ticks of .NET": (DAYS, lambda d: f"{(d - EPOCH).days * TICKS + 621_355_968_000_000_000}"),
    "file times": (DAYS, lambda d: f"{(d - EPOCH).days * TICKS + 116_444_736_000_000_000}"),
    "milliseconds with commas": (DAYS, lambda d: f'"{int(d.timestamp()) * 1000:,}"'),
    "seconds before 1970": (
        DAYS - pd.Timedelta(days=20_000),
        lambda d: f"{int(d.timestamp())}",
    ),
    "seconds since 1962": (
        pd.date_range("1962-01-01", periods=60, freq="365D", name="date"),
        lambda d: f"{int(d.timestamp())}",
    ),
    "underscores": (DAYS, lambda d: f"{d:%Y_%m_%d}"),
    "a zone in words": (DAYS, lambda d: f"{d:%Y-%m-%d 00:00:00} America/New_York"),
    "Greek": (DAYS, months("Ιαν", "Φεβ", "Μαρ")),
    "Russian": (DAYS, months("января", "февраля", "марта")),
    "Turkish": (DAYS, months("Oca", "Şub", "Mar")),
    "Czech": (DAYS, months("ledna", "února", "března")),
    "Indonesian": (DAYS, months("Januari", "Februari", "Maret")),
    "French": (DAYS, months("janv.", "févr.", "mars")),
    "Portuguese": (DAYS, months("de janeiro de", "de fevereiro de", "de março de")),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_date_of_any_form_is_the_day_that_it_means(form: str, tmp_path: Path) -> None:
    days, write = FORMS[form]
    lines = [f"{write(day)};{90 + place}.25" for place, day in enumerate(days)]
    (tmp_path / "X.csv").write_text("\n".join(["Date;Close", *lines]))
    (imported,) = read_prices(tmp_path / "X.csv", "X")
    assert list(imported.history.dates) == list(days)


def test_no_name_means_two_months() -> None:
    names = [name for month in MONTHS for name in month.split()]
    assert len(set(names)) == len(names)


def test_stamps_that_a_spreadsheet_has_rounded_are_refused(tmp_path: Path) -> None:
    lines = [f"{int(day.timestamp()) * 1000:.5E},90.25" for day in DAYS]
    (tmp_path / "X.csv").write_text("\n".join(["time,close", *lines]))
    with pytest.raises(DataError, match=r"1\.67262E\+12.* lost their last digits"):
        read_prices(tmp_path / "X.csv", "X")


def test_days_of_a_month_without_a_year_are_refused(tmp_path: Path) -> None:
    lines = [f"{day:%b-%d},90.25" for day in DAYS]
    (tmp_path / "X.csv").write_text("\n".join(["Date,Close", *lines]))
    with pytest.raises(DataError, match="Jan-02"):
        read_prices(tmp_path / "X.csv", "X")


def test_hours_in_a_zone_that_is_written_in_words_are_instants(tmp_path: Path) -> None:
    hours = pd.date_range("2024-03-09", periods=60, freq="h", tz="UTC")  # clocks change
    lines = [f"{h.tz_convert('America/New_York'):%Y%m%d %H:%M:%S} US/Eastern,9.25" for h in hours]
    (tmp_path / "X.csv").write_text("\n".join(["date,close", *lines]))
    (imported,) = read_prices(tmp_path / "X.csv", "X")
    assert list(imported.history.dates) == list(hours)


COUNTS = {"excel": "1899-12-30", "excel1904": "1904-01-01", "days1970": "1970-01-01"}
"""What day 0 is."""


def counted(folder: Path, days: pd.DatetimeIndex, origin: str) -> Path:
    numbers = (days - pd.Timestamp(origin)).days
    path = folder / "x.csv"
    pd.DataFrame({"Date": numbers, "Close": np.arange(len(days)) + 100.0}).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("count", COUNTS)
def test_weekdays_show_what_days_are_counted_from(count: str, tmp_path: Path) -> None:
    days = pd.bdate_range("2019-03-01", periods=300)
    (imported,) = read_prices(counted(tmp_path, days, COUNTS[count]), "X")
    assert imported.history.dates.equals(days.as_unit("ns").rename("date"))


@pytest.mark.parametrize("end", ["2014-06-30", "2019-01-05", "2022-08-01", "2026-11-20"])
def test_days_without_weekends_are_excels_and_what_else_they_may_be_is_said(
    end: str, tmp_path: Path
) -> None:
    days = pd.date_range(end=end, periods=400)
    (imported,) = read_prices(counted(tmp_path, days, COUNTS["excel"]), "X")
    assert imported.history.last == days[-1]
    assert any("Excel's serial numbers" in note for note in imported.decisions)
    may_be_later = days[-1] + pd.Timedelta(days=1462) < pd.Timestamp.now() + pd.Timedelta(days=300)
    asked = any("--dates excel1904 or days1970" in note for note in imported.decisions)
    assert asked or not may_be_later


def test_nothing_was_traded_on_every_day_of_the_fifties(tmp_path: Path) -> None:
    days = pd.date_range("2015-01-01", periods=400)
    (imported,) = read_prices(counted(tmp_path, days, COUNTS["days1970"]), "X")
    assert imported.history.first == days[0]


@pytest.mark.parametrize("count", COUNTS)
def test_what_days_are_counted_from_can_be_named(count: str, tmp_path: Path) -> None:
    days = pd.date_range("2015-01-01", periods=400)
    path = counted(tmp_path, days, COUNTS[count])
    (imported,) = read_prices(path, "X", Selection(dates=count))  # type: ignore[arg-type]
    assert imported.history.first == days[0] and imported.history.last == days[-1]

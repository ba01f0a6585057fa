"""What a file leaves open is refused with the option that settles it;
nothing is misread silently."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.importing.columns import BY_EVIDENCE, Selection
from rnnforecast.data.price_files import Imported, read_file, read_prices
from rnnforecast.errors import DataError, UsageError

from .layouts import daily, hourly, table

HEADING = "Date,Open,High,Low,Close,Volume"


def written(folder: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def series(path: Path, selection: Selection = BY_EVIDENCE, symbol: str | None = "X") -> Imported:
    (imported,) = read_prices(path, symbol, selection)
    return imported


def lines(rows: list[str], heading: str = "Date,Close") -> str:
    return "\n".join([heading, *rows]) + "\n"


def cells(folder: Path, cell: Callable[[int, float], object]) -> Path:
    """JSON records with closes of any kind."""
    closes = daily()["close"]
    rows = [{"date": f"{day:%Y-%m-%d}", "close": cell(row, float(price))}
            for row, (day, price) in enumerate(closes.items())]  # fmt: skip
    return written(folder, json.dumps(rows), "x.json")


def frame_of(folder: Path, cell: Callable[[int, float], object]) -> Path:
    """A parquet file with closes of any kind."""
    closes = daily()["close"]
    values = [cell(row, float(price)) for row, price in enumerate(closes)]
    pd.DataFrame({"date": closes.index, "close": values}).to_parquet(folder / "x.parquet")
    return folder / "x.parquet"


MONTHLY = lines([f"{month:02d}/01/2020,{100 + month}" for month in range(1, 13)])
"""Months or days: both readings are in order."""


def test_days_and_months_that_cannot_be_told_apart_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, MONTHLY)
    with pytest.raises(DataError, match=r"'01/01/2020' can be .*; say which with --dates dmy or"):
        series(path)
    assert series(path, Selection(dates="mdy")).history.interval == "1mo"
    assert series(path, Selection(dates="dmy")).history.interval == "1d"


def test_one_day_above_twelve_settles_every_date_of_the_column(tmp_path: Path) -> None:
    content = table(HEADING, "%d/%m/%Y")(daily(300))
    imported = series(written(tmp_path, content))
    assert imported.history.dates.equals(daily(300).index)
    assert "dates read as day/month/year, as '13/01/2023' shows" in imported.decisions


def test_dates_that_are_in_order_one_way_alone_are_read_that_way(tmp_path: Path) -> None:
    days = ["05/01/2023", "12/01/2023", "02/02/2023", "09/02/2023", "02/03/2023", "09/03/2023"]
    imported = series(written(tmp_path, lines([f"{day},{n}" for n, day in enumerate(days, 1)])))
    assert list(imported.history.dates.strftime("%m-%d"))[:3] == ["01-05", "01-12", "02-02"]
    assert any("only so are they in order" in decision for decision in imported.decisions)


def test_iso_dates_followed_by_american_ones_are_all_read(tmp_path: Path) -> None:
    bars = daily(300)
    head = table(HEADING)(bars.iloc[:200])
    tail = table("", "%m/%d/%Y")(bars.iloc[200:]).lstrip()
    assert series(written(tmp_path, head + tail)).history.dates.equals(bars.index)


def test_two_orders_in_one_column_are_refused(tmp_path: Path) -> None:
    bars = daily(60)
    rows = [f"{day:{'%d/%m/%Y' if place % 2 else '%m/%d/%Y'}},1" for place, day in enumerate(bars.index)]  # fmt: skip
    with pytest.raises(DataError, match=r"mixes two orders of dates: '.+' begins with the day"):
        series(written(tmp_path, lines(rows)))


@pytest.mark.parametrize(
    ("number", "close"), [("93,78", 93.78), ("12.435,27", 12435.27), ("0,078", 0.078), ("1.234.567,8", 1234567.8)]
)  # fmt: skip
def test_a_decimal_comma_is_never_a_thousand(number: str, close: float, tmp_path: Path) -> None:
    content = f"Date;Close;Volume\n2023-01-02;{number};1.200\n2023-01-03;{number};1.300\n"
    imported = series(written(tmp_path, content))
    assert imported.history.bars["close"].tolist() == [close, close]
    assert imported.history.bars["volume"].tolist() == [1200, 1300]
    assert f"decimal comma, as '{number}' shows" in imported.decisions


def test_thousands_with_points_stay_what_they_are(tmp_path: Path) -> None:
    content = lines(['2023-01-02,"$1,234.50"', '2023-01-03,"1,235.00"', "2023-01-04,'1 236.00"])
    assert series(written(tmp_path, content)).history.bars["close"].tolist() == [1234.5, 1235, 1236]


@pytest.mark.parametrize(
    ("mark", "closes"), [(",", [93.781, 94.125]), (".", [93781.0, 94125.0])]
)  # fmt: skip
def test_three_digits_behind_every_comma_are_asked_for(
    mark: str, closes: list[float], tmp_path: Path
) -> None:
    path = written(tmp_path, lines(['2023-01-02,"93,781"', '2023-01-03,"94,125"']))
    with pytest.raises(DataError, match=r"'93,781' may be 93781 or 93\.781; .*--decimal"):
        series(path)
    chosen = series(path, Selection(decimal=mark))  # type: ignore[arg-type]
    assert chosen.history.bars["close"].tolist() == closes


def test_two_decimal_marks_are_refused(tmp_path: Path) -> None:
    content = "Date;Close\n2023-01-02;93,78\n2023-01-03;94.12\n2023-01-04;95,1\n"
    with pytest.raises(DataError, match=r"mixes decimal marks: '94\.12' and '93,78'"):
        series(written(tmp_path, content))


NEW_YORK = "Date,Close\n" + "".join(
    f"{day:%Y-%m-%d} {hour:02d}:30:00,{100 + hour}\n"
    for day in pd.bdate_range("2024-03-01", periods=10)
    for hour in range(9, 16)
)


def test_hours_of_new_york_are_known_by_its_sessions(tmp_path: Path) -> None:
    imported = series(written(tmp_path, NEW_YORK), symbol="AAPL")
    assert imported.history.first == pd.Timestamp("2024-03-01 14:30", tz="UTC")
    assert imported.history.last == pd.Timestamp("2024-03-14 19:30", tz="UTC")  # summer time
    assert "times are of America/New_York, as the trading hours show" in imported.decisions


def test_hours_that_fit_no_session_ask_for_their_zone(tmp_path: Path) -> None:
    content = NEW_YORK.replace(":30:00", ":10:00").replace(" 09:", " 05:")
    path = written(tmp_path, content)
    with pytest.raises(DataError, match=r"times without a zone.*name their zone, as --timezone"):
        series(path, symbol="AAPL")
    told = series(path, Selection(timezone="America/Chicago"), "AAPL")
    assert told.history.first == pd.Timestamp("2024-03-01 11:10", tz="UTC")
    with pytest.raises(UsageError, match="no time zone is called 'Mars/Base'"):
        series(path, Selection(timezone="Mars/Base"))


def test_weeks_of_currencies_show_the_zone_of_a_metatrader_server(tmp_path: Path) -> None:
    utc = pd.date_range("2024-01-07 22:00", "2024-02-02 21:00", freq="h", tz="UTC")
    week = utc[(utc < utc.normalize() + pd.Timedelta("22h")) | (utc.day_of_week != 4)]
    week = week[(week.day_of_week != 5) & ((week.day_of_week != 6) | (week.hour >= 22))]
    local = week.tz_convert("Europe/Athens")
    rows = [f"{moment:%Y.%m.%d,%H:%M},1.1,1.2,1.0,1.1,5" for moment in local]
    imported = series(written(tmp_path, "\n".join(rows)), symbol="EURUSD")
    assert imported.history.dates[0] == week[0]
    assert any("Europe/Athens" in decision for decision in imported.decisions)


def test_the_hour_that_autumn_repeats_is_two_bars_in_a_named_zone(tmp_path: Path) -> None:
    instants = pd.date_range("2025-10-24", "2025-10-28", freq="h", tz="UTC")
    local = instants.tz_convert("Europe/Berlin").strftime("%Y-%m-%d %H:%M")
    rows = [f"{moment},{place}" for place, moment in enumerate(local, 1)]
    for order in (rows, rows[::-1]):
        path = written(tmp_path, lines(order))
        with pytest.raises(DataError, match=r"2025-10-26 02:00 is there twice.*--timezone"):
            series(path)
        history = series(path, Selection(timezone="Europe/Berlin")).history
        assert history.dates.equals(instants.rename("date").as_unit("ns"))
        assert history.bars["close"].tolist() == list(range(1, len(rows) + 1))


def test_a_time_that_no_clock_showed_refuses_the_zone(tmp_path: Path) -> None:
    instants = pd.date_range("2024-03-30", "2024-04-01", freq="5min")
    path = written(tmp_path, lines([f"{moment:%Y-%m-%d %H:%M},1" for moment in instants]))
    with pytest.raises(DataError, match="2024-03-31 02:00 does not exist in Europe/Berlin"):
        series(path, Selection(timezone="Europe/Berlin"))


def test_stamps_beside_local_times_are_preferred(tmp_path: Path) -> None:
    bars = hourly(48)
    rows = [f"{int(day.timestamp())},{day:%Y-%m-%d %I:%M %p},1" for day in bars.index]
    imported = series(written(tmp_path, lines(rows, "Unix Timestamp,Date,Close")))
    assert imported.history.dates.equals(bars.index)


@pytest.mark.parametrize(
    ("zone", "stamp"), [("Asia/Tokyo", "15:00"), ("Europe/Berlin", "23:00"), ("America/New_York", "05:00")]
)  # fmt: skip
def test_midnight_of_an_exchange_in_utc_is_its_own_day(
    zone: str, stamp: str, tmp_path: Path
) -> None:
    days = daily().index
    stamps = days.tz_localize(zone).tz_convert("UTC")
    assert stamps[0].strftime("%H:%M") == stamp
    rows = [f"{int(moment.timestamp() * 1000)},1" for moment in stamps]
    assert series(written(tmp_path, lines(rows, "time,close"))).history.dates.equals(days)


def test_many_undated_rows_are_refused_with_three_cells(tmp_path: Path) -> None:
    rows = [f"{day:%Y-%m-%d},1" for day in daily().index]
    rows[10:14] = ["soon,1", "later,2", "never,3", "perhaps,4"]
    with pytest.raises(DataError, match=r"4 of 60 rows have no date in 'Date' \('soon', 'later', "):
        series(written(tmp_path, lines(rows)))


def test_many_repeated_dates_are_refused_with_three_of_them(tmp_path: Path) -> None:
    rows = [f"{day:%Y-%m-%d},{n}" for day in daily().index for n in (1, 2)]
    with pytest.raises(
        DataError, match=r"60 of 120 rows repeat a date with other values \(2023-01-02"
    ):
        series(written(tmp_path, lines(rows)))
    twice = [f"{day:%Y-%m-%d},1" for day in daily().index] * 2  # one file appended to itself
    assert len(series(written(tmp_path, lines(twice))).history) == 60


def test_numbers_that_are_none_are_refused_with_three_cells(tmp_path: Path) -> None:
    rows = [f"{day:%Y-%m-%d},{n}" for n, day in enumerate(daily().index)]
    rows[10:14] = [row.split(",")[0] + ",about 5" for row in rows[10:14]]
    with pytest.raises(DataError, match=r"4 of 60 rows have no number in 'Close' \('about 5'"):
        series(written(tmp_path, lines(rows)))


def test_rows_without_a_number_are_left_out_and_named(tmp_path: Path) -> None:
    rows = [f"{day:%Y-%m-%d},{'.' if n % 20 == 3 else n}" for n, day in enumerate(daily().index)]
    history = series(written(tmp_path, lines(rows, "observation_date,value"))).history
    assert len(history) == 57 and history.target == "value"
    assert len(history.provenance["dropped"]["without_date_or_close"]) == 3


def test_a_counter_is_no_date(tmp_path: Path) -> None:
    content = lines([f"A,{n},{n}" for n in range(1, 50)], "unique_id,ds,y")
    with pytest.raises(DataError, match="plain numbers: name another column of dates with --time"):
        series(written(tmp_path, content))


@pytest.mark.parametrize("names", [["AAA", "NA", "NULL", "None", "nan", "ON", "TRUE"]])
def test_no_ticker_of_a_panel_is_lost(names: list[str], tmp_path: Path) -> None:
    rows = [
        f"{name},{day:%Y-%m-%d},{n + 1}" for name in names for n, day in enumerate(daily(5).index)
    ]
    path = written(tmp_path, lines(rows, "Ticker,Date,Close"))
    assert [one.history.symbol for one in read_prices(path)] == sorted(names)
    assert series(path, symbol="NA").history.bars["close"].tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(DataError, match="holds 7 symbols, none of them X"):
        series(path)


def test_one_ticker_of_a_panel_fails_alone(tmp_path: Path) -> None:
    rows = [f"{name},{day:%Y-%m-%d},1" for name in ("AAA", "BBB") for day in daily(5).index]
    contents = read_file(written(tmp_path, lines([*rows, "CCC,2023-01-02,1"], "Ticker,Date,Close")))
    assert [one.history.symbol for one in contents.series] == ["AAA", "BBB"]
    assert "x.csv (CCC) has 1 dated row" in str(contents.failed[0])


def test_series_of_nixtla_are_no_prices(tmp_path: Path) -> None:
    rows = [f"{name},{day:%Y-%m-%d},-1" for name in ("H1", "H2") for day in daily(5).index]
    many = read_prices(written(tmp_path, lines(rows, "unique_id,ds,y")))
    assert [(one.history.symbol, one.history.target) for one in many] == [("H1", "y"), ("H2", "y")]


def test_a_bhavcopy_keeps_the_shares_and_one_day_of_it_is_explained(tmp_path: Path) -> None:
    heading = "SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TIMESTAMP"
    rows = [
        f"{name},{board},1,3,0.5,{2 if board == 'EQ' else 9},2,2,10,{day:%d-%b-%Y}"
        for day in daily(5).index for name in ("TCS", "M&M") for board in ("EQ", "BL")
    ]  # fmt: skip
    many = read_prices(written(tmp_path, lines(rows, heading)))
    assert {one.history.symbol: one.history.bars["close"].tolist() for one in many} == {
        "TCS": [2] * 5, "M&M": [2] * 5,
    }  # fmt: skip
    with pytest.raises(DataError, match="holds one day of 2 symbols; join the files of several"):
        read_prices(written(tmp_path, lines(rows[:4], heading)))


def test_several_tickers_side_by_side_are_as_many_series(tmp_path: Path) -> None:
    content = (
        "Price,Close,Close,High\nTicker,AAA,BBB,AAA\nDate,,,\n2024-01-02,1,2,3\n2024-01-03,1,2,3\n"
    )
    many = read_prices(written(tmp_path, content))
    assert {one.history.symbol: list(one.history.bars.columns) for one in many} == {
        "AAA": ["high", "close"], "BBB": ["close"],
    }  # fmt: skip


def test_a_split_that_the_adjusted_closes_do_not_show_is_left_alone(tmp_path: Path) -> None:
    bars = daily().rename(columns=str.title).assign(**{"Stock Splits": 0.0})
    bars["Adj Close"] = bars["Close"]
    bars.iloc[30:, bars.columns.get_loc("Stock Splits")] = 0.0
    bars.iloc[30, bars.columns.get_loc("Stock Splits")] = 4.0
    history = series(written(tmp_path, bars.to_csv())).history
    np.testing.assert_array_equal(history.bars["close"], daily()["close"])


def test_columns_that_are_many_are_not_all_listed(tmp_path: Path) -> None:
    others = [f"c{n}" for n in range(500)]
    rows = [f"{day:%Y-%m-%d},1" + ",1" * 500 for day in daily(5).index]
    imported = series(written(tmp_path, lines(rows, "Date,Close," + ",".join(others))))
    assert imported.columns().endswith("and 492 more")


def bomb(folder: Path) -> Path:
    path = folder / "bomb.csv.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(64):
            stream.write(b"0" * (1 << 20))
    return path


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


def two_files(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "two.zip", "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")
    return folder / "two.zip"


def damaged_gzip(folder: Path) -> Path:
    content = bytearray(gzip.compress(table(HEADING)(daily(300)).encode()))
    content[200:260] = bytes(60)
    return written(folder, bytes(content), "x.csv.gz")


def huge(folder: Path) -> Path:
    path = folder / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)  # a hole: no bytes on the disk
    return path


HOSTILE = {
    "a bomb": (bomb, r"unpacks to more than \d+ MB"),
    "a pipe": (fifo, "is no regular file"),
    "two files in one": (two_files, "holds 2 files; unpack it"),
    "damaged gzip": (damaged_gzip, "cannot be decompressed"),
    "two gigabytes of nothing": (huge, r"has 2\.1 GB"),
    "a device": (lambda folder: Path("/dev/zero"), "is no regular file"),
    "a binary file": (lambda folder: written(folder, bytes(range(256)) * 20), "is binary"),
    "an old workbook": (lambda folder: written(folder, b"\xd0\xcf\x11\xe0" + bytes(600)), "an old Excel file"),
    "a damaged workbook": (lambda folder: written(folder, b"PK\x03\x04" + bytes(600), "x.xlsx"), "cannot be decompressed"),
    "parquet that is none": (lambda folder: written(folder, b"PAR1" + bytes(99)), "not readable as parquet"),
    "feather that is none": (lambda folder: written(folder, b"ARROW1" + bytes(99)), "not readable as feather"),
    "nested brackets": (lambda folder: written(folder, "[" * 200_000), "not readable as JSON"),
    "JSON without a table": (lambda folder: written(folder, '{"a": {"b": 1}}'), "JSON without a table"),
    "a damaged notebook": (lambda folder: written(folder, '{"nbformat": 4, "cells": ['), "Jupyter notebook"),
    "numbers without headings": (lambda folder: written(folder, "2024-01-02,1,2,3,4\n2024-01-03,1,2,3,4\n"), "no row of headings"),
    "ages between its dates": (lambda folder: written(folder, "Date,Close\n1700-01-02,1\n2200-01-03,2\n"), "far future"),
    "a date of 1690": (lambda folder: written(folder, "Date,Close\n1690-01-02,1\n2020-01-02,1\n2020-01-03,1\n"), "far past"),
    "offsets here and none there": (lambda folder: written(folder, "Date,Close\n" + "".join(f"2024-01-02 {h}:00{'+01:00' if h % 2 else ''},1\n" for h in range(10, 20))), "5 of 10 rows have no date"),
    "truth values": (lambda folder: cells(folder, lambda row, price: row % 2 == 0), "no number in 'close' .'True'"),
    "truth values here and there": (lambda folder: cells(folder, lambda row, price: True if row % 5 == 0 else price), "12 of 60 rows have no number"),
    "truth values in words": (lambda folder: cells(folder, lambda row, price: str(row % 2 == 0).lower()), "no number in 'close' .'true'"),
    "truth values in parquet": (lambda folder: frame_of(folder, lambda row, price: price > 90), "no number in 'close' .'"),
    "truth values and gaps in parquet": (lambda folder: frame_of(folder, lambda row, price: None if row % 2 else True), "no number in 'close'"),
    "dates as prices": (lambda folder: frame_of(folder, lambda row, price: pd.Timestamp("2024-01-01")), "no number in 'close' .'2024-01-01"),
    "dates in words as prices": (lambda folder: cells(folder, lambda row, price: f"{row % 28 + 1:02d}.03.2024"), "no number in 'close'"),
    "durations as prices": (lambda folder: frame_of(folder, lambda row, price: pd.Timedelta(days=1)), "no number in 'close'"),
    "times as prices": (lambda folder: cells(folder, lambda row, price: f"{9 + row % 8}:30"), "no number in 'close'"),
    "two currencies": (lambda folder: cells(folder, lambda row, price: f"{'$€'[row % 2]}{price}"), "mixes units in 'close': '\\$.*' and '€"),
    "pounds and pence": (lambda folder: cells(folder, lambda row, price: f"£{price}" if row % 2 else f"{100 * price:.0f}p"), "mixes units in 'close'"),
    "two currencies by their codes": (lambda folder: cells(folder, lambda row, price: f"{price} {'GBP' if row % 2 else 'GBX'}"), "mixes units in 'close'"),
    "per cent here and there": (lambda folder: cells(folder, lambda row, price: f"{price}{'%' * (row % 2)}"), "mixes units in 'close'"),
    "prose": (lambda folder: written(folder, "Once upon a time\nthere was a price\n"), "is not a table|no price column|no row"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    make, reason = HOSTILE[name]
    with pytest.raises(DataError, match=reason) as caught:
        read_prices(make(tmp_path), "X")
    assert "\n" not in str(caught.value) and caught.value.remedy


def test_offsets_that_change_are_instants(tmp_path: Path) -> None:
    content = (
        "Date,Close\n2024-03-31 00:30+01:00,1\n2024-03-31 01:30+01:00,2\n2024-03-31 03:30+02:00,3\n"
    )
    history = series(written(tmp_path, content)).history
    assert list(history.dates.strftime("%H:%M")) == ["23:30", "00:30", "01:30"]


FORMS: dict[str, Callable[[float], str]] = {
    "negative in parentheses": lambda price: f"({-price})" if price < 0 else f"{price}",
    "negative dollars in parentheses": lambda price: f"(${-price})" if price < 0 else f"${price}",
    "a minus before the dollar": lambda price: f"{'-' * (price < 0)}${abs(price)}",
    "a minus behind the dollar": lambda price: f"${price}",
    "a real minus": lambda price: f"{price}".replace("-", "\u2212"),
    "a formula": lambda price: f'="{price}"',
    "full-width": lambda price: "".join(
        chr(ord(sign) + 0xFEE0) if sign in "0123456789.-" else sign for sign in f"{price}"
    ),
    "arabic": lambda price: f"{price}".translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")),
    "per cent everywhere": lambda price: f"{price}%",
    "a code": lambda price: f"USD {price}",
    "pence": lambda price: f"{price}p",
    "cents": lambda price: f"{price}¢",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_price_in_any_usual_form_is_its_number(form: str, tmp_path: Path) -> None:
    spreads = daily()["close"] - 90
    path = cells(tmp_path, lambda row, price: FORMS[form](round(price - 90, 2)))
    np.testing.assert_allclose(series(path).history.bars["close"], spreads.round(2), rtol=1e-12)


def test_each_series_of_a_file_may_have_a_currency_of_its_own(tmp_path: Path) -> None:
    rows = [f"{ticker},{day:%Y-%m-%d},{sign}{price}" for ticker, sign in (("AAPL", "$"), ("SAP", "€"))
            for day, price in daily()["close"].items()]  # fmt: skip
    imported = read_prices(written(tmp_path, lines(rows, "Ticker,Date,Close")))
    assert [one.history.symbol for one in imported] == ["AAPL", "SAP"]
    assert all(one.history.bars["close"].iloc[0] == daily()["close"].iloc[0] for one in imported)

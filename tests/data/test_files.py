"""Every layout found in the wild is read; what is no table is refused with the reason."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.files import read_prices
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError

from ..conftest import Command, real_file

LAYOUTS = {
    "classic Yahoo": "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,1,3,0.5,2,1.9,10\n2024-01-03,2,4,1,3,2.9,20\n",
    "Ticker.history": "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
    "2024-01-02 00:00:00-05:00,1,3,0.5,2,10,0.0,0.0\n2024-01-03 00:00:00-05:00,2,4,1,3,20,0.0,0.0\n",
    "three header lines": "Price,Close,High,Low,Open,Volume\nTicker,A,A,A,A,A\nDate,,,,,\n2024-01-02,2,3,0.5,1,10\n2024-01-03,3,4,1,2,20\n",
    "nasdaq.com": "Date,Close/Last,Volume,Open,High,Low\n01/03/2024,$3.00,20,$2.00,$4.00,$1.00\n01/02/2024,$2.00,10,$1.00,$3.00,$0.50\n",
    "Alpha Vantage": "timestamp,1. open,2. high,3. low,4. close,5. volume\n2024-01-03,2,4,1,3,20\n2024-01-02,1,3,0.5,2,10\n",
    "unnamed index": ",Open,High,Low,Close,Volume\n2024-01-02,1,3,0.5,2,10\n2024-01-03,2,4,1,3,20\n",
    "semicolons": "Date;Open;High;Low;Close;Volume\n2024-01-02;1;3;0.5;2;10\n2024-01-03;2;4;1;3;20\n",
    "null row and repeated date": "Date,Open,High,Low,Close,Volume\n2024-01-01,null,null,null,null,null\n2024-01-02,1,3,0.5,1.7,10\n"
    "2024-01-02,1,3,0.5,2,10\n2024-01-03,2,4,1,3,20\n",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_same_bars(text: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    history, taken = read_prices(path, "X")
    assert list(history.dates.strftime("%Y-%m-%d")) == ["2024-01-02", "2024-01-03"]
    np.testing.assert_array_equal(
        history.bars[["open", "high", "low", "close", "volume"]], [[1, 3, 0.5, 2, 10], [2, 4, 1, 3, 20]]
    )
    assert history.interval == "1d" and taken["close"] in text


def test_rows_that_hold_nothing_are_dropped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(LAYOUTS["null row and repeated date"])
    assert read_prices(path, "X")[0].provenance["dropped"] == {"without_date_or_close": 1, "repeated_dates": 1}


def test_hours_are_hours_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv.gz"
    path.write_bytes(
        gzip.compress(
            b"Datetime,Close\n2024-01-02 09:30:00-05:00,1\n2024-01-02 10:30:00-05:00,2\n2024-01-02 11:30:00-05:00,3\n"
        )
    )
    history, _ = read_prices(path, "X")
    assert history.interval == "1h"
    assert history.first == pd.Timestamp("2024-01-02 14:30", tz="UTC")


def test_an_exchange_ahead_of_utc_keeps_its_own_dates(tmp_path: Path) -> None:
    path = tmp_path / "tokyo.csv"
    path.write_text("Date,Close\n2024-01-04 00:00:00+09:00,1\n2024-01-05 00:00:00+09:00,2\n")
    assert str(read_prices(path, "7203.T")[0].first.date()) == "2024-01-04"


REFUSED = {
    "no price": ("Date,Volume\n2024-01-02,10\n", r"no price column; its columns are Date, Volume"),
    "no date": ("Open,Close\n1,2\n2,3\n", "no date column"),
    "LFS pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "Git LFS pointer.*git lfs pull",
    ),
    "conflict": (
        "Date,Close\n<<<<<<< HEAD\n2024-01-02,1\n=======\n2024-01-02,2\n>>>>>>> other\n",
        "unresolved Git conflict",
    ),
    "notebook": ('{\n "cells": [],\n "metadata": {}\n}\n', "a Jupyter notebook"),
    "page": ("<!DOCTYPE html><html></html>", "a web page"),
    "empty": ("", "not a table"),
    "words": ("Date,Close\nsoon,much\nlater,more\n", "no row with a date and a close"),
    "one bar": ("Date,Close\n2024-01-02,1\n", "a history needs at least two"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_history_is_refused_with_the_reason(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=reason):
        read_prices(path, "X")


def test_the_command_says_which_column_was_taken_for_what(command: Command, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(LAYOUTS["nasdaq.com"])
    result = command("data", "import", "p.csv", "--symbol", "X")
    assert result.returncode == 0 and "X: 2 bars of 1d, 2024-01-02 to 2024-01-03" in result.stdout
    assert "close from 'Close/Last'" in result.stderr
    assert "X" in command("data", "list").stdout


@pytest.mark.parametrize(("file", "code"), [("gone.csv", 4), ("price.csv", 4), (".", 2)])
def test_a_failed_import_is_one_line_and_keeps_what_was_stored(
    command: Command, tmp_path: Path, file: str, code: int
) -> None:
    (tmp_path / "good.csv").write_text(LAYOUTS["classic Yahoo"])
    (tmp_path / "price.csv").write_text(REFUSED["no price"][0])
    assert command("data", "import", "good.csv", "--symbol", "X").returncode == 0
    before = Store(tmp_path / "data").load("X").digest()
    result = command("data", "import", file, "--symbol", "X")
    assert result.returncode == code and result.stderr.count("\n") == 1 and result.stderr.startswith("error: ")
    assert Store(tmp_path / "data").load("X").digest() == before


REAL = [
    ("daily/AAPL_yahoo_1980-2020.csv", 10_032, "XNYS"), ("daily/BTC-USD_history_2014-2024.csv", 3_759, "24/7"),
    ("layouts/AAPL_nasdaqcom_2012-2022_desc_mdy.csv", 2_518, "XNYS"), ("layouts/BTC-USD_multiindex_2015-2025.csv", 3_653, "24/7"),
    ("layouts/AAPL_fmp_2000-2024_desc.csv", 6_152, "XNYS"), ("dirty/BTC-USD_yahoo_2015-2020_nullrow.csv", 1_827, "24/7"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rows", "sessions"), REAL)
def test_real_exports_are_read_whole(name: str, rows: int, sessions: str) -> None:
    history, _ = read_prices(real_file(name), "X")
    assert (len(history), history.sessions) == (rows, sessions)


@pytest.mark.parametrize(
    "name", ["ETTm1_git_lfs_pointer.csv", "MAANG_git_conflict_markers.csv", "notebook_named_all_stocks_5yr.csv"]
)
def test_real_files_that_are_no_tables_are_refused(name: str) -> None:
    with pytest.raises(DataError):
        read_prices(real_file(f"dirty/{name}"), "X")

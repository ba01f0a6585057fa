"""Every layout found in the wild is read; what is no table is refused with the reason."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.columns import Selection
from rnnforecast.data.importing.contents import symbol_of
from rnnforecast.data.price_files import read_prices
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError

from ...conftest import Command, random_walk, real_file

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


PLAIN = Selection()


def only(path: Path, selection: Selection = PLAIN) -> tuple[PriceHistory, Mapping[str, str]]:
    """The one series of a file."""
    (imported,) = read_prices(path, "X", selection)
    return imported.history, imported.taken


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_gives_the_same_bars(text: str, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    history, taken = only(path)
    assert list(history.dates.strftime("%Y-%m-%d")) == ["2024-01-02", "2024-01-03"]
    np.testing.assert_array_equal(
        history.bars[["open", "high", "low", "close", "volume"]],
        [[1, 3, 0.5, 2, 10], [2, 4, 1, 3, 20]],
    )
    assert history.interval == "1d" and taken["close"] in text


def test_rows_that_hold_nothing_are_dropped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(LAYOUTS["null row and repeated date"])
    dropped = only(path)[0].provenance["dropped"]
    assert dropped == {
        "without_date_or_close": ["2024-01-01"],
        "repeated_dates": ["2024-01-02"],
    }


def test_hours_are_hours_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "hours.csv.gz"
    path.write_bytes(
        gzip.compress(
            b"Datetime,Close\n2024-01-02 09:30:00-05:00,1\n2024-01-02 10:30:00-05:00,2\n2024-01-02 11:30:00-05:00,3\n"
        )
    )
    history, _ = only(path)
    assert history.interval == "1h"
    assert history.first == pd.Timestamp("2024-01-02 14:30", tz="UTC")


def test_an_exchange_ahead_of_utc_keeps_its_own_dates(tmp_path: Path) -> None:
    path = tmp_path / "tokyo.csv"
    path.write_text("Date,Close\n2024-01-04 00:00:00+09:00,1\n2024-01-05 00:00:00+09:00,2\n")
    assert str(only(path)[0].first.date()) == "2024-01-04"


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
    "notebook": ('{\n "nbformat": 4,\n "cells": []\n}\n', "a Jupyter notebook"),
    "page": ("<!DOCTYPE html><html></html>", "a web page"),
    "empty": ("", "is empty"),
    "headings alone": ("Date,Open,Close\n", "headings and no rows"),
    "words": (
        "Date,Close\nsoon,much\nlater,more\n",
        r"2 of 2 rows have no date in 'Date' \('soon', 'later'\)",
    ),
    "one bar": ("Date,Close\n2024-01-02,1\n", "a history needs at least two"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_history_is_refused_with_the_reason(
    text: str, reason: str, tmp_path: Path
) -> None:
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
    assert (
        result.returncode == code
        and result.stderr.count("\n") == 1
        and result.stderr.startswith("error: ")
    )
    assert Store(tmp_path / "data").load("X").digest() == before


REAL = [
    ("daily/AAPL_yahoo_1980-2020.csv", 10_032, "XNYS"), ("daily/BTC-USD_history_2014-2024.csv", 3_759, "24/7"),
    ("layouts/AAPL_nasdaqcom_2012-2022_desc_mdy.csv", 2_518, "XNYS"), ("layouts/BTC-USD_multiindex_2015-2025.csv", 3_653, "24/7"),
    ("layouts/AAPL_fmp_2000-2024_desc.csv", 6_152, "XNYS"), ("dirty/BTC-USD_yahoo_2015-2020_nullrow.csv", 1_827, "24/7"),
]  # fmt: skip


EVERY = [
    "AAPL_alphavantage_1999-2025_desc_unadjusted", "AAPL_fmp_2000-2024_desc", "AAPL_multiindex_2015-2025",
    "AAPL_nasdaqcom_2012-2022_desc_mdy", "BTC-USD_multiindex_2015-2025", "GOOG_unnamed_index_2004-2013",
    "SPY_singleheader_2010-2025", "TSLA_yahoo_2015-2016_oldorder_desc",
]  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_every_real_layout_gives_a_candle_and_a_volume_for_every_row(name: str) -> None:
    path = real_file(f"layouts/{name}.csv")
    (imported,) = read_prices(path)
    assert (
        not imported.history.bars[["open", "high", "low", "close", "volume"]].isna().any(axis=None)
    )
    rows = sum(line[:1].isdigit() for line in path.read_text().splitlines())
    assert len(imported.history) == rows


@pytest.mark.parametrize(("name", "rows", "sessions"), REAL)
def test_real_exports_are_read_whole(name: str, rows: int, sessions: str) -> None:
    history, _ = only(real_file(name))
    assert (len(history), history.sessions) == (rows, sessions)


SERIES = "time,load,heat\n2024-01-01 00:00:00,-1.5,3\n2024-01-01 00:10:00,2.5,4\n2024-01-01 00:20:00,0.1,5\n"


def test_any_series_can_be_the_target_and_the_other_columns_stay(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text(SERIES)
    history, taken = only(path, Selection(target="load", time="time"))
    assert (history.interval, history.target, history.priced) == ("10m", "load", False)
    assert history.bars.to_dict("list") == {"close": [-1.5, 2.5, 0.1], "heat": [3, 4, 5]}
    assert taken == {"date": "time", "close": "load", "heat": "heat"}


@pytest.mark.parametrize(
    "selection", [Selection(target="lod"), Selection(target="load", time="when")]
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(
    selection: Selection, tmp_path: Path
) -> None:
    path = tmp_path / "load.csv"
    path.write_text(SERIES)
    with pytest.raises(
        DataError, match=r"has no column '(lod|when)'; its columns are time, load, heat"
    ):
        only(path, selection)


def test_a_file_of_many_symbols_is_as_many_series(tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(
        "Date,Close,Name\n2024-01-02,1,AAA\n2024-01-03,2,AAA\n2024-01-02,5,BBB\n2024-01-03,6,BBB\n"
    )
    assert {
        one.history.symbol: one.history.bars["close"].tolist() for one in read_prices(path)
    } == {
        "AAA": [1, 2],
        "BBB": [5, 6],
    }


def test_without_a_name_the_file_lends_its_own() -> None:
    assert [symbol_of(Path(name)) for name in ("BTC-USD_2014.csv", "AAPL.csv.gz", "x.parquet")] == [
        "BTC-USD",
        "AAPL",
        "x",
    ]
    charts = ("BATS_AAPL, 1D.csv", "BINANCE_BTCUSDT, 240_1a2b3.csv", "SP_SPX, 1W.csv")
    assert [symbol_of(Path(name)) for name in charts] == ["AAPL", "BTCUSDT", "SPX"]
    with pytest.raises(DataError, match="is not a symbol"):
        symbol_of(Path("my prices.csv"))


def test_what_is_exported_and_imported_is_the_same_to_the_last_bit(
    command: Command, tmp_path: Path
) -> None:
    history = random_walk(50)
    Store(tmp_path / "data").save(history)
    for form in ("csv", "parquet"):
        assert command("data", "export", "WALK", "--format", form).returncode == 0
        assert read_prices(tmp_path / f"WALK_1d.{form}")[0].history.digest() == history.digest()
    assert "exists; overwrite it with --force" in command("data", "export", "WALK").stderr


def test_one_bad_file_of_many_does_not_harm_the_others(command: Command, tmp_path: Path) -> None:
    (tmp_path / "AAA.csv").write_text(LAYOUTS["classic Yahoo"])
    (tmp_path / "BBB.csv").write_text(REFUSED["page"][0])
    result = command("data", "import", "BBB.csv", "AAA.csv")
    assert result.returncode == 4 and "BBB.csv holds a web page" in result.stderr
    assert len(Store(tmp_path / "data").load("AAA")) == 2


def test_an_import_that_would_lose_stored_bars_asks_first(command: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk(50, symbol="X"))
    (tmp_path / "p.csv").write_text(LAYOUTS["classic Yahoo"])
    refused = command("data", "import", "p.csv", "--symbol", "X")
    assert (
        refused.returncode == 4
        and "50 stored bars did not come again (2020-01-01, " in refused.stderr
        and "--accept-revision" in refused.stderr
    )
    assert len(Store(tmp_path / "data").load("X")) == 50
    assert command("data", "import", "p.csv", "--symbol", "X", "--accept-revision").returncode == 0
    assert len(Store(tmp_path / "data").load("X")) == 2


@pytest.mark.parametrize(
    ("name", "target", "interval", "rows"),
    [("ltsf/ETTh1.csv", "OT", "1h", 17_420), ("ltsf/weather.csv.gz", "OT", "10m", 52_695), ("ltsf/exchange_rate.csv", "OT", "1d", 7_588)],
)  # fmt: skip
def test_real_series_that_are_no_prices_are_read_whole(
    name: str, target: str, interval: str, rows: int
) -> None:
    history, _ = only(real_file(name), Selection(target=target))
    assert (history.interval, len(history), history.sessions) == (interval, rows, "24/7")


def test_a_real_panel_is_482_series() -> None:
    assert len(read_prices(real_file("panel/sp500_2015-2020.csv.gz"))) == 482


@pytest.mark.parametrize(
    "name",
    [
        "ETTm1_git_lfs_pointer.csv",
        "MAANG_git_conflict_markers.csv",
        "notebook_named_all_stocks_5yr.csv",
    ],
)
def test_real_files_that_are_no_tables_are_refused(name: str) -> None:
    with pytest.raises(DataError):
        read_prices(real_file(f"dirty/{name}"), "X")

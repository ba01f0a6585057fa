"""Files of further exporters, sites and languages: the numbers that were written are the bars."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.price_files import read_prices
from rnnforecast.errors import DataError

from .layouts import OHLCV, daily, hourly

PRICES = OHLCV[:4]
Bar = Any
"""A row of ``itertuples`` with its date as ``Index``."""


@dataclass(frozen=True)
class Export:
    """A file: its heading, how it writes a bar, and how it is encoded."""

    heading: str
    write: Callable[[Bar], str]
    encoding: str = "utf-8"
    tail: str = ""
    hours: bool = False
    columns: tuple[str, ...] = tuple(OHLCV)

    @property
    def bars(self) -> pd.DataFrame:
        return hourly() if self.hours else daily()

    def content(self) -> bytes:
        lines = [self.write(bar) for bar in self.bars.itertuples()]
        text = "\n".join(filter(None, [self.heading, *lines, self.tail]))
        return (text + "\n").encode(self.encoding)


def comma(number: float) -> str:
    return f"{number:.2f}".replace(".", ",")


def investing(headings: str, date: str, mark: str = ",", encoding: str = "utf-8") -> Export:
    """A page of investing.com in some language."""

    def write(bar: Bar) -> str:
        numbers = [f"{bar.close:.2f}", f"{bar.open:.2f}", f"{bar.high:.2f}", f"{bar.low:.2f}"]
        cells = [f"{bar.Index:{date}}", *numbers, f"{bar.volume / 1e6:.6f}M", "0.12%"]
        dated, *others = cells
        return ",".join(f'"{c}"' for c in [dated, *(o.replace(".", mark) for o in others)])

    return Export(headings, write, encoding)


def usual(bar: Bar) -> str:
    return f"{bar.open},{bar.high},{bar.low},{bar.close},{bar.volume:.0f}"


def seconds(bar: Bar) -> int:
    return int(bar.Index.timestamp())


EXPORTS = {
    "bossa.pl": Export("<TICKER>,<DTYYYYMMDD>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
                       lambda b: f"X,{b.Index:%Y%m%d},{usual(b)}"),
    "a symbol first, no headings": Export("", lambda b: f"BHP,{b.Index:%Y%m%d},{usual(b)}"),
    "Interactive Brokers": Export("date,open,high,low,close,volume",
                                  lambda b: f"{b.Index:%Y%m%d-%H:%M:%S} UTC,{usual(b)}", hours=True),
    "Coinbase": Export("", lambda b: f"{seconds(b)},{b.low},{b.high},{b.open},{b.close},{b.volume}",
                       hours=True),
    "Bitfinex": Export(
        "", lambda b: f"{seconds(b)}000,{b.open},{b.close},{b.high},{b.low},{b.volume}", hours=True),
    "Kraken with its average": Export(
        "", lambda b: f"{seconds(b)},{b.open},{b.high},{b.low},{b.close},{b.close},{b.volume},7",
        hours=True),
    "Yahoo's page, long headings": Export(
        "Date\tOpen\tHigh\tLow\tClose Close price adjusted for splits.\tVolume",
        lambda b: f"{b.Index:%b %d, %Y}\t" + usual(b).replace(",", "\t")),
    "Bundesbank": Export(
        '"";BBEX3.D.USD;BBEX3.D.USD_FLAGS\n"";Euro-Referenzkurs;\nEinheit;USD;\nDimension;eins;\n'
        "Stand vom;02.11.2026 15:55:19 Uhr;",
        lambda b: f"{b.Index:%Y-%m-%d};{comma(b.close)};", columns=("close",)),
    "European Central Bank": Export(
        "KEY,FREQ,CURRENCY,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE",
        lambda b: f'EXR.D.USD,D,USD,{b.Index:%Y-%m-%d},{b.close},A,"US dollar/Euro"',
        columns=("close",)),
    "Indian funds": Export("Scheme Code;Scheme Name;Net Asset Value;Date",
                           lambda b: f"119551;Some Fund;{b.close:.4f};{b.Index:%d-%b-%Y}",
                           columns=("close",)),
    "NSE's page": Export(
        '"Date ","series ","OPEN ","HIGH ","LOW ","PREV. CLOSE ","ltp ","close ","VOLUME "',
        lambda b: f'"{b.Index:%d-%b-%Y}","EQ","{b.open:,.2f}","{b.high:,.2f}","{b.low:,.2f}","1.00",'
                  f'"2.00","{b.close:,.2f}","{b.volume:,.0f}"'),
    "Nikkei": Export("データ日付,終値,始値,高値,安値",
                     lambda b: f'"{b.Index:%Y/%m/%d}","{b.close}","{b.open}","{b.high}","{b.low}"',
                     "cp932", "本資料は日経の著作物であり、転載を禁じます。", columns=tuple(PRICES)),
    "Kabutan": Export("日付,始値,高値,安値,終値,前日比,売買高(株)",
                      lambda b: f"{b.Index:%y/%m/%d},{b.open},{b.high},{b.low},{b.close},+1,"
                                f'"{b.volume:,.0f}"'),
    "Taiwan's exchange": Export(
        '"112年01月 2330 台積電 各日成交資訊"\n"日期","成交股數","開盤價","最高價","最低價","收盤價",',
        lambda b: f'"{b.Index.year - 1911}/{b.Index:%m/%d}","{b.volume:,.0f}","{b.open}","{b.high}",'
                  f'"{b.low}","{b.close}",',
        "big5", '"說明:"\n"當日統計資訊含一般、零股、盤後定價、鉅額交易。"'),
    "Tongdaxin": Export("600519 贵州茅台 日线 前复权\n日期\t开盘\t最高\t最低\t收盘\t成交量",
                        lambda b: f"{b.Index:%Y/%m/%d}\t" + usual(b).replace(",", "\t"),
                        "gbk", "数据来源:通达信"),
    "Tonghuashun": Export(
        "时间,开盘,最高,最低,收盘,总手",
        lambda b: f'"{b.Index:%Y-%m-%d},{"一二三四五六日"[b.Index.dayofweek]}",{usual(b)}', "gbk"),
    "Refinitiv": Export("Exchange Date,Close,Net,%Chg,Open,Low,High,Volume",
                        lambda b: f"{b.Index:%d-%b-%Y},{b.close},1,0.1%,{b.open},{b.low},{b.high},"
                                  f"{b.volume:.0f}"),
    "columns of a fixed width": Export(
        "Date           Open     High      Low    Close     Volume",
        lambda b: f"{b.Index:%Y-%m-%d} {b.open:8.2f} {b.high:8.2f} {b.low:8.2f} {b.close:8.2f} "
                  f"{b.volume:10.0f}"),
    "columns of a fixed width, with a clock": Export(
        "Date                    Open     High      Low    Close     Volume",
        lambda b: f"{b.Index:%Y-%m-%d %H:%M:%S} {b.open:8.2f} {b.high:8.2f} {b.low:8.2f} "
                  f"{b.close:8.2f} {b.volume:10.0f}"),
    "volumes in millions": Export("Date,Open,High,Low,Close,Volume",
                                  lambda b: f"{b.Index:%Y-%m-%d},{b.open},{b.high},{b.low},"
                                            f"{b.close},{b.volume / 1e6:.6f} million"),
    "volumes in crore": Export("Date,Open,High,Low,Close,Volume",
                               lambda b: f"{b.Index:%Y-%m-%d},{b.open},{b.high},{b.low},"
                                         f"{b.close},{b.volume / 1e7:.7f} Cr"),
    "Indonesian": investing("Tanggal,Terakhir,Pembukaan,Tertinggi,Terendah,Vol.,Perubahan%", "%d/%m/%Y"),
    "Thai": investing("วันที่,ล่าสุด,เปิด,สูงสุด,ต่ำสุด,ปริมาณ,% เปลี่ยน", "%d/%m/%Y", "."),
    "Hebrew in cp1255": investing("תאריך,אחרון,פתיחה,גבוה,נמוך,נפח,% שינוי", "%d.%m.%Y", ".", "cp1255"),
    "Arabic in cp1256": investing("التاريخ,السعر,الافتتاح,أعلى,أدنى,الحجم,نسبة", "%d/%m/%Y", ".", "cp1256"),
    "Greek in cp1253": investing("Ημερομηνία,Τελευταία,Άνοιγμα,Υψηλό,Χαμηλό,Όγκος,%", "%d/%m/%Y", ",",
                                 "cp1253"),
    "Danish": investing("Dato,Seneste,Åben,Høj,Lav,Vol.,+/- %", "%d.%m.%Y"),
    "Hungarian": investing("Dátum,Utolsó,Nyitó,Max,Min,Forgalom,Vált.%", "%Y.%m.%d."),
    "Czech": investing("Datum,Závěr,Otevření,Nejvyšší,Nejnižší,Objem,Změna %", "%d.%m.%Y"),
    "Romanian": investing("Data,Închidere,Deschidere,Maxim,Minim,Volum,Var %", "%d.%m.%Y"),
    "Ukrainian": investing("Дата,Ціна,Відкриття,Макс.,Мін.,Обсяг,Змін. %", "%d.%m.%Y"),
    "Hong Kong": investing("日期,收市,開市,高,低,成交量,升跌（%）", "%Y-%m-%d", "."),
    "Hindi": investing("दिनांक,मूल्य,ओपन,हाई,लो,वॉल्यूम,% बदलाव", "%d/%m/%Y", "."),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_of_an_exporter_gives_the_bars_that_were_written(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name]
    (tmp_path / "X.csv").write_bytes(export.content())
    (imported,) = read_prices(tmp_path / "X.csv", "X")
    bars, columns = imported.history.bars, list(export.columns)
    if "Hindi" in name:
        columns.remove("volume")
    assert bars.index.equals(export.bars.index)
    np.testing.assert_allclose(bars[columns], export.bars[columns], rtol=1e-9)


@pytest.mark.parametrize(
    "form",
    ["US${}", "R$ {}", "HK${}", "kr {}", "{} kr", "{}zł", "{} USD", "EUR {}", "Rs. {}", "{}p", "Rp{}",
     "{}円", "{}元", "{}원", "₽{}", "฿{}", "₺{}", "{} pts", "{} GBX", "'{}", "CHF {}"],
)  # fmt: skip
def test_the_currency_of_a_price_does_no_harm(form: str, tmp_path: Path) -> None:
    bars = daily()
    lines = [f"{bar.Index:%Y-%m-%d},{form.format(bar.close)}" for bar in bars.itertuples()]
    (tmp_path / "X.csv").write_text("\n".join(["Date,Close", *lines]))
    (imported,) = read_prices(tmp_path / "X.csv", "X")
    assert list(imported.history.bars["close"]) == list(bars["close"])


@pytest.mark.parametrize("cell", ["91 28/32", "91'28", "91-28", "91 28", "9186-", "91.86*"])
def test_prices_in_fractions_are_refused_by_their_cell(cell: str, tmp_path: Path) -> None:
    lines = [f"{day:%Y-%m-%d},{cell}" for day in daily().index]
    (tmp_path / "X.csv").write_text("\n".join(["Date,Close", *lines]))
    with pytest.raises(DataError, match="rows have no number in 'Close'"):
        read_prices(tmp_path / "X.csv", "X")


def test_the_chart_that_yahoo_sends_is_a_file_of_prices(tmp_path: Path) -> None:
    bars = daily()
    stamps = [int(day.timestamp()) + 52_200 for day in bars.index]
    quote = {name: list(bars[name]) for name in OHLCV}
    result = {
        "meta": {"symbol": "X", "validRanges": ["1d", "5d"]},
        "timestamp": stamps,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": list(bars["close"])}]},
    }
    (tmp_path / "X.json").write_text(json.dumps({"chart": {"result": [result], "error": None}}))
    (imported,) = read_prices(tmp_path / "X.json", "X")
    assert imported.history.bars[OHLCV].equals(bars[OHLCV])


def test_prices_that_stand_in_an_inner_record_are_read(tmp_path: Path) -> None:
    bars = daily()
    candles = [
        {"time": f"{b.Index:%Y-%m-%d}", "mid": {"o": b.open, "h": b.high, "l": b.low, "c": b.close}}
        for b in bars.itertuples()
    ]
    (tmp_path / "X.json").write_text(json.dumps({"instrument": "X", "candles": candles}))
    (imported,) = read_prices(tmp_path / "X.json", "X")
    assert imported.history.bars[PRICES].equals(bars[PRICES])


def test_a_quoted_volume_is_read_by_the_mark_of_the_prices_beside_it(tmp_path: Path) -> None:
    rows = [f'{day:%m/%d/%Y},95.{day.day:02d},"{322_000 + day.day:,}"'
            for day in pd.bdate_range("2024-01-02", periods=30)]  # fmt: skip
    path = tmp_path / "x.csv"
    path.write_text("\n".join(["Date,Close,Volume", *rows]) + "\n")
    (imported,) = read_prices(path, "X")
    assert imported.history.bars["volume"].iloc[0] == 322_002


def test_years_months_and_days_in_columns_of_their_own_are_dates(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-01-02", periods=30)
    rows = [f"{day.year},{day.month},{day.day},{95 + day.day}" for day in days]
    path = tmp_path / "x.csv"
    path.write_text("\n".join(["Year,Month,Day,Close", *rows]) + "\n")
    (imported,) = read_prices(path, "X")
    assert list(imported.history.dates) == list(days)

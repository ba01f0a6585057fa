"""The layouts that the world exports prices in, each written from the same bars."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnforecast.data.importing.columns import BY_EVIDENCE, Selection

OHLCV = ["open", "high", "low", "close", "volume"]


def daily(rows: int = 60) -> pd.DataFrame:
    """Weekdays from 2 January 2023 on, prices with two decimals."""
    return _bars(pd.date_range("2023-01-02", periods=rows, freq="B", name="date", unit="ns"))


def hourly(rows: int = 600) -> pd.DataFrame:
    """Hours around the clock, in UTC."""
    return _bars(pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC", name="date", unit="ns"))  # fmt: skip


def _bars(index: pd.DatetimeIndex) -> pd.DataFrame:
    draw = np.random.default_rng(3)
    close = np.round(90 * np.exp(np.cumsum(draw.normal(0, 0.01, len(index)))), 2)
    open_ = np.round(close * (1 + draw.normal(0, 0.002, len(index))), 2)
    values = {
        "open": open_,
        "high": np.maximum(open_, close) + 0.37,
        "low": np.minimum(open_, close) - 0.41,
        "close": close,
        "volume": draw.integers(10_000, 9_000_000, len(index)).astype(float),
    }
    return pd.DataFrame(values, index=index).round(2)


@dataclass(frozen=True)
class Layout:
    """One way to write bars.

    Args:
        write: bars to the file's content.
        file: its name.
        selection: what a user has to say besides.
        hourly: whether the bars are hours.
        columns: those of the bars that the layout holds.
    """

    write: Callable[[pd.DataFrame], str | bytes]
    file: str = "x.csv"
    selection: Selection = BY_EVIDENCE
    hourly: bool = False
    columns: tuple[str, ...] = tuple(OHLCV)

    @property
    def bars(self) -> pd.DataFrame:
        """The bars that are written and must be read."""
        return hourly() if self.hourly else daily()

    def content(self) -> bytes:
        """The file."""
        written = self.write(self.bars)
        return written if isinstance(written, bytes) else written.encode()


def table(
    heading: str,
    date: str = "%Y-%m-%d",
    order: str = "ohlcv",
    separator: str = ",",
    number: Callable[[float], str] = "{:.2f}".format,
    volume: Callable[[float], str] = "{:.0f}".format,
    tail: str = "",
    descending: bool = False,
) -> Callable[[pd.DataFrame], str]:
    """Write a line a bar: a date, then values by their letters."""
    letters = dict(zip("ohlcv", OHLCV, strict=True))

    def write(bars: pd.DataFrame) -> str:
        lines = []
        for day, row in bars.iterrows():
            cells = [volume(row["volume"]) if letter == "v" else number(row[letters[letter]])
                     for letter in order]  # fmt: skip
            lines.append(separator.join([day.strftime(date), *cells]) + tail)  # type: ignore[attr-defined]
        return "\n".join([heading, *(lines[::-1] if descending else lines)]) + "\n"

    return write


def comma(value: float) -> str:
    """1.234,56"""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def short(value: float) -> str:
    """1.38M"""
    return f"{value / 1e6:.6f}M" if value >= 1e6 else f"{value / 1e3:.3f}K"


def quoted(text: str) -> str:
    return f'"{text}"'


def stamped(unit: float, heading: str, number: str = "{:.2f}") -> Callable[[pd.DataFrame], str]:
    """Write stamps since 1970 in front of each bar; no heading, no line for it."""

    def write(bars: pd.DataFrame) -> str:
        stamps = [int(day.timestamp() * unit) for day in bars.index]
        rows = bars[OHLCV].itertuples(index=False)
        lines = [
            f"{stamp},{','.join(number.format(value) for value in row)}"
            for stamp, row in zip(stamps, rows, strict=True)
        ]
        return "\n".join([heading, *lines] if heading else lines) + "\n"

    return write


def binance_dump(unit: float) -> Callable[[pd.DataFrame], str]:
    """Twelve columns without headings."""

    def write(bars: pd.DataFrame) -> str:
        lines = stamped(unit, "", "{:.8f}")(bars).splitlines()
        return "\n".join(f"{line},{int(line.split(',')[0]) + 1},1.0,5,0.5,0.5,0" for line in lines)

    return write


def excel(bars: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as book:
        bars.rename(columns=str.title).rename_axis("Date").to_excel(book, startrow=3)
    return buffer.getvalue()


def excel_serial(bars: pd.DataFrame) -> str:
    days = (bars.index - pd.Timestamp("1899-12-30")).days
    return bars.set_index(pd.Index(days, name="Date")).to_csv()


def multiindex(bars: pd.DataFrame, ticker: str = "X") -> pd.DataFrame:
    titled = bars.rename(columns=str.title).rename_axis("Date")
    titled.columns = pd.MultiIndex.from_product(
        [titled.columns, [ticker]], names=["Price", "Ticker"]
    )
    return titled


def to_bytes(frame: pd.DataFrame, method: str) -> bytes:
    buffer = io.BytesIO()
    getattr(frame, method)(buffer)
    return buffer.getvalue()


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner.csv", text)
    return buffer.getvalue()


def json_lines(bars: pd.DataFrame) -> str:
    rows = bars.reset_index().assign(date=lambda frame: frame["date"].dt.strftime("%Y-%m-%d"))
    return "\n".join(json.dumps(record) for record in rows.to_dict("records"))


def records(bars: pd.DataFrame) -> str:
    return json.dumps({"symbol": "X", "historical": [json.loads(line) for line in json_lines(bars).splitlines()]})  # fmt: skip


def alpha_vantage_json(bars: pd.DataFrame) -> str:
    days = {f"{day:%Y-%m-%d}": {f"{n}. {name}": str(row[name]) for n, name in enumerate(OHLCV, 1)}
            for day, row in bars.iterrows()}  # fmt: skip
    return json.dumps({"Meta Data": {"1. Information": "Daily", "2. Symbol": "X"}, "Time Series (Daily)": days})  # fmt: skip


def klines_json(bars: pd.DataFrame) -> str:
    return json.dumps([
        [int(day.timestamp() * 1000), *(str(row[name]) for name in OHLCV), 1, "1", 2, "1", "1", "0"]
        for day, row in bars.iterrows()
    ])  # fmt: skip


def coingecko_json(bars: pd.DataFrame) -> str:
    return json.dumps({"prices": [[int(day.timestamp() * 1000), row["close"]] for day, row in bars.iterrows()]})  # fmt: skip


def finnhub_json(bars: pd.DataFrame) -> str:
    columns = {name[0]: bars[name].tolist() for name in OHLCV}
    return json.dumps({**columns, "s": "ok", "t": [int(day.timestamp()) for day in bars.index]})


def metatrader(date: str, clock: str, heading: str, separator: str = ",") -> Callable[[pd.DataFrame], str]:  # fmt: skip
    return table(heading, f"{date}{separator}{clock}", "ohlcv", separator)


def wiki(bars: pd.DataFrame) -> str:
    """Quandl's WIKI: as traded, with a split and a dividend; adjusted columns beside."""
    split, before = 30, np.where(np.arange(len(bars)) < 30, 4.0, 1.0)
    raw = bars[["open", "high", "low", "close"]].mul(before, axis=0)
    adjusted = bars[["open", "high", "low", "close"]] * 0.98
    ratio = np.ones(len(bars))
    ratio[split] = 4.0
    frame = pd.DataFrame({
        "Date": bars.index.strftime("%Y-%m-%d"), "Open": raw["open"], "High": raw["high"], "Low": raw["low"],
        "Close": raw["close"], "Volume": bars["volume"] / before, "Ex-Dividend": 0.0, "Split Ratio": ratio,
        "Adj. Open": adjusted["open"], "Adj. High": adjusted["high"], "Adj. Low": adjusted["low"],
        "Adj. Close": adjusted["close"], "Adj. Volume": bars["volume"],
    })  # fmt: skip
    return frame.to_csv(index=False)


UTC = Selection(timezone="UTC")
LAYOUTS: dict[str, Layout] = {
    "classic Yahoo": Layout(table("Date,Open,High,Low,Close,Volume")),
    "Yahoo's page": Layout(table("Date,Open,High,Low,Close*,Volume", '"%b %d, %Y"', volume=lambda v: f'"{v:,.0f}"')),
    "investing.com US": Layout(
        table("Date,Price,Open,High,Low,Vol.,Change %", '"%m/%d/%Y"', "cohlv", number=lambda v: f'"{v:,.2f}"', volume=lambda v: quoted(short(v)), tail=',"0.12%"', descending=True)
    ),
    "investing.com US, month names": Layout(
        table("Date,Price,Open,High,Low,Vol.,Change %", '"%b %d, %Y"', "cohlv", volume=short, tail=",0.12%", descending=True)
    ),
    "investing.com UK": Layout(
        table("Date,Price,Open,High,Low,Vol.,Change %", '"%d/%m/%Y"', "cohlv", volume=short, tail=",0.12%", descending=True)
    ),
    "investing.com Germany": Layout(
        table("Datum,Zuletzt,Eröffn.,Hoch,Tief,Vol.,+/- %", '"%d.%m.%Y"', "cohlv", number=lambda v: quoted(comma(v)), volume=lambda v: quoted(short(v).replace(".", ",")), tail=',"0,12%"', descending=True)
    ),
    "investing.com Brazil": Layout(
        table("Data,Último,Abertura,Máxima,Mínima,Vol.,Var%", '"%d.%m.%Y"', "cohlv", number=lambda v: quoted(comma(v)), volume=lambda v: quoted(short(v).replace(".", ",")), tail=',"0,12%"')
    ),
    "investing.com France": Layout(
        table("Date,Dernier,Ouv.,Plus Haut,Plus Bas,Vol.,Variation %", "%d/%m/%Y", "cohlv", number=lambda v: quoted(comma(v)), volume=lambda v: quoted(short(v).replace(".", ",")), tail=',"0,12%"')
    ),
    "investing.com Japan": Layout(
        table("日付け,終値,始値,高値,安値,出来高,変化率 %", '"%Y年%m月%d日"', "cohlv", volume=short, tail=",0.12%")
    ),
    "investing.com Korea": Layout(
        table("날짜,종가,시가,고가,저가,거래량,변동 %", '"%Y- %m- %d"', "cohlv", volume=short, tail=",0.12%")
    ),
    "stooq": Layout(table("Date,Open,High,Low,Close,Volume")),
    "stooq Poland": Layout(table("Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen")),
    "stooq Poland with accents, cp1250": Layout(
        lambda bars: table("Data;Otwarcie;Najwyższy;Najniższy;Zamknięcie;Wolumen", separator=";")(bars).encode("cp1250")
    ),
    "stooq bulk": Layout(
        lambda bars: "\n".join(
            line if line.startswith("<") else f"X,D,{line}"
            for line in table("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>", "%Y%m%d,000000", tail=",0")(bars).splitlines()
        ), "x.txt",
    ),
    "MetaTrader 4, hours": Layout(metatrader("%Y.%m.%d", "%H:%M", "", ","), "x.csv", UTC, hourly=True),
    "MetaTrader 5, hours": Layout(
        table("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>", "%Y.%m.%d\t%H:%M:%S", separator="\t", tail="\t0\t7"), "x.csv", UTC, hourly=True,
    ),
    "MetaTrader 5, days": Layout(table("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>", "%Y.%m.%d", separator="\t", tail="\t0\t7")),
    "Date and Time": Layout(table("Date,Time,Open,High,Low,Close,Volume", "%Y-%m-%d,%H:%M:%S"), "x.csv", UTC, hourly=True),
    "NinjaTrader": Layout(table("", "%Y%m%d %H%M%S", separator=";"), "x.txt", UTC, hourly=True),
    "Dukascopy": Layout(table("Gmt time,Open,High,Low,Close,Volume", "%d.%m.%Y %H:%M:%S.000"), hourly=True),
    "Dukascopy, local time": Layout(table("Local time,Open,High,Low,Close,Volume", "%d.%m.%Y %H:%M:%S.000 GMT+0000"), hourly=True),
    "twelve hours": Layout(table("Date,Open,High,Low,Close,Volume", "%m/%d/%Y %I:%M:%S %p"), "x.csv", UTC, hourly=True),
    "TradingView, ISO": Layout(table("time,open,high,low,close,Volume", "%Y-%m-%dT%H:%M:%SZ"), hourly=True),
    "TradingView, seconds": Layout(stamped(1, "time,open,high,low,close,Volume"), hourly=True),
    "Binance, milliseconds": Layout(binance_dump(1e3), hourly=True),
    "Binance, microseconds": Layout(binance_dump(1e6), hourly=True),
    "Binance, both in one file": Layout(
        lambda bars: binance_dump(1e3)(bars.iloc[:300]) + "\n" + binance_dump(1e6)(bars.iloc[300:]), hourly=True
    ),
    "Binance, zipped": Layout(lambda bars: zipped(binance_dump(1e3)(bars)), "X-1h.zip", hourly=True),
    "Binance, headed": Layout(stamped(1e3, "open_time,open,high,low,close,volume"), hourly=True),
    "nanoseconds": Layout(stamped(1e9, "timestamp,open,high,low,close,volume"), hourly=True),
    "Kraken": Layout(lambda bars: "\n".join(f"{line},17" for line in stamped(1, "")(bars).splitlines()), hourly=True),
    "CryptoDataDownload": Layout(
        lambda bars: "https://www.CryptoDataDownload.com\n" + "\n".join(
            f"unix,date,symbol,{line}" if line.startswith("open") else
            f"{int(bars.index[row - 1].timestamp() * 1000)},{bars.index[row - 1]:%Y-%m-%d %H:%M:%S},X/USDT,{line.split(',', 1)[1]}"
            for row, line in enumerate(table("open,high,low,close,Volume X,Volume USDT,tradecount", tail=",1,2")(bars).splitlines())
        ), hourly=True,
    ),
    "CoinGecko": Layout(table("snapped_at,price,market_cap,total_volume", "%Y-%m-%d 00:00:00 UTC", "cvv"), columns=("close", "volume")),
    "CoinMarketCap": Layout(
        table("timeOpen;open;high;low;close;volume", '"%Y-%m-%dT00:00:00.000Z"', separator=";", number="{:.10f}".format, volume="{:.2f}".format)
    ),
    "Quandl WIKI": Layout(wiki),
    "Nasdaq.com": Layout(table("Date,Close/Last,Volume,Open,High,Low", "%m/%d/%Y", "cvohl", number="${:.2f}".format, descending=True)),
    "NSE": Layout(
        table("Date ,OPEN ,HIGH ,LOW ,PREV. CLOSE ,ltp ,close ,VOLUME ", '"%d-%b-%Y"', "ohlcccv", number=lambda v: f'"{v:,.2f}"', volume=lambda v: f'"{v:,.0f}"', descending=True)
    ),
    "BSE": Layout(table("Date,Open Price,High Price,Low Price,Close Price,No.of Shares", "%d-%B-%Y")),
    "tushare": Layout(
        lambda bars: "ts_code,trade_date,open,high,low,close,vol\n" + "\n".join(
            f"X.SH,{line}" for line in table("", "%Y%m%d", descending=True)(bars).splitlines() if line
        )
    ),
    "akshare": Layout(table("日期,开盘,收盘,最高,最低,成交量", order="ochlv")),
    "akshare in GBK": Layout(lambda bars: table("日期,开盘,收盘,最高,最低,成交量", order="ochlv")(bars).encode("gbk")),
    "Shift-JIS": Layout(lambda bars: table("日付,始値,高値,安値,終値,出来高", "%Y/%m/%d")(bars).encode("cp932")),
    "Big5": Layout(lambda bars: table("日期,開盤價,最高價,最低價,收盤價,成交股數", "%Y/%m/%d")(bars).encode("big5")),
    "UTF-16": Layout(lambda bars: table("Date\tOpen\tHigh\tLow\tClose\tVolume", separator="\t")(bars).encode("utf-16")),
    "UTF-8 with a mark": Layout(lambda bars: table("Date,Open,High,Low,Close,Volume")(bars).encode("utf-8-sig")),
    "German": Layout(table("Datum;Eröffnung;Hoch;Tief;Schlusskurs;Volumen", "%d.%m.%Y", separator=";", number=comma, volume=lambda v: comma(v).removesuffix(",00"))),
    "Swedish": Layout(table("Datum;Öppning;Högst;Lägst;Stängning;Volym", separator=";", number=comma, volume=lambda v: comma(v).removesuffix(",00"))),
    "Finnish": Layout(table("Päivämäärä;Avauskurssi;Ylin;Alin;Päätöskurssi;Vaihto", "%d.%m.%Y", separator=";", number=comma, volume=lambda v: comma(v).removesuffix(",00"))),
    "German in cp1252": Layout(
        lambda bars: table("Datum;Eröffnung;Tageshoch;Tagestief;Schluss;Stücke", "%d.%m.%Y", separator=";", number=comma, volume=lambda v: comma(v).removesuffix(",00"))(bars).encode("cp1252")
    ),
    "decimal comma under English headings": Layout(table("Date;Open;High;Low;Close;Volume", separator=";", number=lambda v: f"{v:.2f}".replace(".", ","))),
    "French": Layout(table("date;ouverture;plus haut;plus bas;clôture;volume", "%d/%m/%Y", separator=";", number=lambda v: f"{v:.2f}".replace(".", ","))),
    "Spanish months": Layout(
        lambda bars: "Fecha,Apertura,Máximo,Mínimo,Cierre,Volumen\n" + "\n".join(
            line.replace("Jan", "ene").replace("Apr", "abr") for line in table("", "%d %b %Y")(bars).splitlines() if line
        )
    ),
    "Euronext": Layout(
        lambda bars: '"Historical Data"\n"From 2023-01-01"\nFR0000000000\n' + table("Date;Open;High;Low;Last;Close;Number of Shares;Number of Trades", "%d/%m/%Y", "ohlccv", ";", tail=";12", descending=True)(bars)
    ),
    "Nasdaq Nordic": Layout(
        lambda bars: "sep=;\n" + table("Date;Bid;Ask;Opening price;High price;Low price;Closing price;Total volume;", "%Y-%m-%d", "ccohlcv", ";", number=lambda v: f"{v:.2f}".replace(".", ","), tail=";")(bars)
    ),
    "Bloomberg": Layout(
        lambda bars: "Security,X US Equity\nStart Date,01/02/2023\nEnd Date,03/24/2023\nPeriod,D\n,\n" + table("Date,PX_OPEN,PX_HIGH,PX_LOW,PX_LAST,PX_VOLUME", "%m/%d/%Y")(bars)
    ),
    "Alpha Vantage": Layout(table("timestamp,1. open,2. high,3. low,4. close,5. volume", descending=True)),
    "Google Sheets": Layout(table("Date,Open,High,Low,Close,Volume", "%m/%d/%Y 16:00:00")),
    "two digits of a year": Layout(table("Date,Open,High,Low,Close,Volume", "%d/%m/%y")),
    "month glued to the day": Layout(table("Date,Open,High,Low,Close,Volume", "%d%b%Y")),
    "American months": Layout(table("DATE,OPEN,HIGH,LOW,CLOSE,VOLUME", '"%B %d, %Y"')),
    "weekdays": Layout(table("Date,Open,High,Low,Close,Volume", '"%a, %d %b %Y"')),
    "compact": Layout(table("date,open,high,low,close,volume", "%Y%m%d")),
    "Excel's numbers": Layout(excel_serial),
    "Excel": Layout(excel, "x.xlsx"),
    "no headings": Layout(table("")),
    "fields between blanks": Layout(table("Date Open High Low Close Volume", separator=" ")),
    "a blank line and a source at the end": Layout(lambda bars: table("Date,Open,High,Low,Close,Volume")(bars) + "\nSource: an exchange\n"),
    "trailing separators": Layout(table("Date,Open,High,Low,Close,Volume", tail=",")),
    "R with row names": Layout(lambda bars: bars.reset_index().rename(columns=str.title).to_csv(index=True).removeprefix(",")),
    "pandas with row numbers": Layout(lambda bars: bars.reset_index().rename(columns=str.title).to_csv()),
    "yf.download, csv": Layout(lambda bars: multiindex(bars).to_csv()),
    "yf.download, parquet": Layout(lambda bars: to_bytes(multiindex(bars), "to_parquet"), "x.parquet"),
    "yf.download, by ticker": Layout(lambda bars: to_bytes(multiindex(bars).swaplevel(axis=1), "to_parquet"), "x.parquet"),
    "parquet": Layout(lambda bars: to_bytes(bars.rename(columns=str.title), "to_parquet"), "x.parquet"),
    "feather": Layout(lambda bars: to_bytes(bars.reset_index(), "to_feather"), "x.feather"),
    "JSON lines": Layout(json_lines, "x.jsonl"),
    "JSON records in an envelope": Layout(records, "x.json"),
    "JSON of Alpha Vantage": Layout(alpha_vantage_json, "x.json"),
    "JSON klines": Layout(klines_json, "x.json", hourly=True),
    "JSON of CoinGecko": Layout(coingecko_json, "x.json", columns=("close",)),
    "JSON of Finnhub": Layout(finnhub_json, "x.json"),
    "JSON of pandas": Layout(lambda bars: bars.to_json(), "x.json"),
    "JSON of pandas, dates in a column": Layout(lambda bars: bars.reset_index().to_json(), "x.json"),
    "JSON of pandas, split": Layout(lambda bars: bars.to_json(orient="split", date_format="iso"), "x.json"),
    "Finam": Layout(table("<TICKER>;<PER>;<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>", "X;D;%y%m%d;000000", separator=";"), "x.txt"),
    "Kibot": Layout(table("", "%m/%d/%Y"), "x.txt"),
    "FirstRate": Layout(table("", "%Y-%m-%d %H:%M:%S"), "x.txt", UTC, hourly=True),
    "Barchart": Layout(lambda bars: table("Time,Open,High,Low,Last,Volume", "%m/%d/%Y")(bars) + '"Downloaded from Barchart.com"\n'),
    "Macrotrends": Layout(lambda bars: "\n\nMacrotrends Data Download\n\nDISCLAIMER: DATA IS PROVIDED, BY US\n\n" + table("date,open,high,low,close,volume")(bars)),
    "Tiingo": Layout(table("date,close,high,low,open,volume,adjClose,divCash,splitFactor", "%Y-%m-%d 00:00:00+00:00", "chlovc", tail=",0.0,1.0")),
    "OKX": Layout(stamped(1e3, "ts,o,h,l,c,vol"), hourly=True),
    "Turkish": Layout(table("Tarih,Şimdi,Açılış,Yüksek,Düşük,Hac.,Fark %", '"%d.%m.%Y"', "cohlv", number=lambda v: quoted(comma(v)), volume=lambda v: quoted(short(v).replace(".", ",")), tail=',"0,1%"')),
    "Russian in cp1251": Layout(lambda bars: table("Дата;Откр.;Макс.;Мин.;Цена;Объём", "%d.%m.%Y", separator=";", number=comma)(bars).encode("cp1251")),
    "Korean in EUC-KR": Layout(lambda bars: table("일자,시가,고가,저가,종가,거래량", "%Y/%m/%d")(bars).encode("euc_kr")),
    "Taiwan's years": Layout(lambda bars: "日期,開盤價,最高價,最低價,收盤價,成交股數\n" + "".join(f"{d.year - 1911}/{d:%m/%d},{','.join(map(str, bars.loc[d, OHLCV]))}\n" for d in bars.index)),
    "old Macintosh lines": Layout(lambda bars: table("Date,Open,High,Low,Close,Volume")(bars).replace("\n", "\r")),
    "tuples as headings": Layout(lambda bars: multiindex(bars).set_axis([str(c) for c in multiindex(bars).columns], axis=1).to_csv()),
    "tickers behind the headings": Layout(lambda bars: multiindex(bars).set_axis([f"{n}_X" for n in bars.columns.str.title()], axis=1).to_csv()),
    "a rate of the Fed": Layout(table("observation_date,DGS10", order="c"), columns=("close",)),
    "JSON of Nixtla's long form": Layout(lambda bars: "\n".join(json.dumps({"unique_id": "X", "ds": f"{d:%Y-%m-%d}", "y": c}) for d, c in bars["close"].items()), "x.jsonl", columns=("close",)),
    "gzip": Layout(lambda bars: gzip.compress(table("Date,Open,High,Low,Close,Volume")(bars).encode()), "x.csv.gz"),
}  # fmt: skip

"""The one table of spellings: what the columns of price files are called around the world.

To teach the importer a new layout, add its headings here, written in any case and with or without
accents: headings and entries are compared after :func:`normalise`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

SPELLINGS: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "datetime", "date time", "date/time", "trade date", "tradedate", "trading date",
        "trading day", "trad dt", "दिनांक", "exchange date", "effective date", "settlement date",
        "nav date", "quote date", "biz dt", "date1", "business date", "observation date",
        "session date", "price date", "ds", "dt", "open time", "time open", "kline open time",
        "candle begin time", "snapped at", "timestamp", "time stamp", "gmt time", "local time",
        "utc time", "time utc", "bar start", "period start", "start time", "time", "day", "ts",
        "window start", "bar time", "candle time", "start at", "open at", "begin time",
        "begin", "period", "unix", "unix timestamp",
        "unix time", "epoch", "t", "datum", "tag", "handelstag", "zeitpunkt", "zeitstempel",
        "datum/zeit", "zeit", "jour", "seance", "date de cotation", "date heure", "horodatage",
        "data", "data sesji", "dzien", "data pregao", "data do pregao", "dtpregao", "data/ora",
        "giorno", "fecha", "dia", "fecha/hora", "dato", "pvm", "paiva", "paivamaara", "tarih",
        "дата", "<date>", "日期", "交易日期", "交易时间", "时间", "日付", "日付け", "日時",
        "年月日", "日期時間", "날짜", "일자", "일시", "dtyyyymmdd", "yyyymmdd", "snapshot time",
        "time period", "データ日付", "거래일자", "交易日", "日付時刻", "datetime utc", "tanggal",
        "ngay", "วันที่", "תאריך", "تاريخ", "التاريخ", "ημερομηνια", "datum a cas", "aeg",
        "kuupaev", "data i godzina", "index", "unnamed: 0", "",
    ),
    "clock": (
        "time", "hour", "time of day", "uhrzeit", "zeit", "heure", "hora", "ora", "godzina",
        "czas", "tid", "klo", "saat", "время", "时间", "時間", "時刻", "시간",
    ),
    "open": (
        "open", "open price", "opening", "opening price", "price open", "opn pric", "px open",
        "open bid", "o", "eroffnung", "eroeffnung", "eroffn", "eroffnungskurs", "eroffnungspreis",
        "erster", "anfang", "ouverture", "ouv", "cours d'ouverture", "apertura", "aper",
        "abertura", "preco de abertura", "preabe", "otwarcie", "kurs otwarcia", "opening koers",
        "oppen", "oppning", "oppningskurs", "avaus", "avauskurssi", "acilis", "откр",
        "открытие", "开盘", "开盘价", "今开", "开",
        "始値", "開盤", "開盤價", "開盤价", "시가", "pembukaan", "mo cua", "เปิด", "פתיחה",
        "الافتتاح", "مفتوح", "ανοιγμα", "nyito", "nyitoar", "otevreni", "otviraci", "deschidere",
        "відкриття", "aben", "aabning", "apning", "åbning", "otvirani", "開市價", "開市", "ओपन",
        "open rate", "rate open", "start", "first",
    ),
    "high": (
        "high", "high price", "price high", "hgh pric", "px high", "day high", "high bid", "h",
        "max", "maximum", "hoch", "tageshoch", "hochst", "hochstkurs", "hochstpreis", "hoechst",
        "haut", "plus haut", "+ haut", "maximo", "maxima", "preco maximo", "premax", "massimo",
        "najwyzszy", "kurs maksymalny", "maks", "maksimum", "hoog", "hoogste", "hogst", "hogsta",
        "hoyest", "hojest", "ylin", "yuksek", "en yuksek", "макс", "максимум", "最高",
        "最高价", "高",
        "高値", "最高價", "고가", "tertinggi", "cao", "cao nhat", "สูงสุด", "גבוה", "أعلى",
        "الأعلى", "υψηλο", "nejvyssi", "maxim", "maxar", "hoj", "hojeste", "hoy", "high rate",
        "हाई", "rate high",
    ),
    "low": (
        "low", "low price", "price low", "lw pric", "px low", "day low", "low bid", "l", "min",
        "minimum", "tief", "tagestief", "tiefst", "tiefstkurs", "tiefstpreis", "bas", "plus bas",
        "+ bas", "minimo", "minima", "preco minimo", "premin", "najnizszy", "kurs minimalny",
        "laag", "laagste", "lagst", "lagsta", "lavest", "alin", "dusuk", "en dusuk", "мин",
        "минимум", "最低", "最低价", "低", "安値", "最低價", "저가", "terendah", "thap",
        "thap nhat", "ต่ำสุด", "נמוך", "أدنى", "الأدنى", "χαμηλο", "nejnizsi", "minim", "minar",
        "lav", "laveste", "мін", "low rate", "लो", "rate low",
    ),
    "close": (
        "close", "close price", "closing price", "closing", "price close", "cls pric", "px last",
        "px close", "close/last", "settle", "settlement price", "last", "last price", "close bid",
        "price", "c", "schluss", "schlusskurs", "schlusspreis", "schlussstand", "letzter",
        "zuletzt", "kurs", "cloture", "clot", "dernier", "dernier cours", "cours",
        "cours de cloture", "cierre", "ultimo", "ultimo precio", "precio", "precio de cierre",
        "fechamento", "ultima", "preco", "preco de fechamento", "preult", "chiusura", "prezzo",
        "zamkniecie", "kurs zamkniecia", "ostatnio", "slotkoers", "slot", "laatst", "koers",
        "stangning", "stangningskurs", "slutkurs", "lukkekurs", "senaste", "siste",
        "seneste", "paatos", "paatoskurssi", "viimeisin", "kapanis", "simdi",
        "son", "цена", "закрытие", "закр", "收盘", "收盘价", "收", "終値", "收盤", "收盤價",
        "종가", "terakhir", "penutupan", "lan cuoi", "dong cua", "ล่าสุด", "ปิด", "אחרון", "שער",
        "נעילה", "السعر", "الأخير", "الإغلاق", "τελευταια", "τελευταιο", "κλεισιμο", "zaroar",
        "zaro", "utolso", "zaver", "zaviraci", "zavreni", "inchidere", "ціна", "закриття",
        "sluttkurs", "slutt", "lukukurssi", "closekurs", "收市價", "現在値", "현재가",
        "close rate", "rate close", "ltp", "net asset value", "nav", "unit value", "收市",
        "收市价", "senast", "सबसे हालिया", "मूल्य", "close close price adjusted for splits",
    ),
    "adj_close": (
        "adj close", "adjclose", "adjusted close", "adjusted closing price",
        "adjusted close price", "close adj", "close adjusted", "adj closing price",
        "调整后收盘价", "調整後終値", "수정종가", "schluss adj", "cloture ajustee",
        "cierre ajustado", "fechamento ajustado", "chiusura aggiustata", "chiusura rettificata",
        "adj price", "price adj",
        "adj close adjusted close price adjusted for splits and dividend and/or capital gain "
        "distributions",
    ),
    "volume": (
        "volume", "vol", "total volume", "trade volume", "volume traded", "px volume",
        "traded volume", "v", "tottrdqty", "ttl trd qnty", "ttl tradg vol", "no of shares",
        "number of shares", "shares traded", "quantity", "stucke", "stuecke", "umsatz stuck",
        "gehandelte stucke", "umsatz", "volumen", "wolumen", "wol", "volumes", "quantidade",
        "volym", "hacim", "hac", "base volume", "volumefrom", "tick volume", "tickvol",
        "tick vol", "объем", "成交量", "交易量", "出来高", "成交股數", "거래량", "kl",
        "khoi luong", "ปริมาณ", "נפח", "מחזור", "الحجم", "حجم", "ογκοσ", "forgalom", "objem",
        "volum", "обсяг", "omsetning", "omsatt", "vaihto", "売買高", "总手", "總量", "成交股数",
        "成交数量", "obj", "trading volume", "real volume", "qty",
    ),
    "dividends": (
        "dividends", "dividend", "ex dividend", "dividend amount", "divcash", "div cash",
        "dividende",
    ),
    "splits": (
        "stock splits", "splits", "split", "split ratio", "split coefficient", "split factor",
    ),
    "series": (
        "y", "value", "wert", "valeur", "valor", "wartosc", "values", "obs value", "observation",
        "rate", "closing rate", "fixing", "kurs sredni", "mid",
    ),
    "symbol": (
        "ticker", "symbol", "name", "tic", "code", "unique id", "ts code", "tckr symb",
        "stock code", "instrument", "asset", "pair", "secid", "codneg", "代码", "股票代码",
        "证券代码", "コード", "종목코드",
    ),
}  # fmt: skip
"""Headings by what they hold, the likelier ones first.

``clock`` is a time of day beside a date, ``series`` a quantity that nobody calls a price.
"""

HEADLESS = {
    "symbol": ("symbol", "date", "open", "high", "low", "close", "volume"),
    "stamp": ("date", "open", "high", "low", "close", "volume"),
    "day and clock": ("date", "time", "open", "high", "low", "close", "volume"),
    "value": ("date", "close"),
}
"""What the columns of files without headings mean, where their numbers agree: MetaTrader 4 and
Dukascopy (day and clock), Binance's and Kraken's dumps and HistData (a stamp), the bulk files of
brokers (a symbol)."""

ORDERS = (
    ("open", "high", "low", "close"), ("open", "close", "high", "low"),
    ("low", "high", "open", "close"), ("close", "high", "low", "open"),
    ("open", "low", "high", "close"),
)  # fmt: skip
"""How four prices without headings stand side by side: the usual way, then Bitfinex and KuCoin,
Coinbase, and files that turn the usual way round."""

CURRENCY_WORDS = (
    "us$", "r$", "a$", "c$", "ca$", "au$", "hk$", "nt$", "nz$", "s$", "mx$", "rs.", "rs", "inr",
    "kr.", "kr", "fr.", "fr", "sfr", "zł", "zl", "kč", "kc", "ft", "lei", "руб.", "руб", "р.", "rp",
    "rm", "円", "元", "원", "tl", "pts.", "pts", "pt", "pkt", "points", "gbx", "gbp", "p", "c",
    "usdt", "usdc",
)  # fmt: skip
"""What stands before or behind prices and says their unit,
besides signs such as $ and codes of ISO 4217."""

SITES: dict[str, Literal["dmy", "mdy"]] = {"close/last": "mdy"}
"""Headings that one site alone writes, and its order of dates: nasdaq.com."""

MONTHS = (
    "jan january januar janvier janv enero ene janeiro gennaio gen styczen sty stycznia "
    "januari tammikuuta tammi tammikuu ledna led leden ianuarie ian януари яну јануар јан "
    "ιανουαριου ιαν ιανουαριοσ ocak oca января янв январь січня січ січень jaanuar jaan "
    "janvaris sausio saus sausis",
    "feb february februar fevrier fev febrero fevereiro febbraio luty lut lutego februari "
    "fevr helmikuuta helmi helmikuu unora uno unor febr februarie февруари фев фебруар феб "
    "φεβρουαριου φεβ φεβρουαριοσ subat sub февраля февр февраль лютого лют лютии veebruar "
    "veebr februaris vasario vas vasaris",
    "mar march marz mrz maerz mars marzo marco marzec marca maart mrt marts maaliskuuta "
    "maalis maaliskuu brezna bre brezen marcius marc martie март мар μαρτιου μαρ μαρτιοσ mart "
    "марта березня бер березень maret kovo kov kovas",
    "apr april avril avr abril abr aprile kwiecien kwi kwietnia huhtikuuta huhti huhtikuu "
    "dubna dub duben aprilis aprilie април апр απριλιου απρ απριλιοσ nisan nis апреля апрель "
    "квітня квіт квітень aprill balandzio bal balandis",
    "may mai mayo maio maggio mag maj maja mei toukokuuta touko toukokuu kvetna kve kveten "
    "majus маи мај μαιου μαι μαιοσ mayis мая травня трав травень maijs geguzes geg geguze",
    "jun june juni juin junio junho giugno giu czerwiec cze czerwca kesakuuta kesa kesakuu "
    "cervna cvn cerven junius iunie iun юни јун ιουνιου ιουν ιουνιοσ haziran haz июня июн "
    "июнь червня черв червень juuni junijs birzelio birz birzelis",
    "jul july juli juillet juil julio julho luglio lug lipiec lip lipca heinakuuta heina "
    "heinakuu cervence cvc cervenec julius iulie iul юли јул ιουλιου ιουλ ιουλιοσ temmuz tem "
    "июля июл июль липня лип липень juuli julijs liepos liep liepa",
    "aug august aout agosto ago sierpien sie sierpnia augustus augusti elokuuta elo elokuu "
    "srpna srp srpen augusztus август авг αυγουστου αυγ αυγουστοσ agustos agu августа серпня "
    "серп серпень agustus augusts rugpjucio rugp rugpjutis",
    "sep sept september septembre septiembre setembro set settembre wrzesien wrz wrzesnia "
    "syyskuuta syys syyskuu zari zar szeptember szept septembrie септември сеп септембар "
    "σεπτεμβριου σεπ σεπτεμβριοσ eylul eyl сентября сент сентябрь вересня вер вересень "
    "septembris rugsejo rugs rugsejis",
    "oct october oktober okt octobre octubre outubro out ottobre ott pazdziernik paz "
    "pazdziernika lokakuuta loka lokakuu rijna rij rijen octombrie октомври окт октобар "
    "οκτωβριου οκτ οκτωβριοσ ekim eki октября октябрь жовтня жовт жовтень oktoober oktobris "
    "spalio spal spalis",
    "nov november novembre noviembre novembro listopad lis listopada marraskuuta marras "
    "marraskuu listopadu noiembrie ноември ное новембар нов νοεμβριου νοε νοεμβριοσ kasim kas "
    "ноября нояб ноябрь листопада лист листопад novembris lapkricio lapkr lapkritis",
    "dec december dezember dez decembre diciembre dic dezembro dicembre grudzien gru grudnia "
    "desember des joulukuuta joulu joulukuu prosince pro prosinec decembrie декември дек "
    "децембар дец δεκεμβριου δεκ δεκεμβριοσ aralik ara декабря декабрь грудня груд грудень "
    "detsember dets decembris gruodzio gruod gruodis",
)  # fmt: skip
"""Names of the months in 25 languages, January first."""

ABSENT = frozenset(
    ("", "-", "--", "---", ".", "null", "none", "nan", "na", "n/a", "#n/a", "nd", "n/d", "n.a.",
     "k.a.", "<na>", "nat")
)  # fmt: skip
"""What a cell says that holds no number."""

MAGNITUDES = {
    "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12, "mio": 1e6, "mrd": 1e9, "mln": 1e6,
    "mld": 1e9, "万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8, "억": 1e8, "만": 1e4,
    "mn": 1e6, "mm": 1e6, "mil": 1e6, "million": 1e6, "bn": 1e9, "bln": 1e9, "billion": 1e9,
    "tn": 1e12, "trillion": 1e12, "thousand": 1e3, "tys": 1e3, "cr": 1e7, "crore": 1e7, "lakh": 1e5,
    "lac": 1e5,
}  # fmt: skip
"""What a letter behind a number multiplies it by: 1.38M."""

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})


def normalise(heading: object) -> str:
    """Return a heading without case, accents, numbering and punctuation: ``4. Close`` is close."""
    text = str(heading).strip().strip("\ufeff<>\"'*%#").strip()
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).casefold().translate(_LETTERS)
    text = re.sub(r"^\d+[a-z]?\.\s*", "", text)
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[\s_.\-]+", " ", plain).strip()


def without_unit(heading: str) -> str:
    """Return a normalised heading without a unit in brackets: ``close (usd)`` is close."""
    return re.sub(r"\s*[(\[（].*$", "", heading).strip()


_LETTERS_OF_BARS = frozenset("ohlcvt")
_TABLE = {name: tuple(dict.fromkeys(map(normalise, words))) for name, words in SPELLINGS.items()}
_MONTHS = {
    normalise(word): month for month, words in enumerate(MONTHS, 1) for word in words.split()
}


def columns_called(kind: str, headings: Sequence[str]) -> list[str]:
    """Return the headings that mean a kind of column, the likeliest first.

    Args:
        kind: a key of ``SPELLINGS``.
        headings: of the file, as they stand there.
    """
    exact: dict[str, str] = {}
    bare: dict[str, str] = {}
    for heading in headings:
        name = normalise(heading)
        exact.setdefault(name, heading)
        if without_unit(name):
            bare.setdefault(without_unit(name), heading)
    words = _TABLE[kind]
    if not {"o", "h", "l", "c"} <= set(exact):  # C alone is Citigroup, not a close
        words = tuple(word for word in words if word not in _LETTERS_OF_BARS)
    matches = [names[word] for names in (exact, bare) for word in words if word in names]
    if kind == "volume":  # CryptoDataDownload: "Volume BTC", "Volume USDT"
        matches += [heading for heading in headings if normalise(heading).startswith("volume ")]
    return list(dict.fromkeys(matches))


def month_of(name: str) -> int | None:
    """Return the month that a name means, in any of the languages of ``MONTHS``;
    None for others."""
    return _MONTHS.get(normalise(name))

"""Text from the command line that must be safe in a URL, in a file name and as a date;
loads nothing heavy."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from datetime import date
from difflib import SequenceMatcher

from rnnforecast.errors import DataError, UsageError

_SYMBOL = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9.\-=&_]{0,31}")

FILE_ENDINGS = (
    ".csv", ".tsv", ".txt", ".xls", ".xlsx", ".parquet", ".feather", ".json", ".gz", ".zip",
)  # fmt: skip
"""Endings that files of prices have, and no symbol."""


KNOWN_AS = {
    "bitcoin": "BTC-USD", "btc": "BTC-USD", "btcusd": "BTC-USD", "ethereum": "ETH-USD",
    "eth": "ETH-USD", "ethusd": "ETH-USD", "solana": "SOL-USD", "dogecoin": "DOGE-USD",
    "doge": "DOGE-USD",
    "s&p500": "^GSPC", "s&p": "^GSPC", "sp500": "^GSPC", "spx": "^GSPC", "gspc": "^GSPC",
    "nasdaq": "^IXIC", "nasdaq100": "^NDX", "ndx": "^NDX", "dow": "^DJI", "dowjones": "^DJI",
    "djia": "^DJI", "dji": "^DJI", "russell2000": "^RUT", "vix": "^VIX", "dax": "^GDAXI",
    "ftse": "^FTSE", "ftse100": "^FTSE", "cac40": "^FCHI", "nikkei": "^N225",
    "nikkei225": "^N225", "hangseng": "^HSI", "nifty50": "^NSEI", "sensex": "^BSESN",
    "eurostoxx50": "^STOXX50E", "gold": "GC=F", "silver": "SI=F", "oil": "CL=F",
    "brent": "BZ=F", "eurusd": "EURUSD=X", "usdjpy": "USDJPY=X", "gbpusd": "GBPUSD=X",
    "apple": "AAPL", "tesla": "TSLA", "microsoft": "MSFT", "google": "GOOGL",
    "alphabet": "GOOGL", "amazon": "AMZN", "nvidia": "NVDA", "netflix": "NFLX",
    "facebook": "META",
}  # fmt: skip
"""What people call series, and Yahoo's symbol of each."""


COINS = frozenset(
    {
        "ada", "atom", "avax", "bch", "bnb", "btc", "doge", "dot", "eos", "etc", "eth",
        "fil", "hbar", "icp", "link", "ltc", "matic", "near", "pepe", "shib", "sol",
        "sui", "ton", "trx", "uni", "usdc", "usdt", "xlm", "xmr", "xrp",
    }
)  # fmt: skip
"""Coins that other programs write together with a currency."""
MONEY = frozenset(
    {
        "aud", "brl", "cad", "chf", "cny", "czk", "dkk", "eur", "gbp", "hkd", "huf",
        "inr", "jpy", "krw", "mxn", "nok", "nzd", "pln", "sek", "sgd", "try", "usd",
        "zar",
    }
)  # fmt: skip
STABLE = {"usdt": "usd", "usdc": "usd", "busd": "usd"}
"""Coins that stand for a dollar, and that Yahoo does not quote others in."""
ALIKE = 0.75
"""Likeness of two spellings, from 0 to 1, from which one is suggested for the other."""


def symbol_meant(name: str, known: Collection[str]) -> str:
    """Return the symbol that a name is likely to mean; empty where none is like it.

    Args:
        name: as typed.
        known: symbols to choose from; a name of KNOWN_AS means its symbol in any case.
    """
    word = name.casefold().replace(" ", "")
    spelled = {symbol.casefold(): symbol for symbol in known}
    spelled |= {symbol.casefold().partition("-")[0]: symbol for symbol in known if "-" in symbol}
    usual = KNOWN_AS.get(word, "") or _respelled(word)
    if word in spelled or usual:
        return spelled.get(word, usual)
    return nearest_symbol(word, known)


def nearest_symbol(word: str, known: Collection[str]) -> str:
    """Return the symbol that is spelled nearly as a word; empty where there is none.

    Of two pairs in one currency the coins are compared: LTC-USD is not a misspelt BTC-USD.
    """
    likeness = {symbol: _likeness(word.casefold()[:40], symbol.casefold()) for symbol in known}
    best = max(likeness, key=likeness.__getitem__, default="")
    return best if best and likeness[best] >= ALIKE else ""


def _likeness(word: str, symbol: str) -> float:
    base, _, quote = word.partition("-")
    if quote and symbol.endswith(f"-{quote}"):
        word, symbol = base, symbol.removesuffix(f"-{quote}")
    return SequenceMatcher(None, symbol, word).ratio()


def _respelled(word: str) -> str:
    """Return Yahoo's spelling of a symbol of other programs: BTC/USDT, EUR/USD, NASDAQ:AAPL."""
    letters = re.sub("[/_:-]", "", word, count=1)
    for cut in range(3, 6):
        base, quote = letters[:cut], STABLE.get(letters[cut:], letters[cut:])
        if base in COINS and quote in MONEY and f"{base}-{quote}" != word:
            return f"{base}-{quote}".upper()
        if base in MONEY and quote in MONEY:
            return f"{base}{quote}=X".upper()
    bare = word.removeprefix("$").rpartition(":")[2]
    if re.fullmatch(r"[a-z]{1,5}\.[ab]", bare):  # classes of shares
        bare = bare.replace(".", "-")
    return bare.upper() if bare != word and is_symbol(bare) else ""


def is_price_file(text: str) -> bool:
    """Return whether a word is rather the name of a file of prices than a symbol."""
    return text.casefold().endswith(FILE_ENDINGS)


def is_symbol(text: str) -> bool:
    """Return whether a text is safe as a symbol."""
    return bool(_SYMBOL.fullmatch(text)) and ".." not in text


def check_symbol(symbol: str) -> str:
    """Return the symbol if it is safe in a URL and in a file name.

    Raises:
        DataError: for anything but letters, digits and ``. - = & _`` after an optional ``^``.
    """
    if not is_symbol(symbol):
        shown = symbol if len(symbol) <= 40 else symbol[:37] + "..."
        raise DataError(f"{shown!r} is not a symbol", _instead_of(symbol))
    return symbol


def _instead_of(text: str) -> str:
    """Say what to write where a text is no symbol."""
    if is_price_file(text):
        return f"to import a file, run: rnnforecast data import {shlex.quote(text)}"
    several = [part for part in re.split(r"[,;\s]+", text) if part]
    if len(several) > 1 and all(map(is_symbol, several)) and re.search("[,;]", text):
        return f"separate symbols by spaces: {' '.join(several[:5])}"
    if meant := symbol_meant(text[:40], ()):
        return f"did you mean {meant}?"
    if is_symbol(joined := "_".join(text.split())):
        return f"did you mean {joined}?"
    return "use letters, digits and . - = & _ (at most 32), for example BTC-USD, ^GSPC or EURUSD=X"


def check_day(day: str | None) -> str | None:
    """Return an ISO date if it is one.

    Raises:
        UsageError: if it is not.
    """
    if day is not None:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise UsageError(f"{day!r} is not a date", "write it as 2024-12-31") from None
    return day

"""Text from the command line that must be safe in a URL, in a file name and as a date;
loads nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from difflib import get_close_matches

from rnnforecast.errors import DataError, UsageError

_SYMBOL = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9.\-=&_]{0,31}")


KNOWN_AS = {
    "bitcoin": "BTC-USD", "btc": "BTC-USD", "btcusd": "BTC-USD", "ethereum": "ETH-USD",
    "eth": "ETH-USD", "ethusd": "ETH-USD", "solana": "SOL-USD", "dogecoin": "DOGE-USD",
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


def symbol_meant(name: str, known: Collection[str]) -> str:
    """Return the symbol that a name is likely to mean; empty where none is like it.

    Args:
        name: as typed.
        known: symbols to choose from; a name of KNOWN_AS means its symbol in any case.
    """
    word = name.casefold().replace(" ", "")
    spelled = {symbol.casefold(): symbol for symbol in known}
    spelled |= {symbol.casefold().partition("-")[0]: symbol for symbol in known if "-" in symbol}
    usual = KNOWN_AS.get(word, "")
    if word in spelled or usual:
        return spelled.get(word, usual)
    near = get_close_matches(word[:40], spelled, 1, 0.75)
    return spelled[near[0]] if near else ""


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
        meant = symbol_meant(symbol[:40], ())
        raise DataError(
            f"{shown!r} is not a symbol",
            f"did you mean {meant}?"
            if meant
            else "use letters, digits and . - = & _ (at most 32), for example BTC-USD, "
            "^GSPC or EURUSD=X",
        )
    return symbol


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

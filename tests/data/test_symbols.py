"""A name that is no symbol: the symbol that it is likely to mean."""

from __future__ import annotations

import pytest

from rnnforecast.data.symbols import KNOWN_AS, check_symbol, is_symbol, symbol_meant
from rnnforecast.errors import DataError


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("btc-usd", ["BTC-USD"], "BTC-USD"),
        ("btc", ["ETH-USD", "BTC-EUR"], "BTC-EUR"),
        ("btc", [], "BTC-USD"),
        ("Bitcoin", [], "BTC-USD"),
        ("S&P 500", [], "^GSPC"),
        ("^GSPCC", ["^GSPC", "AAPL"], "^GSPC"),
        ("XYZZY", ["^GSPC", "AAPL"], ""),
        ("LTC-USD", ["BTC-USD"], ""),  # another coin, not a mistake in spelling
        ("BTC-USDD", ["BTC-USD"], "BTC-USD"),
        ("BTC/USDT", [], "BTC-USD"),  # as exchanges write pairs
        ("dogeusd", [], "DOGE-USD"),
        ("eth_eur", [], "ETH-EUR"),
        ("EUR/USD", [], "EURUSD=X"),
        ("NASDAQ:AAPL", [], "AAPL"),
        ("$TSLA", [], "TSLA"),
        ("BRK.B", [], "BRK-B"),
        ("SAP.DE", [], ""),
        ("BTC-USD", [], ""),  # itself
    ],
)
def test_a_name_means_a_stored_symbol_then_one_that_everybody_calls_so(
    name: str, known: list[str], meant: str
) -> None:
    assert symbol_meant(name, known) == meant


def test_every_usual_name_leads_to_a_symbol_and_is_spelled_as_it_is_looked_up() -> None:
    assert all(is_symbol(symbol) for symbol in KNOWN_AS.values())
    assert all(name == name.casefold().replace(" ", "") for name in KNOWN_AS)


def test_what_is_no_symbol_names_the_one_that_is_meant_or_the_rule() -> None:
    with pytest.raises(DataError, match=r"did you mean \^GSPC\?"):
        check_symbol("S&P 500")
    with pytest.raises(DataError, match=r"did you mean My_Data\?"):
        check_symbol("My Data")
    with pytest.raises(DataError, match="separate symbols by spaces: AAPL MSFT"):
        check_symbol("AAPL,MSFT")
    with pytest.raises(DataError, match="use letters"):
        check_symbol("../etc")

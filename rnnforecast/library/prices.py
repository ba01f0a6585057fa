"""Prices for the library: from a source, from files."""

from __future__ import annotations

from pathlib import Path

from rnnforecast.data import sources
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.columns import Selection
from rnnforecast.data.importing.contents import read_contents
from rnnforecast.data.importing.dates import Order
from rnnforecast.data.importing.numbers import Mark
from rnnforecast.data.symbols import check_day, check_symbol
from rnnforecast.errors import python_errors


@python_errors()
def fetch(
    symbol: str,
    interval: str = "1d",
    *,
    start: str | None = None,
    end: str | None = None,
    source: str = "yahoo",
) -> PriceHistory:
    """Fetch the bars of one symbol; nothing is stored.

    Args:
        symbol: in the source's spelling, as ``BTC-USD`` or ``^GSPC``.
        interval: length of a bar: ``1d``, ``1wk``, ``1h``, ...
        start: ISO date of the first bar; by default the oldest there is.
        end: ISO date of the last bar; by default the newest that is finished.
        source: ``yahoo``, ``binance``, or ``sample``: ``^GSPC`` of 1999 to 2018, without a network.

    Raises:
        UsageError: if there is no such source, or a date is none.
        DataError: if the source does not know the symbol, or has no such bars.
        NetworkError: if the source cannot be reached, or refuses.

    Example:
        >>> history = fetch("BTC-USD", start="2020-01-01")  # doctest: +SKIP
    """
    place = sources.source(source)
    days = check_day(start), check_day(end)
    return place.history(sources.Question(check_symbol(symbol).upper(), interval, *days))


@python_errors()
def read_prices(
    path: str | Path,
    symbol: str | None = None,
    *,
    target: str | None = None,
    sessions: str | None = None,
    timezone: str | None = None,
    time: str | None = None,
    dates: Order | None = None,
    decimal: Mark | None = None,
    currency: str | None = None,
) -> PriceHistory:
    """Read the bars of one symbol from a file: CSV, Excel, Parquet, Feather or JSON.

    Args:
        path: of the file, which may be compressed.
        symbol: whose bars; by default what the file, or its name, says.
        target: the column to forecast instead of the close.
        sessions: when the symbol trades; by default inferred from its dates and its name.
        timezone: of intraday times that have none.
        time: the column of dates; by default the one that is called so.
        dates: the order of day and month, ``dmy``, ``mdy`` or ``ymd``, where it is not plain.
        decimal: the decimal mark, where it is not plain.
        currency: of the prices.

    Raises:
        DataError: if the file is no table of prices, or of several symbols.
    """
    selection = Selection(target, time, sessions, dates, decimal, timezone)
    return PriceHistory.from_imported(read_contents(Path(path), symbol, selection).only(), currency)

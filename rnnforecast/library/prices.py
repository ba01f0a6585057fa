"""Prices for the library: from Yahoo, from files."""

from __future__ import annotations

from pathlib import Path

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.columns import Selection
from rnnforecast.data.importing.frames import one_series
from rnnforecast.data.importing.importer import read_file


def fetch(
    symbol: str, interval: str = "1d", *, start: str | None = None, end: str | None = None
) -> PriceHistory:
    """Fetch the bars of one symbol from Yahoo; nothing is stored.

    Args:
        symbol: in Yahoo's spelling, as ``BTC-USD`` or ``^GSPC``.
        interval: length of a bar: ``1d``, ``1wk``, ``1h``, ...
        start: ISO date of the first bar; by default the oldest there is.
        end: ISO date of the last bar; by default the newest that is finished.

    Raises:
        DataError: if Yahoo does not know the symbol, or has no such bars.
        NetworkError: if Yahoo cannot be reached, or refuses.

    Example:
        >>> history = fetch("BTC-USD", start="2020-01-01")  # doctest: +SKIP
    """
    from rnnforecast.data.yahoo import client  # yfinance takes a second to load

    return client.fetch(symbol, interval, start, end)


def read_prices(
    path: str | Path,
    symbol: str | None = None,
    *,
    target: str | None = None,
    sessions: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
) -> PriceHistory:
    """Read the bars of one symbol from a file: CSV, Excel, Parquet, Feather or JSON.

    Args:
        path: of the file, which may be compressed.
        symbol: whose bars; by default what the file, or its name, says.
        target: the column to forecast instead of the close.
        sessions: when the symbol trades; by default told from its dates and its name.
        timezone: of intraday times that have none.
        currency: of the prices.

    Raises:
        DataError: if the file is no table of prices, or of several symbols.
    """
    selection = Selection(target=target, sessions=sessions, timezone=timezone)
    return one_series(read_file(Path(path), symbol, selection), currency)

"""PriceHistory: a checked table of bars of one symbol."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rnnforecast.data.bars import OHLC, check_bars
from rnnforecast.data.intervals import is_intraday
from rnnforecast.data.symbols import check_symbol
from rnnforecast.errors import DataError, python_errors

if TYPE_CHECKING:
    from rnnforecast.data.importing.contents import ImportedBars


@dataclass(frozen=True, eq=False)
class PriceHistory:
    """Bars of one symbol, oldest first, checked once when made.

    Args:
        symbol: the name under which the bars are stored, for example ``BTC-USD``.
        bars: indexed by ``date``: naive midnights for daily and longer intervals, UTC instants for
            intraday. ``close`` is required and finite. ``open high low close`` are adjusted for
            splits, ``adj_close`` for splits and dividends; ``volume dividends splits`` and any
            other numeric column may follow.
        interval: the length of a bar in Yahoo's words: ``1d``, ``1h``, ``1wk``, ...
        sessions: when the instrument trades: a name of exchange_calendars (``XNYS``, ``24/7``,
            ``24/5``).
        currency: of the prices, where known.
        provenance: where the bars come from; plain JSON values.

    Raises:
        DataError: if there are no bars, if dates repeat or descend, or if a close is missing.
    """

    symbol: str
    bars: pd.DataFrame
    interval: str = "1d"
    sessions: str = "XNYS"
    currency: str | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_symbol(self.symbol)
        check_bars(self.symbol, self.bars)

    @classmethod
    def from_imported(cls, imported: ImportedBars, currency: str | None = None) -> PriceHistory:
        """Return the history of bars that were read from a file or a frame."""
        return cls(
            imported.symbol,
            imported.bars,
            imported.interval,
            imported.sessions,
            currency,
            imported.provenance,
        )

    @classmethod
    @python_errors()
    def from_frame(
        cls,
        frame: Any,
        symbol: str | None = None,
        *,
        target: str | None = None,
        sessions: str | None = None,
        timezone: str | None = None,
        time: str | None = None,
        currency: str | None = None,
    ) -> PriceHistory:
        """Take the bars of one symbol from a data frame of pandas, Polars or Arrow.

        Columns are found by their names, as in files: dates as index or column, a close, and open,
        high, low, volume where they are; or Nixtla's ``unique_id``, ``ds`` and ``y``.

        Args:
            frame: one row for each bar.
            symbol: whose bars; by default what the frame itself says.
            target: the column to forecast instead of the close.
            sessions: when the symbol trades; by default inferred from its dates and its name.
            timezone: of intraday times that have none.
            time: the column of dates; by default the one that is called so.
            currency: of the prices.

        Raises:
            DataError: if the frame is no table of prices, or of several symbols.

        Example:
            >>> frame = pd.DataFrame({"date": ["2024-01-02", "2024-01-03"], "close": [1.0, 2.0]})
            >>> PriceHistory.from_frame(frame, symbol="X")
            PriceHistory(X 1d, 2 bars, 2024-01-02..2024-01-03)
        """
        from rnnforecast.data.importing.contents import read_frame  # no forecast needs it

        imported = read_frame(
            frame, symbol, target=target, time=time, sessions=sessions, timezone=timezone
        )
        return cls.from_imported(imported, currency)

    def __len__(self) -> int:
        return len(self.bars)

    def __repr__(self) -> str:
        days = f"{self.first:%Y-%m-%d}..{self.last:%Y-%m-%d}"
        return f"PriceHistory({self.symbol} {self.interval}, {len(self)} bars, {days})"

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Dates of the bars (bar,)."""
        return pd.DatetimeIndex(self.bars.index)

    @property
    def first(self) -> pd.Timestamp:
        """Date of the oldest bar."""
        return self.dates[0]

    @property
    def last(self) -> pd.Timestamp:
        """Date of the newest bar."""
        return self.dates[-1]

    @property
    def intraday(self) -> bool:
        """Whether bars are shorter than a session."""
        return is_intraday(self.interval)

    @property
    def target(self) -> str:
        """What the closes were called where they come from:
        ``close``, or the column chosen on import."""
        return str(self.provenance.get("target", "close"))

    @property
    def priced(self) -> bool:
        """Whether the closes are prices, not another quantity chosen on import."""
        return "target" not in self.provenance

    def between(self, start: str | None = None, end: str | None = None) -> PriceHistory:
        """Return the bars from ``start`` up to and including ``end`` (ISO dates).

        Args:
            start: the first day (ISO date); None leaves the beginning.
            end: the last day, which is included; None leaves the end.

        Raises:
            DataError: if nothing is left.
        """
        bars = self.bars.loc[start:end]
        if bars.empty:
            raise DataError(
                f"{self.symbol}: no bars between {start or 'the beginning'} and {end or 'now'}",
                f"stored are {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}",
            )
        return replace(self, bars=bars)

    def newest(self, count: int) -> PriceHistory:
        """Return the newest bars by themselves: the older ones are not kept in memory."""
        if count >= len(self):
            return self
        bars = self.bars.iloc[-count:].copy()
        bars.index = bars.index.copy(deep=True)  # a slice would keep the dates of all bars
        return replace(self, bars=bars)

    def adjusted(self) -> PriceHistory:
        """Adjust open, high, low and close for dividends as well.

        The factors are scaled so that the newest close stays as traded: the last price of the
        adjusted view is a price one can see on a screen.
        """
        if "adj_close" not in self.bars.columns:
            return self
        factor = self.bars["adj_close"] / self.bars["close"]
        factor = factor / factor.iloc[-1]
        bars = self.bars.drop(columns="adj_close")
        for name in OHLC:
            if name in bars.columns:
                bars[name] = bars[name] * factor
        return replace(self, bars=bars)

    def digest(self) -> str:
        """Return the SHA-256 of dates and values: the same for the same bars,
        whatever their file."""
        sha = hashlib.sha256(self.dates.as_unit("ns").asi8.tobytes())
        for name in sorted(self.bars.columns):
            sha.update(name.encode())
            sha.update(np.ascontiguousarray(self.bars[name].to_numpy(np.float64)).tobytes())
        return sha.hexdigest()

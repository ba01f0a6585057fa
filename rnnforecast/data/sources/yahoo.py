"""Yahoo Finance: stocks, indices, currencies and crypto of the whole world."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sources import Question
from rnnforecast.data.sources.patience import Patience

WINDOWS = MappingProxyType(
    {"1m": 7, "2m": 59, "5m": 59, "15m": 59, "30m": 59, "90m": 59, "60m": 729, "1h": 729}
)
"""Days back that Yahoo has bars for; of 1m it gives seven days at a time."""


class Yahoo:
    """Through yfinance."""

    title = "Yahoo"
    networked = True
    pace_s = 1.0
    windows: Mapping[str, int] = WINDOWS

    def history(self, question: Question) -> PriceHistory:
        """Return finished, checked bars of one symbol."""
        from rnnforecast.data.yahoo.client import fetch  # yfinance takes 0.3 s to load

        return fetch(
            question.symbol,
            question.interval,
            question.start,
            question.end,
            question.patience or Patience(),
            include_live=question.include_live,
        )


SOURCE = Yahoo()

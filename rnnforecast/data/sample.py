"""Prices that need no network: the S&P 500 that arch ships, and synthetic series for tests."""

from __future__ import annotations

import arch
import pandas as pd
from arch.data import sp500

from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import DataError

SAMPLES = ("^GSPC",)
"""Symbols that the sample source knows."""


def sample(symbol: str) -> PriceHistory:
    """Return the daily S&P 500 of 1999-2018 (5,031 sessions), from ``arch.data.sp500``.

    Raises:
        DataError: for any other symbol.
    """
    if symbol not in SAMPLES:
        raise DataError(f"the sample source has no {symbol!r}", f"it has: {', '.join(SAMPLES)}")
    bars = sp500.load().rename(columns=lambda name: str(name).lower().replace(" ", "_"))
    bars.index = pd.DatetimeIndex(bars.index).as_unit("ns").rename("date")
    provenance = {"source": "sample", "origin": f"arch.data.sp500 of arch {arch.__version__}"}
    return PriceHistory(symbol, bars.astype(float), "1d", "XNYS", "USD", provenance)

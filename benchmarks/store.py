"""How fast the store is: 500 symbols of 20 years listed by the real command, one symbol of 5,000 rows loaded.

    python benchmarks/store.py

Budgets: the list in 0.5 s, the load in 0.05 s once pandas is imported.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store

SYMBOLS, ROWS, ROUNDS = 500, 5_000, 9


def history(symbol: str) -> PriceHistory:
    """Twenty years of business days with all the columns that Yahoo sends."""
    dates = pd.bdate_range("2005-01-03", periods=ROWS, unit="ns", name="date")
    steps = np.random.default_rng(1).normal(0, 0.01, ROWS)
    close = 100 * np.exp(np.cumsum(steps))
    bars = pd.DataFrame({"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}, index=dates)
    bars = bars.assign(adj_close=close, volume=1e6, dividends=0.0, splits=0.0)
    provenance = {"source": "yahoo", "missing_sessions": ["2020-01-02"] * 20, "url": "https://query2.finance.yahoo.com"}
    return PriceHistory(symbol, bars, "1d", "XNYS", "USD", provenance)


def seconds(work: object) -> float:
    """The median of several rounds of a callable, in seconds."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()  # type: ignore[operator]
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    """Fill a store, and print what listing and loading cost."""
    with tempfile.TemporaryDirectory() as folder:
        store, one = Store(Path(folder) / "data"), history("S000")
        for number in range(SYMBOLS):
            store.save(replace(one, symbol=f"S{number:03d}"))
        command = [sys.executable, "-m", "rnnforecast", "--home", folder, "data", "list"]
        listing = seconds(lambda: subprocess.run(command, check=True, capture_output=True))
        loading = seconds(lambda: store.load("S000"))
    print(f"data list, {SYMBOLS} symbols, whole process: {listing:.2f} s (budget 0.50)")
    print(f"load of {ROWS:,} rows: {1000 * loading:.1f} ms (budget 50)")


if __name__ == "__main__":
    main()

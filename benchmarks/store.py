"""How fast the store is: 500 symbols of 20 years listed by the real command, one symbol of 5,000
rows loaded.

python benchmarks/store.py [--rounds 9]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from common import save_speed, seconds, show, spread, whole

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store

SYMBOLS, ROWS = 500, 5_000


def history(symbol: str) -> PriceHistory:
    """Return twenty years of business days with all the columns that Yahoo sends."""
    dates = pd.bdate_range("2005-01-03", periods=ROWS, unit="ns", name="date")
    steps = np.random.default_rng(1).normal(0, 0.01, ROWS)
    close = 100 * np.exp(np.cumsum(steps))
    bars = pd.DataFrame(
        {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}, index=dates
    )
    bars = bars.assign(adj_close=close, volume=1e6, dividends=0.0, splits=0.0)
    provenance = {
        "source": "yahoo",
        "missing_sessions": ["2020-01-02"] * 20,
        "url": "https://query2.finance.yahoo.com",
    }
    return PriceHistory(symbol, bars, "1d", "XNYS", "USD", provenance)


def main() -> None:
    """Fill a store, time listing and loading, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        store, bars = Store(Path(folder) / "data"), history("S000")
        for number in range(SYMBOLS):
            store.save(replace(bars, symbol=f"S{number:03d}"))
        command = [sys.executable, "-m", "rnnforecast", "--home", folder, "data", "list"]
        took = {
            "data list": [whole(command) for _ in range(rounds)],
            "load": seconds(lambda: store.load("S000"), rounds),
        }
    show(
        f"{SYMBOLS} symbols listed (whole process), {ROWS:,} rows loaded (pandas is imported), "
        f"{rounds} rounds",
        ["", "seconds"],
        [[name, spread(rounds_of)] for name, rounds_of in took.items()],
    )
    save_speed("store", {"rounds": rounds, "seconds": took})


if __name__ == "__main__":
    main()

"""The one training job that every contender runs, so that times and errors compare.

Series: daily closes of the S&P 500, 1999-2018 (``arch.data.sp500``), as log returns in percent.
Windows: lookback 100, horizon 1, chronological 70/15/15 split by target.
Network: two recurrent layers of 50 units and a linear head, Adam 1e-3, MSE, batch 32, a fixed
number of epochs.

Each contender is a script beside this one. It reads CELL (lstm, gru, simple_rnn) and EPOCHS, and
prints one line of JSON: seconds of each epoch, peak memory, and the error of its one-step forecasts
of the test part beside naive's.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import resource

import numpy as np

LOOKBACK, UNITS, BATCH, LAYERS = 100, 50, 32, 2
CELL, EPOCHS = os.environ.get("CELL", "lstm"), int(os.environ.get("EPOCHS", "5"))


def closes() -> np.ndarray:
    """Index points, oldest first (day,)."""
    from arch.data import sp500

    return sp500.load()["Close"].to_numpy(float)


def returns() -> np.ndarray:
    """Log returns in percent (day - 1,)."""
    return (100 * np.diff(np.log(closes()))).astype(np.float32)


def bounds(count: int) -> tuple[int, int]:
    """First validation and first test position in the returns."""
    return int(count * 0.70), int(count * 0.85)


def windows(series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every input window (window, lookback, 1) and its target (window, 1)."""
    both = np.lib.stride_tricks.sliding_window_view(series, LOOKBACK + 1)
    return both[:, :-1, None], both[:, -1:]


def report(seconds: list[float], predicted: np.ndarray, *packages: str) -> None:
    """Print what was measured.

    Args:
        seconds: of each epoch.
        predicted: one-step returns in percent of the test part (day,).
        packages: whose versions matter.
    """
    price = closes()[-len(predicted) - 1 :]
    before, after = price[:-1], price[1:]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {
        "epochs": [round(one, 4) for one in seconds],
        "peak_mb": round(peak),
        "mae": float(np.abs(before * np.exp(predicted / 100) - after).mean()),
        "naive_mae": float(np.abs(before - after).mean()),
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }
    print(json.dumps(found), flush=True)

"""The one job of making input windows that every contender runs: batches of windows in random order
out of a panel.

Made-up prices: 1,259 days and 10 features for each of TICKERS tickers, the first feature the one to
forecast. A window is 100 days and never holds two tickers. Each contender is a script beside this
one. It is given the panel as an array and makes batches in the way its library feeds a training, 64
windows each if nothing else is said there; work that a library does once before the first batch
counts to the first batch. It prints one line of JSON.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import resource
import time
from collections.abc import Callable, Iterator

import numpy as np

DAYS, FEATURES, LOOKBACK, BATCH = 1_259, 10, 100, 64
TICKERS = int(os.environ.get("TICKERS", "1"))
BATCHES, SECONDS = 500, 10.0
"""How many batches are timed, or for how long, whichever ends first."""


def panel() -> np.ndarray:
    """Features of every ticker (ticker, day, feature)."""
    return np.random.default_rng(1).normal(size=(TICKERS, DAYS, FEATURES)).astype(np.float32)


def measure(
    batches_of: Callable[[np.ndarray], Iterator[object]], *packages: str, size: int = BATCH
) -> None:
    """Time the first batch and those after it, and print what was found.

    Args:
        batches_of: a panel to endless batches.
        packages: whose versions matter.
        size: windows in a batch.
    """
    values = panel()
    began = time.perf_counter()
    batches = batches_of(values)
    next(batches)
    first, began, made = time.perf_counter() - began, time.perf_counter(), 0
    while made < BATCHES and time.perf_counter() - began < SECONDS:
        next(batches)
        made += 1
    speed = made * size / (time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    versions = {name: importlib.metadata.version(name) for name in packages}
    found = {"first_batch_s": first, "windows_per_s": speed, "peak_mb": peak, "versions": versions}
    print(json.dumps(found), flush=True)

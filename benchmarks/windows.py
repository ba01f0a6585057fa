"""How fast input windows are made: gathered from the series in the graph, beside Keras' own utility.

    python benchmarks/windows.py [--tickers 1 10 100 482]

Made-up prices in the shape of a panel: 1,259 days and 10 features for each ticker, lookback 100. Each size is a process
of its own, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np
from common import save, show

DAYS, FEATURES, LOOKBACK, BATCH, BATCHES = 1_259, 10, 100, 64, 500
WAYS = ("ours", "keras")


def measure(way: str, tickers: int) -> dict[str, float]:
    """First batch, windows a second, peak memory, of this process."""
    from rnnforecast.model.backend import keras, tf
    from rnnforecast.model.loop import windows_at

    series = np.random.default_rng(1).normal(size=(tickers * DAYS, FEATURES)).astype(np.float32)
    windows = (np.arange(tickers)[:, None] * DAYS + np.arange(LOOKBACK - 1, DAYS)).reshape(-1)
    began = time.perf_counter()
    order = np.random.default_rng(2).permutation(windows)
    if way == "ours":
        rows, values = tf.constant(order), tf.constant(series)

        @tf.function(autograph=False)
        def batch(at: object) -> object:
            return windows_at(values, rows[at : at + BATCH], LOOKBACK)

        batches = (batch(tf.constant(at % (len(order) - BATCH + 1))) for at in range(0, 10**9, BATCH))
    else:
        starts = {"sequence_length": LOOKBACK, "batch_size": BATCH, "shuffle": True, "seed": 2}
        parts = [
            keras.utils.timeseries_dataset_from_array(series[at * DAYS : (at + 1) * DAYS], None, **starts)
            for at in range(tickers)
        ]
        whole = parts[0] if tickers == 1 else tf.data.Dataset.sample_from_datasets(parts, seed=2)
        batches = iter(whole.repeat())
    next(batches)
    first, began = time.perf_counter() - began, time.perf_counter()
    for _ in range(BATCHES):
        next(batches)
    speed = BATCHES * BATCH / (time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"windows": len(windows), "first_batch_s": first, "windows_per_s": speed, "peak_mb": peak}


def main() -> None:
    """Run every size in a process of its own, print a table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickers", type=int, nargs="+", default=[1, 10, 100, 482])
    parser.add_argument("--one", nargs=2, metavar=("WAY", "TICKERS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.one[0], int(chosen.one[1]))))
        return
    found = []
    for tickers in chosen.tickers:
        for way in WAYS:
            command = [sys.executable, __file__, "--one", way, str(tickers)]
            done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
            found.append({"way": way, "tickers": tickers, **json.loads(done.stdout.splitlines()[-1])})
    show(
        f"windows of {LOOKBACK} x {FEATURES}, in batches of {BATCH}",
        ["", "tickers", "windows", "s to first batch", "windows/s", "peak MB"],
        [
            [one["way"], str(one["tickers"]), f"{one['windows']:,}", f"{one['first_batch_s']:.2f}",
             f"{one['windows_per_s']:,.0f}", f"{one['peak_mb']:.0f}"] for one in found
        ],
    )  # fmt: skip
    save("windows", {"rows": found})


if __name__ == "__main__":
    main()

"""What training on many tickers costs: one epoch from 1 to 482 of them, and of few with longer
histories.

    python benchmarks/tickers.py [--tickers 1 60 120 241 482] [--figure docs/tickers.png]

Made-up candles in the shape of a panel: 1,259 days each, 10 features, lookback 100, an LSTM of two
layers of 50, batches of 64. Each size is a process of its own, so that peak memory is its own. From
prices to windows is timed as ``prepare``; the first step includes making and compiling the graph;
``input`` is the same epoch with nothing but the gathering of its windows.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from common import save_speed, show

if TYPE_CHECKING:
    from rnnforecast.config import Experiment
    from rnnforecast.dataset.panel import Series

DAYS, TICKERS, ROWS = 1_259, (1, 60, 120, 241, 482), (1_259, 2_518, 5_036)
FEW = 10
"""Tickers whose histories grow."""
SETTINGS = (
    "model.architecture=lstm", "model.units=[50, 50]", "window.lookback=100",
    "training.batch_size=64", "data.market=[]",
    "window.features=[log_return, abs_log_return, overnight_gap, parkinson, garman_klass, "
    "realised_volatility, ewma_volatility, sma_distance, rsi, volume_change]",
)  # fmt: skip


def candles(rows: int, seed: int, every: str = "D", move: float = 0.015) -> pd.DataFrame:
    """Return open, high, low, close and volume of a random walk.

    Args:
        rows: how many bars.
        seed: of the generator.
        every: time from one bar to the next, as pandas writes it.
        move: standard deviation of a bar's log return; of its other prices a third of that.
    """
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, move, rows)))
    first = close * np.exp(rng.normal(0, move / 3, rows))
    high, low = (np.exp(sign * np.abs(rng.normal(0, move / 3, rows))) for sign in (1, -1))
    top, bottom = np.maximum(first, close) * high, np.minimum(first, close) * low
    dates = pd.date_range("1990-01-01", periods=rows, freq=every, name="date", unit="ns")
    columns = {
        "open": first,
        "high": top,
        "low": bottom,
        "close": close,
        "volume": rng.lognormal(15, 0.4, rows),
    }
    return pd.DataFrame(columns, index=dates)


def made_up(tickers: int, rows: int, *settings: str) -> tuple[Experiment, list[Series]]:
    """Return the experiment and the series of so many tickers, with settings changed."""
    from rnnforecast.config import load
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.dataset.panel import Series

    names = [f"T{number:03d}" for number in range(tickers)]
    experiment = load("gru", [*SETTINGS, f"data.symbol={json.dumps(names)}", *settings])
    series = [
        Series(PriceHistory(name, candles(rows, seed), "1d", "24/7"), {})
        for seed, name in enumerate(names)
    ]
    return experiment, series


def measure(tickers: int, rows: int) -> dict[str, float]:
    """Train one epoch of so many tickers, in this process."""
    from rnnforecast.dataset.panel import prepare_panel, windows_of
    from rnnforecast.model.backend import tf
    from rnnforecast.model.network import build
    from rnnforecast.model.training.epoch import Loop, windows_at
    from rnnforecast.model.training.trainer import make_optimizer

    experiment, series = made_up(tickers, rows)
    began = time.perf_counter()
    panel = prepare_panel(experiment, series)
    windows = windows_of(panel.datasets, panel.scalers)
    prepared, began = time.perf_counter() - began, time.perf_counter()
    network, optimizer = build(experiment), make_optimizer(experiment.training)
    optimizer.build(network.trainable_variables)
    loop = Loop(network, optimizer, windows)
    order = np.random.default_rng(1).permutation(len(windows.origins["train"]))
    loop.train(order[:64])
    first = time.perf_counter() - began
    loop.train(order[:128])  # another number of windows: from now on the graph takes any
    began = time.perf_counter()
    loop.train(order)
    epoch = time.perf_counter() - began

    @tf.function(autograph=False, reduce_retracing=True)
    def gathered(origins: tf.Tensor) -> tf.Tensor:
        """Return a sum over every window, so that none can be left out."""
        return tf.while_loop(
            lambda at, _: at < tf.size(origins),
            lambda at, total: (
                at + 64,
                total + tf.reduce_sum(windows_at(loop.series, origins[at : at + 64], 100)[:, -1])
            ),
            (0, 0.0),
        )[1]  # fmt: skip

    origins = tf.constant(windows.origins["train"][order])
    gathered(origins[:64])
    gathered(origins[:128])
    began = time.perf_counter()
    gathered(origins)
    return {
        "tickers": tickers, "rows": rows, "windows": len(order), "prepare_s": prepared,
        "first_step_s": first,
        "epoch_s": epoch, "input_s": time.perf_counter() - began,
        "windows_per_s": len(order) / epoch,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def fitted(sizes: list[dict[str, float]]) -> dict[str, float]:
    """Fit a line to seconds an epoch by windows, and say how far the points lie from it."""
    windows, seconds = (np.array([size[name] for size in sizes]) for name in ("windows", "epoch_s"))
    slope, start = np.polyfit(windows, seconds, 1)
    residuals = seconds - (start + slope * windows)
    determination = 1 - residuals.var() / seconds.var()
    return {"us_per_window": 1e6 * slope, "start_s": start, "r_squared": determination}


def draw(by_tickers: list[dict[str, float]], by_rows: list[dict[str, float]], file: Path) -> None:
    """Draw seconds an epoch and peak memory by windows."""
    from rnnforecast.report.charts.files import save
    from rnnforecast.report.charts.render_matplotlib import styled
    from rnnforecast.report.charts.spec import PALETTE

    with styled():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.4), layout="constrained")
        time_axes, memory_axes = figure.subplots(1, 2)
        line, top = fitted(by_tickers + by_rows), max(size["windows"] for size in by_tickers)
        ends = np.array([0.0, top])
        time_axes.plot(
            ends / 1e3,
            line["start_s"] + line["us_per_window"] * ends / 1e6,
            color=PALETTE["grey"],
            lw=1,
        )
        for sizes, colour, mark, label in (
            (
                by_tickers,
                PALETTE["blue"],
                "o",
                f"{by_tickers[0]['tickers']:.0f} to {by_tickers[-1]['tickers']:.0f} tickers",
            ),
            (by_rows, PALETTE["orange"], "D", f"{FEW} tickers, {ROWS[0]:,} to {ROWS[-1]:,} days"),
        ):
            windows = [size["windows"] / 1e3 for size in sizes]
            time_axes.plot(
                windows, [size["epoch_s"] for size in sizes], mark, color=colour, label=label
            )
            memory_axes.plot(windows, [size["peak_mb"] for size in sizes], mark, color=colour)
        time_axes.plot(
            [size["windows"] / 1e3 for size in by_tickers],
            [size["input_s"] for size in by_tickers],
            "s",
            color=PALETTE["grey"], ms=4, label="the input alone",
        )  # fmt: skip
        time_axes.legend(loc="upper left")
        time_axes.set(title="Seconds an epoch", xlabel="thousand training windows", ylim=(0, None))
        memory_axes.set(
            title="Peak memory, MB", xlabel="thousand training windows", ylim=(0, 1_600)
        )
    save(figure, file)


def main() -> None:
    """Run every size in a process of its own, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickers", type=int, nargs="+", default=TICKERS)
    parser.add_argument("--figure", type=Path, help="Also draw it into this file.")
    parser.add_argument(
        "--one", type=int, nargs=2, metavar=("TICKERS", "ROWS"), help=argparse.SUPPRESS
    )
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(*chosen.one)))
        return
    sizes = [(tickers, DAYS) for tickers in chosen.tickers] + [(FEW, rows) for rows in ROWS]
    measured = []
    for size in sizes:
        command = [sys.executable, __file__, "--one", *map(str, size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        measured.append(json.loads(done.stdout.splitlines()[-1]))
    by_tickers, by_rows = measured[: len(chosen.tickers)], measured[len(chosen.tickers) :]
    line = fitted(measured)
    show(
        f"an epoch on many tickers: {line['us_per_window']:.0f} us a window, "
        f"R2 {line['r_squared']:.4f}",
        ["tickers", "days", "windows", "prepare, s", "first step, s", "s an epoch", "input, s",
         "windows/s", "peak MB"],
        [
            [f"{size['tickers']}", f"{size['rows']:,}", f"{size['windows']:,}",
             f"{size['prepare_s']:.2f}", f"{size['first_step_s']:.2f}", f"{size['epoch_s']:.2f}",
             f"{size['input_s']:.2f}", f"{size['windows_per_s']:,.0f}", f"{size['peak_mb']:.0f}"]
            for size in measured
        ],
    )  # fmt: skip
    save_speed("tickers", {"by_tickers": by_tickers, "by_rows": by_rows, "line": line})
    if chosen.figure:
        draw(by_tickers, by_rows, chosen.figure)


if __name__ == "__main__":
    main()

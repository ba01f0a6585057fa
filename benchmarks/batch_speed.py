"""How many windows a second a panel trains on, by the size of its batches.

    python benchmarks/batch_speed.py [--tickers 10] [--rounds 5]

The network and the made-up candles of ``tickers.py``: two LSTM layers of 50, lookback 100, 10
features. Each round trains one epoch in batches of each size in turn, so that a slow moment of the
machine meets them all. Whether a panel learns as well in large batches is asked by ``batches.py``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
from common import save_speed, show, spread
from tickers import DAYS, made_up

BATCHES = (64, 256, 1_024)


def epochs(tickers: int, rounds: int) -> Iterator[dict[str, dict[str, float]]]:
    """Yield, for every round, what an epoch made of each size of batch."""
    from rnnforecast.dataset.panel import prepare_panel, windows_of
    from rnnforecast.model.network import build
    from rnnforecast.model.training.epoch import Loop
    from rnnforecast.model.training.trainer import make_optimizer

    loops = {}
    for batch in BATCHES:
        experiment, series = made_up(tickers, DAYS, f"training.batch_size={batch}")
        panel = prepare_panel(experiment, series)
        windows = windows_of(panel.datasets, panel.scalers)
        network, optimizer = build(experiment), make_optimizer(experiment.training)
        optimizer.build(network.trainable_variables)
        loops[batch] = Loop(network, optimizer, windows)
    order = np.random.default_rng(1).permutation(len(windows.origins["train"]))
    for loop in loops.values():  # makes and compiles the graph, for any number of windows
        loop.train(order[:1_024])
        loop.train(order[:2_048])
    for _ in range(rounds):
        speeds = {}
        for batch, loop in loops.items():
            wall, cpu = time.perf_counter(), time.process_time()
            loop.train(order)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            speeds[str(batch)] = {
                "windows_per_s": len(order) / wall,
                "windows_per_core_s": len(order) / cpu,
            }
        yield speeds


def main() -> None:
    """Train in every size of batch, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickers", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    rounds = list(epochs(chosen.tickers, chosen.rounds))
    rows = []
    for batch in map(str, BATCHES):
        ratios = [
            speeds[batch]["windows_per_s"] / speeds[str(BATCHES[0])]["windows_per_s"]
            for speeds in rounds
        ]
        wall, cpu = (
            spread([speeds[batch][part] for speeds in rounds])
            for part in ("windows_per_s", "windows_per_core_s")
        )
        rows.append([f"{int(batch):,}", wall, cpu, spread(ratios)])
    show(
        f"a panel of {chosen.tickers} tickers, {chosen.rounds} rounds",
        ["batch", "windows/s", "windows per processor second", f"/ batches of {BATCHES[0]}"], rows,
    )  # fmt: skip
    save_speed("batch_speed", {"tickers": chosen.tickers, "rounds": rounds})


if __name__ == "__main__":
    main()

"""How fast input windows are made: gathered from the series in the graph, beside the ways of other
libraries.

    PEERS_PYTHON=/path/to/torch/env/bin/python python benchmarks/windows.py [--tickers 1 482]
    [--rounds 3]

The job is that of ``peers/panel.py``. Each contender, size and round is a process of its own, so
that peak memory is its own; contenders take turns. Darts and NeuralForecast want the environment
that ``train.py`` tells of.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

from common import contender, save_speed, show

WAYS: dict[str, Callable[..., dict[str, Any]]] = {
    "ours": partial(contender, "windows_ours", torch=False),
    "keras": partial(contender, "windows_keras", torch=False),
    "darts": partial(contender, "windows_darts", torch=True),
    "neuralforecast": partial(contender, "windows_neuralforecast", torch=True),
    "neuralforecast_64": partial(
        contender, "windows_neuralforecast", torch=True, SERIES="1", WINDOWS="64"
    ),
}


def row(way: str, tickers: int, rounds: list[dict[str, dict[str, Any]]]) -> list[str]:
    """Return a contender's line: medians over rounds."""
    reports = [reports[way] for reports in rounds if "failed" not in reports[way]]
    if not reports:
        return [way, f"{tickers}", f"not measured: {rounds[0][way]['failed'][:60]}", "", ""]
    first, speed, peak = (
        statistics.median(report[part] for report in reports)
        for part in ("first_batch_s", "windows_per_s", "peak_mb")
    )
    return [way, f"{tickers}", f"{first:.2f}", f"{speed:,.0f}", f"{peak:,.0f}"]


def main() -> None:
    """Run every size and contender, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickers", type=int, nargs="+", default=[1, 482])
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    sizes = {
        tickers: [
            {way: run(TICKERS=str(tickers)) for way, run in WAYS.items()}
            for _ in range(chosen.rounds)
        ]
        for tickers in chosen.tickers
    }
    show(
        f"windows of 100 days and 10 features, {chosen.rounds} rounds",
        ["", "tickers", "s to first batch", "windows/s", "peak MB"],
        [row(way, tickers, rounds) for tickers, rounds in sizes.items() for way in WAYS],
    )
    save_speed("windows", {"sizes": sizes})


if __name__ == "__main__":
    main()

"""How fast networks train: the job of ``peers/job.py`` for every contender, in turn, several
rounds.

    PEERS_PYTHON=/path/to/torch/env/bin/python python benchmarks/train.py [--cells lstm gru]
    [--rounds 3] [--epochs 5]

PyTorch's contenders want an environment of their own:
``pip install torch==2.13.0``, then ``pip install darts neuralforecast arch``. Without it they are
left out, and said so.
An epoch is the median of all but the first, which makes the graph; ratios are formed round by
round.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from common import contender, save_speed, show, spread

OURS = "ours"
KERAS = (OURS, "keras_script")
TORCH = ("torch_script", "darts_rnn", "neuralforecast_rnn")


def measure(peer: str, cell: str, epochs: int) -> dict[str, Any]:
    """Run a contender, and return what it reports, with its usual epoch."""
    report = contender(peer, torch=peer in TORCH, CELL=cell, EPOCHS=str(epochs))
    if "failed" in report:
        return report
    return {**report, "epoch": statistics.median(report["epochs"][1:])}


def row(peer: str, rounds: list[dict[str, dict[str, Any]]]) -> list[str]:
    """Return a contender's line: seconds, and how many times ours goes into them."""
    pairs = [
        (reports[peer], reports[OURS])
        for reports in rounds
        if "failed" not in reports[peer] and "failed" not in reports[OURS]
    ]
    if not pairs:
        return [
            peer,
            f"not measured: {rounds[0][peer].get('failed', 'ours failed')[:60]}",
            "",
            "",
            "",
            "",
            "",
        ]
    theirs = [report for report, _ in pairs]
    ratios = {
        part: spread([report[part] / ours[part] for report, ours in pairs])
        for part in ("epoch", "whole")
    }
    seconds = {part: spread([report[part] for report in theirs]) for part in ("epoch", "whole")}
    skill = statistics.median(1 - report["mae"] / report["naive_mae"] for report in theirs)
    peak = statistics.median(report["peak_mb"] for report in theirs)
    return [
        peer, seconds["epoch"], ratios["epoch"], seconds["whole"], ratios["whole"], f"{peak:.0f}",
        f"{skill:+.2%}"
    ]  # fmt: skip


def main() -> None:
    """Run every contender, print a table for each cell, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", nargs="+", default=["lstm", "gru", "simple_rnn"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--peers", nargs="+", default=[*KERAS, *TORCH], choices=[*KERAS, *TORCH])
    chosen = parser.parse_args()
    for cell in chosen.cells:
        results = [
            {
                peer: measure(peer, cell, chosen.epochs)
                for peer in dict.fromkeys([OURS, *chosen.peers])
            }
            for _ in range(chosen.rounds)
        ]
        show(
            f"{cell}: two layers of 50, lookback 100, batch 32, {chosen.epochs} epochs, "
            f"{chosen.rounds} rounds",
            ["", "s an epoch", "/ ours", "s whole process", "/ ours", "peak MB", "skill"],
            [row(peer, results) for peer in results[0]],
        )
        save_speed(f"train_{cell}", {"epochs": chosen.epochs, "rounds": results})


if __name__ == "__main__":
    main()

"""What a million bars of one minute cost, from a CSV file to a trained network and a forecast.

    python benchmarks/minutes.py [--rounds 3] [--rows 1000000]

Made-up candles of a market that never closes. ``data import`` reads the file once; ``train`` fits
one network of the preset ``gru`` for one epoch in batches of 512, calibrates it and writes its
report. Memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from common import save_speed
from tickers import candles
from usage import Usage, command, show_usages

SYMBOL = "MINUTES"
SETTINGS = (
    "data.interval=1m", "pool=[network]", "training.ensemble=1", "training.epochs=1",
    "training.batch_size=512",
)  # fmt: skip


def write(file: Path, rows: int) -> None:
    """Write made-up candles, a minute each, as CSV."""
    candles(rows, seed=1, every="min", move=0.0004).round(6).to_csv(file)


def main() -> None:
    """Run every command in turn, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1_000_000)
    chosen = parser.parse_args()
    words = [word for setting in SETTINGS for word in ("--set", setting)]
    usages: dict[str, list[Usage]] = {"import": [], "train": [], "predict": []}
    with TemporaryDirectory() as folder:
        home = Path(folder)
        file = home / f"{SYMBOL}.csv"
        write(file, chosen.rows)
        for _ in range(chosen.rounds):
            shutil.rmtree(home / "data", ignore_errors=True)
            shutil.rmtree(home / "runs", ignore_errors=True)
            importing = ("data", "import", file, "--symbol", SYMBOL, "--sessions", "24/7")
            usages["import"].append(command(home, *importing))
            usages["train"].append(command(home, "train", SYMBOL, "--config", "gru", *words))
            usages["predict"].append(command(home, "predict"))
    show_usages(f"{chosen.rows:,} bars of one minute, {chosen.rounds} rounds", usages)
    save_speed("minutes", {"rows": chosen.rows, "usages": usages})


if __name__ == "__main__":
    main()

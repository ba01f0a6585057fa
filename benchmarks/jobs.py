"""How long the main jobs take as whole processes: the demo, and ``train --config lstm.yaml``.

    python benchmarks/jobs.py [--rounds 3] [--prices BTC-USD.csv]

The second one wants a file of daily prices, as ``rnnforecast data import`` reads it (also from
PRICES in the environment), and is left out without: how many epochs five networks take depends on
the prices.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from common import save_speed, show, spread, whole

LSTM = "train --config lstm.yaml"


def main() -> None:
    """Time every job in a fresh home, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prices", type=Path, default=os.environ.get("PRICES"))
    chosen = parser.parse_args()
    seconds: dict[str, list[float]] = {"demo": []}
    epochs: int | None = None
    for _ in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as home:
            ours = [sys.executable, "-m", "rnnforecast", "--home", home, "--quiet"]
            seconds["demo"].append(whole([*ours, "demo"]))
            if chosen.prices is None:
                continue
            whole([*ours, "data", "import", chosen.prices, "--symbol", "BTC-USD"])
            seconds.setdefault(LSTM, []).append(whole([*ours, "train", "--config", "lstm.yaml"]))
            epochs = (
                sum(1 for path in Path(home).glob("runs/*lstm/fit.csv") for _ in path.open()) - 1
            )
    show("whole jobs", ["", "seconds"], [[name, spread(took)] for name, took in seconds.items()])
    save_speed("jobs", {"rounds": chosen.rounds, "epochs": epochs, "seconds": seconds})


if __name__ == "__main__":
    main()

"""How long the main jobs take as whole processes: the demo, and ``train --config lstm.yaml``.

    python benchmarks/jobs.py [--rounds 2] [--prices BTC-USD.csv]

The second one wants a file of daily prices, as ``rnnforecast data import`` reads it, and is left out without: how many
epochs five networks take depends on the prices.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from common import save, show, spread, whole


def main() -> None:
    """Time every job in a fresh home, print a table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--prices", type=Path)
    parser.add_argument("--start", default="2015-01-01", help="First day that is used of the prices.")
    parser.add_argument("--end", default="2024-12-31", help="Last day that is used of the prices.")
    chosen = parser.parse_args()
    found: dict[str, list[float]] = {"demo": []}
    for _ in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as home:
            ours = [sys.executable, "-m", "rnnforecast", "--home", home, "--quiet"]
            found["demo"].append(whole([*ours, "demo"]))
            if chosen.prices is None:
                continue
            whole([*ours, "data", "import", chosen.prices, "--symbol", "BTC-USD"])
            days = ["--set", f"data.start={chosen.start}", "--set", f"data.end={chosen.end}"]
            found.setdefault("train --config lstm.yaml", []).append(
                whole([*ours, "train", "--config", "lstm.yaml", *days])
            )
    show("whole jobs", ["", "seconds"], [[name, spread(times)] for name, times in found.items()])
    save("jobs", {"rounds": chosen.rounds, "days": f"{chosen.start} to {chosen.end}", "seconds": found})


if __name__ == "__main__":
    main()

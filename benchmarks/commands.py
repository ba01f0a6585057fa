"""What train, evaluate and predict use as whole processes, and what an evaluated run takes on disk.

    python benchmarks/commands.py [--rounds 3]

The preset ``gru`` (five networks, trained until their validation loss no longer improves) on the
S&P 500 of 1999-2018. A first evaluation fills the cache of the costly baselines and is not timed.
Memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from common import save_speed
from home import SYMBOL
from usage import Usage, command, megabytes, show_usages

from rnnforecast.data.sample import sample
from rnnforecast.data.store import Store


def main() -> None:
    """Run every command in turn, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="At most; by default what the preset says.")
    chosen = parser.parse_args()
    fewer = ["--set", f"training.epochs={chosen.epochs}"] if chosen.epochs else []
    usages: dict[str, list[Usage]] = {"train": [], "evaluate": [], "predict": []}
    with TemporaryDirectory() as folder:
        home = Path(folder)
        Store(home / "data").save(sample(SYMBOL))
        for _ in range(chosen.rounds):
            shutil.rmtree(home / "runs", ignore_errors=True)
            usages["train"].append(command(home, "train", SYMBOL, "--config", "gru", *fewer))
        command(home, "evaluate")
        (run,) = (path.parent for path in (home / "runs").glob("*/run.json"))
        size = megabytes(run)
        for _ in range(chosen.rounds):
            usages["evaluate"].append(command(home, "evaluate"))
            usages["predict"].append(command(home, "predict"))
    title = f"gru on the S&P 500, {chosen.rounds} rounds; {size:.1f} MB once evaluated"
    show_usages(title, usages)
    save_speed("commands", {"rounds": chosen.rounds, "usages": usages, "run_mb": size})


if __name__ == "__main__":
    main()

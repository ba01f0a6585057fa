"""How long the short commands take as whole processes, beside the same forecast by a Keras script.

python benchmarks/predict.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import sys

from common import PEERS, save_speed, show, spread, whole
from home import home, multiply_runs

SCRIPT = PEERS / "keras_forecast.py"
RUNS = 1_000


def main() -> None:
    """Time every command in turn, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with home() as (path, run):
        ours = [sys.executable, "-m", "rnnforecast", "--home", str(path)]
        commands: dict[str, list[str]] = {
            "predict": [*ours, "predict"],
            "the same by Keras": [sys.executable, str(SCRIPT), str(path)],
            "--help": [*ours, "--help"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                seconds[name].append(whole(command))
        multiply_runs(path, run, RUNS)
        seconds["runs list"] = [whole([*ours, "runs", "list"]) for _ in range(rounds)]
    ratios = [
        theirs / mine
        for theirs, mine in zip(seconds["the same by Keras"], seconds["predict"], strict=True)
    ]
    rows = [[name, spread(took), ""] for name, took in seconds.items()]
    rows[1][-1] = spread(ratios)
    show(
        f"whole processes, {rounds} rounds; {RUNS:,} runs are listed",
        ["", "seconds", "/ predict"], rows,
    )  # fmt: skip
    save_speed("predict", {"rounds": rounds, "seconds": seconds})


if __name__ == "__main__":
    main()

"""What warm starts save and cost: refits of an evaluation that begin anew, and that go on.

python benchmarks/warm.py SYMBOL=FILE...

Each file has daily prices. Of each, one run is trained and evaluated three times on the same 240
origins: never fitted again, and fitted again every 60 bars, from fresh weights and from those of
the fit before.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from common import save, show

SETTINGS = ("pool=[network]", "training.ensemble=2", "data.start=2012-01-01")
WALK = ("--origins", "240", "--baselines", "naive")
REFITS = {"never": (), "fresh": ("--refit-every", "60"), "warm": ("--refit-every", "60", "--warm")}


def call(home: Path, *arguments: str) -> tuple[dict[str, object], float]:
    """Run a command: its JSON, and the processor seconds that it and its workers took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = subprocess.run(
        [sys.executable, "-m", "rnnforecast", "--home", str(home), "--json", *arguments],
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(made.stdout), used


def measure(symbol: str, file: Path) -> dict[str, dict[str, float]]:
    """CRPS in percent of the price and processor seconds of each way."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        call(home, "data", "import", str(file), "--symbol", symbol)
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        call(home, "train", symbol, *settings)
        results = {}
        for name, options in REFITS.items():
            document, seconds = call(home, "evaluate", *WALK, *options)
            scores = document["scores"]
            assert isinstance(scores, list)
            values = {
                row["model"]: row["value"]
                for row in scores
                if (row["metric"], row["step"]) == ("crps_relative", 0)
            }
            results[name] = {"crps_percent": 100 * values["network"], "seconds": seconds}
            print(symbol, name, results[name], flush=True)
        return results


def main() -> None:
    """Measure each series, print a table, write the results."""
    results = {}
    for argument in sys.argv[1:]:
        symbol, _, file = argument.partition("=")
        results[symbol] = measure(symbol, Path(file))
    rows = [
        [symbol, name, f"{value['crps_percent']:.4f}", f"{value['seconds']:.0f}"]
        for symbol, ways in results.items()
        for name, value in ways.items()
    ]
    show("Refits every 60 bars, 240 origins", ["symbol", "refits", "CRPS %", "processor s"], rows)
    save("warm", results)


if __name__ == "__main__":
    main()

"""Where the time of train, predict, evaluate and a panel's training goes, and what it could be.

    python benchmarks/breakdown.py [--rounds 3]

Each command runs as a process of its own that is looked at as it works (``sampler.py``); the median
of the rounds is shown for each part. Beside imports stands a plain import of the same large
libraries (parts of TensorFlow and Keras are left out here, so it may take longer). Beside epochs
stands their floor: the products of the recurrent weights alone, at the speed that one core reaches
on large matrices, on two cores. The preset ``gru`` on the S&P 500, and the preset ``panel`` with
one network on 20 made-up tickers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from common import save_speed, show, whole
from end_to_end import write
from home import SYMBOL
from threadpoolctl import threadpool_limits
from tickers import DAYS
from usage import command

from rnnforecast.data.sample import sample
from rnnforecast.data.store import Store
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import read_experiment

SAMPLER = Path(__file__).with_name("sampler.py")
CORES, TICKERS, GATES = 2, 20, 3
LEAST_S = 0.005
"""Seconds of a part that is shown."""
PANEL = ("data.market=[]", "pool=[network]", "training.ensemble=1", "training.epochs=20")


@dataclass(frozen=True)
class Look:
    """What was seen of one process.

    Args:
        parts: seconds of each, start and end of Python included.
        libraries: the large ones that it had loaded at its end.
    """

    parts: Counter[str]
    libraries: tuple[str, ...]


def sampled(home: Path, *words: str | Path) -> Look:
    """Run a command, and return what was seen of it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "parts.json"
        line = [sys.executable, SAMPLER, file, "--home", home, "--quiet", *words]
        everything = whole(line)
        report: dict[str, Any] = json.loads(file.read_text("utf-8"))
    parts = Counter(report["parts"])
    parts["start and end of Python"] = everything - sum(parts.values())
    return Look(parts, tuple(report["libraries"]))


def speed_of_products(size: int = 768, rounds: int = 20) -> float:
    """Return the products and sums per second of one core, on large matrices, at its best."""
    left, right = np.random.default_rng(1).normal(size=(2, size, size)).astype(np.float32)
    best = np.inf
    with threadpool_limits(1):
        for _ in range(rounds):
            began = time.perf_counter()
            left @ right
            best = min(best, time.perf_counter() - began)
    return float(2 * size**3 / best)


def floor_of_epochs(run: Path, days: int, tickers: int, speed: float) -> float:
    """Return the seconds of a training's recurrent products alone.

    A step multiplies a window's state by the recurrent weights of its gates, and each layer above
    the first its input as well; the gradients of both sides cost twice as much again.
    """
    experiment = read_experiment(Run(run))
    lookback = experiment.window.lookback
    windows = tickers * (int(0.7 * days) - lookback - experiment.window.horizon)
    layers = experiment.model.units
    inputs = (0, *layers[:-1])
    products = sum(
        2 * GATES * units * (units + below) for units, below in zip(layers, inputs, strict=True)
    )
    epochs = len(pd.read_csv(run / "fit.csv"))
    return float(3 * products * lookback * windows * epochs / (CORES * speed))


def run_of(home: Path) -> Path:
    """Return the folder of the home's only run."""
    (path,) = (home / "runs").glob("*/run.json")
    return path.parent


def main() -> None:
    """Look at every command, print a table for each, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    speed = speed_of_products()
    looks: dict[str, list[Look]] = {"train": [], "train a panel": []}
    floors: dict[str, dict[str, float]] = {}
    with TemporaryDirectory() as folder:
        home, panel = Path(folder) / "one", Path(folder) / "panel"
        history = sample(SYMBOL)
        Store(home / "data").save(history)
        panel.mkdir()
        write(panel / "panel.parquet", TICKERS)
        command(panel, "data", "import", panel / "panel.parquet", "--sessions", "24/7")
        listed = panel / "symbols.txt"
        listed.write_text("\n".join(f"T{number:03d}" for number in range(TICKERS)))
        changes = [word for setting in PANEL for word in ("--set", setting)]
        training = ("train", "--config", "panel", "--symbols-file", listed, *changes)
        for _ in range(rounds):
            for place in (home, panel):
                shutil.rmtree(place / "runs", ignore_errors=True)
            looks["train"].append(sampled(home, "train", SYMBOL, "--config", "gru"))
            looks["train a panel"].append(sampled(panel, *training))
        command(home, "evaluate")
        for name in ("predict", "evaluate"):
            looks[name] = [sampled(home, name) for _ in range(rounds)]
        for name, seen in looks.items():
            floors[name] = {"imports": floor_of_imports(seen[0].libraries, rounds)}
        for name, place, days, tickers in (
            ("train", home, len(history), 1), ("train a panel", panel, DAYS, TICKERS)
        ):  # fmt: skip
            floors[name]["epochs"] = floor_of_epochs(run_of(place), days, tickers, speed)
    medians = {name: middle(seen) for name, seen in looks.items()}
    for name, seconds in medians.items():
        rows = [
            [part, f"{took:.2f}", f"{floors[name][part]:.2f}" if part in floors[name] else ""]
            for part, took in sorted(seconds.items(), key=lambda item: -item[1])
        ]
        everything = median(look.parts.total() for look in looks[name])
        show(f"{name}: {everything:.2f} s", ["part", "seconds", "floor or plain import"], rows)
    save_speed("breakdown", {"seconds": medians, "floors": floors, "flops_per_core": speed})


def floor_of_imports(libraries: tuple[str, ...], rounds: int) -> float:
    """Return the seconds that a process takes to import libraries, beyond Python's start."""
    loading = [sys.executable, "-c", f"import {', '.join(libraries)}"]
    return median(whole(loading) - whole([sys.executable, "-c", "pass"]) for _ in range(rounds))


def middle(looks: list[Look]) -> dict[str, float]:
    """Return the median seconds of each part that took any."""
    parts = sorted(set[str]().union(*(look.parts for look in looks)))
    seconds = {part: median(look.parts[part] for look in looks) for part in parts}
    return {part: took for part, took in seconds.items() if took >= LEAST_S}


if __name__ == "__main__":
    main()

"""How good the distributions of the libraries with recurrent networks are, at their own defaults.

    python benchmarks/prices.py --data FOLDER --peers /path/to/peers/bin/python [--symbols ...]

FOLDER holds daily files as for ``accuracy.py``. Everyone gets the newest --bars closes of each
symbol (3,000), learns from the first 85 % once, and forecasts --horizon sessions (5) from every
origin of the rest. The peers (``peers/prices_job.py``) learn the price itself, as in their own
examples, or its log with --log. Losses are CRPS of log returns from the 99 percentiles, skills on
the last close with the spread that its past changes had (naive). Results go to
``results/prices.json``, the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from accuracy import DAILY, PAGE, histories
from common import PEERS, machine, save
from pages import write_between
from scoringrules import crps_quantile

from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs.artifacts import load_forecaster, load_networks

CONTENDERS = {
    "NeuralForecast LSTM": ("prices_neuralforecast", "lstm"),
    "NeuralForecast GRU": ("prices_neuralforecast", "gru"),
    "Darts LSTM": ("prices_darts", "lstm"),
    "Darts GRU": ("prices_darts", "gru"),
}
RIVALS = ("naive", "garch")
BEGIN, END = "<!-- libraries -->", "<!-- end of libraries -->"


def main() -> None:
    """Run every contender on every symbol; print, save and publish the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--symbols", nargs="+", default=["BTC-USD", "SPY", "AAPL"], choices=DAILY)
    parser.add_argument("--bars", type=int, default=3000)
    parser.add_argument("--horizon", type=int, default=5)
    parser.add_argument("--log", action="store_true")
    chosen = parser.parse_args()
    prices, found, versions = histories(chosen.data), dict[str, Any](), dict[str, str]()
    for symbol in chosen.symbols:
        history = prices[symbol]
        history = replace(history, bars=history.bars.iloc[-chosen.bars :])
        found[symbol], used = measure(history, chosen.horizon, chosen.peers, log=chosen.log)
        versions |= used
        print(symbol, json.dumps(found[symbol]), flush=True)
    about = {"bars": chosen.bars, "horizon": chosen.horizon, "log": chosen.log}
    save("prices_log" if chosen.log else "prices", {**about, "peers": versions, "series": found})
    text = table(found, versions)
    print(text)
    if not chosen.log:
        write_between(PAGE, BEGIN, END, text)


def measure(
    history: PriceHistory, horizon: int, python: Path, *, log: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """Score ours, the rivals and the peers on one series.

    Returns:
        CRPS, share of actuals in the 80 % interval and seconds by contender, or why one failed;
        and the peers' versions.
    """
    with tempfile.TemporaryDirectory() as home:
        dataset, ours, seconds = train_ours(history, horizon, Path(home))
    origins = dataset.splits.origins("test")
    forecasts = {"rnnforecast": (ours, seconds)}
    for name in RIVALS:
        began = time.perf_counter()
        quantiles = BASELINES[name].quantiles(dataset, origins)[..., PERCENTILES]
        forecasts[name] = (quantiles, time.perf_counter() - began)
    rows = {name: score(dataset, origins, *values) for name, values in forecasts.items()}
    versions = dict[str, str]()
    for name, (script, cell) in CONTENDERS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                quantiles, result = peer(Path(folder), dataset, python, script, cell, log=log)
            except subprocess.CalledProcessError as error:
                rows[name] = {"failed": (error.stderr.strip().splitlines() or ["?"])[-1]}
                continue
        rows[name] = score(dataset, origins, quantiles, result["seconds"])
        versions |= result["versions"]
    return {"origins": len(origins), "contenders": rows}, versions


def train_ours(history: PriceHistory, horizon: int, home: Path) -> tuple[Dataset, Array, float]:
    """Train the preset as the command does, and forecast from every origin of the test part."""
    store, began = Store(home / "data"), time.perf_counter()
    store.save(history)
    settings = [f"data.symbol={history.symbol}", f"window.horizon={horizon}"]
    run = train_run(load("gru", [*settings, "data.price=close"]), store, home / "runs")
    part = run.parts[0]
    dataset = dataset_of(part)
    forecaster = load_forecaster(part, load_networks(run, len(run.manifest.seeds)))
    quantiles = forecaster.quantiles(dataset, dataset.splits.origins("test"))
    return dataset, quantiles[..., PERCENTILES], time.perf_counter() - began


def peer(
    folder: Path, dataset: Dataset, python: Path, script: str, cell: str, *, log: bool
) -> tuple[Array, dict[str, Any]]:
    """Run a contender in its own environment; return its quantiles, and what it says of itself."""
    np.savetxt(folder / "series.csv", dataset.closes, header="close", comments="", fmt="%.10g")
    window = dataset.experiment.window
    job = {"test": dataset.splits.test, "horizon": window.horizon, "log": log}
    (folder / "job.json").write_text(json.dumps(job))
    command = [str(python), str(PEERS / f"{script}.py"), str(folder), cell]
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, env=os.environ)
    with np.load(folder / "forecast.npz") as kept:
        return kept["arr_0"], json.loads((folder / "result.json").read_text())


def score(dataset: Dataset, origins: Array, quantiles: Array, seconds: float) -> dict[str, float]:
    """Return the mean CRPS of log returns, and the share of actuals in the 80 % interval."""
    last = dataset.closes[origins][:, None]
    actual = np.log(dataset.future_values[origins] / last)
    smallest = 1e-3 * last[..., None]  # a library may forecast a price below zero
    changes = np.sort(np.log(np.maximum(quantiles, smallest) / last[..., None]), axis=-1)
    levels = LEVELS[PERCENTILES]
    inside = (changes[..., 9] <= actual) & (actual <= changes[..., 89])
    crps = crps_quantile(actual, changes, levels).mean()
    return {"crps": float(crps), "within_80": float(inside.mean()), "seconds": seconds}


def table(found: dict[str, Any], versions: dict[str, str]) -> str:
    """Write the results as Markdown."""
    symbols = list(found)
    lines = [
        f"| CRPS skill on naive, % (80 % interval contained, %; seconds) | {' | '.join(symbols)} |",
        f"|---|{'---|' * len(symbols)}",
    ]
    for name in found[symbols[0]]["contenders"]:
        cells = []
        for symbol in symbols:
            rows = found[symbol]["contenders"]
            row, naive = rows[name], rows["naive"]["crps"]
            if "failed" in row:
                cells.append(f"failed: {row['failed']}")
                continue
            skill, within = 100 * (1 - row["crps"] / naive), 100 * row["within_80"]
            cells.append(f"{skill:+.1f} ({within:.0f}; {row['seconds']:.0f} s)")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    spans = ", ".join(f"{symbol} {one['origins']}" for symbol, one in found.items())
    about = machine()
    used = {**versions, "rnnforecast": about["versions"]["rnnforecast"]}
    named = ", ".join(f"{name} {version}" for name, version in used.items())
    lines += [
        "",
        f"Origins: {spans}. Versions: {named}. {about['processor']}, load {about['load']}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

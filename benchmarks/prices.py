"""How good the distributions of the libraries with recurrent networks are, at their own defaults.

    python benchmarks/prices.py --data FOLDER --peers /path/to/peers/bin/python --keep FOLDER

FOLDER holds daily files as for ``accuracy.py``. Everyone gets the newest --bars closes of each
symbol (3,000), learns from the first 85 % once, and forecasts --horizon sessions (5) from every
origin of the rest. The peers (``peers/prices_job.py``) learn the price itself, as in their own
examples, or its log with --log. Losses are CRPS of log returns from the 99 percentiles, skills on
the last close with the spread that its past changes had (naive). What has been forecast is kept in
--keep, so contenders can be run one by one (--contenders). Results go to ``results/prices.json``,
the table into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
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
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.windows import Rows
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
OURS = "rnnforecast"
RIVALS = ("naive", "garch")
BEGIN, END = "<!-- libraries -->", "<!-- end of libraries -->"


def main() -> None:
    """Run contenders on every symbol; print, save and publish the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--symbols", nargs="+", default=["BTC-USD", "SPY", "AAPL"], choices=DAILY)
    parser.add_argument("--contenders", nargs="*", default=[OURS, *RIVALS, *CONTENDERS])
    parser.add_argument("--bars", type=int, default=3000)
    parser.add_argument("--horizon", type=int, default=5)
    parser.add_argument("--log", action="store_true")
    chosen = parser.parse_args()
    prices, found, versions = histories(chosen.data), dict[str, Any](), dict[str, str]()
    for symbol in chosen.symbols:
        history = prices[symbol]
        history = replace(history, bars=history.bars.iloc[-chosen.bars :])
        settings = [f"data.symbol={symbol}", f"window.horizon={chosen.horizon}"]
        dataset = prepare(load("gru", [*settings, "data.price=close"]), history)
        folder = chosen.keep / symbol
        measure(dataset, folder, chosen.peers, chosen.contenders, log=chosen.log)
        found[symbol], used = scored(dataset, folder)
        versions |= used
    about = {"bars": chosen.bars, "horizon": chosen.horizon, "log": chosen.log}
    save("prices", {**about, "peers": versions, "series": found})
    text = table(found, versions)
    print(text)
    write_between(PAGE, BEGIN, END, text)


def measure(
    dataset: Dataset, folder: Path, python: Path, names: Sequence[str], *, log: bool
) -> None:
    """Let contenders forecast the test part of a series; what has been forecast before is kept.

    Args:
        dataset: of the series.
        folder: for a folder of each contender.
        python: that has the peers.
        names: of the contenders.
        log: whether the peers learn the log of the price.
    """
    for name in names:
        own = folder / name.replace(" ", "_")
        if (own / "result.json").exists():
            continue
        own.mkdir(parents=True, exist_ok=True)
        if name in CONTENDERS:
            run_peer(own, dataset, python, *CONTENDERS[name], log=log)
            continue
        began = time.perf_counter()
        quantiles = (
            train_ours(dataset)
            if name == OURS
            else BASELINES[name].quantiles(dataset, dataset.splits.origins("test"))
        )
        np.savez(own / "forecast.npz", quantiles[..., PERCENTILES])
        seconds = time.perf_counter() - began
        (own / "result.json").write_text(json.dumps({"seconds": seconds, "versions": {}}))
        print(name, f"{seconds:.0f} s", flush=True)


def train_ours(dataset: Dataset) -> Array:
    """Train the preset as the command does, and forecast from every origin of the test part."""
    with tempfile.TemporaryDirectory() as home:
        store = Store(Path(home) / "data")
        store.save(dataset.history)
        run = train_run(dataset.experiment, store, Path(home) / "runs", label="ours")
        part = run.parts[0]
        forecaster = load_forecaster(part, load_networks(run, len(run.manifest.seeds)))
        return forecaster.quantiles(dataset_of(part), dataset.splits.origins("test"))


def run_peer(
    folder: Path, dataset: Dataset, python: Path, script: str, cell: str, *, log: bool
) -> None:
    """Run a contender in its own environment; it writes what it forecasts into the folder."""
    np.savetxt(folder / "series.csv", dataset.closes, header="close", comments="", fmt="%.10g")
    horizon = dataset.experiment.window.horizon
    job = {"test": dataset.splits.test, "horizon": horizon, "log": log}
    (folder / "job.json").write_text(json.dumps(job))
    command = [str(python), str(PEERS / f"{script}.py"), str(folder), cell]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        print(folder.name, (done.stderr.strip().splitlines() or ["?"])[-1], flush=True)
    else:
        print(folder.name, (folder / "result.json").read_text(), flush=True)


def scored(dataset: Dataset, folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Score what contenders have forecast.

    Returns:
        by contender CRPS, share of actuals in the 80 % interval and seconds; the peers' versions.
    """
    rows, versions = dict[str, Any](), dict[str, str]()
    for name in (OURS, *RIVALS, *CONTENDERS):
        own = folder / name.replace(" ", "_")
        if not (own / "result.json").exists():
            continue
        result = json.loads((own / "result.json").read_text())
        with np.load(own / "forecast.npz") as kept:
            quantiles = kept["arr_0"]
        origins = dataset.splits.origins("test")
        rows[name] = score(dataset, origins, quantiles, result["seconds"])
        versions |= result["versions"]
    return {"origins": len(dataset.splits.origins("test")), "contenders": rows}, versions


def score(dataset: Dataset, origins: Rows, quantiles: Array, seconds: float) -> dict[str, float]:
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
        f"| CRPS skill vs naive, % (80 % interval contained, %) | {' | '.join(symbols)} |",
        f"|---|{'---|' * len(symbols)}",
    ]
    for name in (OURS, *RIVALS, *CONTENDERS):
        cells = []
        for symbol in symbols:
            rows = found[symbol]["contenders"]
            if name not in rows:
                cells.append("not measured")
                continue
            row, naive = rows[name], rows["naive"]["crps"]
            skill, within = 100 * (1 - row["crps"] / naive), 100 * row["within_80"]
            cells.append(f"{skill:+.1f} ({within:.0f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    spans = ", ".join(f"{symbol} {one['origins']}" for symbol, one in found.items())
    used = {**versions, "rnnforecast": machine()["versions"]["rnnforecast"]}
    named = ", ".join(f"{name} {version}" for name, version in used.items())
    lines += ["", f"Origins: {spans}. Versions: {named}."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

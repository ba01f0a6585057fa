"""Whether a panel learns as well in large batches as in small ones, and how much sooner.

python benchmarks/batches.py HOME [--tickers 100] [--seeds 3]

The preset ``panel`` on stored symbols, until its validation loss no longer improves: for each size
of batch and each learning rate the processor time, the epochs, the validation loss and the CRPS of
the test part in each symbol's own units, beside what the seed does.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import common
import numpy as np

from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.dataset.panel import Series, prepare_panel, windows_of
from rnnforecast.errors import RnnForecastError
from rnnforecast.evaluation.metrics.distribution import crps_of_percentiles
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES

CHOICES = ((64, 3e-4), (256, 3e-4), (1_024, 3e-4), (1_024, 6e-4), (1_024, 1.2e-3))
"""Windows in a batch, and the learning rate."""


def main() -> None:
    """Train each choice from each seed, print a table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--tickers", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    panel = suited(Store(chosen.home / "data"), chosen.tickers)
    windows = windows_of(panel.datasets, panel.scalers)
    found = []
    for batch, rate in CHOICES:
        found.append(measure(panel, windows, batch, rate, chosen.seeds))
        print(json.dumps(found[-1]), flush=True)
    rows = [
        [f"{row['batch']:,}", f"{row['rate']:g}",
         *(common.spread(row[name]) for name in ("seconds", "epochs", "val_loss", "crps"))]
        for row in found
    ]  # fmt: skip
    heads = ["batch", "learning rate", "processor s", "epochs", "validation loss", "test CRPS"]
    common.show(f"{len(panel.datasets)} tickers, {chosen.seeds} seeds", heads, rows)
    common.save("batches", {"tickers": len(panel.datasets), "choices": found})


def suited(store: Store, count: int) -> Any:
    """Prepare the first so many stored symbols that suit."""
    series: list[Series] = []
    for folder in sorted(store.root.iterdir()):
        history = store.find(folder.name)
        if history is None:
            continue
        experiment = load("panel", [f"data.symbol={json.dumps([history.symbol])}", *OPTIONS])
        try:
            prepare_panel(experiment, [Series(history, {})])
        except RnnForecastError:
            continue
        series.append(Series(history, {}))
        if len(series) == count:
            break
    names = json.dumps([one.history.symbol for one in series])
    return prepare_panel(load("panel", [f"data.symbol={names}", *OPTIONS]), series)


OPTIONS = ("data.market=[]", "training.ensemble=1", "data.allow_bad=true")


def measure(panel: Any, windows: Any, batch: int, rate: float, seeds: int) -> dict[str, Any]:
    """Train from several seeds.

    Returns:
        of each seed, what is named in the head of this file.
    """
    from rnnforecast.model.heads import head_of
    from rnnforecast.model.training.ensemble import fit_ensemble

    settings = {"batch_size": batch, "learning_rate": rate, "ensemble": seeds}
    training = windows.experiment.training.model_copy(update=settings)
    experiment = windows.experiment.model_copy(update={"training": training})
    found: dict[str, Any] = {"batch": batch, "rate": rate}
    began = time.process_time()
    for member in fit_ensemble(replace(windows, experiment=experiment)):
        seconds = time.process_time() - began
        scores = [
            crps(member.network, head_of(experiment), dataset, scaler)
            for dataset, scaler in zip(panel.datasets, panel.scalers, strict=True)
        ]
        for name, value in (
            ("seconds", seconds), ("epochs", len(member.fit)),
            ("val_loss", float(member.fit["val_loss"].min())), ("crps", float(np.mean(scores))),
        ):  # fmt: skip
            found.setdefault(name, []).append(value)
        began = time.process_time()
    return found


def crps(network: Any, head: Any, dataset: Any, scaler: Any) -> float:
    """Return the mean CRPS of the test part of a symbol, in its own units."""
    inputs = dataset.inputs(scaler.inputs, dataset.splits.origins("test"))
    actual = dataset.scaled_targets(scaler.targets, "test")
    raw = np.asarray(network.predict(inputs, batch_size=1_024, verbose=0), float)
    quantiles = head.answer(raw, LEVELS[PERCENTILES])
    return float(crps_of_percentiles(actual.ravel(), quantiles.reshape(actual.size, -1)).mean())


if __name__ == "__main__":
    main()

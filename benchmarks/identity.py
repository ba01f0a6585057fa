"""Whether a network of a panel forecasts better when it knows which ticker a window is of.

python benchmarks/identity.py HOME [--tickers 60] [--seeds 3]

The preset ``panel`` on stored symbols, as it is; with four numbers of each symbol's training part
as constant inputs (static features); and with one input for each symbol that is 1 in its own
windows, which makes the first layer an embedding of the ticker. The CRPS is that of the test part,
in each symbol's own units.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import common
import numpy as np
from batches import suited
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.panel import windows_of
from rnnforecast.evaluation.metrics.distribution import crps_of_percentiles
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES

Constants = NDArray[np.float32]
"""What is added to every window of a symbol (symbol, input)."""


def nothing(panel: Any) -> Constants:
    """Add no input."""
    return np.zeros((len(panel.datasets), 0), np.float32)


def statics(panel: Any) -> Constants:
    """Describe each symbol by its training part: spread, tails, tilt and memory of its moves."""
    rows = []
    for dataset in panel.datasets:
        closes = dataset.history.bars["close"].to_numpy(float)[: dataset.splits.validation]
        moves = np.diff(np.log(closes))
        score = (moves - moves.mean()) / moves.std()
        size = np.abs(score)
        rows.append([
            np.log(moves.std()), np.log((score**4).mean()), (score**3).mean(),
            np.corrcoef(size[1:], size[:-1])[0, 1],
        ])  # fmt: skip
    table = np.array(rows)
    return ((table - table.mean(axis=0)) / table.std(axis=0)).astype(np.float32)


def embedding(panel: Any) -> Constants:
    """Say which symbol it is, one input for each."""
    return np.eye(len(panel.datasets), dtype=np.float32)


def main() -> None:
    """Train each kind from each seed, print a table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--tickers", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    panel = suited(Store(chosen.home / "data"), chosen.tickers)
    found = []
    for kind in (nothing, statics, embedding):
        found.append({"kind": kind.__name__, **measure(panel, kind, chosen.seeds)})
        print(json.dumps(found[-1]), flush=True)
    rows = [
        [row["kind"], *(common.spread(row[name]) for name in ("epochs", "val_loss", "crps"))]
        for row in found
    ]
    heads = ["inputs beside", "epochs", "validation loss", "test CRPS"]
    common.show(f"{len(panel.datasets)} tickers, {chosen.seeds} seeds", heads, rows)
    common.save("identity", {"tickers": len(panel.datasets), "kinds": found})


def measure(panel: Any, kind: Callable[[Any], Constants], seeds: int) -> dict[str, Any]:
    """Train from several seeds, and return epochs, validation loss and CRPS of each."""
    from rnnforecast.model.heads import head_of
    from rnnforecast.model.training.ensemble import fit_ensemble

    windows, constants = windows_of(panel.datasets, panel.scalers), kind(panel)
    lengths = [len(dataset.history) for dataset in panel.datasets]
    inputs = np.hstack([windows.inputs, np.repeat(constants, lengths, axis=0)])
    training = windows.experiment.training.model_copy(update={"ensemble": seeds})
    experiment = windows.experiment.model_copy(update={"training": training})
    usual = Experiment.inputs
    Experiment.inputs = property(lambda _: inputs.shape[1])  # type: ignore[assignment, method-assign]
    found: dict[str, Any] = {}
    try:
        for member in fit_ensemble(replace(windows, experiment=experiment, inputs=inputs)):
            scores = [
                crps(member.network, head_of(experiment), *one)
                for one in zip(panel.datasets, panel.scalers, constants, strict=True)
            ]
            for name, value in (
                ("epochs", len(member.fit)), ("val_loss", float(member.fit["val_loss"].min())),
                ("crps", float(np.mean(scores))),
            ):  # fmt: skip
                found.setdefault(name, []).append(value)
    finally:
        Experiment.inputs = usual  # type: ignore[method-assign]
    return found


def crps(network: Any, head: Any, dataset: Any, scaler: Any, constants: Constants) -> float:
    """Return the mean CRPS of the test part of a symbol, in its own units."""
    inputs = dataset.inputs(scaler.inputs, dataset.splits.origins("test"))
    beside = np.broadcast_to(constants, (*inputs.shape[:2], len(constants)))
    raw = network.predict(np.concatenate([inputs, beside], axis=2), batch_size=1_024, verbose=0)
    actual = dataset.scaled_targets(scaler.targets, "test")
    quantiles = head.answer(np.asarray(raw, float), LEVELS[PERCENTILES])
    return float(crps_of_percentiles(actual.ravel(), quantiles.reshape(actual.size, -1)).mean())


if __name__ == "__main__":
    main()

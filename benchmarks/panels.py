"""Networks of a panel of stored symbols, trained from several seeds and scored: what ``batches.py``
and ``identity.py`` share."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import common
import numpy as np

from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.dataset.panel import Panel, Series, Windows, prepare_panel
from rnnforecast.errors import RnnForecastError
from rnnforecast.evaluation.metrics.distribution import crps_of_percentiles
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES

OPTIONS = ("data.market=[]", "training.ensemble=1", "data.allow_bad=true")
TITLES = {
    "seconds": "processor s", "epochs": "epochs", "val_loss": "validation loss", "crps": "test CRPS"
}  # fmt: skip
Scores = dict[str, list[float]]
"""What each seed gave, by the names of ``TITLES``."""


@dataclass(frozen=True)
class Job:
    """What the command line asked for.

    Args:
        panel: of the stored symbols.
        seeds: from how many to train.
    """

    panel: Panel
    seeds: int


def job_of(description: str | None, tickers: int) -> Job:
    """Read the command line, and prepare the panel.

    Args:
        description: the script's docstring.
        tickers: how many symbols are taken by default.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("home", type=Path)
    parser.add_argument("--tickers", type=int, default=tickers)
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    return Job(suited(Store(chosen.home / "data"), chosen.tickers), chosen.seeds)


def suited(store: Store, count: int) -> Panel:
    """Prepare the first so many stored symbols that suit."""
    series: list[Series] = []
    stored = (store.find(folder.name) for folder in sorted(store.root.iterdir()))
    histories = [history for history in stored if history is not None]
    longest = max(len(history) for history in histories)
    for history in histories:
        if len(history) < longest:
            continue
        experiment = load("panel", [f"data.symbol={json.dumps([history.symbol])}", *OPTIONS])
        try:
            prepare_panel(experiment, [Series(history, {})])
        except RnnForecastError:
            continue
        series.append(Series(history, {}))
        if len(series) == count:
            break
    names = json.dumps([member.history.symbol for member in series])
    return prepare_panel(load("panel", [f"data.symbol={names}", *OPTIONS]), series)


def scores(
    job: Job,
    windows: Windows,
    inputs_of: Callable[[int], Any] | None = None,
    **training: float,
) -> Scores:
    """Train from every seed until the validation loss no longer improves, and score each network.

    Args:
        job: panel and seeds.
        windows: what networks learn from.
        inputs_of: number of a symbol to its test windows; by default the dataset's own.
        training: settings that differ from the preset's.

    Returns:
        processor time, epochs, least validation loss, and the mean CRPS of the test parts.
    """
    from rnnforecast.model.heads import head_of
    from rnnforecast.model.training.ensemble import fit_ensemble

    settings = {**training, "ensemble": job.seeds}
    changed = windows.experiment.training.model_copy(update=settings)
    experiment = windows.experiment.model_copy(update={"training": changed})
    own = inputs_of or (lambda number: test_inputs(job.panel, number))
    gathered: Scores = {name: [] for name in TITLES}
    began = time.process_time()
    for member in fit_ensemble(replace(windows, experiment=experiment)):
        gathered["seconds"].append(time.process_time() - began)
        gathered["epochs"].append(len(member.fit))
        gathered["val_loss"].append(float(member.fit["val_loss"].min()))
        symbols = range(len(job.panel.datasets))
        losses = [
            crps(member.network, head_of(experiment), job.panel, number, own(number))
            for number in symbols
        ]
        gathered["crps"].append(float(np.mean(losses)))
        began = time.process_time()
    return gathered


def test_inputs(panel: Panel, number: int) -> Any:
    """Return the test windows of a symbol (window, step, input)."""
    dataset = panel.datasets[number]
    return dataset.inputs(panel.scalers[number].inputs, dataset.splits.origins("test"))


def crps(network: Any, head: Any, panel: Panel, number: int, inputs: Any) -> float:
    """Return the mean CRPS of the test part of a symbol, in its own units."""
    dataset, scaler = panel.datasets[number], panel.scalers[number]
    actual = dataset.scaled_targets(scaler.targets, "test")
    raw = np.asarray(network.predict(inputs, batch_size=1_024, verbose=0), float)
    quantiles = head.answer(raw, LEVELS[PERCENTILES])
    return float(crps_of_percentiles(actual.ravel(), quantiles.reshape(actual.size, -1)).mean())


def show(
    job: Job, head: Sequence[str], labels: Sequence[Sequence[str]], rows: list[Scores]
) -> None:
    """Print the scores of each choice behind its labels."""
    cells = [
        [*label, *(common.spread(row[name]) for name in TITLES)]
        for label, row in zip(labels, rows, strict=True)
    ]
    title = f"{len(job.panel.datasets)} tickers, {job.seeds} seeds"
    common.show(title, [*head, *TITLES.values()], cells)

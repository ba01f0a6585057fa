"""The networks of a walk-forward: fitted again for each fold,
in a run spread over cores and resumable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rnnforecast import runs
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.panel import windows_of
from rnnforecast.dataset.windows import Splits
from rnnforecast.evaluation.walkforward import Fold
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.pool import fit_parts
from rnnforecast.model.inference import Ensemble, ExportedNetwork
from rnnforecast.parallel import spread
from rnnforecast.pipeline.model_storage import save_network
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.train import calibrated
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import (
    load_fold,
    load_forecaster,
    save_calibration,
    save_pool,
    save_scalers,
)

Tell = Callable[[str, int, int], None]
"""What is being done, how many parts of it are done, of how many."""


def fold_forecasters(
    part: Part, dataset: Dataset, folds: Sequence[Fold], tell: Tell
) -> list[Forecaster]:
    """Return the networks of every fold, fitting those that the run does not hold yet.

    Args:
        part: whose experiment is fitted; its own networks serve where they learned from the same
            rows.
        dataset: of the part.
        folds: what each fit learns from.
        tell: called after each fit.
    """
    names = {
        fold_name(dataset, fold.splits): fold for fold in folds if fold.splits != dataset.splits
    }
    jobs = [
        (part.run.path, part.symbol, name, fold.splits)
        for name, fold in names.items()
        if not runs.fold_of(part, name).path.exists()
    ]
    for done, _ in enumerate(spread(train_fold, jobs), 1):
        tell("fits", done, len(jobs))
    own, experiment = load_forecaster(part), dataset.experiment
    return [
        own
        if fold.splits == dataset.splits
        else load_fold(runs.fold_of(part, fold_name(dataset, fold.splits)), experiment)
        for fold in folds
    ]


def train_fold(path: Path, symbol: str, name: str, cut: Splits) -> str:
    """Fit the networks of one fold and write them into the run, whole or not at all."""
    run = Run(path)
    (part,) = (part for part in run.parts if part.symbol == symbol)
    forecaster, networks = fit_fold(replace(dataset_of(part), given_splits=cut))
    with runs.create_fold(part, name) as fold:
        save_scalers(fold, forecaster.scalers)
        for number, network in enumerate(networks, 1):
            save_network(fold, number, network)
        save_pool(fold, forecaster.parts)
        if forecaster.calibration is not None:
            save_calibration(fold, forecaster.calibration)
    return name


def fit_fold(dataset: Dataset) -> tuple[Forecaster, tuple[ExportedNetwork, ...]]:
    """Fit and calibrate the networks of one fold; nothing is written."""
    # evaluations without fits need no TensorFlow, which takes seconds to load
    from rnnforecast.pipeline.fit import fit_networks

    scalers = dataset.fit_scalers()
    networks = fit_networks(windows_of([dataset], [scalers])).networks
    parts, _ = fit_parts(dataset, strict=False)
    ensemble = Ensemble.from_exported(networks)
    forecaster = Forecaster(dataset.experiment, scalers, ensemble, parts=parts)
    return calibrated(forecaster, dataset), networks


def fold_name(dataset: Dataset, cut: Splits) -> str:
    """Return the folder of a fold: the first target it forecasts, and what else sets it apart."""
    first = dataset.history.dates[cut.test]
    return f"{first:%Y-%m-%dT%H%M}_{cut.learnable_start}-{cut.validation}-{cut.purge}-{cut.embargo}"

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
from rnnforecast.pipeline.warm import networks_of, shortened
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
    part: Part, dataset: Dataset, folds: Sequence[Fold], tell: Tell, *, warm: bool = False
) -> list[Forecaster]:
    """Return the networks of every fold, fitting those that the run does not hold yet.

    Args:
        part: whose experiment is fitted; its own networks serve where they learned from the same
            rows.
        dataset: of the part.
        folds: what each fit learns from.
        tell: called after each fit.
        warm: let each fit go on from the one before it, the first one from the run's own networks;
            so they are fitted one after the other.
    """
    names = [
        None if fold.splits == dataset.splits else fold_name(dataset, fold.splits, warm=warm)
        for fold in folds
    ]
    before = [None, *names[:-1]] if warm else [FRESH] * len(names)
    jobs = {
        name: (part.run.path, part.symbol, name, fold.splits, previous)
        for name, previous, fold in zip(names, before, folds, strict=True)
        if name is not None and not runs.fold_of(part, name).path.exists()
    }
    fits = spread(train_fold, list(jobs.values()), workers=1 if warm else None)
    for done, _ in enumerate(fits, 1):
        tell("fits", done, len(jobs))
    own, experiment = load_forecaster(part), dataset.experiment
    return [
        own if name is None else load_fold(runs.fold_of(part, name), experiment) for name in names
    ]


FRESH = ""
"""Of a fold that goes on from no other."""


def train_fold(
    path: Path, symbol: str, name: str, cut: Splits, previous: str | None = FRESH
) -> str:
    """Fit the networks of one fold and write them into the run, whole or not at all.

    Args:
        path: of the run.
        symbol: of its part.
        name: of the fold.
        cut: which rows it learns from.
        previous: name of the fold whose networks go on learning; None for the run's own.
    """
    run = Run(path)
    (part,) = (part for part in run.parts if part.symbol == symbol)
    dataset = replace(dataset_of(part), given_splits=cut)
    start: tuple[bytes, ...] = ()
    if previous != FRESH:
        source = run if previous is None else runs.fold_of(part, previous)
        start = networks_of(source, dataset.experiment.training.ensemble)
        dataset = replace(dataset, experiment=shortened(dataset.experiment))
    forecaster, networks = fit_fold(dataset, start)
    with runs.create_fold(part, name) as fold:
        save_scalers(fold, forecaster.scalers)
        for number, network in enumerate(networks, 1):
            save_network(fold, number, network)
        save_pool(fold, forecaster.parts)
        if forecaster.calibration is not None:
            save_calibration(fold, forecaster.calibration)
    return name


def fit_fold(
    dataset: Dataset, start: Sequence[bytes] = ()
) -> tuple[Forecaster, tuple[ExportedNetwork, ...]]:
    """Fit and calibrate the networks of one fold; nothing is written.

    Args:
        dataset: with the rows that are learned from.
        start: networks that go on learning, in Keras' own format; by default fresh ones.
    """
    # evaluations without fits need no TensorFlow, which takes seconds to load
    from rnnforecast.pipeline.fit import fit_networks

    scalers = dataset.fit_scalers()
    networks = fit_networks(windows_of([dataset], [scalers]), start=start).networks
    parts, _ = fit_parts(dataset, strict=False)
    ensemble = Ensemble.from_exported(networks)
    forecaster = Forecaster(dataset.experiment, scalers, ensemble, parts=parts)
    return calibrated(forecaster, dataset), networks


def fold_name(dataset: Dataset, cut: Splits, *, warm: bool = False) -> str:
    """Return the folder of a fold: the first target it forecasts, and what else sets it apart."""
    first = dataset.history.dates[cut.test]
    rows = f"{cut.learnable_start}-{cut.validation}-{cut.purge}-{cut.embargo}"
    return f"{first:%Y-%m-%dT%H%M}_{rows}{'_warm' if warm else ''}"

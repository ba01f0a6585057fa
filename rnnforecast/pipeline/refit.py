"""The networks of a walk-forward: fitted anew for each fold, kept in the run, spread over cores, resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rnnforecast import runs
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import windows_of
from rnnforecast.dataset.windows import Splits
from rnnforecast.parallel import spread
from rnnforecast.runs import Run

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from rnnforecast.evaluation.walkforward import Fold
    from rnnforecast.forecast.forecaster import Forecaster
    from rnnforecast.model.inference import Ensemble


def dataset_of(run: Run) -> Dataset:
    """The dataset that a run on one symbol was trained on, whatever the store holds today."""
    return prepare(run.experiment(), run.history(), run.exogenous())


def fold_forecasters(
    run: Run,
    dataset: Dataset,
    folds: Sequence[Fold],
    tell: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> list[Forecaster]:
    """The networks of every fold: the run's own where they learned from the same rows, others fitted where missing.

    Args:
        run: whose experiment is fitted.
        dataset: of the run.
        folds: what each fit learns from.
        tell: what is being done, how many fits are done, of how many.
    """
    names = [_name(dataset, fold.splits) for fold in folds]
    own = [fold.splits == dataset.splits for fold in folds]
    missing = [
        (run.path, name, fold.splits)
        for name, fold, mine in zip(names, folds, own, strict=True)
        if not mine and not runs.fold_path(run, name).exists()
    ]
    for done, _ in enumerate(spread(train_fold, missing), 1):
        tell("fits", done, len(missing))
    return [run.forecaster("" if mine else name) for name, mine in zip(names, own, strict=True)]


def train_fold(path: Path, name: str, cut: Splits) -> str:
    """Fit and calibrate the networks of one fold, and write them into the run, whole or not at all."""
    from rnnforecast.model.export import Exporter
    from rnnforecast.model.training.ensemble import fit_ensemble

    run = Run(path)
    dataset = replace(dataset_of(run), given_splits=cut)
    scalers = dataset.fit_scalers()
    with runs.create_fold(run, name) as fold:
        runs.write_scalers(fold, scalers)
        exporter = Exporter()
        for member in fit_ensemble(windows_of([dataset], [scalers])):
            exporter.save(member.network, fold.path / runs.MEMBERS / f"{member.number:02d}")
        calibrate(fold, dataset, fold.networks(dataset.experiment.training.ensemble))
    return name


def calibrate(folder: Run, dataset: Dataset, networks: Ensemble) -> None:
    """Calibrate networks on a validation part, where the config asks for it.

    Args:
        folder: of a run, a part or a fold, with the scalers; the calibration is written beside them.
        dataset: whose validation part teaches.
        networks: trained.
    """
    if (kind := dataset.experiment.calibration_kind) == "none":
        return
    calibration = (
        folder.with_networks(dataset.experiment, networks).calibrate(dataset, kind).calibration
    )
    assert calibration is not None  # calibrate has just made it
    runs.write_calibration(folder, calibration)
    log.info("calibrated on %d validation windows", len(dataset.splits.origins("validation")))


def _name(dataset: Dataset, cut: Splits) -> str:
    """The folder of a fold: the first target it forecasts, and what else sets it apart."""
    first = dataset.history.dates[cut.test]
    return f"{first:%Y-%m-%dT%H%M}_{cut.learnable_start}-{cut.validation}-{cut.purge}-{cut.embargo}"

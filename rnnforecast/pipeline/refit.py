"""The networks of a walk-forward: fitted again for each fold,
in a run spread over cores and resumable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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
from rnnforecast.pipeline.train import calibrated
from rnnforecast.pipeline.warm import networks_of, shortened
from rnnforecast.runs import Part
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
    missing = {
        name: fold.splits
        for name, fold in zip(names, folds, strict=True)
        if name is not None and not runs.fold_of(part, name).path.exists()
    }
    before = dict(zip(names, [None, *names[:-1]], strict=True))
    jobs = (
        (name, cut, _networks_before(part, dataset, before[name]) if warm else ())
        for name, cut in missing.items()
    )
    # each waits for the one before it, or the longest begins first, so that none is left over
    fits = spread(
        fit_named_fold,
        jobs if warm else sorted(jobs, key=_rows, reverse=True),
        workers=1 if warm else None,
        shared=(dataset,),
    )
    for done, (name, forecaster, networks) in enumerate(fits, 1):
        save_fold(part, name, forecaster, networks)
        tell("fits", done, len(missing))
    own, experiment = load_forecaster(part), dataset.experiment
    return [
        own if name is None else load_fold(runs.fold_of(part, name), experiment) for name in names
    ]


def _rows(job: tuple[str, Splits, Sequence[bytes]]) -> int:
    """Return how many rows a fit learns from."""
    return job[1].learnable_stop - job[1].learnable_start


def _networks_before(part: Part, dataset: Dataset, previous: str | None) -> tuple[bytes, ...]:
    """Return the networks that a fold goes on from, in Keras' own format.

    Args:
        part: whose folds these are.
        dataset: of the part.
        previous: name of the fold before; None for the run's own networks.
    """
    source = part.run if previous is None else runs.fold_of(part, previous)
    return networks_of(source, dataset.experiment.training.ensemble)


def fit_named_fold(
    dataset: Dataset, name: str, cut: Splits, start: Sequence[bytes] = ()
) -> tuple[str, Forecaster, tuple[ExportedNetwork, ...]]:
    """Fit the networks of one fold: values in, values out, on whatever machine.

    Args:
        dataset: of the whole history.
        name: of the fold.
        cut: which rows it learns from.
        start: networks that go on learning, for fewer epochs, in Keras' own format; by default
            fresh ones.
    """
    dataset = replace(dataset, given_splits=cut)
    if start:
        dataset = replace(dataset, experiment=shortened(dataset.experiment))
    return name, *fit_fold(dataset, start)


def save_fold(
    part: Part, name: str, forecaster: Forecaster, networks: Sequence[ExportedNetwork]
) -> None:
    """Write the networks of one fold into a run, whole or not at all."""
    with runs.create_fold(part, name) as fold:
        save_scalers(fold, forecaster.scalers)
        for number, network in enumerate(networks, 1):
            save_network(fold, number, network)
        save_pool(fold, forecaster.parts)
        if forecaster.calibration is not None:
            save_calibration(fold, forecaster.calibration)


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

"""From prices to a trained model, and into a run: fit, calibrate, save."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import RnnForecastError, RunError, reason_of
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.model.inference import Ensemble
from rnnforecast.pipeline.model_storage import (
    load_exported,
    load_plan,
    save_forecasts,
    save_model,
    save_network,
    save_plan,
)
from rnnforecast.pipeline.plan import make_plan
from rnnforecast.pipeline.predict import predict_model
from rnnforecast.pipeline.trained_model import Plan, TrainedModel
from rnnforecast.pipeline.warm import check_continues, networks_of
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import (
    load_table,
    read_experiment,
    save_table,
)
from rnnforecast.runs.checkpoint import load_checkpoint, save_checkpoint

if TYPE_CHECKING:
    from rnnforecast.model.training.ensemble import Epoch
    from rnnforecast.pipeline.fit import Journal, Progress

log = logging.getLogger(__name__)

ROOM = 30e6
"""Bytes that a run may take, its report included."""


@dataclass(frozen=True)
class Hooks:
    """Callbacks of a training.

    Args:
        on_epoch: called with each epoch as it ends.
        stop: asked before each epoch whether to end, with the best so far.
        warn: called with what went wrong after the networks were safe.
        tensorboard: whether to write a log for TensorBoard into the run.
    """

    on_epoch: Callable[[Epoch], None] = lambda epoch: None
    stop: Callable[[], bool] = lambda: False
    warn: Callable[[str], None] = log.warning
    tensorboard: bool = False


def train(experiment: Experiment, series: Sequence[Series], hooks: Hooks = Hooks()) -> TrainedModel:
    """Fit an ensemble on the prices of one symbol, or of several together; nothing is written.

    Args:
        experiment: what to train on what.
        series: the bars of each of its symbols.
        hooks: called after each epoch, asked whether to stop.

    Raises:
        DataError: if the prices are too few or unfit.
    """
    return fit(make_plan(experiment, series), hooks)


def fit(
    plan: Plan,
    hooks: Hooks = Hooks(),
    journal: Journal | None = None,
    progress: Progress | None = None,
    start: Sequence[bytes] = (),
) -> TrainedModel:
    """Train and calibrate what a plan describes, from wherever an earlier training was left.

    Args:
        plan: what is learned from.
        hooks: called after each epoch, asked whether to stop.
        journal: who keeps what has been reached.
        progress: what an earlier training has reached.
        start: the networks that are continued, in Keras' own format; by default fresh weights.
    """
    # only now that the prices are known to suit: TensorFlow takes seconds to load
    from rnnforecast.pipeline.fit import Journal, Progress, device, fit_networks

    begun, before = time.monotonic(), plan.manifest.training_seconds or 0.0
    progress = fit_networks(
        plan.windows,
        hooks.on_epoch,
        hooks.stop,
        journal or Journal(),
        progress or Progress(),
        start,
    )
    learned = {
        "device": device(),
        "seeds": tuple(network.seed for network in progress.networks),
        "parameters": progress.networks[0].parameters,
        "interrupted": progress.interrupted,
        "training_seconds": round(before + time.monotonic() - begun, 1),
    }
    networks = Ensemble.from_exported(progress.networks)
    forecasters = (
        calibrated(Forecaster(dataset.experiment, scalers, networks, parts=parts), dataset)
        for dataset, scalers, parts in zip(plan.datasets, plan.scalers, plan.pools, strict=True)
    )
    manifests = tuple(manifest.replace(**learned) for manifest in plan.manifests)
    return TrainedModel(
        replace(plan, manifests=manifests), progress.networks, progress.fit, tuple(forecasters)
    )


def calibrated(forecaster: Forecaster, dataset: Dataset) -> Forecaster:
    """Return a forecaster calibrated on the validation part, where its config asks for it."""
    if (kind := dataset.experiment.calibration_kind) == "none":
        return forecaster
    log.info("calibrating on %d validation windows", len(dataset.splits.origins("validation")))
    return forecaster.calibrate(dataset, kind)


def train_run(
    experiment: Experiment,
    series: Store | Sequence[Series],
    root: Path,
    *,
    label: str,
    argv: Sequence[str] = (),
    hooks: Hooks = Hooks(),
    continues: Run | None = None,
) -> Run:
    """Train into a run, which appears whole or not at all.

    Args:
        experiment: what to train on what.
        series: the bars of each of its symbols and teachers, or the store that has them.
        root: folder of the runs.
        label: end of the run's name.
        argv: the command line, for the manifest.
        hooks: called after each epoch, asked whether to stop.
        continues: the run whose networks go on learning (a warm start); by default none.

    Raises:
        DataError: if the prices are not stored, too few or unfit; no run is left behind.
        UsageError: if the networks of ``continues`` do not fit, or know the test part.
    """
    plan = make_plan(experiment, series, argv)
    return train_plan(plan, root, label=label, hooks=hooks, continues=continues)


def train_plan(
    plan: Plan,
    root: Path,
    *,
    label: str,
    hooks: Hooks = Hooks(),
    continues: Run | None = None,
) -> Run:
    """Train what a plan describes into a run, which appears whole or not at all.

    Args:
        plan: what is learned from.
        root: folder of the runs.
        label: end of the run's name.
        hooks: called after each epoch, asked whether to stop.
        continues: the run whose networks go on learning (a warm start); by default none.

    Raises:
        UsageError: if the networks of ``continues`` do not fit, or know the test part.
    """
    if continues is not None:
        check_continues(continues, plan)
        manifests = (manifest.replace(continues=continues.name) for manifest in plan.manifests)
        plan = replace(plan, manifests=tuple(manifests))
    for name in runs.sweep_left_overs(root):
        hooks.warn(f"removed {name}, which a killed command had left")
    check_space(root)
    with runs.create(root, label) as run:
        log.info("writing the run into %s", run.path)
        save_plan(run, plan)
        model = _fit_into(run, plan.without_series(), hooks)
    return _with_forecast(Run(root / runs.run_name(run.path)), model, hooks)


def check_space(root: Path) -> None:
    """Refuse a training whose run would not fit on the disk, before it takes its minutes.

    Raises:
        RunError: if less than ``ROOM`` is free.
    """
    folder = next(path for path in (root, *root.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise RunError(
            f"{free / 1e6:.1f} MB are free in {folder}, a run takes up to {ROOM / 1e6:.0f} MB",
            "free some space, or use another --home",
        )


def _with_forecast(run: Run, model: TrainedModel, hooks: Hooks) -> Run:
    """Write the forecast of a run that is in its place, where a failure costs it nothing."""
    try:
        save_forecasts(run, predict_model(model))
    except (RnnForecastError, OSError) as error:
        hooks.warn(f"the forecast could not be stored: {reason_of(error)}")
    return run


def resume(root: Path, name: str, hooks: Hooks = Hooks()) -> Run:
    """Go on with a training that was killed: the networks become those of one that was not.

    Raises:
        RunError: if no unfinished run has that name.
    """
    with runs.reopen(root, name) as run:
        model = _fit_into(run, load_plan(run), hooks)
    return _with_forecast(Run(root / runs.run_name(run.path)), model, hooks)


def _start_of(run: Run) -> tuple[bytes, ...]:
    """Read the networks that a run continues.

    Raises:
        RunError: if the run that has them is no longer there.
    """
    name = run.manifest.continues
    if name is None:
        return ()
    return networks_of(Run(run.root / name), read_experiment(run).training.ensemble)


def _fit_into(run: Run, plan: Plan, hooks: Hooks) -> TrainedModel:
    """Train what is not trained yet, writing each step into the run, and save the whole."""
    # only now that the prices are known to suit: TensorFlow takes seconds to load
    from rnnforecast.pipeline.fit import Checkpoint, Journal, Progress, TensorBoardLog, device

    def on_epoch(epoch: Epoch) -> None:
        if hooks.tensorboard:
            board(epoch)
        hooks.on_epoch(epoch)

    def on_checkpoint(checkpoint: Checkpoint) -> None:
        save_checkpoint(run, checkpoint.arrays())

    def on_network(progress: Progress) -> None:
        number, newest = len(progress.networks), progress.networks[-1]
        save_network(run, number, newest)
        save_table(run, runs.FIT, progress.fit)
        run.save_manifest(
            run.manifest.replace(
                device=device(),
                seeds=tuple(network.seed for network in progress.networks),
                parameters=newest.parameters,
                interrupted=progress.interrupted,
                training_seconds=round(before + time.monotonic() - begun, 1),
            )
        )

    networks, fitted = load_exported(run), load_table(run, runs.FIT)
    begun, before = time.monotonic(), run.manifest.training_seconds or 0.0
    checkpoint = Checkpoint.from_arrays(load_checkpoint(run))
    progress = Progress(
        networks,
        pd.DataFrame() if fitted is None else fitted,
        run.manifest.interrupted,
        checkpoint,
    )
    with closing(TensorBoardLog(run.path / runs.TENSORBOARD)) as board:
        model = fit(
            plan,
            replace(hooks, on_epoch=on_epoch),
            Journal(on_checkpoint, on_network),
            progress,
            _start_of(run),
        )
    save_model(run, model)
    return model

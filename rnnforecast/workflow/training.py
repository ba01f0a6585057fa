"""From stored prices to a run: fit, calibrate, forecast."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.preparation import Dataset, prepare
from rnnforecast.runs import Run
from rnnforecast.workflow.forecasting import forecast_of, stored, write_forecast
from rnnforecast.workflow.record import record_of
from rnnforecast.workflow.refitting import calibrate, dataset_of

if TYPE_CHECKING:
    from rnnforecast.model.training import Epoch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hooks:
    """What a caller wants to hear of a training, and to say.

    Args:
        on_epoch: told of each epoch as it ends.
        stop: asked before each epoch whether to end, with the best so far.
        tensorboard: whether to write a log for TensorBoard into the run.
    """

    on_epoch: Callable[[Epoch], None] = lambda epoch: None
    stop: Callable[[], bool] = lambda: False
    tensorboard: bool = False


def train(
    experiment: Experiment,
    store: Store,
    root: Path,
    *,
    label: str,
    argv: Sequence[str] = (),
    hooks: Hooks = Hooks(),
) -> Run:
    """Fit an ensemble on stored prices.

    Args:
        experiment: what to train on what.
        store: with the prices.
        root: folder of the runs.
        label: end of the run's name.
        argv: the command line, for the record.
        hooks: told of each epoch, asked whether to stop.

    Returns:
        the run, whole: networks, scalers, calibration, forecast and report.

    Raises:
        DataError: if the prices are not stored, too few or unfit; no run is left behind.
    """
    return train_on(experiment, *stored(experiment, store), root, label=label, argv=argv, hooks=hooks)


def train_on(
    experiment: Experiment,
    history: PriceHistory,
    exogenous: dict[str, PriceHistory],
    root: Path,
    *,
    label: str,
    argv: Sequence[str],
    hooks: Hooks,
) -> Run:
    """The same, on prices that are at hand."""
    dataset = prepare(experiment, history, exogenous)
    scalers = dataset.fit_scalers()  # refuses what cannot be trained before TensorFlow is loaded
    with runs.create(root, label) as run:
        runs.write_inputs(run, experiment, history, exogenous, scalers)
        run.write(runs.RECORD, json.dumps(record_of(dataset, history, exogenous, argv), indent=1))
        log.info("writing the run into %s", run.path)
        _finish(run, dataset, hooks)
    return Run(root / runs.run_name(run.path))


def resume(root: Path, name: str, hooks: Hooks = Hooks()) -> Run:
    """Go on with a training that was killed: the networks become those of one that was not.

    Raises:
        RunError: if no unfinished run has that name.
    """
    with runs.reopen(root, name) as run:
        dataset = dataset_of(run)
        _finish(run, dataset, hooks)
    return Run(root / runs.run_name(run.path))


def _finish(run: Run, dataset: Dataset, hooks: Hooks) -> None:
    """Train what is not trained yet, calibrate, and forecast."""
    _fit(run, dataset, hooks)
    calibrate(run, dataset, len(run.record()["seeds"]))
    write_forecast(run, forecast_of(run.forecaster(), dataset))


def _fit(run: Run, dataset: Dataset, hooks: Hooks) -> None:
    """Train members into a run, from where it was left."""
    import pandas as pd

    from rnnforecast.model.backend import device
    from rnnforecast.model.board import Board
    from rnnforecast.model.export import Exporter
    from rnnforecast.model.training import Checkpoint, Start, Watch, fit_ensemble

    record, fit = {**run.record(), "device": device()}, run.table(runs.FIT)
    checkpoint = Checkpoint.from_arrays(runs.read_checkpoint(run))
    done = len(record["seeds"])
    fit = None if fit is None else fit[fit["member"] <= done]
    stale = bool(checkpoint.epochs) and checkpoint.epochs[0].member <= done
    start = Start(done + 1, Checkpoint() if stale else checkpoint)
    board, exporter = Board(run.path / runs.TENSORBOARD), Exporter()

    def show(epoch: Epoch) -> None:
        if hooks.tensorboard:
            board(epoch)
        hooks.on_epoch(epoch)

    watch = Watch(show, lambda checkpoint: runs.write_checkpoint(run, checkpoint.arrays()), hooks.stop)
    for member in fit_ensemble(dataset, run.scalers(), watch, start):
        exporter.save(member.network, run.path / runs.MEMBERS / f"{member.number:02d}")
        fit = pd.concat([fit, member.fit])
        log.info("trained network %d, seed %d, in %d epochs", member.number, member.seed, len(member.fit))
        run.write(runs.FIT, fit.to_csv(index=False))
        record["seeds"] = [*record["seeds"], member.seed]
        record["parameters"] = member.network.count_params()
        record["interrupted"] = member.interrupted or len(record["seeds"]) < dataset.experiment.training.ensemble
        run.write(runs.RECORD, json.dumps(record, indent=1))
    board.close()

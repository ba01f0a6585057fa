"""From stored prices to a run: fit, calibrate, forecast."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.memory import check_memory
from rnnforecast.data.sessions import coming_dates
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.panel import Series, Windows, prepare_panel, windows_of
from rnnforecast.pipeline.predict import forecast_of, stored, write_forecast, write_forecasts
from rnnforecast.pipeline.refit import calibrate, dataset_of
from rnnforecast.runs import Run
from rnnforecast.runs.manifest import record_of, record_of_panel

if TYPE_CHECKING:
    from rnnforecast.model.training.ensemble import Epoch

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
    """Fit an ensemble on the stored prices of one symbol, or of several together.

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
    return train_on(
        experiment, stored(experiment, store), root, label=label, argv=argv, hooks=hooks
    )


def train_on(
    experiment: Experiment,
    series: Sequence[Series],
    root: Path,
    *,
    label: str,
    argv: Sequence[str],
    hooks: Hooks,
) -> Run:
    """The same, on prices that are at hand."""
    check_memory(experiment, sum(len(one.history) for one in series))
    datasets = prepare_panel(experiment, series)
    scalers = [dataset.fit_scalers() for dataset in datasets]  # refuses before TensorFlow is loaded
    for dataset in datasets:  # and so does a calendar without dates for the forecast
        coming_dates(dataset.history, dataset.experiment.window.horizon)
    with runs.create(root, label) as run:
        _begin(run, datasets, scalers, series, argv)
        log.info("writing the run into %s", run.path)
        _finish(run, datasets, hooks)
    return Run(root / runs.run_name(run.path))


def resume(root: Path, name: str, hooks: Hooks = Hooks()) -> Run:
    """Go on with a training that was killed: the networks become those of one that was not.

    Raises:
        RunError: if no unfinished run has that name.
    """
    with runs.reopen(root, name) as run:
        _finish(run, [dataset_of(part) for part in run.parts], hooks)
    return Run(root / runs.run_name(run.path))


def _begin(
    run: Run,
    datasets: Sequence[Dataset],
    scalers: Sequence[Scalers],
    series: Sequence[Series],
    argv: Sequence[str],
) -> None:
    """Write what is known before training; of several symbols, each into a part of its own."""
    records = [
        record_of(dataset, one.history, one.exogenous, argv)
        for dataset, one in zip(datasets, series, strict=True)
    ]
    parts = [run]
    if len(series) > 1:
        symbols = tuple(one.history.symbol for one in series)
        experiment = datasets[0].experiment
        whole = experiment.model_copy(
            update={"data": experiment.data.model_copy(update={"symbol": symbols})}
        )
        runs.write_config(run, whole)
        _write_record(run, record_of_panel(whole.data.title, records))
        parts = run.parts
    for part, dataset, scaler, one, record in zip(
        parts, datasets, scalers, series, records, strict=True
    ):
        runs.write_inputs(part, dataset.experiment, one.history, one.exogenous, scaler)
        _write_record(part, record)


def _finish(run: Run, datasets: Sequence[Dataset], hooks: Hooks) -> None:
    """Train what is not trained yet, calibrate, and forecast."""
    parts = run.parts
    _fit(run, windows_of(datasets, [part.scalers() for part in parts]), hooks)
    trained = {
        name: run.record()[name] for name in ("device", "seeds", "parameters", "interrupted")
    }
    networks, tables = run.networks(len(trained["seeds"])), []
    for part, dataset in zip(parts, datasets, strict=True):
        _write_record(part, {**part.record(), **trained})
        calibrate(part, dataset, networks)
        forecaster = part.with_networks(dataset.experiment, networks)
        tables.append(write_forecast(part, forecast_of(forecaster, dataset)))
    if run.symbols:
        write_forecasts(run, tables)


def _write_record(run: Run, record: Mapping[str, Any]) -> None:
    run.write(runs.RECORD, json.dumps(record, indent=1))


def _fit(run: Run, windows: Windows, hooks: Hooks) -> None:
    """Train members into a run, from where it was left."""
    import pandas as pd

    from rnnforecast.model.backend import device
    from rnnforecast.model.export import Exporter
    from rnnforecast.model.training.ensemble import Callbacks, Checkpoint, ResumePoint, fit_ensemble
    from rnnforecast.model.training.tensorboard import TensorBoardLog

    record, fit = {**run.record(), "device": device()}, run.table(runs.FIT)
    checkpoint = Checkpoint.from_arrays(runs.read_checkpoint(run))
    done = len(record["seeds"])
    fit = None if fit is None else fit[fit["member"] <= done]
    stale = bool(checkpoint.epochs) and checkpoint.epochs[0].member <= done
    resume_point = ResumePoint(done + 1, Checkpoint() if stale else checkpoint)
    tensorboard, exporter = TensorBoardLog(run.path / runs.TENSORBOARD), Exporter()

    def on_epoch_end(epoch: Epoch) -> None:
        if hooks.tensorboard:
            tensorboard(epoch)
        hooks.on_epoch(epoch)

    callbacks = Callbacks(
        on_epoch_end,
        lambda checkpoint: runs.write_checkpoint(run, checkpoint.arrays()),
        hooks.stop,
    )
    for member in fit_ensemble(windows, callbacks, resume_point):
        exporter.save(member.network, run.path / runs.MEMBERS / f"{member.number:02d}")
        fit = pd.concat([fit, member.fit])
        log.info(
            "trained network %d, seed %d, in %d epochs", member.number, member.seed, len(member.fit)
        )
        run.write(runs.FIT, fit.to_csv(index=False))
        record["seeds"] = [*record["seeds"], member.seed]
        record["parameters"] = member.network.count_params()
        record["interrupted"] = (
            member.interrupted or len(record["seeds"]) < windows.experiment.training.ensemble
        )
        _write_record(run, record)
    tensorboard.close()

"""The stages in a row: train, predict and evaluate, from stored prices to a report."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rnnforecast import __version__, runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.preparation import Dataset, prepare
from rnnforecast.errors import DataError
from rnnforecast.forecast.forecasting import Forecast
from rnnforecast.runs import Run

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from rnnforecast.data.history import PriceHistory
    from rnnforecast.dataset.windows import Rows
    from rnnforecast.evaluation.verdict import Verdict
    from rnnforecast.model.training import Epoch

RECORD_SCHEMA = 1
EXPLAINED = 256
"""Training windows, the newest, over which gradients are averaged."""
VERSIONS = ("tensorflow", "keras", "numpy", "pandas", "scikit-learn", "onnxruntime")


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
    history, exogenous = _stored(experiment, store)
    dataset = prepare(experiment, history, exogenous)
    scalers = dataset.fit_scalers()  # refuses what cannot be trained before TensorFlow is loaded
    with runs.create(root, label) as run:
        runs.write_inputs(run, experiment, history, exogenous, scalers)
        run.write(runs.RECORD, json.dumps(_record(dataset, history, exogenous, argv), indent=1))
        _finish(run, dataset, hooks)
    return Run(root / runs.run_name(run.path))


def resume(root: Path, name: str, hooks: Hooks = Hooks()) -> Run:
    """Go on with a training that was killed: the networks become those of one that was not.

    Raises:
        RunError: if no unfinished run has that name.
    """
    with runs.reopen(root, name) as run:
        dataset = prepare(run.experiment(), run.history(), run.exogenous())
        _finish(run, dataset, hooks)
    return Run(root / runs.run_name(run.path))


def _stored(experiment: Experiment, store: Store) -> tuple[PriceHistory, dict[str, PriceHistory]]:
    """The symbol's bars, and those of the others that are inputs."""
    data = experiment.data
    others = {symbol: store.load(symbol, data.interval) for symbol in data.exogenous}
    return store.load(data.symbol, data.interval), others


def _finish(run: Run, dataset: Dataset, hooks: Hooks) -> None:
    """Train what is not trained yet, calibrate, and forecast."""
    _fit(run, dataset, hooks)
    if dataset.experiment.calibration == "conformal":
        calibration = run.forecaster().calibrate(dataset).calibration
        assert calibration is not None  # calibrate has just made it
        runs.write_calibration(run, calibration)
    _write_forecast(run, run.forecaster().forecast(dataset))


def _fit(run: Run, dataset: Dataset, hooks: Hooks) -> None:
    """Train members into a run, from where it was left."""
    import pandas as pd

    from rnnforecast.model.backend import device
    from rnnforecast.model.board import Board
    from rnnforecast.model.export import save_network
    from rnnforecast.model.training import Checkpoint, Start, Watch, fit_ensemble

    record, fit = {**run.record(), "device": device()}, run.table(runs.FIT)
    checkpoint = Checkpoint.from_arrays(runs.read_checkpoint(run))
    done = len(record["seeds"])
    fit = None if fit is None else fit[fit["member"] <= done]
    stale = bool(checkpoint.epochs) and checkpoint.epochs[0].member <= done
    start = Start(done + 1, Checkpoint() if stale else checkpoint)
    board = Board(run.path / runs.TENSORBOARD)

    def show(epoch: Epoch) -> None:
        if hooks.tensorboard:
            board(epoch)
        hooks.on_epoch(epoch)

    watch = Watch(show, lambda checkpoint: runs.write_checkpoint(run, checkpoint.arrays()), hooks.stop)
    for member in fit_ensemble(dataset, run.scalers(), watch, start):
        save_network(member.network, run.path / runs.MEMBERS / f"{member.number:02d}")
        fit = pd.concat([fit, member.fit])
        run.write(runs.FIT, fit.to_csv(index=False))
        record["seeds"] = [*record["seeds"], member.seed]
        record["parameters"] = member.network.count_params()
        record["interrupted"] = member.interrupted or len(record["seeds"]) < dataset.experiment.training.ensemble
        run.write(runs.RECORD, json.dumps(record, indent=1))
    board.close()


def predict(run: Run, store: Store) -> tuple[Forecast, Dataset]:
    """Forecast the coming sessions from the newest stored bar.

    Returns:
        the forecast, also written to the run, and the dataset it was made from.

    Raises:
        DataError: if the symbol's prices are not stored.
        RunError: if the run is incomplete.
    """
    forecaster = run.forecaster()
    experiment = forecaster.experiment
    dataset = prepare(experiment, *_stored(experiment, store))
    forecast = forecaster.forecast(dataset)
    _write_forecast(run, forecast)
    return forecast, dataset


def evaluate(run: Run) -> Verdict:
    """Score the test part beside naive, and write tables, verdict, figures and report to the run.

    Raises:
        RunError: if the run is incomplete.
    """
    from rnnforecast.evaluation.scores import losses, summarise
    from rnnforecast.evaluation.significance import compare
    from rnnforecast.evaluation.verdict import judge
    from rnnforecast.evaluation.walkforward import NETWORK, backtest_table

    forecaster = run.forecaster()
    dataset = prepare(forecaster.experiment, run.history(), run.exogenous())
    origins = dataset.splits.origins("test")
    baselines, failures = _baselines(dataset, origins)
    backtest = backtest_table(dataset, {NETWORK: forecaster.quantiles(dataset, origins), **baselines})
    table = losses(backtest)
    scores, comparisons = summarise(table, dataset.naive_scale()), compare(table, NETWORK, list(baselines))
    span = f"{backtest['date'].min():%Y-%m-%d}", f"{backtest['date'].max():%Y-%m-%d}"
    verdict = judge(scores, comparisons, span)
    backtest.to_parquet(run.path / runs.BACKTEST)
    run.write(runs.SCORES, scores.to_csv(index=False))
    run.write(runs.COMPARISONS, comparisons.to_csv(index=False))
    run.write(runs.VERDICT, json.dumps(verdict.to_dict(), indent=1))
    _record_touch(run, failures)
    return verdict


def _baselines(dataset: Dataset, origins: Rows) -> tuple[dict[str, NDArray[np.float64]], dict[str, str]]:
    """The quantiles of every baseline that can be had, and the reasons of those that cannot."""
    from rnnforecast.evaluation.walkforward import GARCH, NAIVE
    from rnnforecast.forecast.baselines import naive_quantiles
    from rnnforecast.forecast.garch import garch_quantiles

    found, failures = {NAIVE: naive_quantiles(dataset, origins)}, {}
    try:
        found[GARCH] = garch_quantiles(dataset, origins)
    except DataError as error:
        failures[GARCH] = str(error)
    return found, failures


def explain_gradients(experiment: Experiment, store: Store, hooks: Hooks = Hooks()) -> pd.DataFrame:
    """How far back the loss reaches into the window, before training and after.

    One network is trained for it and not kept.

    Returns:
        one row for each layer and step: layer, step, untrained and trained (norm of the gradient).

    Raises:
        UsageError: if the network has no plain recurrence.
        DataError: if it cannot be trained on the stored prices.
    """
    history, exogenous = _stored(experiment, store)
    dataset = prepare(experiment, history, exogenous)
    scalers = dataset.fit_scalers()

    from rnnforecast.model.backend import keras
    from rnnforecast.model.gradients import check_explainable, state_gradients
    from rnnforecast.model.network import build
    from rnnforecast.model.training import Watch, fit_ensemble

    check_explainable(experiment)
    origins = dataset.splits.origins("train")[-EXPLAINED:]
    inputs = dataset.inputs(scalers.inputs, origins)
    outcomes = dataset.outcomes(scalers.targets, "train")[-EXPLAINED:]
    keras.utils.set_random_seed(experiment.training.seed)
    untrained = state_gradients(build(experiment), experiment, inputs, outcomes)
    member = next(fit_ensemble(dataset, scalers, Watch(hooks.on_epoch, stop=hooks.stop)))
    trained = state_gradients(member.network, experiment, inputs, outcomes)
    return untrained.rename(columns={"norm": "untrained"}).assign(trained=trained["norm"])


def write_report(run: Run) -> Path:
    """Draw every figure that the run's tables allow, and write ``report.html``."""
    from rnnforecast.report.html import render
    from rnnforecast.report.plots import figures, save

    history = run.history()
    dataset = prepare(run.experiment(), history, run.exogenous())
    drawn = figures(
        closes=dataset.history.bars["close"],
        forecast=run.table(runs.FORECAST),
        backtest=run.table(runs.BACKTEST),
        comparisons=run.table(runs.COMPARISONS),
        fit=run.table(runs.FIT),
        symbol=history.symbol,
        currency=history.currency,
        target=history.target,
    )
    for name, figure in drawn.items():
        save(figure, run.path / runs.FIGURES / f"{name}.png")
    page = render(
        name=run.name,
        record=run.record(),
        config=run.read(runs.CONFIG),
        verdict=json.loads(run.read(runs.VERDICT)) if (run.path / runs.VERDICT).exists() else None,
        forecast=run.table(runs.FORECAST),
        scores=run.table(runs.SCORES),
        comparisons=run.table(runs.COMPARISONS),
        figures=drawn,
    )
    return run.write(runs.REPORT, page)


def draw_forecast(run: Run, dataset: Dataset) -> Path:
    """Draw the run's newest forecast as ``figures/forecast.png``."""
    from rnnforecast.report.plots import figures, save

    history = dataset.history
    drawn = figures(
        closes=history.bars["close"],
        forecast=run.table(runs.FORECAST),
        symbol=history.symbol,
        currency=history.currency,
        target=history.target,
    )
    return save(drawn["forecast"], run.path / runs.FIGURES / "forecast.png")


def _write_forecast(run: Run, forecast: Forecast) -> None:
    table = forecast.table().assign(origin=forecast.origin, last_close=forecast.last_close)
    run.write(runs.FORECAST, table.to_csv())


def _record_touch(run: Run, failures: dict[str, str]) -> None:
    """Note that the test part has been looked at: every look makes the next one less of a test."""
    record = run.record()
    record["failed_baselines"] = failures
    record["test_touched"] = [*record["test_touched"], _now()]
    run.write(runs.RECORD, json.dumps(record, indent=1))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _cleaning(dataset: Dataset) -> dict[str, Any]:
    """What was done about bad and missing bars; sessions that were left out are counted here."""
    from rnnforecast.data.quality import missing_sessions, named

    absent = missing_sessions(dataset.history)
    left_out = () if absent is None else named(absent)
    return {**dataset.cleaning.to_dict(), "sessions_left_out": {"count": len(left_out), "dates": left_out[:50]}}


def _record(
    dataset: Dataset, history: PriceHistory, exogenous: Mapping[str, PriceHistory], argv: Sequence[str]
) -> dict[str, Any]:
    """What must be known to make the run again."""
    splits = dataset.splits
    return {
        "schema": RECORD_SCHEMA,
        "created": _now(),
        "argv": list(argv),
        "rnnforecast": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
        "seeds": [],
        "parameters": 0,
        "interrupted": True,
        "data": {
            **_about(history),
            "cleaning": _cleaning(dataset),
            "exogenous": [_about(other) for other in exogenous.values()],
        },
        "splits": {
            part: {
                "windows": len(splits.origins(part)),
                "first_target": f"{dataset.history.dates[splits.targets(part).start]:%Y-%m-%d}",
                "last_target": f"{dataset.history.dates[splits.targets(part).stop - 1]:%Y-%m-%d}",
            }
            for part in ("train", "validation", "test")
        },
        "test_touched": [],
        "failed_baselines": {},
    }


def _about(history: PriceHistory) -> dict[str, Any]:
    """A history without its bars."""
    return {
        "symbol": history.symbol,
        "interval": history.interval,
        "sessions": history.sessions,
        "currency": history.currency,
        "rows": len(history),
        "first": f"{history.first:%Y-%m-%d}",
        "last": f"{history.last:%Y-%m-%d}",
        "digest": history.digest(),
        "provenance": dict(history.provenance),
    }

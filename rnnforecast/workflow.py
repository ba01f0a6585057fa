"""The stages in a row: train, predict and evaluate, from stored prices to a report."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Callable, Sequence
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
    from numpy.typing import NDArray

    from rnnforecast.dataset.windows import Rows
    from rnnforecast.evaluation.verdict import Verdict
    from rnnforecast.model.training import Epoch

RECORD_SCHEMA = 1
VERSIONS = ("tensorflow", "keras", "numpy", "pandas", "scikit-learn", "onnxruntime")


def train(
    experiment: Experiment,
    store: Store,
    root: Path,
    *,
    label: str,
    argv: Sequence[str] = (),
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> Run:
    """Fit an ensemble on stored prices.

    Args:
        experiment: what to train on what.
        store: with the prices.
        root: folder of the runs.
        label: end of the run's name.
        argv: the command line, for the record.
        on_epoch: told of each epoch as it ends.

    Returns:
        the run, whole: networks, scalers, calibration, forecast and report.

    Raises:
        DataError: if the prices are not stored, too few or unfit; no run is left behind.
    """
    import pandas as pd

    history = store.load(experiment.data.symbol, experiment.data.interval)
    dataset = prepare(experiment, history)
    scalers = dataset.fit_scalers()  # refuses what cannot be trained before TensorFlow is loaded

    from rnnforecast.model.export import save_network
    from rnnforecast.model.training import fit_ensemble

    with runs.create(root, label) as run:
        runs.write_inputs(run, experiment, history, scalers)
        fits, seeds, parameters = [], list[int](), 0
        for member in fit_ensemble(dataset, scalers, on_epoch):
            save_network(member.network, run.path / runs.MEMBERS / f"{len(seeds) + 1:02d}")
            fits.append(member.fit)
            seeds.append(member.seed)
            parameters = member.network.count_params()
        run.write(runs.FIT, pd.concat(fits).to_csv(index=False))
        record = _record(dataset, history.digest(), seeds=seeds, parameters=parameters, argv=argv)
        run.write(runs.RECORD, json.dumps(record, indent=1))
        if experiment.calibration == "conformal":
            calibration = run.forecaster().calibrate(dataset).calibration
            assert calibration is not None  # calibrate has just made it
            runs.write_calibration(run, calibration)
        name = run.name
        _write_forecast(run, run.forecaster().forecast(dataset))
    return runs.find(root, name.removeprefix(".").removesuffix(".partial"))


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
    dataset = prepare(experiment, store.load(experiment.data.symbol, experiment.data.interval))
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
    dataset = prepare(forecaster.experiment, run.history())
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


def write_report(run: Run) -> Path:
    """Draw every figure that the run's tables allow, and write ``report.html``."""
    from rnnforecast.report.html import render
    from rnnforecast.report.plots import figures, save

    history = run.history()
    dataset = prepare(run.experiment(), history)
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


def _record(dataset: Dataset, digest: str, *, seeds: list[int], parameters: int, argv: Sequence[str]) -> dict[str, Any]:
    """What must be known to make the run again."""
    history, splits = dataset.history, dataset.splits
    return {
        "schema": RECORD_SCHEMA,
        "created": _now(),
        "argv": list(argv),
        "rnnforecast": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
        "seeds": seeds,
        "parameters": parameters,
        "data": {
            "symbol": history.symbol,
            "interval": history.interval,
            "sessions": history.sessions,
            "currency": history.currency,
            "rows": len(history),
            "first": f"{history.first:%Y-%m-%d}",
            "last": f"{history.last:%Y-%m-%d}",
            "digest": digest,
            "cleaning": _cleaning(dataset),
            "provenance": dict(history.provenance),
        },
        "splits": {
            part: {
                "windows": len(splits.origins(part)),
                "first_target": f"{history.dates[splits.targets(part).start]:%Y-%m-%d}",
                "last_target": f"{history.dates[splits.targets(part).stop - 1]:%Y-%m-%d}",
            }
            for part in ("train", "validation", "test")
        },
        "test_touched": [],
        "failed_baselines": {},
    }

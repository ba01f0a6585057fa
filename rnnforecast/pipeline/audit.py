"""From a run, or a config and stored prices, to what an audit finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from rnnforecast.audit import Finding, Prices, audit, pipeline_of
from rnnforecast.audit.market import market_looks_back
from rnnforecast.audit.panel import cut_alike, merge
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.automatic import resolve
from rnnforecast.dataset.dataset import Dataset, used_bars
from rnnforecast.dataset.features import MARKET
from rnnforecast.dataset.panel import Series, prepare_panel, with_market
from rnnforecast.dataset.unfit import Unfit
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.pipeline.plan import dataset_of, stored
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import (
    load_experiment,
    load_forecaster,
    load_series,
)

ROUNDING = 1e-3
"""By which networks may answer differently on another machine, in spreads."""


def audit_config(experiment: Experiment, store: Store) -> list[Finding]:
    """Audit what a config would do with the stored prices; nothing is trained.

    Raises:
        DataError: if the prices are not stored, too few or unfit.
    """
    experiment, series = with_market(experiment, stored(experiment, store, teachers=True))
    if len(series) == 1:
        experiment = resolve(experiment, [used_bars(experiment, series[0].history)[0]])
        return _audit(experiment, series[0], None)  # where a feature leaks, there may be no dataset
    panel = prepare_panel(experiment, series, Unfit(len(series), experiment.data.skip_unfit))
    bars_of = {bars.history.symbol: bars for bars in series}
    by_symbol = {
        dataset.history.symbol: _audit(dataset.experiment, bars_of[dataset.history.symbol], None)
        for dataset in panel.datasets
    }
    return [
        *_of_all(by_symbol, panel.datasets, panel.teachers),
        *_of_market(experiment, series),
    ]


def audit_run(run: Run | Part) -> list[Finding]:
    """Audit a run on the prices that it was trained on, its trained networks included.

    Raises:
        RunError: if the run is incomplete.
    """
    datasets = [dataset_of(part) for part in run.parts]
    teachers = [dataset_of(part) for part in run.run.teachers if isinstance(run, Run)]
    pairs = zip(run.parts, datasets, strict=True)
    by_symbol = {part.symbol: _audit_part(part, dataset) for part, dataset in pairs}
    return [
        *_of_all(by_symbol, datasets, teachers),
        *_of_market(load_experiment(run), [load_series(part) for part in run.parts]),
        _looks(run),
    ]


def _of_all(
    by_symbol: dict[str, list[Finding]], datasets: Sequence[Dataset], teachers: Sequence[Dataset]
) -> list[Finding]:
    """Return what was found of every symbol, and of their days."""
    several = len(datasets) + len(teachers) > 1
    return [*merge(by_symbol), *([cut_alike(datasets, teachers)] if several else [])]


def _of_market(experiment: Experiment, series: Sequence[Series]) -> list[Finding]:
    """Return what was found of the market, where the prices of all its members are at hand."""
    members = {bars.history.symbol: bars.history for bars in series}
    names = experiment.data.market_members
    if not names or not set(names) <= set(members):
        return []
    return [market_looks_back(experiment, members, series[0].exogenous[MARKET])]


def _audit_part(part: Part, dataset: Dataset) -> list[Finding]:
    """Audit a run on one symbol."""
    forecaster = load_forecaster(part)
    series = load_series(part)
    findings = _audit(load_experiment(part), series, forecaster)
    return [*findings, _learned_alone(forecaster, dataset)]


def _audit(experiment: Experiment, series: Series, forecaster: Forecaster | None) -> list[Finding]:
    return audit(pipeline_of(experiment, forecaster), Prices(series.history, series.exogenous))


def _learned_alone(forecaster: Forecaster, dataset: Dataset) -> Finding:
    """Check that what the run keeps of its training and validation rows is what these rows give."""
    wrong = []
    kept, fresh = asdict(forecaster.scalers), asdict(dataset.fit_scalers())
    for kind in kept:
        if not all(
            np.allclose(kept[kind][name], fresh[kind][name], rtol=1e-9)
            for name in ("center", "scale")
        ):
            wrong.append(f"the scaler of {kind} was not learned from the training rows")
    if (calibration := forecaster.calibration) is not None:
        again = forecaster.calibrate(dataset, calibration.kind).calibration
        if again is None or not np.allclose(
            calibration.radius, again.radius, rtol=ROUNDING, atol=ROUNDING
        ):
            wrong.append("the calibration was not learned from the validation windows")
    compared = (
        "the run's scalers and calibration with those learned again from its training and "
        "validation rows"
    )
    check = "what the run keeps was learned where it should"
    return Finding(check, compared, "failed" if wrong else "passed", ", ".join(wrong))


def _looks(run: Run | Part) -> Finding:
    """Report how often the test part was looked at."""
    looks = run.manifest.test_touched
    check, compared = "the test part is looked at once", f"looks that the run records: {len(looks)}"
    if len(looks) > 1:
        detail = "each look makes the next one less of a test; nothing can forbid it"
        return Finding(check, compared, "noted", detail)
    return Finding(check, compared)

"""A forecast of a symbol that a run has never seen, by its networks and the symbol's own scaler."""

from __future__ import annotations

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import prepare
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.pipeline.plan import stored
from rnnforecast.pipeline.predict import forecast_of
from rnnforecast.pipeline.price_checks import allowing_bad, check_series
from rnnforecast.pipeline.trained_model import Prediction
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment, load_networks


def predict_new(
    run: Run | Part,
    symbol: str,
    store: Store,
    *,
    allow_bad: bool = False,
    as_of: str | None = None,
) -> Prediction:
    """Forecast a symbol that a run was not trained on; nothing is written.

    Inputs and outputs are scaled by what the symbol's own prices show. Nothing was calibrated on
    them, so the intervals are the networks' own, without the filters of a pool.

    Args:
        run: with the networks.
        symbol: whose prices are stored.
        store: with the newest prices.
        allow_bad: use prices with errors as they are.
        as_of: forecast as if this day (ISO date) were the newest that is stored.

    Raises:
        DataError: if the prices are not stored, too few, or have errors.
        RunError: if the run is incomplete.
    """
    experiment = _transferred(load_experiment(run), symbol.upper())
    [series] = stored(experiment, store)
    if as_of is not None:
        series = series.until(as_of)
    check_series(allowing_bad(experiment) if allow_bad else experiment, [series])
    dataset = prepare(experiment, series.history, series.exogenous)
    networks = load_networks(run.run, len(run.run.manifest.seeds))
    forecaster = Forecaster(dataset.experiment, dataset.fit_scalers(), networks)
    forecast = forecast_of(forecaster, dataset)
    return Prediction(forecast, dataset, forecast, forecaster)


def _transferred(experiment: Experiment, symbol: str) -> Experiment:
    """Move a run's experiment to another symbol: uncalibrated, without a pool or given days."""
    data = experiment.data.model_copy(update={"symbol": (symbol,), "start": None, "end": None})
    split = experiment.split.model_copy(update={"validation_from": None, "test_from": None})
    changes = {"data": data, "split": split, "pool": ("network",), "calibration": "none"}
    return experiment.model_copy(update=changes)


def new_symbol_note(run: Run | Part, symbol: str) -> str:
    """Say what such a forecast lacks."""
    return (
        f"run {run.name} was not trained on {symbol.upper()}: the scale is that of its own prices, "
        "the intervals are not calibrated, and the forecast is not kept in the track record"
    )

"""A forecast of a symbol that a run has never seen: by its networks, in the symbol's own scale."""

from __future__ import annotations

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import prepare
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.pool import fit_parts
from rnnforecast.pipeline.plan import stored
from rnnforecast.pipeline.predict import forecast_of, newest_bars
from rnnforecast.pipeline.price_checks import allowing_bad, check_series
from rnnforecast.pipeline.train import calibrated
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

    What a trained symbol has of its own is fitted to this one's prices, in no more time than a
    forecast may take: scalers, calibration, and the filters that are averaged with the networks.

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
    parts, _ = fit_parts(dataset, strict=False)
    forecaster = Forecaster(dataset.experiment, dataset.fit_scalers(), networks, parts=parts)
    forecaster = calibrated(forecaster, dataset)
    forecast = forecast_of(forecaster, dataset)
    return Prediction(forecast, newest_bars(dataset), forecast)


def _transferred(experiment: Experiment, symbol: str) -> Experiment:
    """Move the experiment of a run to another symbol and all its days."""
    data = experiment.data.model_copy(update={"symbol": (symbol,), "start": None, "end": None})
    split = experiment.split.model_copy(update={"validation_from": None, "test_from": None})
    return experiment.model_copy(update={"data": data, "split": split})


def new_symbol_note(run: Run | Part, symbol: str) -> str:
    """Say what such a forecast lacks."""
    return (
        f"run {run.name} was not trained on {symbol.upper()}: scale, calibration and filters are "
        "fitted to its own prices, nothing has tested the forecast, and the track record does not "
        "keep it"
    )

"""From trained networks and the newest prices to forecasts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from rnnforecast import runs
from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import WORTH_STARTING, Series, least_spread
from rnnforecast.dataset.unfit import none_refused
from rnnforecast.errors import DataError, RunError
from rnnforecast.forecast.baselines.naive import base_rate, naive_quantiles
from rnnforecast.forecast.forecaster import Forecast, Forecaster
from rnnforecast.forecast.quantile_levels import MEDIAN
from rnnforecast.forecast.summary import Summary, summarise
from rnnforecast.model.inference import Ensemble
from rnnforecast.parallel import spread_values
from rnnforecast.pipeline.plan import stored
from rnnforecast.pipeline.price_checks import allowing_bad, check_series
from rnnforecast.pipeline.trained_model import AnyForecast, Prediction, TrainedModel
from rnnforecast.quantities import DIRECTION, Quantity
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import (
    load_experiment,
    load_forecaster,
    load_networks,
)
from rnnforecast.runs.folder import load_document


def predict(
    run: Run | Part,
    store: Store,
    *,
    raw: bool = False,
    allow_bad: bool = False,
    as_of: str | None = None,
    networks: Ensemble | None = None,
) -> list[Prediction]:
    """Forecast the coming sessions of every symbol from the newest stored bar; nothing is written.

    Where an evaluation found no skill in the network's median, naive's takes its place, with the
    network's spread around it; where it found none in its probabilities, the share of rises so far
    does.

    Args:
        run: with the networks.
        store: with the newest prices.
        raw: leave the network's median, or its probabilities, alone.
        allow_bad: use prices with errors as they are.
        as_of: forecast as if this day (ISO date) were the newest that is stored.
        networks: of the run, where they are open already.

    Raises:
        DataError: if a symbol's prices are not stored, or have errors.
        RunError: if the run is incomplete, or learned from prices after ``as_of``.
    """
    experiment = load_experiment(run)
    if as_of is not None:
        _refuse_hindsight(run, as_of)
        experiment = experiment.open_ended()  # the day may lie after what it was trained on
    networks = networks or load_networks(run.run, len(run.run.manifest.seeds))
    prices = stored(experiment, store)
    if as_of is not None:
        prices = [series.until(as_of) for series in prices]
    newest = max(part.manifest.data.last for part in run.parts)
    checked = allowing_bad(experiment) if allow_bad else experiment
    least = least_spread(experiment)
    notes = none_refused(spread_values(_notes, prices, shared=(checked, newest), least=least))
    forecasters = [
        replace(load_forecaster(part, networks), experiment=experiment.only(series.history.symbol))
        for part, series in zip(run.parts, prices, strict=True)
    ]
    pairs = list(zip(forecasters, prices, strict=True))
    answers = none_refused(spread_values(_answer, pairs, least=least))
    predictions = []
    for part, forecaster, (own, dataset, parts), known in zip(
        run.parts, forecasters, answers, notes, strict=True
    ):
        bare = not raw and without_skill(part, experiment.window.quantity)
        forecast = without_network(own, dataset) if bare else own
        made = Prediction(forecast, dataset, own, forecaster, parts, tuple(known))
        predictions.append(made)
    return predictions


def _notes(experiment: Experiment, newest: str, series: Series) -> list[str] | DataError:
    """Return what to know about the newest prices of a symbol, or why they are refused."""
    try:
        return check_series(experiment.only(series.history.symbol), [series], trained_until=newest)
    except DataError as error:
        return error


def _answer(
    pair: tuple[Forecaster, Series],
) -> tuple[AnyForecast, Dataset, dict[str, Array]] | DataError:
    """Forecast one symbol, and say what its filters say by themselves: values in, values out."""
    forecaster, series = pair
    try:
        dataset = prepare(forecaster.experiment, series.history, series.exogenous)
        forecast = forecast_of(forecaster, dataset)
        # computed a moment ago for the forecast, so their simulations are still at hand
        parts = forecaster.part_quantiles(dataset, np.array([dataset.newest_origin]))
        own = {name: quantiles[0] for name, quantiles in parts.items()}
        return forecast, dataset, own
    except DataError as error:
        return error


def _refuse_hindsight(run: Run | Part, as_of: str) -> None:
    """Refuse to replay a day that the run has learned from.

    Raises:
        RunError: naming the newest price that the run has seen.
    """
    newest = max(part.manifest.data.last for part in run.parts)
    if as_of < newest[:10]:
        raise RunError(
            f"run {run.name} knows prices up to {newest[:10]}, so a forecast as of {as_of} would "
            "know the future",
            f"name a day from {newest[:10]} on, or train with --set data.end={as_of}",
        )


def predict_model(model: TrainedModel) -> list[Prediction]:
    """Forecast the coming sessions of every symbol from the newest bar of its training."""
    pairs = list(zip(model.forecasters, model.plan.datasets, strict=True))
    forecasts = spread_values(_forecast, pairs, least=WORTH_STARTING)
    return [
        Prediction(forecast, dataset)
        for forecast, (_, dataset) in zip(forecasts, pairs, strict=True)
    ]


def _forecast(pair: tuple[Forecaster, Dataset]) -> AnyForecast:
    """Forecast one symbol whose dataset is made already."""
    return forecast_of(*pair)


def forecast_of(forecaster: Forecaster, dataset: Dataset) -> AnyForecast:
    """Forecast from the newest row: prices or volatilities, or the probability of a rise."""
    if forecaster.experiment.window.quantity == DIRECTION:
        return forecaster.rise_probability(dataset)
    return forecaster.forecast(dataset)


def without_network(forecast: AnyForecast, dataset: Dataset) -> AnyForecast:
    """Put naive in the network's place, as far as it had no skill."""
    naive = naive_answer(dataset)
    if isinstance(forecast, Forecast):
        return forecast.around(naive)
    return replace(forecast, probabilities=naive, of="naive")


def naive_answer(dataset: Dataset) -> Array:
    """Return what naive forecasts from the newest row (step,).

    That is its median; of a direction, the share of rises.
    """
    newest = np.array([dataset.newest_origin])
    if dataset.experiment.window.quantity == DIRECTION:
        rate: Array = base_rate(dataset, newest)[0]
        return rate
    median: Array = naive_quantiles(dataset, newest)[0, :, MEDIAN]
    return median


def evaluated(run: Run | Part) -> bool:
    """Return whether the run, or the one that it is a part of, has a verdict."""
    return run.run.has(runs.VERDICT) or run.has(runs.VERDICT)


def verdict_of(part: Part) -> dict[str, Any] | None:
    """Read the verdict that a part follows; None where nothing was evaluated.

    Of many symbols some seem to have skill by luck, so it is the one on all of them where there is
    one.
    """
    return load_document(part.run, runs.VERDICT) or load_document(part, runs.VERDICT)


def without_skill(part: Part, quantity: Quantity) -> bool:
    """Return whether an evaluation found that the network does not beat naive."""
    verdict = verdict_of(part)
    if verdict is None:
        return False
    finding = verdict.get("point" if quantity.has_distribution else "distribution")
    return bool(finding != "better")


def summary_of(part: Part, prediction: Prediction) -> Summary:
    """Put a forecast into plain words, with the trust that the run's verdict allows."""
    forecast = prediction.forecast
    table = forecast.table()
    if isinstance(forecast, Forecast):
        table = table.join(forecast.quantile_table())
    quantity = prediction.dataset.experiment.window.quantity
    return summarise(forecast.symbol, quantity, table, forecast.last, verdict_of(part))

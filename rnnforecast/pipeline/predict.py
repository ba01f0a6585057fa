"""From trained networks and the newest prices to forecasts."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnforecast import runs
from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import calendar_notes
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import Series, least_spread
from rnnforecast.dataset.unfit import none_refused
from rnnforecast.errors import DataError, RunError
from rnnforecast.forecast.baselines.naive import base_rate, naive_quantiles
from rnnforecast.forecast.baselines.simple import drift_quantiles, ewma_quantiles
from rnnforecast.forecast.forecaster import Forecast, Forecaster
from rnnforecast.forecast.quantile_levels import MEDIAN
from rnnforecast.forecast.summary import Summary, summarise
from rnnforecast.model.inference import Ensemble
from rnnforecast.parallel import spread_values
from rnnforecast.pipeline.drift import bars_since, outside_training
from rnnforecast.pipeline.plan import each_stored
from rnnforecast.pipeline.price_checks import allowing_bad, check_series
from rnnforecast.pipeline.trained_model import AnyForecast, Prediction, TrainedModel
from rnnforecast.quantities import DIRECTION, PRICE, Quantity
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import (
    load_experiment,
    load_forecaster,
    load_networks,
)
from rnnforecast.runs.folder import load_document
from rnnforecast.workers import WORTH_STARTING

log = logging.getLogger(__name__)

RIVALS = {"naive": naive_quantiles, "drift": drift_quantiles, "ewma": ewma_quantiles}
"""Baselines that are asked whenever a forecast is made: they take milliseconds."""
SHOWN = 250
"""Newest bars that stay with a forecast: a picture shows some of them."""


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
    # A second thread would save milliseconds, and wait for work at a core's full speed meanwhile.
    networks = networks or load_networks(run.run, len(run.run.manifest.seeds), threads=1)
    newest = max(part.manifest.data.last for part in run.parts)
    checked = allowing_bad(experiment) if allow_bad else experiment
    answers = spread_values(
        _answer,
        _questions(run, experiment, store, networks, as_of=as_of, raw=raw),
        shared=(checked, newest),
        least=least_spread(experiment),
        count=len(run.parts),
    )
    return none_refused(answers)


@dataclass(frozen=True, eq=False)
class _Question:
    """All that the forecast of one symbol is made from: values, no files.

    Args:
        forecaster: that makes it.
        series: the newest prices.
        bare: whether naive takes the place of what has shown no skill.
        learned_until: the newest day (ISO) whose price the training knew.
        last_target: the newest day (ISO) of the training part.
    """

    forecaster: Forecaster
    series: Series
    bare: bool
    learned_until: str
    last_target: str


def _questions(
    run: Run | Part,
    experiment: Experiment,
    store: Store,
    networks: Ensemble,
    *,
    as_of: str | None,
    raw: bool,
) -> Iterator[_Question]:
    """Read what is known of each symbol when its turn comes."""
    for part, series in zip(run.parts, each_stored(experiment, store), strict=True):
        manifest, symbol = part.manifest, series.history.symbol
        yield _Question(
            load_forecaster(part, networks, experiment.only(symbol)),
            series if as_of is None else series.until(as_of),
            not raw and without_skill(part, experiment.window.quantity),
            manifest.data.last,
            manifest.splits["train"].last_target,
        )


def _answer(checked: Experiment, newest: str, question: _Question) -> Prediction | DataError:
    """Forecast one symbol: values in, values out.

    Args:
        checked: the experiment that its prices are checked for.
        newest: the newest day (ISO) that the training knew of any symbol.
        question: what is known of it.

    Returns:
        the forecast, or why its prices are refused.
    """
    forecaster, series = question.forecaster, question.series
    symbol = series.history.symbol
    try:
        notes = check_series(checked.only(symbol), [series], trained_until=newest)
        dataset = prepare(forecaster.experiment, series.history, series.exogenous)
        parts = _filters_say(forecaster, dataset)
        own = forecast_of(forecaster, dataset, parts)
        forecast = without_network(own, dataset) if question.bare else own
        return Prediction(
            forecast,
            newest_bars(dataset),
            own,
            rivals_of(dataset, parts) if dataset.experiment.window.quantity == PRICE else {},
            tuple(notes),
            calendar_notes(dataset.history, forecast.dates),
            outside_training(dataset, question.last_target),
            bars_since(dataset.history, question.learned_until),
        )
    except DataError as error:
        return error


def _filters_say(forecaster: Forecaster, dataset: Dataset) -> dict[str, Array]:
    """Return what each filter of the pool says of the newest row (1, step, level)."""
    if dataset.experiment.window.quantity == DIRECTION:
        return {}
    return forecaster.part_quantiles(dataset, np.array([dataset.newest_origin]))


def rivals_of(dataset: Dataset, parts: Mapping[str, Array]) -> dict[str, Array]:
    """Return what is kept beside a forecast: what others say from the newest row (step, level).

    The cheap baselines learn from every row; the parts of the pool know what the run's training
    knew, and what has happened since.

    Args:
        dataset: that the forecast is made from.
        parts: what the filters of the pool say of that row (1, step, level).
    """
    splits = dataset.splits
    every_row = replace(splits, validation=splits.rows, test=splits.rows, purge=0, embargo=0)
    known = replace(dataset, given_splits=every_row)
    newest = np.array([dataset.newest_origin])
    rivals = dict[str, Array]()
    for name, quantiles in RIVALS.items():
        try:
            rivals[name] = quantiles(known, newest)[0]
        except DataError as error:  # the forecast does not depend on it
            log.info("%s is not kept beside the forecast: %s", name, error)
    return rivals | {name: quantiles[0] for name, quantiles in parts.items()}


def newest_bars(dataset: Dataset) -> PriceHistory:
    """Return the bars that a forecast is shown with."""
    return dataset.history.newest(max(SHOWN, 3 * dataset.experiment.window.horizon))


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


def predict_model(model: TrainedModel) -> list[AnyForecast]:
    """Forecast the coming sessions of every symbol from the newest bar of its training."""
    pairs = list(zip(model.forecasters, model.plan.datasets, strict=True))
    return spread_values(_forecast, pairs, least=WORTH_STARTING)


def _forecast(pair: tuple[Forecaster, Dataset]) -> AnyForecast:
    """Forecast one symbol whose dataset is made already."""
    return forecast_of(*pair)


def forecast_of(
    forecaster: Forecaster, dataset: Dataset, parts: Mapping[str, Array] | None = None
) -> AnyForecast:
    """Forecast from the newest row: prices or volatilities, or the probability of a rise.

    Args:
        forecaster: that makes the forecast.
        dataset: of the symbol.
        parts: what the filters of the pool say of that row, where that is known already.
    """
    if forecaster.experiment.window.quantity == DIRECTION:
        return forecaster.rise_probability(dataset)
    return forecaster.forecast(dataset, parts)


def without_network(forecast: AnyForecast, dataset: Dataset) -> AnyForecast:
    """Put naive in the network's place, as far as it had no skill.

    Args:
        forecast: of the network.
        dataset: that it was made from.
    """
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
    """Return whether an evaluation found that the network does not beat naive.

    Args:
        part: that was evaluated, or was not.
        quantity: what it forecasts.

    Returns:
        False where nothing was evaluated.
    """
    verdict = verdict_of(part)
    if verdict is None:
        return False
    finding = verdict.get("point" if quantity.has_distribution else "distribution")
    return bool(finding != "better")


def summary_of(part: Part, prediction: Prediction) -> Summary:
    """Put a forecast into plain words, with the trust that the run's verdict allows.

    Args:
        part: that made the forecast.
        prediction: of its symbol.
    """
    forecast = prediction.forecast
    table = forecast.table()
    if isinstance(forecast, Forecast):
        table = table.join(forecast.quantile_table())
    return summarise(forecast.symbol, prediction.quantity, table, forecast.last, verdict_of(part))

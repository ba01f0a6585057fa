"""From a run and the newest prices to a forecast."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import Series
from rnnforecast.forecast.baselines.naive import base_rate, naive_quantiles
from rnnforecast.forecast.forecaster import Forecast, Forecaster, RiseProbability, recentre
from rnnforecast.forecast.quantile_levels import MEDIAN
from rnnforecast.quantities import DIRECTION, Quantity
from rnnforecast.runs import Run


def predict(
    run: Run, store: Store, *, raw: bool = False
) -> list[tuple[Forecast | RiseProbability, Dataset]]:
    """Forecast the coming sessions from the newest stored bar, of every symbol that the run is on.

    Where an evaluation found no skill in the network's median, naive's takes its place, with the network's
    spread around it; where it found none in its probabilities, the share of rises so far does.

    Args:
        run: which networks.
        store: with the newest prices.
        raw: leave the network's median, or its probabilities, alone.

    Returns:
        for each symbol the forecast, also written to the run, and the dataset it was made from.

    Raises:
        DataError: if a symbol's prices are not stored.
        RunError: if the run is incomplete.
    """
    experiment, networks = run.experiment(), run.networks(len(run.record()["seeds"]))
    found, tables = [], []
    for part, series in zip(run.parts, stored(experiment, store), strict=True):
        forecaster = part.with_networks(experiment.only(series.history.symbol), networks)
        dataset = prepare(forecaster.experiment, series.history, series.exogenous)
        forecast = forecast_of(forecaster, dataset)
        if not raw and without_skill(part, experiment.window.quantity):
            forecast = _naive(forecast, dataset)
        found.append((forecast, dataset))
        tables.append(write_forecast(part, forecast))
    if run.symbols:
        write_forecasts(run, tables)
    return found


def forecast_of(forecaster: Forecaster, dataset: Dataset) -> Forecast | RiseProbability:
    """The forecast from the newest row: of prices or volatilities, or the probability of a rise."""
    direction = forecaster.experiment.window.quantity == DIRECTION
    return forecaster.rise_probability(dataset) if direction else forecaster.forecast(dataset)


def _naive(forecast: Forecast | RiseProbability, dataset: Dataset) -> Forecast | RiseProbability:
    """Naive in the network's place, as far as it had no skill."""
    if isinstance(forecast, Forecast):
        return forecast.around(_naive_median(dataset))
    return replace(
        forecast, rising=base_rate(dataset, np.array([dataset.newest_origin]))[0], of="naive"
    )


def _naive_median(dataset: Dataset) -> NDArray[np.float64]:
    """Naive's median from the newest row (step,)."""
    median: NDArray[np.float64] = naive_quantiles(dataset, np.array([dataset.newest_origin]))[
        0, :, MEDIAN
    ]
    return median


def evaluated(run: Run) -> bool:
    """Whether the run has a verdict."""
    return (run.path / runs.VERDICT).exists()


def without_skill(run: Run, quantity: Quantity) -> bool:
    """Whether the run was evaluated, and its median did not beat the last value, or its probability the share of rises.

    Of many symbols some seem to have skill by luck, so a part follows the verdict on all of them where there is one.
    """
    judged = next((one for one in (run.whole, run) if evaluated(one)), None)
    if judged is None:
        return False
    verdict = json.loads(judged.read(runs.VERDICT))
    return bool(verdict["point" if quantity.has_distribution else "distribution"] != "better")


def stored(experiment: Experiment, store: Store) -> list[Series]:
    """The bars of each symbol, and those of the others that are inputs.

    Raises:
        DataError: if they are not stored.
    """
    data = experiment.data
    others = {symbol: store.load(symbol, data.interval) for symbol in data.exogenous}
    return [Series(store.load(symbol, data.interval), others) for symbol in data.symbol]


def write_forecast(run: Run, forecast: Forecast | RiseProbability) -> pd.DataFrame:
    """Write the coming sessions into a run or a part; returns them with their symbol."""
    table = forecast.table().assign(origin=forecast.origin, last=forecast.last)
    run.write(runs.FORECAST, table.to_csv())
    return table.reset_index().assign(symbol=forecast.symbol)


def write_forecasts(run: Run, tables: Sequence[pd.DataFrame]) -> None:
    """Write the coming sessions of every symbol into the run on them."""
    whole = pd.concat(tables, ignore_index=True)
    run.write(runs.FORECAST, whole[["symbol", *whole.columns.drop("symbol")]].to_csv(index=False))


def naive_answer(dataset: Dataset) -> NDArray[np.float64]:
    """What naive forecasts from the newest row (step,): its median, or of a direction the share of rises."""
    if dataset.experiment.window.quantity == DIRECTION:
        odds: NDArray[np.float64] = base_rate(dataset, np.array([dataset.newest_origin]))[0]
        return odds
    return _naive_median(dataset)


def settle_median(run: Run, quantity: Quantity, naive: NDArray[np.float64]) -> None:
    """Let a stored forecast follow its verdict: what had no skill gives way to naive.

    Args:
        run: or a part of one.
        quantity: that it forecasts.
        naive: of ``naive_answer``.
    """
    table = run.table(runs.FORECAST)
    if table is None or not without_skill(run, quantity):
        return
    if "rising" in table:
        table["rising"] = naive
    else:
        values = [
            str(name) for name in table.columns if str(name).startswith(("median", "low_", "high_"))
        ]
        table[values] = recentre(
            table[values].to_numpy(float), table["median"].to_numpy(float), naive
        )
    run.write(runs.FORECAST, table.to_csv(index=False))


def draw_forecast(run: Run, dataset: Dataset) -> Path:
    """Draw the run's newest forecast as ``figures/forecast.png``."""
    from rnnforecast.report.charts.files import save
    from rnnforecast.report.charts.forecast import forecast
    from rnnforecast.report.charts.render_matplotlib import draw
    from rnnforecast.report.report_data import Material

    table = run.table(runs.FORECAST)
    assert table is not None  # predict has just written it
    quantity = dataset.experiment.window.quantity
    network = dataset.experiment.model.architecture
    tables = {"forecast": table}
    material = Material(run.name, quantity, dataset.history, {}, "", tables=tables, network=network)
    return save(draw(forecast(material)), run.path / runs.FIGURES / "forecast.png")

"""From a run and the newest prices to a forecast."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.preparation import Dataset, prepare
from rnnforecast.forecast.baselines import naive_odds, naive_quantiles
from rnnforecast.forecast.forecasting import Forecast, Forecaster, Odds, recentre
from rnnforecast.forecast.quantiles import MEDIAN
from rnnforecast.runs import Run


def predict(run: Run, store: Store, *, raw: bool = False) -> tuple[Forecast | Odds, Dataset]:
    """Forecast the coming sessions from the newest stored bar.

    Where the run's evaluation found no skill in the network's median, naive's takes its place, with the network's
    spread around it; where it found none in its probabilities, the share of rises so far does.

    Args:
        run: which networks.
        store: with the newest prices.
        raw: leave the network's median, or its probabilities, alone.

    Returns:
        the forecast, also written to the run, and the dataset it was made from.

    Raises:
        DataError: if the symbol's prices are not stored.
        RunError: if the run is incomplete.
    """
    forecaster = run.forecaster()
    experiment = forecaster.experiment
    dataset = prepare(experiment, *stored(experiment, store))
    forecast = forecast_of(forecaster, dataset)
    if not raw and without_skill(run):
        forecast = _naive(forecast, dataset)
    write_forecast(run, forecast)
    return forecast, dataset


def forecast_of(forecaster: Forecaster, dataset: Dataset) -> Forecast | Odds:
    """The forecast from the newest row: of prices or volatilities, or the odds of a rise."""
    direction = forecaster.experiment.window.quantity == "direction"
    return forecaster.odds(dataset) if direction else forecaster.forecast(dataset)


def _naive(forecast: Forecast | Odds, dataset: Dataset) -> Forecast | Odds:
    """Naive in the network's place, as far as it had no skill."""
    if isinstance(forecast, Forecast):
        return forecast.around(_naive_median(dataset))
    return replace(forecast, rising=naive_odds(dataset, np.array([dataset.newest_origin]))[0], of="naive")


def _naive_median(dataset: Dataset) -> NDArray[np.float64]:
    """Naive's median from the newest row (step,)."""
    median: NDArray[np.float64] = naive_quantiles(dataset, np.array([dataset.newest_origin]))[0, :, MEDIAN]
    return median


def evaluated(run: Run) -> bool:
    """Whether the run has a verdict."""
    return (run.path / runs.VERDICT).exists()


def without_skill(run: Run) -> bool:
    """Whether the run was evaluated, and its median did not beat the last value, or its odds the share of rises."""
    if not evaluated(run):
        return False
    verdict = json.loads(run.read(runs.VERDICT))
    direction = run.experiment().window.quantity == "direction"
    return bool(verdict["distribution" if direction else "point"] != "better")


def stored(experiment: Experiment, store: Store) -> tuple[PriceHistory, dict[str, PriceHistory]]:
    """The symbol's bars, and those of the others that are inputs."""
    data = experiment.data
    others = {symbol: store.load(symbol, data.interval) for symbol in data.exogenous}
    return store.load(data.symbol, data.interval), others


def write_forecast(run: Run, forecast: Forecast | Odds) -> None:
    """Write the coming sessions into the run."""
    table = forecast.table().assign(origin=forecast.origin, last=forecast.last)
    run.write(runs.FORECAST, table.to_csv())


def settle_median(run: Run, dataset: Dataset) -> None:
    """Let a run's stored forecast follow its verdict: what had no skill gives way to naive."""
    table = run.table(runs.FORECAST)
    if table is None or not without_skill(run):
        return
    if "rising" in table:
        table["rising"] = naive_odds(dataset, np.array([dataset.newest_origin]))[0]
    else:
        values = [str(name) for name in table.columns if str(name).startswith(("median", "low_", "high_"))]
        table[values] = recentre(table[values].to_numpy(float), table["median"].to_numpy(float), _naive_median(dataset))
    run.write(runs.FORECAST, table.to_csv(index=False))


def draw_forecast(run: Run, dataset: Dataset) -> Path:
    """Draw the run's newest forecast as ``figures/forecast.png``."""
    from rnnforecast.report.figures.forecasts import forecast
    from rnnforecast.report.figures.style import save, styled
    from rnnforecast.report.material import Material

    table = run.table(runs.FORECAST)
    assert table is not None  # predict has just written it
    quantity = dataset.experiment.window.quantity
    material = Material(run.name, quantity, dataset.history, {}, "", {"forecast": table})
    with styled():
        figure = forecast(material)
    return save(figure, run.path / runs.FIGURES / "forecast.png")

"""From a run and the newest prices to a forecast."""

from __future__ import annotations

import json
from pathlib import Path

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.preparation import Dataset, prepare
from rnnforecast.forecast.forecasting import Forecast, recentre
from rnnforecast.runs import Run


def predict(run: Run, store: Store, *, raw: bool = False) -> tuple[Forecast, Dataset]:
    """Forecast the coming sessions from the newest stored bar.

    Where the run's evaluation found no skill in the network's median, naive's takes its place, with the network's
    spread around it.

    Args:
        run: which networks.
        store: with the newest prices.
        raw: leave the network's median alone.

    Returns:
        the forecast, also written to the run, and the dataset it was made from.

    Raises:
        DataError: if the symbol's prices are not stored.
        RunError: if the run is incomplete.
    """
    forecaster = run.forecaster()
    experiment = forecaster.experiment
    dataset = prepare(experiment, *stored(experiment, store))
    forecast = forecaster.forecast(dataset)
    if not raw and no_skill_in_price(run):
        forecast = forecast.around_last_close()
    write_forecast(run, forecast)
    return forecast, dataset


def evaluated(run: Run) -> bool:
    """Whether the run has a verdict."""
    return (run.path / runs.VERDICT).exists()


def no_skill_in_price(run: Run) -> bool:
    """Whether the run was evaluated, and its median did not beat the last close."""
    return evaluated(run) and json.loads(run.read(runs.VERDICT))["price"] != "better"


def stored(experiment: Experiment, store: Store) -> tuple[PriceHistory, dict[str, PriceHistory]]:
    """The symbol's bars, and those of the others that are inputs."""
    data = experiment.data
    others = {symbol: store.load(symbol, data.interval) for symbol in data.exogenous}
    return store.load(data.symbol, data.interval), others


def write_forecast(run: Run, forecast: Forecast) -> None:
    """Write the coming sessions into the run."""
    table = forecast.table().assign(origin=forecast.origin, last_close=forecast.last_close)
    run.write(runs.FORECAST, table.to_csv())


def settle_median(run: Run) -> None:
    """Let a run's stored forecast follow its verdict: without skill in the price, the median is the last close."""
    table = run.table(runs.FORECAST)
    if table is None or not no_skill_in_price(run):
        return
    prices = [str(name) for name in table.columns if str(name).startswith(("median", "low_", "high_"))]
    last_close = float(table["last_close"].iloc[0])
    table[prices] = recentre(table[prices].to_numpy(float), table["median"].to_numpy(float), last_close)
    run.write(runs.FORECAST, table.to_csv(index=False))


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

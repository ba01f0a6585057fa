"""From a run on several symbols to their joint forecast: ranks, and what a portfolio may lose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.errors import UsageError
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.joint import (
    Copula,
    PortfolioRisk,
    normal_scores,
    portfolio_risk,
    rank_probabilities,
)
from rnnforecast.pipeline.plan import stored
from rnnforecast.quantities import PRICE
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_experiment, load_forecaster, load_networks

PAST = 250
"""Newest one-step forecasts that say how symbols move together: a year of sessions."""
DRAWS = 20_000
GROUPS = 5
"""Of ranks, where there are as many symbols."""


@dataclass(frozen=True, eq=False)
class JointForecast:
    """Prices of several symbols at the end of their path, drawn together.

    Args:
        symbols: in order.
        date: of the prices.
        last: newest closes (symbol,).
        prices: (draw, symbol).
        copula: how the symbols move together.
        days: common forecasts of the past that it rests on.
    """

    symbols: tuple[str, ...]
    date: pd.Timestamp
    last: Array
    prices: Array
    copula: Copula
    days: int

    @property
    def returns(self) -> Array:
        """Simple returns over the whole path (draw, symbol)."""
        return np.asarray(self.prices / self.last - 1, float)

    def ranks(self) -> pd.DataFrame:
        """Return the probability that each symbol ends in each fifth, from the lowest return up."""
        groups = min(GROUPS, len(self.symbols))
        names = [f"rank_{number}" for number in range(1, groups + 1)]
        index = pd.Index(self.symbols, name="symbol")
        return pd.DataFrame(rank_probabilities(self.returns, groups), index, names)

    def portfolio(self, weights: Mapping[str, float]) -> PortfolioRisk:
        """Return what a portfolio may earn and lose by then.

        Args:
            weights: share of each symbol; what is not named has none.

        Raises:
            UsageError: if a symbol is not in the forecast.
        """
        if unknown := [name for name in weights if name not in self.symbols]:
            raise UsageError(
                f"the run is not on {unknown[0]}", f"use symbols of {', '.join(self.symbols)}"
            )
        return portfolio_risk(
            self.returns, np.array([weights.get(symbol, 0.0) for symbol in self.symbols])
        )


def joint_forecast(run: Run, store: Store, seed: int = 0) -> JointForecast:
    """Forecast several symbols jointly from their newest stored bars.

    Args:
        run: on several symbols.
        store: with the newest prices.
        seed: of the draws.

    Raises:
        UsageError: if the run is on one symbol, or does not forecast prices.
        DataError: if prices are not stored, or too few days are common.
    """
    experiment = load_experiment(run)
    if len(run.parts) < 2 or experiment.window.quantity != PRICE:
        raise UsageError(
            f"run {run.name} does not forecast the prices of several symbols",
            "train one: rnnforecast train --symbol AAPL --symbol MSFT",
        )
    networks = load_networks(run, len(run.manifest.seeds))
    ends, scores, last, dates = [], [], [], []
    for part, series in zip(run.parts, stored(experiment, store), strict=True):
        forecaster = load_forecaster(part, networks)
        dataset = prepare(forecaster.experiment, series.history, series.exogenous)
        forecast = forecaster.forecast(dataset)
        ends.append(forecast.quantiles[-1])
        dates.append(forecast.dates[-1])
        last.append(forecast.last)
        scores.append(_surprises(forecaster, dataset))
    common = pd.concat(scores, axis=1, join="inner").dropna()
    copula = Copula.fit(common.to_numpy(float))
    prices = copula.sample(np.stack(ends), DRAWS, seed)
    symbols = experiment.data.symbol
    return JointForecast(symbols, max(dates), np.array(last), prices, copula, len(common))


def _surprises(forecaster: Forecaster, dataset: Dataset) -> pd.Series:
    """Return the normal scores of the newest one-step forecasts that came true, by day."""
    newest = dataset.newest_origin
    origins = np.arange(max(dataset.first_origin, newest - PAST), newest)
    quantiles = forecaster.quantiles(dataset, origins)[:, 0]
    days = dataset.history.dates[origins + 1].tz_localize(None).normalize()
    scores = normal_scores(quantiles, dataset.closes[origins + 1])
    return pd.Series(scores, index=days).groupby(level=0).last()

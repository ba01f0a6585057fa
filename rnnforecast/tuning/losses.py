"""What a search minimises: the mean loss of forecasts, each day alike whatever its price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.backtest import NAIVE, backtest_table, probability_table
from rnnforecast.evaluation.metrics.direction import direction_losses
from rnnforecast.evaluation.metrics.distribution import losses
from rnnforecast.forecast.baselines.naive import base_rate
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.quantities import DIRECTION, Quantity

Metric: TypeAlias = Literal["crps", "pinball", "mae", "rmse"]
METRICS: tuple[Metric, ...] = get_args(Metric)


def check_metric(metric: str, quantity: Quantity) -> None:
    """Refuse a metric that there is not, or not of a quantity.

    Raises:
        UsageError: naming those that there are.
    """
    known = ("crps",) if quantity == DIRECTION else METRICS
    if metric not in known:
        raise UsageError(
            f"a search of a {quantity} has no metric {metric!r}", f"use: {', '.join(known)}"
        )


def forecast_loss(forecaster: Forecaster, dataset: Dataset, origins: Rows, metric: Metric) -> float:
    """Return the mean loss of what would be delivered.

    Args:
        forecaster: trained and calibrated.
        dataset: with what came true.
        origins: rows of the last known closes (window,).
        metric: ``crps``; ``pinball``, of the 5 and 95 % quantiles; ``mae`` or ``rmse`` of the
            median. Of a direction ``crps`` is the Brier score, which is what it amounts to there.
    """
    if dataset.experiment.window.quantity == DIRECTION:
        return _brier(dataset, forecaster.own_quantiles(dataset, origins)[..., 0], origins)
    return _mean_loss(dataset, forecaster.quantiles(dataset, origins), origins, metric)


def naive_loss(dataset: Dataset, origins: Rows, metric: Metric) -> float:
    """Return the mean loss of naive on the same forecasts."""
    if dataset.experiment.window.quantity == DIRECTION:
        return _brier(dataset, base_rate(dataset, origins), origins)
    quantiles = BASELINES[NAIVE].quantiles(dataset, origins)
    return _mean_loss(dataset, quantiles, origins, metric)


def _brier(dataset: Dataset, probabilities: Array, origins: Rows) -> float:
    table = direction_losses(probability_table(dataset, {NAIVE: probabilities}, origins))
    return float(table["brier"].mean())


def _mean_loss(dataset: Dataset, quantiles: Array, origins: Rows, metric: Metric) -> float:
    quantity = dataset.experiment.window.quantity
    backtest = backtest_table(dataset, {NAIVE: quantiles}, origins)
    last = backtest["last"].to_numpy(float)
    unit = last if quantity.has_direction and (last > 0).all() else np.ones_like(last)
    return _MEANS[metric](losses(backtest, quantity), unit)


def _mean(*columns: str) -> Callable[[pd.DataFrame, Array], float]:
    return lambda table, unit: float((table[list(columns)].mean(axis=1) / unit).mean())


_MEANS: dict[Metric, Callable[[pd.DataFrame, Array], float]] = {
    "crps": _mean("crps"),
    "pinball": _mean("pinball_0.05", "pinball_0.95"),
    "mae": _mean("absolute"),
    "rmse": lambda table, unit: float(np.sqrt((table["squared"] / unit**2).mean())),
}

"""Every baseline by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.forecast.baselines.classical import arima_quantiles, ets_quantiles, theta_quantiles
from rnnforecast.forecast.baselines.garch import garch_quantiles
from rnnforecast.forecast.baselines.naive import naive_quantiles
from rnnforecast.forecast.baselines.ridge import linear_quantiles
from rnnforecast.forecast.baselines.simple import (
    ar1_quantiles,
    drift_quantiles,
    ewma_quantiles,
    seasonal_quantiles,
)
from rnnforecast.quantities import VOLATILITY, Quantity

Baseline = Callable[[Dataset, Rows], NDArray[np.float64]]

BASELINES: dict[str, Baseline] = {
    "naive": naive_quantiles,
    "drift": drift_quantiles,
    "seasonal_naive": seasonal_quantiles,
    "ar1": ar1_quantiles,
    "ewma": ewma_quantiles,
    "garch": garch_quantiles,
    "ets": ets_quantiles,
    "theta": theta_quantiles,
    "arima": arima_quantiles,
    "linear": linear_quantiles,
}
"""From a dataset and origins to quantiles (window, step, level), learned from the rows before the test part."""

OF_VOLATILITY = ("naive", "ewma", "garch", "linear")
"""Those that forecast a volatility as well."""

COSTLY = ("garch", "ets", "theta", "arima")
"""Those that take seconds, and are worth keeping."""


def baselines_of(quantity: Quantity) -> tuple[str, ...]:
    """The names of those that forecast a quantity."""
    return OF_VOLATILITY if quantity == VOLATILITY else tuple(BASELINES)

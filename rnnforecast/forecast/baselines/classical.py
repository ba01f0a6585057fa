"""Baselines that forecasters have long used: ETS, Theta and AutoARIMA, by statsforecast."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from scipy.special import ndtri

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.forecast.baselines.simple import level, to_prices
from rnnforecast.forecast.quantile_levels import LEVELS

ROWS = 2_500
"""Newest bars that ETS and AutoARIMA learn from: ten years of sessions."""
THETA_ROWS = 1_000
"""Newest bars that Theta looks at; its cost grows with their square."""


class Fitted(Protocol):
    """The methods that statsforecast's models have in common."""

    def fit(self, y: Array) -> Any:
        """Learn from a series."""
        ...

    def forward(self, y: Array, h: int, *, level: list[int]) -> Any:
        """Forecast another series with what was learned."""
        ...


def ets_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast by exponential smoothing, its form chosen by AICc (Hyndman & Khandakar 2008), fitted
    once before the test part.

    Returns:
        quantiles of prices (window, step, level).

    Raises:
        DataError: if it cannot be fitted.
    """
    return _forward(_models().AutoETS(season_length=1, model="ZZN"), "ETS", dataset, origins, ROWS)


def arima_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast by ARIMA, its orders chosen by AICc (Hyndman & Khandakar 2008),
    fitted once before the test part; as ETS."""
    return _forward(_models().AutoARIMA(seasonal=False), "AutoARIMA", dataset, origins, ROWS)


def theta_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast by the Theta method (Assimakopoulos & Nikolopoulos 2000), fitted once before the
    test
    part; as ETS."""
    return _forward(_models().Theta(season_length=1), "Theta", dataset, origins, THETA_ROWS)


def _models() -> ModuleType:
    """Return statsforecast's models, whose library takes seconds to load."""
    from statsforecast import models

    return models


def _forward(model: Fitted, name: str, dataset: Dataset, origins: Rows, rows: int) -> Array:
    """Return Gaussian quantiles of a model that was fitted to the past, from each origin,
    on ``rows`` bars up to it."""
    values, known, horizon = (
        level(dataset),
        dataset.splits.learnable_stop,
        dataset.experiment.window.horizon,
    )
    begin = max(dataset.splits.learnable_start, known - rows)
    where, scale = float(values[known - 1]), float(np.std(np.diff(values[begin:known])))
    if not scale:
        raise DataError(f"{name} cannot be fitted to {dataset.history.symbol}: it does not move")
    scaled = (values - where) / scale  # the optimisers stop too early on changes of 0.01
    with warnings.catch_warnings(action="ignore"):
        try:
            fitted = model.fit(scaled[begin:known])
            answers = [
                fitted.forward(scaled[max(0, end - rows) : end], horizon, level=[68])
                for end in origins + 1
            ]
        except (ValueError, ZeroDivisionError, np.linalg.LinAlgError) as error:
            raise DataError(
                f"{name} cannot be fitted to {dataset.history.symbol} ({error})"
            ) from None
    mean = np.stack([np.asarray(answer["mean"], float) for answer in answers])
    upper = np.stack([np.asarray(answer["hi-68"], float) for answer in answers])
    # the upper end of a central 68 % interval is the 84 % quantile
    deviation = (upper - mean) / ndtri(0.84)
    if not (np.isfinite(mean).all() and (deviation > 0).all()):
        raise DataError(f"{name} of {dataset.history.symbol} forecasts no spread")
    changes = scale * (mean[..., None] + deviation[..., None] * ndtri(LEVELS)) + where
    return to_prices(dataset, origins, changes - values[origins][:, None, None])


BASELINES = (
    Baseline("ets", "ETS", ets_quantiles, costly=True),
    Baseline("theta", "Theta", theta_quantiles, costly=True),
    Baseline("arima", "AutoARIMA", arima_quantiles, costly=True),
)

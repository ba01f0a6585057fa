"""GARCH(1,1) with Student-t shocks: the bar that a forecast of the spread must clear."""

from __future__ import annotations

import warnings

import numpy as np
from arch import arch_model
from arch.univariate.base import ARCHModelResult
from numpy.typing import NDArray
from scipy.special import stdtrit

from rnnforecast.dataset.preparation import Dataset
from rnnforecast.dataset.targets import SMALLEST_VOLATILITY, UNITS, target_paths
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines import change_unit
from rnnforecast.forecast.quantiles import LEVELS

TOLERANCES = (1e-6, 1e-5)
"""Of the likelihood. Where alpha + beta nears 1, as with hourly prices, the finer one is never met: the optimiser
stands at the best parameters and finds no way on."""
PATHS = 2000
"""Simulated paths from each origin; their mirror images count as well."""


def garch_quantiles(dataset: Dataset, origins: Rows) -> NDArray[np.float64]:
    """Quantiles of simulated paths around a constant drift.

    The parameters are fitted once to the changes before the test part; from each origin the variance
    is filtered up to that day and the coming changes are simulated (fixed seed).

    Args:
        dataset: whose closes are forecast.
        origins: consecutive rows of the last known closes (window,).

    Returns:
        quantiles of prices, or of the paths' root mean squares where a volatility is forecast (window, step, level).

    Raises:
        DataError: if the fit does not converge.

    Source: Bollerslev, Journal of Econometrics 31 (1986); the package arch.
    """
    unit = change_unit(dataset)
    changes = target_paths(dataset.closes, 1, unit)[:-1, 0]  # changes[i] leads from row i to row i + 1
    begin, known = dataset.splits.begin, dataset.splits.known - 1
    size = float(changes[begin:known].std())
    if size == 0:
        raise DataError(f"GARCH(1,1)-t cannot be fitted to {dataset.history.symbol}: its price does not move")
    fitted = _fit(changes / size, begin, known, dataset.history.symbol)
    paths = size * _simulate(fitted, int(origins[0]) - 1, dataset.experiment.window.horizon)[: len(origins)]
    steps = np.arange(1, paths.shape[2] + 1)
    if dataset.experiment.window.quantity == "volatility":
        realised = np.sqrt((paths**2).cumsum(axis=2) / steps)
        quantiles: NDArray[np.float64] = np.quantile(realised, LEVELS, axis=1).transpose(1, 2, 0)
        return np.maximum(quantiles, SMALLEST_VOLATILITY)
    spread = np.quantile(paths.cumsum(axis=2), LEVELS, axis=1).transpose(1, 2, 0)  # (window, step, level)
    drift = size * float(fitted.params["mu"]) * steps[:, None]  # (step, 1)
    values = drift + (spread - spread[..., ::-1]) / 2
    return UNITS[unit].decode(values, dataset.closes[origins][:, None, None])


def _fit(changes: NDArray[np.float64], begin: int, known: int, symbol: str) -> ARCHModelResult:
    """Parameters from some rows alone.

    Args:
        changes: of unit size (row,).
        begin: the first of those rows.
        known: the first row after them.
        symbol: for the message.
    """
    model = arch_model(changes, mean="Constant", vol="GARCH", p=1, q=1, dist="t", rescale=False)
    for tolerance in TOLERANCES:
        with warnings.catch_warnings(action="ignore"):
            options = {"ftol": tolerance}
            fitted = model.fit(first_obs=begin, last_obs=known, disp="off", show_warning=False, options=options)
        if fitted.convergence_flag == 0:
            break
    if fitted.convergence_flag != 0 or not np.isfinite(fitted.params).all():
        raise DataError(f"GARCH(1,1)-t does not converge on {symbol} (flag {fitted.convergence_flag})")
    return fitted


def _simulate(fitted: ARCHModelResult, first: int, horizon: int) -> NDArray[np.float64]:
    """Coming changes after each row from ``first`` on (window, path, step)."""
    shocks = _shocks(float(fitted.params["nu"]), horizon)
    forecast = fitted.forecast(
        horizon=horizon, start=first, method="simulation", simulations=PATHS, rng=lambda size: shocks, reindex=False
    )
    return np.asarray(forecast.simulations.values, np.float64)


def _shocks(degrees: float, horizon: int) -> NDArray[np.float64]:
    """Student-t shocks of unit variance (path, step), the same from every origin.

    Each step holds the mid-points of equally likely strata in random order (a Latin hypercube), so
    that one step ahead the quantiles are exact and further ahead the noise is small.
    """
    strata = stdtrit(degrees, (np.arange(PATHS) + 0.5) / PATHS) * np.sqrt((degrees - 2) / degrees)
    generator = np.random.default_rng(0)
    return np.column_stack([generator.permutation(strata) for _ in range(horizon)])

"""GARCH(1,1) with Student-t shocks: the bar that a forecast of the spread must clear."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from arch import arch_model
from arch.univariate.base import ARCHModel, ARCHModelResult
from numpy.typing import NDArray
from scipy.special import stdtrit

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import SMALLEST_VOLATILITY, UNITS, target_paths
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.naive import change_unit
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import VOLATILITY

TOLERANCES = (1e-6, 1e-5)
"""Of the likelihood. Where alpha + beta nears 1, as with hourly prices, the finer one is never met: the optimiser
stands at the best parameters and finds no way on."""
VALUES = 4_000_000
"""Simulated changes held at a time."""
PATHS = 2000
"""Simulated paths from each origin; their mirror images count as well."""


def garch_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Quantiles of simulated paths around a constant drift.

    The parameters are fitted once to the changes before the test part; from each origin the variance
    is filtered up to that day and the coming changes are simulated (fixed seed).

    Args:
        dataset: whose closes are forecast.
        origins: rows of the last known closes, increasing (window,).

    Returns:
        quantiles of prices, or of the paths' root mean squares where a volatility is forecast (window, step, level).

    Raises:
        DataError: if the fit does not converge.

    Source: Bollerslev, Journal of Econometrics 31 (1986); the package arch.
    """
    unit = change_unit(dataset)
    changes = target_paths(dataset.closes, 1, unit)[
        :-1, 0
    ]  # changes[i] leads from row i to row i + 1
    begin, known = dataset.splits.learnable_start, dataset.splits.learnable_stop - 1
    size = float(changes[begin:known].std())
    if size == 0:
        raise DataError(
            f"GARCH(1,1)-t cannot be fitted to {dataset.history.symbol}: its price does not move"
        )
    fitted = _fit(changes / size, begin, known, dataset.history.symbol)
    volatility = dataset.experiment.window.quantity == VOLATILITY
    simulated = _simulate(
        fitted, changes / size, origins - 1, (begin, known), dataset.experiment.window.horizon
    )
    quantiles = size * np.concatenate(
        [_quantiles(paths, volatility) for paths in simulated]
    )  # (window, step, level)
    if volatility:
        return np.maximum(quantiles, SMALLEST_VOLATILITY)
    steps = np.arange(1, quantiles.shape[1] + 1)
    drift = size * float(fitted.params["mu"]) * steps[:, None]  # (step, 1)
    values = drift + (quantiles - quantiles[..., ::-1]) / 2
    return UNITS[unit].decode(values, dataset.closes[origins][:, None, None])


def _quantiles(paths: Array, volatility: bool) -> Array:
    """Quantiles (window, step, level) of the sums, or of the root mean squares, of changes (window, path, step)."""
    if volatility:
        reached = np.sqrt((paths**2).cumsum(axis=2) / np.arange(1, paths.shape[2] + 1))
    else:
        reached = paths.cumsum(axis=2)
    return np.quantile(reached, LEVELS, axis=1).transpose(1, 2, 0)


def _fit(changes: NDArray[np.float64], begin: int, known: int, symbol: str) -> ARCHModelResult:
    """Parameters from some rows alone.

    Args:
        changes: of unit size (row,).
        begin: the first of those rows.
        known: the first row after them.
        symbol: for the message.
    """
    model = _model(changes)
    for tolerance in TOLERANCES:
        with warnings.catch_warnings(action="ignore"):
            options = {"ftol": tolerance}
            fitted = model.fit(
                first_obs=begin, last_obs=known, disp="off", show_warning=False, options=options
            )
        if fitted.convergence_flag == 0:
            break
    if fitted.convergence_flag != 0 or not np.isfinite(fitted.params).all():
        raise DataError(
            f"GARCH(1,1)-t does not converge on {symbol} (flag {fitted.convergence_flag})"
        )
    return fitted


def _simulate(
    fitted: ARCHModelResult, changes: Array, rows: Rows, learned: tuple[int, int], horizon: int
) -> Iterator[Array]:
    """Coming changes after some rows, a stretch of rows at a time: all at once would fill the memory.

    Args:
        fitted: parameters.
        changes: of unit size (row,).
        rows: the last known change of each window, increasing (window,).
        learned: first row that taught, and the first row after those.
        horizon: steps ahead.

    Yields:
        (window, path, step).
    """
    shocks, most = _shocks(float(fitted.params["nu"]), horizon), max(1, VALUES // (PATHS * horizon))
    for start in range(int(rows[0]), int(rows[-1]) + 1, most):
        wanted = rows[(rows >= start) & (rows < start + most)]
        if not len(wanted):
            continue
        model = _model(changes[: int(wanted[-1]) + 1])
        forecast = model.fix(fitted.params, first_obs=learned[0], last_obs=learned[1]).forecast(
            horizon=horizon,
            start=start,
            method="simulation",
            simulations=PATHS,
            rng=lambda size: shocks,
            reindex=False,
        )
        yield np.asarray(forecast.simulations.values, float)[wanted - start]


def _model(changes: Array) -> ARCHModel:
    return arch_model(changes, mean="Constant", vol="GARCH", p=1, q=1, dist="t", rescale=False)


def _shocks(degrees: float, horizon: int) -> Array:
    """Student-t shocks of unit variance (path, step), the same from every origin.

    Each step holds the mid-points of equally likely strata in random order (a Latin hypercube), so
    that one step ahead the quantiles are exact and further ahead the noise is small.
    """
    strata = stdtrit(degrees, (np.arange(PATHS) + 0.5) / PATHS) * np.sqrt((degrees - 2) / degrees)
    generator = np.random.default_rng(0)
    return np.column_stack([generator.permutation(strata) for _ in range(horizon)])

"""Prices whose truth is known: random walks, and signals planted to be found."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.data.history import PriceHistory

DAILY = 0.01
"""Standard deviation of a daily log return."""


def history_of(returns: Array, symbol: str = "SYNTHETIC") -> PriceHistory:
    """Make daily bars, every day of the week, whose closes have these log returns, from 100 on.

    Args:
        returns: (bar,).
        symbol: of the history.
    """
    dates = pd.date_range("2000-01-01", periods=len(returns), freq="D", unit="ns", name="date")
    bars = pd.DataFrame({"close": 100 * np.exp(np.cumsum(returns))}, index=dates)
    return PriceHistory(symbol, bars, "1d", "24/7", provenance={"source": "synthetic"})


def noise(rows: int, seed: int) -> Array:
    """Draw independent normal returns: nothing can be forecast."""
    return np.random.default_rng(seed).normal(0, DAILY, rows)


def autoregression(rows: int, seed: int, weight: float, lag: int = 1) -> Array:
    """Draw r[t] = weight r[t - lag] + noise.

    The best forecast saves 1 - sqrt(1 - weight²) of naive's RMSE.
    """
    returns = noise(rows, seed)
    for row in range(lag, rows):
        returns[row] += weight * returns[row - lag]
    return returns


def threshold(rows: int, seed: int, weight: float) -> Array:
    """Draw r[t] = weight (|r[t - 1]| - its mean) + noise:
    no linear correlation, and yet a forecast."""
    returns = noise(rows, seed)
    for row in range(1, rows):
        returns[row] += weight * (abs(returns[row - 1]) - DAILY * np.sqrt(2 / np.pi))
    return returns


def garch(rows: int, seed: int, shock: float = 0.1, memory: float = 0.88) -> Array:
    """Draw GARCH(1,1) with normal shocks: the direction is unknown,
    the spread is not (Bollerslev 1986)."""
    shocks = np.random.default_rng(seed).standard_normal(rows)
    variance, returns = DAILY**2, np.empty(rows)
    for row in range(rows):
        returns[row] = np.sqrt(variance) * shocks[row]
        variance = (1 - shock - memory) * DAILY**2 + shock * returns[row] ** 2 + memory * variance
    return returns

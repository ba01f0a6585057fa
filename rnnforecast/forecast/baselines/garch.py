"""GARCH, GJR-GARCH and EGARCH with Student-t shocks: what a forecast of the spread must beat.

Parameters are fitted by ``arch``. What they say of a series is computed here, in NumPy alone, so
that a run can keep them as JSON and use them without ``arch``.

Example:
    >>> known = range(0, dataset.splits.learnable_stop)
    >>> parameters = GarchParameters.fit("gjr", dataset.closes, known)
    >>> scale = parameters.filter(dataset.closes)                      # (row,)
    >>> changes = parameters.quantiles(dataset.closes, origins, horizon=5)  # (window, step, level)
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from typing import Any, Literal, Self

import numpy as np
from pydantic import TypeAdapter

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Target
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import SMALLEST_VOLATILITY, UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.forecast.baselines.naive import change_unit
from rnnforecast.forecast.baselines.nodes import interpolated
from rnnforecast.forecast.baselines.shocks import (
    quantiles_of_draws,
    running_sums,
    shock_paths,
    shock_quantiles,
)
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import PRICE, VOLATILITY

Kind = Literal["garch", "gjr", "egarch"]
MODELS: dict[Kind, dict[str, Any]] = {
    "garch": {"vol": "GARCH", "o": 0, "dist": "t"},
    "gjr": {"vol": "GARCH", "o": 1, "dist": "t"},
    "egarch": {"vol": "EGARCH", "o": 1, "dist": "skewt"},
}
"""What each is called by ``arch``."""
NAMES: dict[Kind, str] = {
    "garch": "GARCH(1,1)-t",
    "gjr": "GJR-GARCH(1,1)-t",
    "egarch": "EGARCH(1,1) with a skewed t",
}
TOLERANCES = (1e-6, 1e-5)
"""Of the likelihood. Where alpha + beta nears 1, as with hourly prices, the finer one is never met:
the optimiser stands at the best parameters and finds no way on."""
KEPT_NODES = 256
"""Simulated nodes that are kept: a process that forecasts day after day meets the same again."""
MEAN_SHOCK = float(np.sqrt(2 / np.pi))
"""The mean absolute shock that EGARCH subtracts, as ``arch`` does: a Gaussian's."""


@dataclass(frozen=True)
class GarchParameters:
    """The parameters learned from the changes of a series.

    The change after row i is ``size * (mean + deviation_i * z)`` with z of unit variance. Its
    variance follows from the surprise e = change / size - mean before it::

        garch, gjr:  v_i = omega + (alpha + gamma * (e < 0)) * e**2 + beta * v_before
        egarch:      log v_i = omega + alpha * (|z| - MEAN_SHOCK) + gamma * z + beta * log v_before

    Args:
        kind: which of the models.
        unit: of the changes, ``log_return`` or ``difference``.
        size: standard deviation of the changes that taught; all else is in this unit.
        mean: of a change.
        omega, alpha, gamma, beta: of the variance; gamma is 0 for ``garch``.
        shape: degrees of freedom of the shocks, and their skew where they have one.
        first: the variance of the first change.

    Source: Bollerslev 1986; Glosten, Jagannathan & Runkle 1993; Nelson 1991; Hansen 1994.
    """

    kind: Kind
    unit: Target
    size: float
    mean: float
    omega: float
    alpha: float
    gamma: float
    beta: float
    shape: tuple[float, ...]
    first: float

    @classmethod
    def fit(
        cls,
        kind: Kind,
        closes: Array,
        rows: range,
        symbol: str = "a series",
        unit: Target = "log_return",
    ) -> Self:
        """Fit to the changes between some rows alone.

        Args:
            kind: which of the models.
            closes: (row,); none outside of ``rows`` is looked at.
            rows: that teach.
            symbol: whose closes they are, for messages.
            unit: of the changes.

        Raises:
            DataError: if the price does not move there, or the fit does not converge or gives
                variances that are zero or not finite.
        """
        changes = _changes(closes[rows.start : rows.stop], unit)
        size = float(changes.std())
        if not size > 0:
            raise DataError(f"{NAMES[kind]} cannot be fitted to {symbol}: its price does not move")
        fitted = _fit(kind, changes / size, symbol)
        surprises = changes / size - fitted["mu"]
        # The first variance is the one that ``arch`` calls backcast: RiskMetrics' weights over the
        # first 75 squared surprises.
        weights = 0.94 ** np.arange(min(75, len(surprises)))
        parameters = cls(
            kind, unit, size, fitted["mu"], fitted["omega"],
            fitted["alpha[1]"], fitted.get("gamma[1]", 0.0), fitted["beta[1]"],
            tuple(fitted[name] for name in ("nu", "eta", "lambda") if name in fitted),
            float(weights @ surprises[: len(weights)] ** 2 / weights.sum()),
        )  # fmt: skip
        parameters.filter(closes[rows.start : rows.stop])  # refuses what is zero or not finite
        return parameters

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "shape": list(self.shape)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return what ``to_dict`` wrote.

        Raises:
            ValueError: if it is something else.
        """
        parameters = TypeAdapter(cls).validate_python(values)
        numbers = [value for value in values.values() if isinstance(value, float)]
        if not np.isfinite([*numbers, *parameters.shape]).all():
            raise ValueError("a parameter is not finite")
        return parameters

    def filter(self, closes: Array) -> Array:
        """Return the standard deviation of the next change after every row, as known there.

        Args:
            closes: consecutive ones (row,); the older ones give the filter time to settle.

        Returns:
            (row,), in ``unit``.

        Raises:
            DataError: if a variance is zero or not finite.
        """
        return self.size * np.sqrt(self._variances(closes))

    def scale(self, closes: Array, horizon: int) -> Array:
        """Return the standard deviation of the change over each number of steps, at every row.

        Exact for ``garch`` and ``gjr``; of ``egarch`` by simulation.

        Returns:
            (row, step), in ``unit``.

        Raises:
            DataError: as ``filter``.
        """
        variances = self._variances(closes)
        if self.kind == "egarch":
            deviations = partial(self._deviations, horizon=horizon)
            return self.size * interpolated(deviations, variances)
        persistence = self.alpha + self.gamma / 2 + self.beta  # half of symmetric shocks are falls
        # The expected variance follows the same recursion; surprises do not correlate, so the
        # variance of their sum is the sum of their variances.
        steps, variance = [], variances
        for _ in range(horizon):
            steps.append(variance)
            variance = self.omega + persistence * variance
        return self.size * np.sqrt(np.cumsum(steps, axis=0).T)

    def quantiles(
        self, closes: Array, origins: Rows, horizon: int, *, volatility: bool = False
    ) -> Array:
        """Return quantiles of the changes after some rows.

        Args:
            closes: consecutive ones (row,).
            origins: rows of the last known closes (window,).
            horizon: steps ahead.
            volatility: whether of the root mean square of the changes, not of their sum.

        Returns:
            At LEVELS, in ``unit`` (window, step, level).

        Raises:
            DataError: if a variance is zero or not finite, or a quantile is not finite.
        """
        variances = self._variances(closes)[origins]
        simulated = partial(_kept_quantiles, self, horizon=horizon, volatility=volatility)
        with np.errstate(all="ignore"):  # what overflows is refused below
            quantiles = self.size * interpolated(simulated, variances)
        if not np.isfinite(quantiles).all():
            raise DataError(f"{NAMES[self.kind]} gives quantiles that are not finite")
        if volatility:
            return np.maximum(quantiles, SMALLEST_VOLATILITY)
        return quantiles + self.size * self.mean * np.arange(1, horizon + 1)[:, None]

    def _variances(self, closes: Array) -> Array:
        """Return the variance of the next change after every row (row,), in squares of ``size``.

        Raises:
            DataError: if one is zero or not finite, as where a jump of the price takes the
                exponential of EGARCH out of the range of floats.
        """
        surprises = _changes(closes, self.unit) / self.size - self.mean
        variances = np.empty(len(closes))
        variance = self.first
        with np.errstate(all="ignore"):  # what overflows is refused below
            # surprises[row] leads from this row to the next: its variance is known before it.
            for row, surprise in enumerate(surprises.tolist()):
                variances[row] = variance
                variance = float(self._next(variance, surprise))
        variances[-1] = variance
        usable = np.isfinite(variances) & (variances > 0)
        if not usable.all():
            row = int(np.flatnonzero(~usable)[0])
            raise DataError(
                f"{NAMES[self.kind]} gives the variance {variances[row]:g} in row {row}"
            )
        return variances

    def _next(self, variance: Any, surprise: Any) -> Any:
        """Return the variance after a surprise; of numbers or arrays."""
        if self.kind == "egarch":
            shock = surprise / np.sqrt(variance)
            news = self.alpha * (np.abs(shock) - MEAN_SHOCK) + self.gamma * shock
            return np.exp(self.omega + news + self.beta * np.log(variance))
        weight = self.alpha + self.gamma * (surprise < 0)
        return self.omega + weight * surprise**2 + self.beta * variance

    def _simulate(self, variance: float, shocks: Array) -> Array:
        """Return the surprises of coming steps from one variance (path, step)."""
        surprises, current = np.empty_like(shocks), np.full(len(shocks), variance)
        for step in range(shocks.shape[1]):
            surprises[:, step] = np.sqrt(current) * shocks[:, step]
            current = self._next(current, surprises[:, step])
        return surprises

    def _quantiles(self, variance: float, seed: int, horizon: int, volatility: bool) -> Array:
        """Return simulated quantiles from one variance, in ``size`` (step, level)."""
        surprises = self._simulate(variance, shock_paths(self.shape, horizon, seed))
        if volatility:
            squares = running_sums((surprises + self.mean) ** 2)
            return quantiles_of_draws(np.sqrt(squares / np.arange(1, horizon + 1)), LEVELS)
        reached = running_sums(surprises)
        reached -= reached.mean(axis=0)  # that of the model is 0
        quantiles = quantiles_of_draws(reached, LEVELS)
        if self.kind == "garch":  # symmetric, so the mirror images count as well
            quantiles = (quantiles - quantiles[:, ::-1]) / 2
        quantiles[0] = np.sqrt(variance) * shock_quantiles(LEVELS, self.shape)  # needs no paths
        return np.asarray(quantiles, float)

    def _deviations(self, variance: float, seed: int, horizon: int) -> Array:
        """Return standard deviations of simulated sums from one variance (step,)."""
        surprises = self._simulate(variance, shock_paths(self.shape, horizon, seed))
        return np.asarray(np.ascontiguousarray(running_sums(surprises)).std(axis=0), float)


_kept_quantiles = lru_cache(maxsize=KEPT_NODES)(GarchParameters._quantiles)


def _changes(closes: Array, unit: Target) -> Array:
    """Return the change that leads from each row to the next (row - 1,)."""
    return UNITS[unit].encode(closes[1:], closes[:-1])


def _fit(kind: Kind, changes: Array, symbol: str) -> dict[str, float]:
    """Fit by maximum likelihood to changes of unit size, and return the parameters by name."""
    from arch import arch_model  # takes two seconds to load

    model = arch_model(changes, mean="Constant", p=1, q=1, rescale=False, **MODELS[kind])
    for tolerance in TOLERANCES:
        with warnings.catch_warnings(action="ignore"):
            fitted = model.fit(disp="off", show_warning=False, options={"ftol": tolerance})
        if fitted.convergence_flag == 0 and np.isfinite(fitted.params).all():
            return {str(name): float(value) for name, value in fitted.params.items()}
    raise DataError(f"{NAMES[kind]} does not converge on {symbol} (flag {fitted.convergence_flag})")


def garch_quantiles(dataset: Dataset, origins: Rows, kind: Kind = "garch") -> Array:
    """Forecast by simulated paths around a constant drift.

    The parameters are fitted once to the changes before the test part; from each origin the
    variance is filtered up to that day.

    Args:
        dataset: whose closes are forecast.
        origins: rows of the last known closes (window,).
        kind: which of the models.

    Returns:
        Quantiles of prices, or of the volatility of the coming steps (window, step, level).

    Raises:
        DataError: as ``GarchParameters.fit``.
    """
    unit, splits, window = change_unit(dataset), dataset.splits, dataset.experiment.window
    closes = dataset.closes[splits.learnable_start :]
    rows = range(splits.learnable_stop - splits.learnable_start)
    parameters = GarchParameters.fit(kind, closes, rows, dataset.history.symbol, unit)
    volatility = window.quantity == VOLATILITY
    quantiles = parameters.quantiles(
        closes, origins - splits.learnable_start, window.horizon, volatility=volatility
    )
    if volatility:
        return quantiles
    return UNITS[unit].decode(quantiles, dataset.closes[origins][:, None, None])


TITLES: dict[Kind, str] = {"garch": "GARCH-t", "gjr": "GJR-t", "egarch": "EGARCH-skew-t"}
BASELINES = tuple(
    Baseline(kind, title, partial(garch_quantiles, kind=kind), (PRICE, VOLATILITY), costly=True)
    for kind, title in TITLES.items()
)

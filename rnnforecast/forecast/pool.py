"""The parts of a forecast besides the networks: filters whose quantiles are averaged with theirs.

Averages of forecasts are hard to beat: parts that err differently cancel some of their errors.
Equal weights won over weights chosen on validation. Parameters are plain numbers, so a run keeps
them as JSON and forecasts without the libraries that fitted them.

Source: Vincent 1912 and Lichtendahl et al. 2013 (averages of quantiles); Timmermann 2006.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import PoolPart
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.garch import GarchParameters
from rnnforecast.forecast.baselines.har import HarParameters
from rnnforecast.forecast.baselines.naive import change_unit
from rnnforecast.linear_algebra import one_thread

log = logging.getLogger(__name__)


class Part(Protocol):
    """A fitted filter: quantiles of prices from a history, without any network."""

    def quantiles(self, dataset: Dataset, origins: Rows) -> Array:
        """Return quantiles of prices (window, step, level)."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        ...


@dataclass(frozen=True)
class GjrPart:
    """GJR-GARCH with Student-t shocks: falls raise the volatility more than rises."""

    parameters: GarchParameters

    @classmethod
    def fit(cls, dataset: Dataset) -> GjrPart:
        """Fit to the rows that may teach."""
        splits = dataset.splits
        closes = dataset.closes[splits.learnable_start : splits.learnable_stop]
        symbol, unit = dataset.history.symbol, change_unit(dataset)
        return cls(GarchParameters.fit("gjr", closes, range(len(closes)), symbol, unit))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GjrPart:
        """Read what ``to_dict`` returned."""
        return cls(GarchParameters.from_dict(values))

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return self.parameters.to_dict()

    def quantiles(self, dataset: Dataset, origins: Rows) -> Array:
        """Return quantiles of prices (window, step, level)."""
        horizon = dataset.experiment.window.horizon
        changes = self.parameters.quantiles(dataset.closes, origins, horizon)
        last = dataset.closes[origins][:, None, None]
        return UNITS[self.parameters.unit].decode(changes, last)


@dataclass(frozen=True)
class HarPart:
    """A heterogeneous autoregression of ranges, with the shocks of the past."""

    parameters: HarParameters

    @classmethod
    def fit(cls, dataset: Dataset) -> HarPart:
        """Fit to the rows that may teach."""
        splits, horizon = dataset.splits, dataset.experiment.window.horizon
        rows = range(splits.learnable_start, splits.learnable_stop)
        return cls(HarParameters.fit(dataset.history, rows, horizon))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> HarPart:
        """Read what ``to_dict`` returned."""
        return cls(HarParameters.from_dict(values))

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as plain values."""
        return self.parameters.to_dict()

    def quantiles(self, dataset: Dataset, origins: Rows) -> Array:
        """Return quantiles of prices (window, step, level)."""
        changes = self.parameters.quantiles(dataset.history.bars, origins)
        prices: Array = dataset.closes[origins][:, None, None] * np.exp(changes)
        return prices


FIT: dict[PoolPart, Callable[[Dataset], Part]] = {"gjr": GjrPart.fit, "har": HarPart.fit}
"""How each part is fitted."""
READ: dict[str, Callable[[Mapping[str, Any]], Part]] = {
    "gjr": GjrPart.from_dict,
    "har": HarPart.from_dict,
}
"""How each part is read from JSON."""


def fit_parts(dataset: Dataset, *, strict: bool) -> tuple[dict[str, Part], dict[str, str]]:
    """Fit every part of the pool but the networks.

    Args:
        dataset: whose rows before the test part teach.
        strict: whether a part that cannot be fitted is an error; otherwise it is left out.

    Returns:
        The parts by name, and why others were left out.

    Raises:
        DataError: if ``strict`` and a part cannot be fitted.
    """
    parts, left_out = dict[str, Part](), dict[str, str]()
    for name in dataset.experiment.pool_parts:
        if name == "network":
            continue
        try:
            with one_thread():
                parts[name] = FIT[name](dataset)
        except DataError as error:
            if strict:
                remedy = f"leave {name} out: --set 'pool=[network]'"
                raise DataError(f"pool: {error.problem}", remedy) from None
            left_out[name] = error.problem
            log.warning("%s is left out of the pool: %s", name, error.problem)
    return parts, left_out


def read_parts(document: Mapping[str, Mapping[str, Any]]) -> dict[str, Part]:
    """Read the parts of a pool from JSON."""
    return {name: READ[name](values) for name, values in document.items()}


def average(quantiles: Sequence[Array]) -> Array:
    """Average distributions level by level, each with the same weight.

    Prices are averaged as logarithms where all are positive, so that halves and doubles cancel.

    Args:
        quantiles: of the same forecasts (window, step, level) each.

    Returns:
        (window, step, level).
    """
    stacked = np.stack(quantiles)
    if len(stacked) == 1:
        return np.asarray(stacked[0])
    if (stacked > 0).all():
        ratios = np.log(stacked / stacked[0]).mean(axis=0)  # so that no unit of price matters
        return np.asarray(stacked[0] * np.exp(ratios))
    return np.asarray(stacked.mean(axis=0))

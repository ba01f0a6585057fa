"""A pipeline on real prices: what it makes of them, and of the same prices with another future."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.audit.perturbations import FUTURES, SAME_ROWS, Prices
from rnnforecast.audit.pipeline import Pipeline
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.windows import Rows

SPREAD, NEIGHBOURS, LATE = 10, 6, 3
"""Rows after which the future is altered: over the whole history, side by side,
and in the test part."""
WINDOWS = 32
"""Windows before such a row that are compared."""

ROUNDING = 1e-9
"""Of a feature's standard deviation: BLAS, FFT and least squares round by less, a leak by more."""
SINGLE_ROUNDING = 1e-5
"""The same of a feature whose values are all numbers of 32 bits."""
UNSTEADY = 10
"""A feature that differs from call to call must move by so many times more to have seen
anything."""


def rounding(values: Array) -> float:
    """Return by how much a feature of the user's own may differ without having seen anything.

    Args:
        values: of the feature (row,).
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0
    with np.errstate(over="ignore"):  # beyond what 32 bits hold
        single = bool((finite.astype(np.float32) == finite).all())
    return (SINGLE_ROUNDING if single else ROUNDING) * float(finite.std())


def _columns(table: pd.DataFrame) -> list[tuple[str, Array]]:
    return [(str(name), table[name].to_numpy(float)) for name in table]


@dataclass(frozen=True, eq=False)
class Subject:
    """The subject of an audit.

    Args:
        pipeline: in parts.
        stored: the prices, as stored.
    """

    pipeline: Pipeline
    stored: Prices

    @cached_property
    def used(self) -> Prices:
        """The prices as used: cleaned and adjusted."""
        others = {
            symbol: self.pipeline.beside(other) for symbol, other in self.stored.others.items()
        }
        return Prices(self.pipeline.clean(self.stored.history), others)

    @cached_property
    def dataset(self) -> Dataset:
        """All that training and forecasting read."""
        return self.pipeline.dataset(self.used)

    @cached_property
    def scalers(self) -> Scalers:
        """The scalers that are learned from training rows."""
        return self.pipeline.scalers(self.dataset)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Unscaled inputs by date."""
        return self.pipeline.features(self.used)

    @cached_property
    def slack(self) -> Array:
        """By how much each input may differ without having seen anything (feature,).

        Not at all, but for rounding in features of the user's own, and for those that differ from
        call to call, which another check names.
        """
        again = self.pipeline.features(self.used)
        own = [
            rounding(values) if ".py:" in str(name) else 0.0
            for name, values in _columns(self.table)
        ]
        unsteady = [
            float(np.nanmax(np.abs(values - other), initial=0.0))
            for (_, values), (_, other) in zip(_columns(self.table), _columns(again), strict=True)
        ]
        slack: Array = np.maximum(own, UNSTEADY * np.array(unsteady))
        return slack

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Of the used bars (bar,)."""
        return self.used.dates

    @cached_property
    def cuts(self) -> Rows:
        """Rows after which the future of the features is altered."""
        rows = len(self.dates)
        middle = rows // 2
        spread = np.linspace(max(1, rows // SPREAD), rows - 2, SPREAD).astype(np.int64)
        return np.unique([*spread, *range(middle, min(rows - 1, middle + NEIGHBOURS))])

    @cached_property
    def late_cuts(self) -> Rows:
        """Origins of the test part after which the future is altered."""
        origins = self.dataset.splits.origins("test")
        rows: Rows = origins[
            np.linspace(min(WINDOWS, len(origins) - 1), len(origins) - 1, LATE).astype(int)
        ]
        return rows

    @cached_property
    def late(self) -> dict[tuple[int, str], Dataset]:
        """Datasets of other futures, by the row after which and how."""
        return {
            (int(row), name): self.other(int(row), name)
            for row in self.late_cuts
            for name in ("cut off", *SAME_ROWS)
        }

    def other(self, row: int, name: str) -> Dataset:
        """Return the dataset of another future after a row, cut into the same parts."""
        return self.settled(self.pipeline.dataset(self.used.with_future(row, FUTURES[name])))

    def settled(self, dataset: Dataset) -> Dataset:
        """Return a dataset in the same parts, with inputs that differ by no more than ``slack`` as
        they were, so that rounding in a feature is not found again in whatever is made of it."""
        before, after = self.dataset.features[: len(dataset.features)], dataset.features
        same = np.abs(after - before) <= self.slack
        return replace(
            dataset, features=np.where(same, before, after), given_splits=self.dataset.splits
        )

    def before(self, row: int) -> Rows:
        """Return the newest origins of the test part up to a row (window,)."""
        origins = self.dataset.splits.origins("test")
        return origins[origins <= row][-WINDOWS:]

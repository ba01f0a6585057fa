"""A pipeline on real prices: what it makes of them, and of the same prices with another future."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from rnnforecast.audit.perturbations import FUTURES, SAME_ROWS, Prices
from rnnforecast.audit.pipeline import Pipeline
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.windows import Rows

SPREAD, NEIGHBOURS, LATE = 10, 6, 3
"""Rows after which the future is altered: over the whole history, side by side, and in the test part."""
WINDOWS = 32
"""Windows before such a row that are compared."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What is audited.

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
        """What is learned from training rows about units."""
        return self.pipeline.scalers(self.dataset)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Unscaled inputs by date."""
        return self.pipeline.features(self.used)

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
        """The dataset of another future after a row, cut into the same parts."""
        dataset = self.pipeline.dataset(self.used.with_future(row, FUTURES[name]))
        return replace(dataset, given_splits=self.dataset.splits)

    def before(self, row: int) -> Rows:
        """The newest origins of the test part up to a row (window,)."""
        origins = self.dataset.splits.origins("test")
        return origins[origins <= row][-WINDOWS:]

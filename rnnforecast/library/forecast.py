"""A forecast as the library shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.errors import UsageError
from rnnforecast.forecast import forecaster
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.library.long_format import COVERAGES, forecast_columns
from rnnforecast.pipeline.trained_model import AnyForecast
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.report_data import Material


@dataclass(frozen=True, eq=False, repr=False)
class Forecast:
    """The forecast of one symbol: a predictive distribution for each coming session.

    A notebook shows it as a table.

    Args:
        value: quantiles, or probabilities of a rise, with their dates.
        dataset: that it was made from.
    """

    value: AnyForecast
    dataset: Dataset

    @property
    def symbol(self) -> str:
        """Whose prices."""
        return self.value.symbol

    @property
    def origin(self) -> pd.Timestamp:
        """Date of the last known bar."""
        return self.value.origin

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Dates of the coming sessions (step,)."""
        return self.value.dates

    @property
    def median(self) -> Array:
        """The value as likely to be exceeded as not (step,)."""
        return self._distribution().median

    @property
    def probability_up(self) -> Array:
        """The probability that each coming close lies above the last one (step,)."""
        if isinstance(self.value, forecaster.RiseProbability):
            return self.value.probabilities
        quantiles, last = self.value.quantiles, self.value.last
        return np.array([1 - np.interp(last, row, LEVELS, 0.0, 1.0) for row in quantiles])

    def quantile(self, level: float) -> Array:
        """Return what is exceeded with probability ``1 - level`` (step,).

        Between the levels that are kept, every percent and the ends of the 95 and 99 % intervals,
        quantiles are interpolated.

        Raises:
            UsageError: if the level lies outside 0.005 to 0.995, or a direction is forecast.
        """
        if not LEVELS[0] <= level <= LEVELS[-1]:
            raise UsageError(
                f"no quantile of level {level} is known", f"use {LEVELS[0]} to {LEVELS[-1]}"
            )
        return np.array([np.interp(level, LEVELS, row) for row in self._distribution().quantiles])

    def interval(self, coverage: float) -> tuple[Array, Array]:
        """Return the ends of the central prediction interval (step,) each.

        Args:
            coverage: of all outcomes, as 0.8.

        Raises:
            UsageError: if it lies outside 0 to 0.99, or a direction is forecast.
        """
        if not 0 < coverage <= LEVELS[-1] - LEVELS[0]:
            raise UsageError(
                f"no interval of coverage {coverage} is known", "use a share up to 0.99, as 0.8"
            )
        return self.quantile((1 - coverage) / 2), self.quantile((1 + coverage) / 2)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each step: date, median and the 80 and 95 % intervals.

        Of a direction: date and ``probability_up``.
        """
        return self.value.table().rename(columns={"rising": "probability_up"})

    def to_nixtla(self, coverages: Sequence[float] = COVERAGES) -> pd.DataFrame:
        """Return Nixtla's long format: ``unique_id, ds, rnnforecast, rnnforecast-lo-80``, ..."""
        columns = forecast_columns("rnnforecast", self._distribution().quantiles, coverages)
        return pd.DataFrame({"unique_id": self.symbol, "ds": self.dates, **columns})

    def plot(self) -> Figure:
        """Draw the newest bars and the forecast."""
        experiment = self.dataset.experiment
        material = Material(
            name=self.symbol,
            quantity=experiment.window.quantity,
            history=self.dataset.history,
            record={},
            config="",
            tables={"forecast": self.value.table().reset_index()},
            network=experiment.model.architecture,
        )
        return draw(chart_of(material, "forecast"))

    def __repr__(self) -> str:
        return f"Forecast({self.symbol} from {self.origin:%Y-%m-%d}, {len(self.dates)} steps)"

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(float_format=lambda value: f"{value:,.6g}"))

    def _distribution(self) -> forecaster.Forecast:
        if isinstance(self.value, forecaster.Forecast):
            return self.value
        raise UsageError("a direction has no quantiles, it is a probability", "use probability_up")

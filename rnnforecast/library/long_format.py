"""Nixtla's long format: ``unique_id, ds, y``, and forecasts as ``model``, ``model-lo-80``, ..."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from rnnforecast.arrays import Array
from rnnforecast.errors import DataError
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN, interval_positions

KEYS = ("unique_id", "ds", "cutoff", "y")
_BOUND = re.compile(r"(?P<model>.+)-(?P<side>lo|hi)-(?P<coverage>\d+(?:\.\d+)?)")
COVERAGES = (80, 95)
"""Central intervals that are written, in percent."""


def forecast_columns(
    name: str, quantiles: Array, coverages: Sequence[float] = COVERAGES
) -> dict[str, Array]:
    """Return a model's columns: its median, and the ends of its intervals.

    Args:
        name: of the model.
        quantiles: at LEVELS (row, level).
        coverages: of the intervals, in percent.
    """
    columns: dict[str, Array] = {name: quantiles[:, MEDIAN]}
    for coverage in coverages:
        try:
            low, high = interval_positions(coverage / 100)
        except AssertionError:
            raise DataError(
                f"no interval of {coverage} % is kept",
                "use whole percents that are even, or 95, 99",
            ) from None
        columns[f"{name}-lo-{coverage:g}"] = quantiles[:, low]
        columns[f"{name}-hi-{coverage:g}"] = quantiles[:, high]
    return columns


def to_long(backtest: pd.DataFrame, coverages: Sequence[float] = COVERAGES) -> pd.DataFrame:
    """Return a backtest as Nixtla's cross-validation writes it, a column for each model.

    Args:
        backtest: of ``backtest_table``.
        coverages: of the intervals, in percent.
    """
    groups = dict(list(backtest.groupby("model", sort=False)))
    first = next(iter(groups.values()))
    long = pd.DataFrame(
        {
            "unique_id": first["symbol"].to_numpy(),
            "ds": first["date"].to_numpy(),
            "cutoff": first["origin"].to_numpy(),
            "y": first["actual"].to_numpy(float),
        }
    )
    columns: dict[str, Array] = {}
    for name, rows in groups.items():
        columns |= forecast_columns(str(name), rows[QUANTILES].to_numpy(float), coverages)
    return long.assign(**columns)


@dataclass(frozen=True)
class ModelColumns:
    """The columns of a long frame that hold a model's forecasts.

    Args:
        name: of the model: its column of medians, or of points.
        levels: of the bounds, increasing, the median left out.
        columns: of the bounds, as ``levels``.
    """

    name: str
    levels: tuple[float, ...]
    columns: tuple[str, ...]

    def quantiles(self, frame: pd.DataFrame) -> Array:
        """Return quantiles at LEVELS (row, level).

        Between the levels that the model states, and beyond them, quantiles follow straight lines
        over normal scores; a model without intervals is a point, all of whose quantiles are equal.

        Raises:
            DataError: if bounds cross, or a value is missing.
        """
        levels = [*self.levels, 0.5]
        order = np.argsort(levels)
        known = np.asarray(levels)[order]
        values = frame[[*self.columns, self.name]].to_numpy(float)[:, order]
        if not np.isfinite(values).all():
            raise DataError(f"forecasts of {self.name} have missing values", "leave those rows out")
        if (np.diff(values, axis=1) < 0).any():
            row = int((np.diff(values, axis=1) < 0).any(axis=1).argmax())
            raise DataError(
                f"bounds of {self.name} cross in row {row} "
                f"({', '.join(f'{v:g}' for v in values[row])})",
                "sort them first",
            )
        if len(known) == 1:
            return np.repeat(values, len(LEVELS), axis=1)
        scores, wanted = ndtri(known), ndtri(LEVELS)
        right = np.clip(np.searchsorted(scores, wanted), 1, len(known) - 1)
        share = (wanted - scores[right - 1]) / (scores[right] - scores[right - 1])
        low, high = values[:, right - 1], values[:, right]
        quantiles: Array = low + share * (high - low)
        return quantiles


def models_in(frame: pd.DataFrame) -> dict[str, ModelColumns]:
    """Return the models of a long frame, by name, in order.

    Raises:
        DataError: if there is none.
    """
    bounds: dict[str, dict[float, str]] = {}
    names: list[str] = []
    for column in map(str, frame.columns):
        match = _BOUND.fullmatch(column)
        if match:
            half = float(match["coverage"]) / 200
            level = round(0.5 - half if match["side"] == "lo" else 0.5 + half, 6)
            bounds.setdefault(match["model"], {})[level] = column
        elif column not in (*KEYS, "index") and pd.api.types.is_numeric_dtype(frame[column]):
            names.append(column)
    models = {}
    for name in names:
        own = dict(sorted(bounds.get(name, {}).items()))
        models[name] = ModelColumns(name, tuple(own), tuple(own.values()))
    if not models:
        raise DataError(
            f"no forecasts among the columns ({', '.join(map(str, frame.columns))})",
            "name them as Nixtla does: unique_id, ds, cutoff, MODEL, MODEL-lo-80, MODEL-hi-80",
        )
    return models

"""Forecasts as tables for files: wide, long, or as Nixtla's libraries read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from rnnforecast.errors import UsageError
from rnnforecast.forecast.forecaster import Forecast, RiseProbability
from rnnforecast.forecast.quantile_levels import LEVELS

Layout = Literal["long", "wide", "nixtla"]
COVERAGES = (80.0, 95.0)
"""Central intervals that are written unless others are asked for, in percent."""


def parse_coverages(text: str | None) -> tuple[float, ...]:
    """Read the coverages of intervals, such as ``50,90``, in percent.

    Raises:
        UsageError: if one is no percentage between 0 and 99.
    """
    if text is None:
        return COVERAGES
    try:
        coverages = tuple(float(word) for word in text.replace("%", "").split(","))
    except ValueError:
        coverages = ()
    if coverages and all(0 < coverage < 1 for coverage in coverages):
        meant = ",".join(f"{100 * coverage:g}" for coverage in coverages)
        raise UsageError(f"--level {text} is below one percent", f"did you mean --level {meant}?")
    if not coverages or not all(0 < coverage <= 99 for coverage in coverages):
        raise UsageError(
            f"--level {text} is not a list of percentages up to 99",
            "write some, such as --level 50,90",
        )
    return tuple(sorted(set(coverages)))


def forecast_file_table(
    forecasts: Sequence[Forecast | RiseProbability], layout: Layout, coverages: Sequence[float]
) -> pd.DataFrame:
    """Return forecasts as one table.

    Args:
        forecasts: of one symbol each.
        layout: ``wide`` has a row for each session and a column for each bound; ``long`` a row for
            each session and quantile level; ``nixtla`` has ``unique_id``, ``ds``, ``cutoff``,
            ``rnnforecast`` and ``rnnforecast-lo-80``.
        coverages: of the central intervals, in percent.
    """
    tables = [_table(forecast, layout, coverages) for forecast in forecasts]
    return pd.concat(tables, ignore_index=True)


def _table(
    forecast: Forecast | RiseProbability, layout: Layout, coverages: Sequence[float]
) -> pd.DataFrame:
    if layout == "nixtla":
        keys = {"unique_id": forecast.symbol, "ds": forecast.dates, "cutoff": forecast.origin}
        names = ("rnnforecast", "rnnforecast-lo-{:g}", "rnnforecast-hi-{:g}")
    else:
        steps = np.arange(1, len(forecast.dates) + 1)
        keys = {
            "symbol": forecast.symbol, "origin": forecast.origin, "last": forecast.last,
            "step": steps, "date": forecast.dates,
        }  # fmt: skip
        names = ("median", "low_{:g}", "high_{:g}")
    frame = pd.DataFrame(keys)
    if isinstance(forecast, RiseProbability):
        name = "rnnforecast" if layout == "nixtla" else "probability_up"
        return frame.assign(**{name: forecast.probabilities})
    if layout == "long":
        return _long(frame, forecast, coverages)
    median, low, high = names
    columns = {median: forecast.median}
    for coverage in coverages:
        columns[low.format(coverage)] = _quantile(forecast, 0.5 - coverage / 200)
        columns[high.format(coverage)] = _quantile(forecast, 0.5 + coverage / 200)
    return frame.assign(**columns)


def _long(frame: pd.DataFrame, forecast: Forecast, coverages: Sequence[float]) -> pd.DataFrame:
    halves = [coverage / 200 for coverage in coverages]
    levels = sorted({0.5, *(round(0.5 - half, 6) for half in halves)} | {
        round(0.5 + half, 6) for half in halves
    })  # fmt: skip
    rows = [frame.assign(level=level, value=_quantile(forecast, level)) for level in levels]
    long = pd.concat(rows).sort_values(["step", "level"], ignore_index=True)
    return long


def _quantile(forecast: Forecast, level: float) -> np.ndarray:
    """Interpolate a quantile between the levels that are kept."""
    return np.array([np.interp(level, LEVELS, row) for row in forecast.quantiles])

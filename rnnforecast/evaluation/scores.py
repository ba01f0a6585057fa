"""Backtest to scores: one loss for each forecast first, then means of them, every one with its n."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from scoringrules import crps_quantile

from rnnforecast.config.experiment import Quantity
from rnnforecast.evaluation.walkforward import QUANTILES
from rnnforecast.forecast.quantiles import LEVELS, MEDIAN, PERCENTILES, interval_positions

COVERAGES = (0.80, 0.95)
COLUMNS = ["model", "step", "metric", "value", "low", "high", "n"]
"""Of a table of scores."""
PROPORTIONS = ("direction", "rose", *(f"coverage_{c:.2f}" for c in COVERAGES))
"""Metrics that are shares of forecasts, with a Wilson interval."""


@dataclass(frozen=True)
class Score:
    """One number of the report card.

    Args:
        value: of the metric.
        low: end of its 95 % interval, for shares.
        high: end of its 95 % interval, for shares.
        n: origins that it rests on.
    """

    value: float
    low: float
    high: float
    n: int


def lookup(scores: pd.DataFrame, step: int) -> dict[tuple[str, str], Score]:
    """The scores of one step (0 for all) by model and metric."""
    return {
        (row["model"], row["metric"]): Score(*(row[field.name] for field in fields(Score)))
        for row in scores[scores["step"] == step].to_dict("records")
    }


def losses(backtest: pd.DataFrame, quantity: Quantity = "price") -> pd.DataFrame:
    """The losses of each forecast.

    Args:
        backtest: as ``backtest_table`` makes it.
        quantity: what was forecast; a volatility has no direction, since that of one bar is mostly below its mean.

    Returns:
        the same rows with model, symbol, origin, step, date and
        absolute, squared: of the median's error, in price units;
        crps: from 99 percentiles, twice the mean pinball loss, in price units;
        coverage_*: whether the actual lies in the interval (1 or 0);
        direction: whether sign(median - last close) is sign(actual - last close); NaN where the
        forecast or the price does not move, since neither direction was forecast or came true;
        rose: whether the price rose, what always saying "up" would score; NaN where it does not move.
    """
    quantiles = backtest[QUANTILES].to_numpy(float)
    actual, last = backtest["actual"].to_numpy(float), backtest["last"].to_numpy(float)
    error = quantiles[:, MEDIAN] - actual
    forecast_move, move = np.sign(quantiles[:, MEDIAN] - last), np.sign(actual - last)
    table = backtest[["model", "symbol", "origin", "step", "date"]].assign(
        absolute=np.abs(error),
        squared=error**2,
        crps=crps_quantile(actual, quantiles[:, PERCENTILES], LEVELS[PERCENTILES]),
        direction=np.where(forecast_move * move == 0, np.nan, forecast_move == move),
        rose=np.where(move == 0, np.nan, move > 0),
    )
    if quantity != "price":
        table = table.drop(columns=["direction", "rose"])
    for coverage in COVERAGES:
        low, high = interval_positions(coverage)
        table[f"coverage_{coverage:.2f}"] = ((quantiles[:, low] <= actual) & (actual <= quantiles[:, high])).astype(
            float
        )
    return table


def summarise(table: pd.DataFrame, scale: float) -> pd.DataFrame:
    """Means over origins, for each model and step and over all steps.

    The steps of one path share their errors, so n counts origins, also where all steps are averaged.

    Args:
        table: of ``losses``.
        scale: mean absolute one-step change of the training closes, for the MASE.

    Returns:
        one row for each model, step (0 for all steps) and metric: value, low and high (95 % Wilson
        interval, for shares only), n.
    """
    rows = [
        {"model": model, "step": step, **row}
        for step, part in [(0, table), *table.groupby("step")]
        for model, group in part.groupby("model", sort=False)
        for row in _metrics(group.groupby("origin").mean(numeric_only=True), scale)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _metrics(group: pd.DataFrame, scale: float) -> list[dict[str, object]]:
    """Every metric of one model from its mean losses at each origin."""
    absolute, n = float(group["absolute"].mean()), len(group)
    means = {
        "mae": absolute,
        "rmse": float(np.sqrt(group["squared"].mean())),
        "mase": absolute / scale,
        "crps": float(group["crps"].mean()),
    }
    rows: list[dict[str, object]] = [{"metric": name, "value": value, "n": n} for name, value in means.items()]
    return rows + [{"metric": name, **wilson(group[name])} for name in PROPORTIONS if name in group]


def wilson(hits: pd.Series) -> dict[str, float]:
    """A share with its 95 % Wilson interval.

    Args:
        hits: 1 or 0, or shares of a path; NaN does not count.

    Returns:
        value, low, high and n; NaN where nothing counts.
    """
    counted = hits.dropna()
    if counted.empty:
        return {"value": np.nan, "low": np.nan, "high": np.nan, "n": 0}
    interval = binomtest(round(counted.sum()), len(counted)).proportion_ci(0.95, method="wilson")
    return {"value": float(counted.mean()), "low": interval.low, "high": interval.high, "n": len(counted)}

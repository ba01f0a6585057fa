"""Backtest to scores: one loss for each forecast first, then their means, each with its n."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from scoringrules import crps_quantile, interval_score

from rnnforecast.arrays import Array
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.metrics.classification import call_rows
from rnnforecast.evaluation.metrics.density import log_scores
from rnnforecast.evaluation.metrics.shares import with_shares
from rnnforecast.forecast.quantile_levels import (
    LEVELS,
    MEDIAN,
    PERCENTILES,
    interval_positions,
    position,
)
from rnnforecast.quantities import PRICE, Quantity

COVERAGES = (0.50, 0.80, 0.90, 0.95)
INTERVALS = (0.80, 0.95)
"""Coverages whose Winkler score is reported."""
TAILS = (0.05, 0.95)
"""Levels whose pinball loss is reported."""
COLUMNS = ["model", "step", "metric", "value", "low", "high", "n"]
"""Of a table of scores."""
PROPORTIONS = ("direction", "rose", *(f"coverage_{c:.2f}" for c in COVERAGES))
"""Metrics that are shares of forecasts, with an interval."""
PLAIN = {
    "mae": "absolute", "mse": "squared", "rmse": "squared", "crps": "crps",
    "crps_relative": "crps_relative", "log_score": "log_score",
    **{f"pinball_{level:.2f}": f"pinball_{level:.2f}" for level in TAILS},
    **{f"winkler_{coverage:.2f}": f"winkler_{coverage:.2f}" for coverage in INTERVALS},
}  # fmt: skip
"""Metrics that are means of a loss, and of which; of ``rmse`` the root of it."""


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
    """Return the scores of one step (0 for all) by model and metric."""
    return {
        (row["model"], row["metric"]): Score(*(row[field.name] for field in fields(Score)))
        for row in scores[scores["step"] == step].to_dict("records")
    }


def losses(backtest: pd.DataFrame, quantity: Quantity = PRICE) -> pd.DataFrame:
    """Compute the losses of each forecast.

    Args:
        backtest: as ``backtest_table`` makes it.
        quantity: what was forecast; a volatility has no direction, since that of one bar is mostly
            below its mean.

    Returns:
        the same rows with model, symbol, origin, step, date and
        absolute, squared, relative: of the median's error, in price units, and as a share of the
        actual;
        crps: ``crps_of_percentiles``, in price units;
        crps_relative: the same as a share of the last close, so that a day counts alike whatever
        the price was; absent where prices may not be positive;
        pinball_*: of one quantile; winkler_*: width of the interval, and 2 / (1 - coverage) times
        what it was missed by (Winkler 1972); log_score: minus the log density of the outcome, in
        nats; coverage_*: whether the actual lies in the interval (1 or 0);
        direction: whether sign(median - last close) is sign(actual - last close); NaN where the
        forecast or the price does not move, since neither direction was forecast or came true;
        rose: whether the price rose, what always saying "up" would score; NaN where it does not
        move;
        called: whether a rise was forecast; NaN where no move was.
    """
    quantiles = backtest[QUANTILES].to_numpy(float)
    actual, last = backtest["actual"].to_numpy(float), backtest["last"].to_numpy(float)
    error = quantiles[:, MEDIAN] - actual
    table = backtest[["model", "symbol", "origin", "step", "date"]].assign(
        absolute=np.abs(error),
        squared=error**2,
        relative=np.abs(error) / np.where(actual == 0, np.nan, np.abs(actual)),
        crps=crps_of_percentiles(actual, quantiles[:, PERCENTILES]),
        log_score=log_scores(quantiles, actual),
    )
    if quantity.has_direction and (last > 0).all():
        table["crps_relative"] = table["crps"] / last
    for level in TAILS:
        miss = actual - quantiles[:, position(level)]
        table[f"pinball_{level:.2f}"] = np.maximum(level * miss, (level - 1) * miss)
    for coverage in COVERAGES:
        low, high = (quantiles[:, end] for end in interval_positions(coverage))
        table[f"coverage_{coverage:.2f}"] = ((low <= actual) & (actual <= high)).astype(float)
        if coverage in INTERVALS:
            table[f"winkler_{coverage:.2f}"] = interval_score(actual, low, high, 1 - coverage)
    if quantity.has_direction:
        forecast_move, move = np.sign(quantiles[:, MEDIAN] - last), np.sign(actual - last)
        table["direction"] = np.where(forecast_move * move == 0, np.nan, forecast_move == move)
        table["rose"] = np.where(move == 0, np.nan, move > 0)
        table["called"] = np.where(forecast_move == 0, np.nan, forecast_move > 0)
    return table


def crps_of_percentiles(actual: Array, percentiles: Array) -> Array:
    """Compute the continuous ranked probability score from 99 percentiles (forecast,).

    It is twice the integral of the pinball loss over the levels from 0 to 1, here by the
    trapezoidal rule with steps of 1/100, where the first and the last percentile stand for the ends
    of the distribution: for a forecast with a closed form it is within 0.2 % of it, and for
    a point it is the absolute error.

    Args:
        actual: what came (forecast,).
        percentiles: of the forecast, from the 1st to the 99th (forecast, 99).

    Example:
        >>> import numpy as np
        >>> float(crps_of_percentiles(np.array([3.0]), np.full((1, 99), 1.0))[0])
        2.0

    Source: Matheson & Winkler, Management Science 22 (1976); Gneiting & Raftery, Journal of the
        American Statistical Association 102 (2007).
    """
    steps = percentiles.shape[1] + 1
    # crps_quantile is the mean of twice the pinball losses, so this is their sum. The two ends of
    # the trapezoidal rule count half: there the loss is how far the outcome lies below the first
    # percentile (level 0) or above the last (level 1).
    inner = (steps - 1) * crps_quantile(actual, percentiles, LEVELS[PERCENTILES])
    outside = np.maximum(percentiles[:, 0] - actual, 0) + np.maximum(actual - percentiles[:, -1], 0)
    scores: Array = (inner + outside) / steps
    return scores


def summarise(
    table: pd.DataFrame, scale: float, root_scale: float | None = None, *, mape: bool = False
) -> pd.DataFrame:
    """Average over origins, for each model and step and over all steps.

    The steps of one path share their errors, so n counts origins, also where all steps are
    averaged.

    Args:
        table: of ``losses``.
        scale: mean absolute one-step change of the training closes, for the MASE (Hyndman &
            Koehler 2006).
        root_scale: root mean square of these changes, for the RMSSE.
        mape: whether to tell the mean absolute error as a share of the price as well.

    Returns:
        one row for each model, step (0 for all steps) and metric: value, low and high (95 %
        interval, for shares only), n.
    """
    scales = {"mase": ("absolute", scale), "rmsse": ("squared", root_scale)}
    scales |= {"mape": ("relative", 1.0)} if mape else {}
    rows: list[dict[str, object]] = []
    hits: dict[int, pd.Series] = {}
    horizons: dict[int, int] = {}
    last = int(table["step"].max())
    for step, part in [(0, table), *table.groupby("step")]:
        for model, group in part.groupby("model", sort=False):
            means = group.drop(columns="step").groupby("origin").mean(numeric_only=True)
            named = {"model": model, "step": step}
            rows += [named | row for row in _means(means, scales)]
            for metric in (name for name in PROPORTIONS if name in means):
                # The share is filled in later, in the row that is appended next. Paths (step 0)
                # overlap as far as their last step.
                hits[len(rows)], horizons[len(rows)] = means[metric], int(step) or last
                rows.append(named | {"metric": metric})
            if "called" in group:
                rows += [named | row for row in call_rows(group, int(step) or last)]
    return pd.DataFrame(with_shares(rows, hits, horizons), columns=COLUMNS)


def _means(
    means: pd.DataFrame, scales: Mapping[str, tuple[str, float | None]]
) -> Iterator[dict[str, object]]:
    """Yield every metric of one model that is the mean of a loss, at one step or over all."""
    for metric, loss in PLAIN.items():
        if loss in means:
            yield {"metric": metric, "value": _mean(means[loss], metric), "n": len(means)}
    for metric, (loss, scale) in scales.items():
        if scale is not None:
            value = _mean(means[loss], metric) / scale
            yield {"metric": metric, "value": value, "n": len(means)}


def _mean(values: pd.Series, metric: str) -> float:
    """Return a mean, or its root where the metric is that of squares."""
    mean = float(values.mean())
    return math.sqrt(mean) if metric.startswith("rms") else mean

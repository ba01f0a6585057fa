"""HAR on ranges: a regression of the coming volatility on highs, lows and gaps of the past.

The conditional scale is direct at each number of steps; the distribution around it is that of the
standardised past (filtered historical simulation). Everything is NumPy and least squares, and the
parameters are plain numbers, so that a run can keep them as JSON.

Example:
    >>> known = range(0, dataset.splits.learnable_stop)
    >>> parameters = HarParameters.fit(dataset.history, known, horizon=5)
    >>> scale = parameters.scale(dataset.history.bars)                  # (row, step)
    >>> changes = parameters.quantiles(dataset.history.bars, origins)   # (window, step, level)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.data.bars import OHLC
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.indicators import overnight_gap
from rnnforecast.dataset.targets import SMALLEST_VOLATILITY, future_values, target_paths
from rnnforecast.dataset.volatility import closes_end_bars, garman_klass, log_return
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import PRICE, VOLATILITY

SPANS = (1, 5, 22)
"""Bars whose mean variances are read: a day, a week and a month of sessions."""
DECAY = 0.94
"""Of the exponentially weighted variance of the closes."""
FLOOR = 0.05
"""The least deviation of a bar, as a share of the mean absolute change: logs need one."""
FLAT = 0.5
"""More bars without a range than this share, and there is nothing to read from them."""
FEWEST = 100
"""Rows that a regression needs."""


@dataclass(frozen=True)
class HarParameters:
    """The parameters learned from ranges and the changes that follow them.

    With v the variance of a bar from its range, body and opening gap, the logarithm of the sum of
    the coming ``step`` values of v is a linear function of log v, of the logs of its means over 5
    and 22 bars, of the log of the exponentially weighted variance of closes, and of the newest
    fall in deviations (the leverage effect).

    Args:
        weights: of the constant and the five inputs at each step (step, 6).
        spread: quantiles at LEVELS of log changes of the past, divided by the scale (step, level).
        ratios: quantiles at LEVELS of volatilities of the past, divided by the scale of a bar
            (step, level).
        floor: the least variance of a bar.

    Source: Corsi, Journal of Financial Econometrics 7 (2009); Garman & Klass, Journal of Business
    53 (1980); Barone-Adesi, Giannopoulos & Vosper, Journal of Futures Markets 19 (1999).
    """

    weights: tuple[tuple[float, ...], ...]
    spread: tuple[tuple[float, ...], ...]
    ratios: tuple[tuple[float, ...], ...]
    floor: float

    @classmethod
    def fit(cls, history: PriceHistory, rows: range, horizon: int) -> Self:
        """Fit to some rows alone.

        Args:
            history: bars with open, high and low.
            rows: that teach; no other is looked at.
            horizon: steps ahead.

        Raises:
            DataError: if there are no ranges to read, or too few rows.
        """
        bars = history.bars.iloc[rows.start : rows.stop]
        _require_ranges(bars, history.symbol)
        closes = bars["close"].to_numpy(float)
        floor = (FLOOR * float(np.abs(np.log(closes[1:] / closes[:-1])).mean())) ** 2
        if not floor > 0:
            raise DataError(f"HAR cannot be fitted to {history.symbol}: its price does not move")
        if not closes_end_bars(bars[bars["high"] > bars["low"]].dropna()):
            raise DataError(
                f"HAR is not applicable to {history.symbol}: its closes do not end their bars, so "
                "highs and lows come after them"
            )
        inputs, variances = _inputs(bars, floor), bar_variances(bars, floor)
        usable = np.isfinite(inputs).all(axis=1)
        changes = target_paths(closes, horizon, "log_return")
        volatilities = future_values(closes, horizon, VOLATILITY)
        weights, spread, ratios = [], [], []
        for step in range(1, horizon + 1):
            # Corsi 2009, in logs and direct: log of the summed variance of rows t + 1 to
            # t + step on what is known at t.
            ahead = np.full(len(bars), np.nan)
            ahead[:-step] = np.lib.stride_tricks.sliding_window_view(variances[1:], step).sum(
                axis=1
            )
            taught = usable & np.isfinite(ahead)
            if taught.sum() < FEWEST:
                raise DataError(
                    f"HAR needs {FEWEST} rows to learn from, {history.symbol} has {taught.sum()}"
                )
            line, *_ = np.linalg.lstsq(inputs[taught], np.log(ahead[taught]), rcond=None)
            # half the log of a variance is the log of a deviation
            standard = changes[taught, step - 1] / np.exp(inputs[taught] @ line / 2)
            if not 0 < standard.std() < np.inf:
                raise DataError(
                    f"HAR cannot be fitted to {history.symbol}: its changes over {step} steps have "
                    f"the deviation {standard.std():g}"
                )
            line[0] += 2 * np.log(standard.std())  # so that the scale is a standard deviation
            scale = np.exp(inputs[taught] @ line / 2)
            weights.append(tuple(map(float, line)))
            spread.append(_levels(changes[taught, step - 1] / scale))
            # the scale of one bar is that of the whole change over sqrt(step)
            ratios.append(_levels(volatilities[taught, step - 1] * np.sqrt(step) / scale))
        return cls(tuple(weights), tuple(spread), tuple(ratios), floor)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return what ``to_dict`` wrote, or what JSON made of it."""
        tables = {
            name: tuple(tuple(map(float, row)) for row in values[name])
            for name in ("weights", "spread", "ratios")
        }
        return cls(**tables, floor=float(values["floor"]))

    def filter(self, bars: pd.DataFrame) -> Array:
        """Return the standard deviation of the next log change after every row (row,)."""
        return self.scale(bars)[:, 0]

    def scale(self, bars: pd.DataFrame) -> Array:
        """Return the standard deviation of the log change over each number of steps.

        Args:
            bars: consecutive ones with open, high, low and close.

        Returns:
            As known at every row (row, step); NaN in the first rows, before a month is known.
        """
        inputs = _inputs(bars, self.floor)
        return np.asarray(np.exp(inputs @ np.array(self.weights).T / 2), float)

    def quantiles(self, bars: pd.DataFrame, origins: Rows, *, volatility: bool = False) -> Array:
        """Return quantiles of log changes after some rows.

        Args:
            bars: consecutive ones with open, high, low and close.
            origins: rows of the last known closes (window,).
            volatility: whether of the root mean square of the changes, not of their sum.

        Returns:
            At LEVELS (window, step, level).
        """
        scale = self.scale(bars)[origins]
        if volatility:
            per_bar = scale / np.sqrt(np.arange(1, scale.shape[1] + 1))
            quantiles = np.maximum(per_bar[..., None] * np.array(self.ratios), SMALLEST_VOLATILITY)
        else:
            quantiles = scale[..., None] * np.array(self.spread)
        return np.asarray(quantiles, float)


def bar_variances(bars: pd.DataFrame, floor: float) -> Array:
    """Return the variance of each bar from its range, body and opening gap (row,).

    A bar without a range (high equals low) says no more than its closes do: there it is the
    squared change of the close.
    """
    body = garman_klass(bars, 1).to_numpy(float) ** 2
    gap = overnight_gap(bars, 1).to_numpy(float) ** 2
    change = log_return(bars).to_numpy(float) ** 2
    flat = bars["high"].to_numpy(float) <= bars["low"].to_numpy(float)
    variances = np.where(flat | ~np.isfinite(body), change, body + np.nan_to_num(gap))
    return np.asarray(np.maximum(np.nan_to_num(variances), floor), float)


def _inputs(bars: pd.DataFrame, floor: float) -> Array:
    """Return the constant and the five inputs of the regression (row, 6);
    NaN until a month is known."""
    inputs = np.ones((len(bars), 3 + len(SPANS)))
    variances = pd.Series(bar_variances(bars, floor))
    changes = pd.Series(log_return(bars).to_numpy(float))
    for column, span in enumerate(SPANS, start=1):
        mean = variances.rolling(span).mean()
        inputs[:, column] = np.log(mean)
    weighted = (changes**2).fillna(0.0).ewm(alpha=1 - DECAY, adjust=False).mean() + floor
    inputs[:, -2] = np.log(weighted)
    # A fall counts in deviations of the last month, so that one weight serves calm and wild times.
    inputs[:, -1] = -np.minimum(changes.fillna(0.0), 0) / np.sqrt(mean)
    return inputs


def _levels(values: Array) -> tuple[float, ...]:
    return tuple(map(float, np.quantile(values, LEVELS)))


def _require_ranges(bars: pd.DataFrame, symbol: str) -> None:
    """Refuse bars that hold no ranges.

    Raises:
        DataError: with the reason.
    """
    if missing := [name for name in OHLC if name not in bars]:
        raise DataError(f"HAR is not applicable to {symbol}: its bars have no {', '.join(missing)}")
    prices = bars[list(OHLC)].to_numpy(float)
    if not (prices[np.isfinite(prices)] > 0).all():
        raise DataError(f"HAR is not applicable to {symbol}: not all of its prices are positive")
    flat = float((~(bars["high"] > bars["low"])).mean())
    if flat > FLAT:
        raise DataError(
            f"HAR is not applicable to {symbol}: {flat:.0%} of its bars have no range".replace(
                "%", " %"
            )
        )


def har_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast by HAR on ranges, fitted once to the rows before the test part.

    Args:
        dataset: whose prices or volatilities are forecast.
        origins: rows of the last known closes (window,).

    Returns:
        Quantiles of prices, or of the volatility of the coming steps (window, step, level).

    Raises:
        DataError: as ``HarParameters.fit``, or if a deviation is zero or not finite.
    """
    splits, window, history = dataset.splits, dataset.experiment.window, dataset.history
    parameters = HarParameters.fit(
        history, range(splits.learnable_start, splits.learnable_stop), window.horizon
    )
    volatility = window.quantity == VOLATILITY
    with np.errstate(over="ignore"):  # what overflows is refused below
        scale = parameters.scale(history.bars)[origins]
    if not (np.isfinite(scale) & (scale > 0)).all():
        raise DataError(f"HAR gives {history.symbol} deviations that are zero or not finite")
    quantiles = parameters.quantiles(history.bars, origins, volatility=volatility)
    if volatility:
        return quantiles
    return np.asarray(dataset.closes[origins][:, None, None] * np.exp(quantiles), float)


BASELINES = (Baseline("har", "HAR on ranges", har_quantiles, (PRICE, VOLATILITY)),)

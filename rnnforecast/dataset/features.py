"""From bars to inputs: the features that the config names, of the symbol and of others beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.experiment import Window
from rnnforecast.config.features import own_feature, parse_feature
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sessions import closing_times
from rnnforecast.dataset.custom_features import own_series
from rnnforecast.dataset.indicators import INDICATORS
from rnnforecast.errors import DataError

LOGS = (
    "log_close", "log_return", "abs_log_return", "overnight_gap", "parkinson", "garman_klass", "realised_volatility",
    "ewma_volatility", "sma_distance", "ema_distance", "rate_of_change", "negative_return", "intraday_return",
    "rogers_satchell", "yang_zhang", "log_volatility", "log_ewma_volatility", "log_range_volatility",
)  # fmt: skip
"""Features that need positive prices."""


def feature_names(window: Window, exogenous: Sequence[str]) -> tuple[str, ...]:
    """The columns of the inputs: ``log_return``, ``^VIX:log_return``, ..."""
    others = (f"{symbol}:{name}" for symbol in exogenous for name in window.exogenous_features)
    return (*window.features, *others)


def feature_table(history: PriceHistory, names: Sequence[str]) -> pd.DataFrame:
    """The inputs of every row.

    Args:
        history: bars, already adjusted as wanted.
        names: of the features.

    Returns:
        values by date, a column for each name; the first rows may be NaN while a feature has too little past.

    Raises:
        DataError: if a log is asked of a price that is not positive, the bars lack a column, or a feature of the
            user's own fails.
    """
    columns = {}
    for name in names:
        with np.errstate(divide="ignore", invalid="ignore"):
            columns[name] = (
                own_series(name, history.bars) if own_feature(name) else _indicator(name, history)
            )
    return pd.DataFrame(columns).replace([np.inf, -np.inf], np.nan)


def _indicator(name: str, history: PriceHistory) -> pd.Series:
    """One of the package's own features."""
    kind, window = parse_feature(name)
    if kind in LOGS:
        require_positive(history)
    try:
        return INDICATORS[kind](history.bars, window)
    except KeyError as error:
        has = ", ".join(map(str, history.bars.columns[:8]))
        raise DataError(
            f"feature {name} needs {error}, {history.symbol} has {has}", "drop that feature"
        ) from None


def with_exogenous(
    table: pd.DataFrame,
    history: PriceHistory,
    others: Mapping[str, PriceHistory],
    names: Sequence[str],
) -> pd.DataFrame:
    """Add the features of other series, as they were known when each row's bar closed.

    A bar is known at its session's close, so of an exchange that closes later the day before counts.

    Args:
        table: inputs of the symbol by date.
        history: the symbol's.
        others: other histories by symbol.
        names: the features of each of them.

    Returns:
        the same rows, with columns ``SYMBOL:feature``.
    """
    closes = pd.DataFrame({"known": closing_times(history)}, index=table.index)
    for symbol, other in others.items():
        values = feature_table(other, names).add_prefix(f"{symbol}:")
        values["known"] = closing_times(other)
        joined = pd.merge_asof(closes, values.sort_values("known"), on="known")
        table = table.join(joined.drop(columns="known").set_axis(table.index))
    return table


def first_usable(table: pd.DataFrame, history: PriceHistory) -> int:
    """The first row at which every feature is known.

    Args:
        table: values of the features by date.
        history: whose rows they are, for the message.

    Raises:
        DataError: if a value is missing after that row.
    """
    known: NDArray[np.bool_] = np.isfinite(table.to_numpy(float))
    never = [name for name, column in zip(table.columns, known.T, strict=True) if not column.any()]
    if never:
        raise DataError(
            f"feature {never[0]} of {history.symbol} has no value at all", "fetch more, or drop it"
        )
    first = int(known.argmax(axis=0).max())
    if not known[first:].all():
        row, column = np.argwhere(~known[first:])[0]
        raise DataError(
            f"feature {table.columns[column]} of {history.symbol} has no value on "
            f"{history.dates[first + row]:%Y-%m-%d}",
            "drop that bar or that feature",
        )
    return first


def require_positive(history: PriceHistory) -> None:
    """Logs need positive prices.

    Raises:
        DataError: naming the first price that is not.
    """
    close = history.bars["close"]
    bad = close[close <= 0]
    if len(bad):
        raise DataError(
            f"{history.symbol} is {bad.iloc[0]:g} on {bad.index[0]:%Y-%m-%d}, and log returns need positive prices",
            "use --set window.target=difference --set 'window.features=[difference, abs_difference]'",
        )

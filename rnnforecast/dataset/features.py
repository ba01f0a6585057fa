"""From bars to inputs: the features that the config names,
of the symbol and of others beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment, Window
from rnnforecast.config.features import MARKET_INPUTS, own_feature, parse_feature
from rnnforecast.data.calendars import calendar
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import closing_times
from rnnforecast.data.intervals import offset
from rnnforecast.dataset.custom_features import own_series
from rnnforecast.dataset.indicators import INDICATORS
from rnnforecast.dataset.windows import bars_needed
from rnnforecast.errors import DataError

MARKET = "market"
"""The series that ``data.market`` is, beside those of ``data.exogenous``."""
STALE = 3
"""Sessions of another series without a bar after which its last values are no longer used."""
LOGS = (
    "log_close", "log_return", "abs_log_return", "overnight_gap", "parkinson", "garman_klass",
    "realised_volatility", "ewma_volatility", "sma_distance", "ema_distance", "rate_of_change",
    "negative_return", "intraday_return", "rogers_satchell", "yang_zhang", "log_volatility",
    "log_ewma_volatility", "log_range_volatility",
)  # fmt: skip
"""Features that need positive prices."""


def feature_names(window: Window, exogenous: Sequence[str]) -> tuple[str, ...]:
    """Name the columns of the inputs: ``log_return``, ``^VIX:log_return``, ...

    Args:
        window: with its features resolved.
        exogenous: symbols beside the forecast one.

    Returns:
        one name for each column of the inputs, in their order.
    """
    others = (f"{symbol}:{name}" for symbol in exogenous for name in window.exogenous_features)
    return (*window.features, *others)


def feature_table(history: PriceHistory, names: Sequence[str]) -> pd.DataFrame:
    """Compute the inputs of every row.

    Args:
        history: bars, already adjusted as wanted.
        names: of the features.

    Returns:
        values by date, a column for each name; the first rows may be NaN while a feature has too
        little past.

    Raises:
        DataError: if a log is asked of a price that is not positive, the bars lack a column, or a
            feature of the user's own fails.
    """
    columns = {}
    for name in names:
        with np.errstate(divide="ignore", invalid="ignore"):
            columns[name] = (
                own_series(name, history.bars) if own_feature(name) else _indicator(name, history)
            )
    table = pd.DataFrame(columns)
    values = table.to_numpy(float)
    return pd.DataFrame(np.where(np.isinf(values), np.nan, values), table.index, table.columns)


def _indicator(name: str, history: PriceHistory) -> pd.Series:
    """Compute one of the package's own features."""
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


@lru_cache(maxsize=256)
def columns_read(name: str) -> tuple[str, ...]:
    """Return those of open, high and low that a feature cannot do without; none for a feature of
    the user's own, whose needs are not known."""
    if own_feature(name):
        return ()
    kind, window = parse_feature(name)
    dates = pd.date_range("2024-01-01", periods=3, name="date")
    bars = pd.DataFrame(1.0, index=dates, columns=["open", "high", "low", "close", "volume"])
    read = []
    for column in ("open", "high", "low"):
        try:
            INDICATORS[kind](bars.drop(columns=column), window)
        except KeyError:
            read.append(column)
    return tuple(read)


def rows_before(names: Sequence[str]) -> tuple[int, str]:
    """Return how many bars pass before every feature has a value,
    and the feature that takes longest.

    Features of the user's own do not count: nobody knows how much past they need.

    Args:
        names: of the features.
    """
    rows = {name: _rows_before(name) for name in names if not own_feature(name)}
    slow = max(rows, key=lambda name: rows[name], default="")
    return rows.get(slow, 0), slow


@lru_cache(maxsize=256)
def _rows_before(name: str) -> int:
    """Count the bars of a moving series that pass before a feature has its first value."""
    kind, window = parse_feature(name)
    count = 4 * max(window, 10) + 20
    # It moves at every bar and has no period, so that values are missing for want of past alone.
    closes = 100 + np.sin(np.arange(count) * 1.7)
    edges = {"open": closes - 0.1, "high": closes + 0.3, "low": closes - 0.3, "close": closes}
    bars = pd.DataFrame(
        {**edges, "volume": 1000 + np.cos(np.arange(count))},
        index=pd.date_range("2024-01-01", periods=count, name="date"),
    )
    known = np.isfinite(INDICATORS[kind](bars, window).to_numpy(float))
    return int(known.argmax())


def require_enough(experiment: Experiment, history: PriceHistory) -> None:
    """Refuse a history that ends before every feature of it has its first value.

    Args:
        experiment: with its features resolved.
        history: as used.

    Raises:
        DataError: saying how many bars there are, and about how many are needed.
    """
    window, split = experiment.window, experiment.split
    first, slow = rows_before(window.features)
    if first < len(history):
        return
    needed = bars_needed(
        first + window.lookback - 1, window.horizon,
        validation=split.validation, test=split.test, purge=split.purge, embargo=split.embargo,
    )  # fmt: skip
    raise DataError(
        f"{history.symbol} has {len(history)} bars, too few: {slow} begins at bar {first + 1}, "
        f"and about {needed} bars are needed with a lookback of {window.lookback} and a horizon "
        f"of {window.horizon}",
        "fetch more, or import a longer file",
    )


def with_exogenous(
    table: pd.DataFrame,
    history: PriceHistory,
    others: Mapping[str, PriceHistory],
    names: Sequence[str],
) -> pd.DataFrame:
    """Add the features of other series, as they were known when each row's bar closed.

    Args:
        table: inputs of the symbol by date.
        history: the symbol's.
        others: other histories by symbol.
        names: the features of each of them.

    Returns:
        the same rows, with columns ``SYMBOL:feature``, as ``with_known`` adds them.
    """
    for other in others.values():
        table = with_known(table, history, other, feature_table(other, names))
    return table


def with_known(
    table: pd.DataFrame, history: PriceHistory, other: PriceHistory, values: pd.DataFrame
) -> pd.DataFrame:
    """Add values of another series, as they were known when each row's bar closed.

    A bar is known at its session's close, so of an exchange that closes later the day before
    counts.

    Args:
        table: inputs of the symbol by date.
        history: the symbol's.
        other: the other series.
        values: of the other series' bars, one row for each.

    Returns:
        the same rows, with columns ``SYMBOL:value``; NaN where the newest known bar of the other
        series lies more than ``STALE`` of its own sessions back.
    """
    finished, closes = closing_times(other).asi8, closing_times(history)
    order = np.argsort(finished, kind="stable")
    # At each close of ours, the newest bar of the other series that was known by then; -1 is none.
    place = finished[order].searchsorted(closes.asi8, side="right") - 1
    row = np.where(place < 0, -1, order[place])
    taken = values.to_numpy(float)[row]
    taken[(row < 0) | _stale(other, row, closes)] = np.nan
    names = [f"{other.symbol}:{name}" for name in values]
    return pd.concat([table, pd.DataFrame(taken, index=table.index, columns=names)], axis=1)


def _stale(
    other: PriceHistory, row: NDArray[np.int64], known: pd.DatetimeIndex
) -> NDArray[np.bool_]:
    """Say whether too many sessions of another series have passed without a bar of it.

    Args:
        other: the other series.
        row: its newest bar at each close of ours.
        known: these closes, in UTC.
    """
    days = other.dates.tz_localize(None)
    asked = known.tz_localize(None).normalize()
    newest = pd.DatetimeIndex(days[row]).normalize()
    if other.interval == "1d" or other.intraday:
        sessions = calendar(other.sessions, days[0]).sessions(days[0].normalize(), asked[-1])
        # The number of sessions strictly between the newest bar and the day that is asked for.
        behind = sessions.searchsorted(asked) - sessions.searchsorted(newest, side="right")
        return np.asarray(behind > STALE, bool)
    limit = pd.DatetimeIndex(newest + (STALE + 1) * offset(other.interval))
    return np.asarray(asked > limit, bool)


def input_table(
    experiment: Experiment, history: PriceHistory, exogenous: Mapping[str, PriceHistory]
) -> pd.DataFrame:
    """Return the inputs of every bar by date, including those of other series.

    Args:
        experiment: which features.
        history: as used.
        exogenous: as stored.
    """
    table = feature_table(history, experiment.window.features)
    adjusted = experiment.data.price == "adjusted"
    others = {
        symbol: other.adjusted() if adjusted else other
        for symbol, other in exogenous.items()
        if symbol != MARKET
    }
    table = with_exogenous(table, history, others, experiment.window.exogenous_features)
    if experiment.data.market_members:
        market = exogenous.get(MARKET)
        if market is None:
            raise DataError(
                f"the market that {history.symbol} is forecast with is not there",
                "fetch the symbols of data.market, or --set data.market=[]",
            )
        table = with_known(table, history, market, market.bars[list(MARKET_INPUTS)])
    return table


def first_usable(table: pd.DataFrame, history: PriceHistory) -> int:
    """Return the first row at which every feature is known.

    Args:
        table: values of the features by date.
        history: whose rows they are, for the message.

    Raises:
        DataError: if a value is missing after that row.
    """
    known: NDArray[np.bool_] = np.isfinite(table.to_numpy(float))
    never = [name for name, column in zip(table.columns, known.T, strict=True) if not column.any()]
    if never:
        symbol = other_symbol(never[0], history)
        remedy = f"fetch more of {symbol}, or {without(symbol)}" if symbol else ""
        raise DataError(
            f"feature {never[0]} of {history.symbol} has no value at all",
            remedy or "fetch more, or drop it",
        )
    first = int(known.argmax(axis=0).max())
    if not known[first:].all():
        row, column = np.argwhere(~known[first:])[0]
        name, day = str(table.columns[column]), history.dates[first + row]
        problem = f"feature {name} of {history.symbol} has no value on {day:%Y-%m-%d}"
        if symbol := other_symbol(name, history):
            again = np.flatnonzero(known[first + row :, column])
            until = f", use a data.end before {day:%Y-%m-%d}"
            if len(again):
                after = history.dates[first + row + again[0]]
                until = f", use a data.start from {after:%Y-%m-%d} on"
            raise DataError(
                f"{problem}: {symbol} has no bars for more than {STALE} of its sessions then",
                f"fetch {symbol}, {without(symbol)}{until}",
            )
        raise DataError(problem, "drop that bar or that feature")
    return first


def slowest(table: pd.DataFrame) -> str:
    """Name the feature that is known last."""
    known = np.isfinite(table.to_numpy(float))
    return str(table.columns[int(known.argmax(axis=0).argmax())])


def without(symbol: str) -> str:
    """Say how another series is left out of the inputs."""
    if symbol == MARKET:
        return "do without it: --set data.market=[]"
    return "leave it out of data.exogenous"


def other_symbol(name: str, history: PriceHistory) -> str | None:
    """Return the other series that a column comes from, if any."""
    symbol, colon, feature = name.partition(":")
    own = own_feature(name) and not own_feature(feature)  # mine.py:f, but not SPY:mine.py:f
    return symbol if colon and not own and symbol != history.symbol else None


def require_positive(history: PriceHistory) -> None:
    """Refuse prices that have no logarithm.

    Raises:
        DataError: naming the first price that is not.
    """
    close = history.bars["close"]
    bad = close[close <= 0]
    if len(bad):
        raise DataError(
            f"{history.symbol} is {bad.iloc[0]:g} on {bad.index[0]:%Y-%m-%d}, and log returns need "
            "positive prices",
            "leave such bars out with --set data.bad_ticks=drop or a later data.start; "
            "of prices that may be negative use --set window.target=difference --set "
            "'window.features=[difference, abs_difference]'",
        )

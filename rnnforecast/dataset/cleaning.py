"""What the config asks to be done about missing and bad bars:
counted, and never filled from the future."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.data import Data
from rnnforecast.data.bars import OHLC
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.price_checks import impossible_ranges
from rnnforecast.data.quality import missing_sessions, named, shown
from rnnforecast.errors import DataError

PAST = 250
"""Moves that say what is usual."""
ENOUGH = 60
"""Without so many, no move is called unusual."""
UNUSUAL = 10.0
"""Robust standard deviations of the past from which on a move is suspected."""


@dataclass(frozen=True)
class Cleaning:
    """A record of what was done to a history.

    Args:
        without_value: dates of bars that lack a price and were dropped or filled from the bar
            before.
        without_bar: dates of sessions that had no bar and got one; under ``drop`` nobody looks for
            them here.
        bad_ticks: dates of bars that the causal rule suspects, or whose range cannot belong to
            their close; whether they were dropped is up to ``data.bad_ticks``.
    """

    without_value: tuple[str, ...] = ()
    without_bar: tuple[str, ...] = ()
    bad_ticks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the counts, with at most 50 dates of each kind."""
        return {
            kind: {"count": len(dates), "dates": list(dates[:50])}
            for kind, dates in asdict(self).items()
        }


def clean(
    history: PriceHistory, settings: Data, columns: Sequence[str] = ()
) -> tuple[PriceHistory, Cleaning]:
    """Apply ``data.missing`` and ``data.bad_ticks``.

    An open, high or low of zero beside a good close counts as missing.

    Args:
        history: as stored.
        settings: of the experiment.
        columns: that features read beside the close; a bar without one of the others is whole.

    Returns:
        the history to be used, and what was done to it. A bar depends on itself and earlier ones
        only.

    Raises:
        DataError: if something is missing and ``data.missing`` is ``error``.
    """
    history, without_value = _complete(_without_zeros(history), settings, columns)
    absent = None if settings.missing == "drop" else missing_sessions(history)
    without_bar = history.dates[:0] if absent is None else absent
    if len(without_bar) and settings.missing == "error":
        _refuse(history, "sessions have no bar", named(without_bar))
    if len(without_bar):
        history = _inserted(history, without_bar)
    suspects = np.zeros(len(history), bool)
    if settings.bad_ticks != "keep":
        suspects = bad_ticks(history.bars["close"].to_numpy(float))
        if history.priced:
            suspects |= impossible_ranges(history.bars)
    dates = named(history.dates[suspects])
    if suspects.any() and settings.bad_ticks == "drop":
        history = replace(history, bars=history.bars[~suspects])
    return history, Cleaning(without_value, named(without_bar), dates)


def bad_ticks(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Flag bars far from the last good one, unless the bar before was as far:
    then that is the new level.

    A bar is judged by itself and earlier ones, as it would have been on its day: the first bar of a
    real crash is suspected too, the second is not.

    Args:
        values: closes (bar,).

    Returns:
        which bars are suspected (bar,).
    """
    positive = values > 0
    # the few that are not positive are far from every price, whatever their unit
    level = np.log(np.where(positive, values, np.nanmin(values[positive], initial=1.0) * 1e-9))
    if positive.mean() < 0.99:
        level = values
    moves = pd.Series(np.abs(np.diff(level, prepend=level[:1])))
    # 1.4826 times the median absolute value of a Gaussian is its standard deviation, and a few bad
    # ticks hardly move a median. Shifted, so that a bar is judged by the moves before it alone.
    usual = moves.shift(1).rolling(PAST, min_periods=ENOUGH).median().to_numpy() * 1.4826
    limit = np.where(usual > 0, UNUSUAL * usual, np.inf)
    bad = np.zeros(len(level), bool)
    good, suspect = level[0], np.nan
    for row, value in enumerate(level):
        # Without a suspect, the comparison with NaN is False and the last good bar decides alone.
        bad[row] = abs(value - good) > limit[row] and not abs(value - suspect) <= limit[row]
        good, suspect = (good, value) if bad[row] else (value, np.nan)
    return bad


def _without_zeros(history: PriceHistory) -> PriceHistory:
    """Return the history with opens, highs and lows of zero taken as unknown."""
    names = [name for name in ("open", "high", "low") if name in history.bars]
    good = history.bars["close"].to_numpy(float) > 0
    zero = (history.bars[names].to_numpy(float) == 0) & good[:, None]
    if not history.priced or not zero.any():
        return history
    return replace(history, bars=history.bars.assign(**history.bars[names].mask(zero)))


def lacking(history: PriceHistory, settings: Data, columns: Sequence[str]) -> pd.DataFrame:
    """Flag the bars that lack a value that is read (bar, column).

    Bars before the first whole one are left out of this: features that need them begin later.
    """
    if not history.priced:
        return pd.DataFrame(index=history.dates)
    absent = {}
    for name in columns:
        if name in OHLC and name in history.bars:
            missing = history.bars[name].isna()
            absent[name] = missing & (~missing).cummax()
    if settings.price == "adjusted" and "adj_close" in history.bars:
        absent["adj_close"] = history.bars["adj_close"].isna()
    return pd.DataFrame(absent, index=history.dates)


def _complete(
    history: PriceHistory, settings: Data, columns: Sequence[str]
) -> tuple[PriceHistory, tuple[str, ...]]:
    """Return bars that have every price that is read, and the dates of those that did not."""
    absent = lacking(history, settings, columns)
    flags = np.asarray(absent.to_numpy(bool).any(axis=1), bool)
    if not flags.any():
        return history, ()
    dates = named(history.dates[flags])
    if settings.missing == "error":
        _refuse(history, f"bars lack a value of {', '.join(absent.columns)}", dates)
    if settings.missing == "drop":
        return replace(history, bars=history.bars[~flags]), dates
    filled = {str(name): history.bars[name].ffill() for name in absent if name != "adj_close"}
    if "adj_close" in absent:  # the share of the close that dividends leave stays as it was
        share = (history.bars["adj_close"] / history.bars["close"]).ffill()
        known = history.bars["adj_close"]
        filled["adj_close"] = known.where(known.notna(), share * history.bars["close"])
    bars = history.bars.assign(**filled)
    return replace(history, bars=bars.dropna(subset=[*filled.keys() & {"adj_close"}])), dates


def _inserted(history: PriceHistory, sessions: pd.DatetimeIndex) -> PriceHistory:
    """Insert flat bars at the last close, with no trade and no payment,
    where a session had none."""
    bars = history.bars.reindex(history.dates.union(sessions).rename("date"))
    fresh = bars.index.isin(sessions)
    bars = bars.ffill()
    for name in ("open", "high", "low"):
        if name in bars and history.priced:
            bars.loc[fresh, name] = bars.loc[fresh, "close"]
    for name in ("volume", "dividends", "splits"):
        if name in bars:
            bars.loc[fresh, name] = 0.0
    return replace(history, bars=bars)


def _refuse(history: PriceHistory, flaw: str, dates: tuple[str, ...]) -> None:
    raise DataError(
        f"{history.symbol}: {len(dates)} {flaw} ({shown(dates, 3)})",
        "fetch again, or choose --set data.missing=drop or ffill",
    )

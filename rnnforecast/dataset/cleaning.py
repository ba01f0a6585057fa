"""What the config asks to be done about missing and bad bars: counted, and never filled from the future."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.experiment import Data
from rnnforecast.data.history import OHLC, PriceHistory
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
    """What was done to a history.

    Args:
        without_value: dates of bars that lack a price and were dropped or filled from the bar before.
        without_bar: dates of sessions that had no bar and got one; under ``drop`` nobody looks for them here.
        bad_ticks: dates of bars that the causal rule suspects, and whether they were dropped is ``data.bad_ticks``'s.
    """

    without_value: tuple[str, ...] = ()
    without_bar: tuple[str, ...] = ()
    bad_ticks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Counts, with at most 50 dates of a kind."""
        return {
            kind: {"count": len(dates), "dates": list(dates[:50])}
            for kind, dates in asdict(self).items()
        }


def clean(history: PriceHistory, settings: Data) -> tuple[PriceHistory, Cleaning]:
    """Apply ``data.missing`` and ``data.bad_ticks``.

    Args:
        history: as stored.
        settings: of the experiment.

    Returns:
        the history to be used, and what was done to it. A bar depends on itself and earlier ones only.

    Raises:
        DataError: if something is missing and ``data.missing`` is ``error``.
    """
    history, without_value = _complete(history, settings)
    absent = None if settings.missing == "drop" else missing_sessions(history)
    without_bar = history.dates[:0] if absent is None else absent
    if len(without_bar) and settings.missing == "error":
        _refuse(history, "sessions have no bar", named(without_bar))
    if len(without_bar):
        history = _inserted(history, without_bar)
    suspects = np.zeros(len(history), bool)
    if settings.bad_ticks != "keep":
        suspects = bad_ticks(history.bars["close"].to_numpy(float))
    dates = named(history.dates[suspects])
    if suspects.any() and settings.bad_ticks == "drop":
        history = replace(history, bars=history.bars[~suspects])
    return history, Cleaning(without_value, named(without_bar), dates)


def bad_ticks(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Suspect bars far from the last good one, unless the bar before was as far: then it is the new level.

    A bar is judged by itself and earlier ones, as it would have been on its day: the first bar of a real
    crash is suspected too, the second is not.

    Args:
        values: closes (bar,).

    Returns:
        which bars are suspected (bar,).
    """
    level = np.log(values) if (values > 0).all() else values
    moves = pd.Series(np.abs(np.diff(level, prepend=level[:1])))
    usual = moves.shift(1).rolling(PAST, min_periods=ENOUGH).median().to_numpy() * 1.4826
    limit = np.where(usual > 0, UNUSUAL * usual, np.inf)
    bad = np.zeros(len(level), bool)
    good, suspect = level[0], np.nan
    for row, value in enumerate(level):
        bad[row] = abs(value - good) > limit[row] and not abs(value - suspect) <= limit[row]
        good, suspect = (good, value) if bad[row] else (value, np.nan)
    return bad


def _complete(history: PriceHistory, settings: Data) -> tuple[PriceHistory, tuple[str, ...]]:
    """Bars that have every price; dates of those that had not."""
    names = [*OHLC, "adj_close"] if settings.price == "adjusted" else OHLC
    needed = [name for name in names if name in history.bars and history.priced]
    lacking = history.bars[needed].isna().any(axis=1).to_numpy(bool)
    dates = named(history.dates[lacking])
    if not lacking.any():
        return history, dates
    if settings.missing == "error":
        _refuse(history, f"bars lack a value of {', '.join(needed)}", dates)
    if settings.missing == "drop":
        return replace(history, bars=history.bars[~lacking]), dates
    return replace(
        history, bars=history.bars.assign(**history.bars[needed].ffill()).dropna(subset=needed)
    ), dates


def _inserted(history: PriceHistory, sessions: pd.DatetimeIndex) -> PriceHistory:
    """Flat bars at the last close, nothing traded and nothing paid, where there was none."""
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


def _refuse(history: PriceHistory, what: str, dates: tuple[str, ...]) -> None:
    raise DataError(
        f"{history.symbol}: {len(dates)} {what} ({shown(dates, 3)})",
        "fetch again, or choose --set data.missing=drop or ffill",
    )

"""Prices whose future can be taken away or altered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from rnnforecast.data.bars import OHLC
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import closing_times

Future = Callable[[pd.DataFrame, pd.Series], pd.DataFrame]
"""From the bars that follow, and the last one that is known, to other bars that follow."""
PRICES = (*OHLC, "adj_close")


def _million(future: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    return future * 1e6


def _mirrored(future: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    """Turn every rise into a fall: a price p becomes last close squared / p;
    highs and lows change places."""
    turned, close = future.copy(), last["close"]
    prices = [name for name in PRICES if name in future]
    positive = close > 0 and bool((future[prices] > 0).all(axis=None))
    turned[prices] = close**2 / future[prices] if positive else 2 * close - future[prices]
    if {"high", "low"} <= set(future):
        turned[["high", "low"]] = turned[["low", "high"]].to_numpy()
    return turned


def _missing(future: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    """Replace every value by NaN but the close, which no bar lacks."""
    return future.assign(**{str(name): np.nan for name in future if name != "close"})


def _next_close(future: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    return future.assign(
        close=future["close"].where(future.index != future.index[0], 1.5 * future["close"])
    )


FUTURES: dict[str, Future] = {
    "cut off": lambda future, last: future.iloc[:0],
    "times a million": _million,
    "mirrored": _mirrored,
    "without values": _missing,
    "another next close": _next_close,
}
"""What may come instead, by name."""
SAME_ROWS = ("times a million", "mirrored")
"""Those that leave the number of bars, and a value in each."""


def doubled_and_halved(future: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    """Multiply prices by powers of two, wildly: what is divided by each other stays the same to
    the last bit."""
    factors = 2.0 ** np.random.default_rng(0).integers(-3, 20, len(future))
    prices = [name for name in PRICES if name in future]
    return future.assign(**{name: future[name] * factors for name in prices})


@dataclass(frozen=True, eq=False)
class Prices:
    """The prices that a forecast rests on: a symbol's bars, and those of the others beside it.

    Args:
        history: the symbol's.
        others: by symbol.
    """

    history: PriceHistory
    others: Mapping[str, PriceHistory] = field(default_factory=dict)

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Of the symbol's bars (bar,)."""
        return self.history.dates

    @cached_property
    def _closings(self) -> tuple[pd.DatetimeIndex, dict[str, pd.DatetimeIndex]]:
        others = {symbol: closing_times(other) for symbol, other in self.others.items()}
        return (closing_times(self.history) if others else self.dates), others

    def with_future(self, row: int, future: Future) -> Prices:
        """Keep prices up to a bar, and others up to its close, with another future after it.

        Args:
            row: of the last bar that is known.
            future: what comes instead.
        """
        own, others = self._closings
        altered = {
            symbol: _altered(
                other, int(others[symbol].searchsorted(own[row], side="right")), future
            )
            for symbol, other in self.others.items()
        }
        return Prices(_altered(self.history, row + 1, future), altered)

    def scaled(self, factor: float) -> Prices:
        """Return the same in another unit: every price times a factor."""
        return Prices(
            _scaled(self.history, factor),
            {name: _scaled(history, factor) for name, history in self.others.items()},
        )


def _altered(history: PriceHistory, known: int, future: Future) -> PriceHistory:
    """Alter a history after its first bars; one that is not known at all stays as it is."""
    if not 0 < known < len(history):
        return history
    bars = history.bars.astype(float)
    return replace(
        history,
        bars=pd.concat([bars.iloc[:known], future(bars.iloc[known:], bars.iloc[known - 1])]),
    )


def _scaled(history: PriceHistory, factor: float) -> PriceHistory:
    prices = {name: history.bars[name] * factor for name in PRICES if name in history.bars}
    return replace(history, bars=history.bars.assign(**prices))

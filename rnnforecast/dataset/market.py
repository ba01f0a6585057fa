"""What the symbols of a panel did together at each bar: inputs that no single history has.

How far stocks move, and how differently, is known better from many of them than from one. The
market is a series beside the others (``data.exogenous``), so it is read as those are: at each row
the newest bar of it that was known when that row's bar closed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.features import MARKET_INPUTS
from rnnforecast.config.types import AUTO
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.features import MARKET, require_positive
from rnnforecast.dataset.volatility import log_return
from rnnforecast.errors import DataError
from rnnforecast.quantities import PRICE

LEAST = 20
"""Members from which ``auto`` reads a market; it was measured with 26 and more."""
PRESENT = 0.5
"""Share of the members that must have a bar, or the market has none."""
MOST_LOST = 0.1
"""Share of a symbol's bars that ``auto`` may lose because the market begins later."""
GRACE = pd.Timedelta(days=5)
"""By which a symbol's newest bar may be later than the market's: a weekend and a holiday."""


def choose_members(experiment: Experiment, histories: Sequence[PriceHistory]) -> tuple[str, ...]:
    """Return the symbols that are the market, ``auto`` resolved.

    ``auto`` takes the symbols that share the commonest trading sessions, if there are at least
    ``LEAST`` of them, their prices are positive, inputs are left to the program as well, and the
    market spans the bars of every symbol.

    Args:
        experiment: on one or several symbols.
        histories: the bars of each of them that is scored.
    """
    if experiment.data.market != AUTO:
        return experiment.data.market
    window = experiment.window
    if window.features != AUTO or window.strategy != "direct" or window.quantity != PRICE:
        return ()
    if not histories:
        return ()
    sessions = Counter(history.sessions for history in histories).most_common(1)[0][0]
    members = [history for history in histories if history.sessions == sessions]
    positive = all((history.bars["close"] > 0).all() for history in members)
    if len(members) < LEAST or not positive or not _spans(members, histories):
        return ()
    return tuple(history.symbol for history in members)


def _spans(members: Sequence[PriceHistory], histories: Sequence[PriceHistory]) -> bool:
    """Return whether the market is known at nearly all bars of every symbol."""
    # By ``first`` so many members have begun as make up a market, and until ``last`` as many go on.
    half = math.ceil(PRESENT * len(members)) - 1
    first = sorted(_day(history.first) for history in members)[half]
    last = sorted((_day(history.last) for history in members), reverse=True)[half]
    return all(
        _day(history.last) <= last + GRACE
        and np.mean(history.dates.tz_localize(None) < first) <= MOST_LOST
        for history in histories
    )


def _day(stamp: pd.Timestamp) -> pd.Timestamp:
    return pd.Timestamp(stamp).tz_localize(None).normalize()


def market_history(members: Sequence[PriceHistory]) -> PriceHistory:
    """Return the market as a series: a bar for every date on which most members have one.

    Args:
        members: adjusted bars of symbols that trade in the same sessions, so that bars of one date
            close at one time.

    Returns:
        A history with the columns ``MARKET_INPUTS`` beside ``close``, an equally weighted index.

    Raises:
        DataError: if they trade in different sessions, a price is not positive, or too few have
            bars on the same dates.

    Example:
        >>> market_history([history_of_aapl, history_of_msft])  # doctest: +SKIP
        PriceHistory(market 1d, 1258 bars, 2015-01-13..2020-01-10)
    """
    sessions = Counter(member.sessions for member in members)
    if len(sessions) > 1:
        counts = ", ".join(f"{name}: {count}" for name, count in sessions.most_common())
        raise DataError(
            f"data.market names symbols of different trading sessions ({counts}), whose bars of "
            "one date do not close together",
            "name those of one exchange, or --set data.market=[]",
        )
    for member in members:
        require_positive(member)
    changes = [log_return(member.bars).rename(member.symbol) for member in members]
    returns = pd.concat(changes, axis=1).sort_index()
    # A deviation between members needs two of them, however few make up the share.
    returns = returns[returns.notna().sum(axis=1) >= max(2, PRESENT * len(members))]
    if returns.empty:
        raise DataError(
            f"there is no bar that half of the {len(members)} symbols of data.market share",
            "name symbols with common dates, or --set data.market=[]",
        )
    mean = returns.mean(axis=1)
    inputs = (mean, returns.abs().mean(axis=1), returns.std(axis=1, ddof=0))
    bars = {"close": 100 * np.exp(mean.cumsum()), **dict(zip(MARKET_INPUTS, inputs, strict=True))}
    table = pd.DataFrame(bars, index=pd.DatetimeIndex(returns.index, name="date"))
    names = [member.symbol for member in members]
    source = {"source": "computed", "members": names}
    return PriceHistory(MARKET, table, members[0].interval, members[0].sessions, None, source)


def market_of(experiment: Experiment, stored: Mapping[str, PriceHistory]) -> PriceHistory:
    """Return the market that an experiment names.

    Args:
        experiment: with its ``data.market`` resolved.
        stored: bars of its members, as stored, by symbol.

    Raises:
        DataError: if a member's bars are missing.
    """
    names = experiment.data.market
    if missing := [name for name in names if name not in stored]:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        raise DataError(
            f"data.market names {missing[0]}{more}, whose bars are not there",
            "train on them too, fetch them, or --set data.market=[]",
        )
    members = [stored[name] for name in names]
    adjusted = experiment.data.price == "adjusted"
    return market_history([member.adjusted() if adjusted else member for member in members])

"""What an audit of several symbols adds where they read what all of them did: the market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from rnnforecast.audit.finding import Finding, first_on
from rnnforecast.audit.perturbations import doubled_and_halved
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.market import market_of

CHECK = "the market is what its symbols had done by then"
DAYS = 4
"""After which the prices of every member are altered."""


def market_looks_back(
    experiment: Experiment, members: Mapping[str, PriceHistory], market: PriceHistory
) -> Finding:
    """Compare a market with the one that its members make, also with another future behind them.

    Args:
        experiment: that names the members.
        members: bars of each, as stored.
        market: that is read.
    """
    names = experiment.data.market
    compared = (
        f"{len(market)} bars of {len(names)} symbols with what their prices make of them, also "
        f"with other prices after each of {DAYS} days"
    )
    if not market_of(experiment, members).bars.equals(market.bars):
        return Finding(CHECK, compared, "failed", "its members make another one")
    for row in np.linspace(len(market) // 10, len(market) - 2, DAYS).astype(int):
        day = market.dates[row]
        altered = {name: _with_future(members[name], day) for name in names}
        other = market_of(experiment, altered).bars.loc[:day]
        if not np.allclose(other, market.bars.loc[:day], rtol=1e-9, atol=0):
            return Finding(CHECK, compared, "failed", f"it saw the future, {first_on(day)}")
    return Finding(CHECK, compared)


def _with_future(history: PriceHistory, day: pd.Timestamp) -> PriceHistory:
    """Return the same bars up to a day, and wildly other ones after it."""
    known = int(history.dates.searchsorted(day, side="right"))
    if not 0 < known < len(history):
        return history
    bars = history.bars.astype(float)
    bars.iloc[known:] = doubled_and_halved(bars.iloc[known:], bars.iloc[known - 1])
    return replace(history, bars=bars)

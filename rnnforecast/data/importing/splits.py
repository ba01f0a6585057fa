"""Prices as traded to prices adjusted for splits, where the file's own adjusted close proves it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnforecast.data.bars import OHLC

NEAR = 0.2
"""How far, in logarithms, a dividend on the same day may lead from the ratio of a split."""


def as_adjusted(bars: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Adjust opens, highs, lows, closes, volumes and dividends for the splits that a file records.

    Some sources (Quandl's WIKI, Alpha Vantage) give prices as they were traded, with splits beside
    them. There the ratio of adjusted to plain close steps by the split's own ratio on its day;
    where prices are adjusted for splits already, as Yahoo's are, it does not.

    Args:
        bars: with ``adj_close`` and ``splits`` where the file has them (bar,).

    Returns:
        the bars, and what was done, in words.
    """
    if not {"adj_close", "splits", "close"} <= set(bars.columns):
        return bars, ""
    ratios = bars["splits"].where(bars["splits"] > 0, 1.0).fillna(1.0).to_numpy(float)
    days = np.flatnonzero(np.abs(ratios - 1) > 1e-9)
    days = days[days > 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.log((bars["adj_close"] / bars["close"]).to_numpy(float))
    steps = factor[days] - factor[days - 1]
    explained = np.abs(steps - np.log(ratios[days])) < NEAR * np.abs(np.log(ratios[days])) + 0.05
    if not len(days) or explained.mean() <= 0.5:
        return bars, ""
    later = np.cumprod(ratios[::-1])[::-1]  # this bar's split and all after it
    divisor = np.append(later[1:], 1.0)
    adjusted = bars.copy()
    for name in (*OHLC, "dividends"):
        if name in adjusted:
            adjusted[name] = adjusted[name] / divisor
    if "volume" in adjusted:
        adjusted["volume"] = adjusted["volume"] * divisor
    count = f"{len(days)} split{'' if len(days) == 1 else 's'}"
    return adjusted, f"prices as traded: adjusted for the {count} that the file records"

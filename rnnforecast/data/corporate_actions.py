"""Splits and dividends: which are recorded, what they explain, and which cannot be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

CERTAIN = 0.4
"""Logarithm of a split's ratio (1.5:1) from which no ordinary day hides whether it was applied."""
NEAR = 0.2
"""How far a day's move may lead from the ratio of a split, as a share of its logarithm."""
SPLIT_TOLERANCE = 0.01
DIVIDEND_TOLERANCE = (0.003, 0.25)
"""How far an adjustment may be from what dividends explain: absolutely, and as a share of it."""
LARGEST_SPLIT = 1e5
"""No company has split its shares, or joined them, by more."""
UNRECORDED = 0.8
"""The smallest adjustment that is believed of a source that records no dividends at all."""


def known_splits(bars: pd.DataFrame) -> Mapping[pd.Timestamp, float]:
    """Return the splits that a table names, by date; 0 and 1 mean none."""
    if "splits" not in bars:
        return {}
    splits = bars["splits"]
    return dict(splits[~splits.isin([0.0, 1.0]) & splits.notna()])


def splits_explain(stored: pd.DataFrame, new: pd.DataFrame, ratio: float) -> bool:
    """Say whether splits that were not known before explain a ratio of new to stored prices."""
    known = known_splits(stored)
    fresh = [split for day, split in known_splits(new).items() if known.get(day) != split]
    return bool(abs(float(np.prod(fresh)) * ratio - 1) < SPLIT_TOLERANCE)


def dividends_explain(stored: pd.DataFrame, new: pd.DataFrame, ratio: float) -> bool:
    """Say whether dividends that were not known before explain a ratio of adjusted closes.

    Yahoo multiplies all older adjusted closes by 1 - dividend / close of the session before.

    Args:
        stored: bars before (bar, column).
        new: bars that came (bar, column).
        ratio: of the oldest new adjusted closes to the stored ones, without splits.
    """
    if not 0 < ratio <= 1:
        return False
    payments = [name for name in ("dividends", "capital_gains") if name in new]
    if not payments:  # a file without dividends cannot explain anything
        return ratio >= UNRECORDED
    absolute, relative = DIVIDEND_TOLERANCE
    for paid in (new[payments[0]], new[payments].sum(axis=1)):
        expected = _adjustment(new, paid) / _adjustment_of(stored, payments)
        slack = absolute + relative * abs(np.log(expected)) if expected > 0 else 0.0
        if expected > 0 and abs(np.log(ratio / expected)) <= slack:
            return True
    return False


def _adjustment_of(bars: pd.DataFrame, payments: list[str]) -> float:
    known = [name for name in payments if name in bars]
    return _adjustment(bars, bars[known].sum(axis=1)) if known else 1.0


def _adjustment(bars: pd.DataFrame, paid: pd.Series) -> float:
    """Return the factor by which all payments together multiply the oldest adjusted close."""
    before = bars["close"].shift(1)
    shares = (paid / before)[(paid > 0) & (before > 0)]
    return float(np.prod(1 - shares.to_numpy(float)))


def unapplied_splits(bars: pd.DataFrame) -> tuple[str, ...]:
    """Return the recorded splits that prices show as a jump: not applied, or applied twice.

    Closes are adjusted for splits, so that a split leaves no trace in them. Where the close moves
    by the split's own ratio, or by its inverse, it was not applied, or applied twice.

    Args:
        bars: with ``close`` and ``splits`` (bar, column).

    Returns:
        a phrase each, with the day.
    """
    close = bars["close"]
    phrases = []
    for day, ratio in known_splits(bars).items():
        place = int(bars.index.searchsorted(day))
        if not place or not np.isfinite(ratio) or ratio <= 0 or abs(np.log(ratio)) < CERTAIN:
            continue
        before, after = float(close.iloc[place - 1]), float(close.iloc[place])
        if before <= 0 or after <= 0:
            continue
        move, size = np.log(after / before), np.log(ratio)
        if abs(move + size) < NEAR * abs(size):
            phrases.append(f"the split {ratio:g}:1 of {day:%Y-%m-%d} is recorded but not applied")
        elif abs(move - size) < NEAR * abs(size):
            phrases.append(f"the split {ratio:g}:1 of {day:%Y-%m-%d} is applied twice")
    return tuple(phrases)


def absurd_payments(bars: pd.DataFrame) -> tuple[str, ...]:
    """Return the splits and dividends that cannot be: a phrase each, with the day."""
    phrases = [
        f"a split of {ratio:g}:1 on {day:%Y-%m-%d}"
        for day, ratio in known_splits(bars).items()
        if not 1 / LARGEST_SPLIT < ratio < LARGEST_SPLIT
    ]
    if "dividends" not in bars:
        return tuple(phrases)
    paid, before = bars["dividends"], bars["close"].shift(1).fillna(bars["close"])
    wrong = (paid < 0) | ((paid >= before) & (paid > 0)) | np.isinf(paid)
    phrases += [
        f"a dividend of {amount:g} on a price of {before[day]:g} on {day:%Y-%m-%d}"
        for day, amount in paid[wrong].items()
    ]
    return tuple(phrases)

"""What a new answer changes about stored bars: Yahoo adjusts, fills, revises and forgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.history import OHLC, PriceHistory

PRICE_TOLERANCE = 1e-4
"""Adjusted closes differ by 1e-5 between identical requests."""
VOLUME_TOLERANCE = 5e-3
"""Volume is revised by this much for days."""
WIDE = 0.01
"""More revised bars than this share (and than five) are another series, not a correction."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """The difference between what is stored and what has come.

    Args:
        new: whether nothing was stored.
        later: bars after the newest stored one.
        earlier: bars before the oldest stored one.
        filled: dates between, of bars that were not stored.
        vanished: dates of stored bars that did not come again.
        revised: dates of bars whose prices differ.
        volumes: bars of which only the volume differs.
        split: ratio of the older closes to those stored; 1 unless they were adjusted.
        dividend: further ratio of the older adjusted closes; 1 unless a dividend was paid.
        explained: whether the answer itself names the split behind ``split``.
        compared: bars that are in both.
    """

    new: bool = False
    later: int = 0
    earlier: int = 0
    filled: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    revised: tuple[str, ...] = ()
    volumes: int = 0
    split: float = 1.0
    dividend: float = 1.0
    explained: bool = True
    compared: int = 0

    @property
    def readjusted(self) -> bool:
        """Whether older prices were scaled for a split or a dividend."""
        return self.split != 1 or self.dividend != 1

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every word that applies: new, same, extended, readjusted, filled, revised, shrunk."""
        if self.new:
            return ("new",)
        words = {
            "extended": self.later or self.earlier,
            "readjusted": self.readjusted,
            "filled": self.filled,
            "revised": self.revised or self.volumes,
            "shrunk": self.vanished,
        }
        return tuple(word for word, applies in words.items() if applies) or ("same",)

    @property
    def refusal(self) -> str:
        """Why this should not replace what is stored without being asked to; empty where it may."""
        if self.vanished:
            return f"{_count(len(self.vanished), 'stored bar')} did not come again ({_first(self.vanished)})"
        if len(self.revised) > max(5, WIDE * self.compared):
            return f"{len(self.revised)} of {self.compared} stored bars have other prices now"
        if not self.explained:
            return f"older prices are {self.split:.6g} times those stored, and no split says why"
        return ""

    def summary(self) -> str:
        """The change in a few words."""
        if self.new:
            return "new"
        parts = {
            f"extended by {_count(self.later, 'bar')}": self.later,
            f"extended by {_count(self.earlier, 'older bar')}": self.earlier,
            f"readjusted x {self.split:.6g} (split)": self.split != 1,
            f"readjusted x {self.dividend:.5f} (dividend)": self.dividend != 1,
            f"filled {_days(self.filled)}": self.filled,
            f"revised {_days(self.revised)}": self.revised,
            f"revised the volume of {_count(self.volumes, 'bar')}": self.volumes,
            f"shrunk by {_days(self.vanished)}": self.vanished,
        }
        return ", ".join(text for text, applies in parts.items() if applies) or "same"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with at most 50 dates of a kind."""
        plain = {
            name: list(value)[:50] if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        return {"statuses": list(self.statuses), **plain}


def compare(stored: PriceHistory | None, fetched: PriceHistory) -> Change:
    """Find what has changed.

    Intraday bars are compared from the first fetched one on: Yahoo's window has moved past the older ones.

    Args:
        stored: what is on the disk.
        fetched: what has come.
    """
    if stored is None:
        return Change(new=True, later=len(fetched))
    old, new = stored.bars.drop(_live(stored), errors="ignore"), fetched.bars
    if stored.intraday:
        old = old[old.index >= new.index[0]]
    common = old.index.intersection(new.index)
    added = new.index.difference(stored.bars.index.intersection(new.index))
    first, last = stored.first, stored.last
    split, dividend, revised = _prices(old.loc[common], new.loc[common])
    return Change(
        later=int((added > last).sum()),
        earlier=int((added < first).sum()),
        filled=_named(added[(added > first) & (added < last)]),
        vanished=_named(old.index.difference(new.index)),
        revised=_named(common[revised]),
        volumes=_volumes(old.loc[common], new.loc[common], split, revised),
        split=split,
        dividend=dividend,
        explained=split == 1 or _explains(stored.bars, new, split),
        compared=len(common),
    )


def merge(stored: PriceHistory, fetched: PriceHistory, change: Change) -> pd.DataFrame:
    """Stored bars before the first fetched one, scaled as that one's were, then the fetched bars."""
    older = stored.bars[stored.bars.index < fetched.first].copy()
    prices = [name for name in (*OHLC, "adj_close") if name in older]
    older[prices] *= change.split
    if "volume" in older:
        older["volume"] /= change.split
    return pd.concat([older, fetched.bars])


def _prices(old: pd.DataFrame, new: pd.DataFrame) -> tuple[float, float, NDArray[np.bool_]]:
    """The split ratio, the dividend ratio, and which bars neither of them nor nothing explains."""
    if not len(old):
        return 1.0, 1.0, np.zeros(0, bool)
    split = _scaling(_ratio(old, new, "close"))
    off = np.zeros(len(old), bool)
    for name in OHLC:
        if name in old and name in new:
            off |= _unlike(_ratio(old, new, name), split)
    dividend = 1.0
    if "adj_close" in old and "adj_close" in new:
        further = _ratio(old, new, "adj_close") / _ratio(old, new, "close")
        dividend = _scaling(further)
        off |= _unlike(further, dividend)
    return split, dividend, off


def _ratio(old: pd.DataFrame, new: pd.DataFrame, name: str) -> Values:
    """New to old values (bar,); 1 where both are zero or missing."""
    before, after = old[name].to_numpy(float), new[name].to_numpy(float)
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(same, 1.0, after / before)


def _scaling(ratio: Values) -> float:
    """What the older bars were scaled by: adjustments reach back to the oldest bar."""
    oldest = ratio[: max(5, len(ratio) // 10)]
    usual = float(np.median(oldest))
    return usual if np.isfinite(usual) and abs(usual - 1) > PRICE_TOLERANCE else 1.0


def _unlike(ratio: Values, usual: float) -> NDArray[np.bool_]:
    """Where a ratio is neither 1 nor the usual one; a bar that lost or gained a price counts."""
    with np.errstate(invalid="ignore"):
        near = (np.abs(ratio - 1) <= PRICE_TOLERANCE) | (
            np.abs(ratio / usual - 1) <= PRICE_TOLERANCE
        )
    return ~near


def _volumes(old: pd.DataFrame, new: pd.DataFrame, split: float, revised: NDArray[np.bool_]) -> int:
    """How many bars have another volume but the same prices."""
    if "volume" not in old or "volume" not in new:
        return 0
    ratio = _ratio(old, new, "volume")
    with np.errstate(invalid="ignore"):
        near = (np.abs(ratio - 1) <= VOLUME_TOLERANCE) | (
            np.abs(ratio * split - 1) <= VOLUME_TOLERANCE
        )
    return int((~near & ~revised).sum())


def _explains(stored: pd.DataFrame, new: pd.DataFrame, split: float) -> bool:
    """Whether splits that were not known before account for a ratio."""
    known = known_splits(stored)
    fresh = [ratio for day, ratio in known_splits(new).items() if known.get(day) != ratio]
    return bool(abs(float(np.prod(fresh)) * split - 1) < 0.01)


def known_splits(bars: pd.DataFrame) -> Mapping[Any, float]:
    """The splits that a table names, by date; 0 and 1 mean none."""
    if "splits" not in bars:
        return {}
    splits = bars["splits"]
    return dict(splits[~splits.isin([0.0, 1.0]) & splits.notna()])


def _live(history: PriceHistory) -> list[pd.Timestamp]:
    """Bars that were stored before they were finished: no wonder if they differ now."""
    return [pd.Timestamp(day) for day in history.provenance.get("live", [])]


def _named(dates: pd.Index) -> tuple[str, ...]:
    return tuple(
        pd.DatetimeIndex(dates).strftime("%Y-%m-%d" if _daily(dates) else "%Y-%m-%dT%H:%M")
    )


def _daily(dates: pd.Index) -> bool:
    return pd.DatetimeIndex(dates).tz is None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _days(days: tuple[str, ...]) -> str:
    """How many dates, and the first few."""
    return f"{len(days)} ({_first(days)})"


def _first(days: tuple[str, ...]) -> str:
    return ", ".join(days[:3]) + (", ..." if len(days) > 3 else "")

"""What a new answer changes about stored bars: Yahoo adjusts, fills, revises and forgets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.bars import OHLC
from rnnforecast.data.corporate_actions import (
    absurd_payments,
    dividends_explain,
    splits_explain,
    unapplied_splits,
)
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.price_checks import bars_in_error
from rnnforecast.data.thin_trading import lacking_prices

PRICE_TOLERANCE = 1e-4
"""Adjusted closes differ by 1e-5 between identical requests."""
VOLUME_TOLERANCE = 5e-3
"""Volume is revised by this much for days."""
WIDE, FEW = 0.01, 5
"""More revised or lost bars than this share and number are another series, no correction."""
LARGEST_REVISION = 0.2
"""No correction of a price is larger than this."""
RECENT = 10
"""Bars within which Yahoo still applies a split that it has recorded."""
LARGEST_VOLUME = 10.0
"""Nor does a volume change by more than this factor."""

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Change:
    """The difference between what is stored and what has come.

    Args:
        new: whether nothing was stored.
        later: bars after the newest stored one.
        earlier: bars before the oldest stored one.
        filled: dates between, of bars that were not stored.
        vanished: dates of stored bars that did not come again; where they are few, they stay.
        revised: dates of bars whose prices differ.
        volumes: bars of which only the volume differs.
        split: ratio of the older closes to those stored; 1 unless they were adjusted.
        dividend: further ratio of the older adjusted closes; 1 unless a dividend was paid.
        explained: whether the answer itself names the splits and dividends behind the ratios.
        compared: bars that are in both.
        doubts: what else speaks against the answer, in words.
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
    doubts: tuple[str, ...] = ()

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
        """Why this must not replace what is stored without being asked to; empty where it may."""
        few = max(FEW, WIDE * self.compared)
        if len(self.vanished) > few:
            count = _count(len(self.vanished), "stored bar")
            return f"{count} did not come again ({_first(self.vanished)})"
        if len(self.revised) > few:
            return f"{len(self.revised)} of {self.compared} stored bars have other prices now"
        if not self.explained and self.split != 1:
            return f"older prices are {self.split:.6g} times those stored, and no split says why"
        if not self.explained:
            return (
                f"older adjusted closes are {self.dividend:.6g} times those stored, "
                "and no dividend says why"
            )
        return self.doubts[0] if self.doubts else ""

    def summary(self) -> str:
        """Describe the change in a few words."""
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
            f"did not come again: {_days(self.vanished)}": self.vanished,
        }
        return ", ".join(text for text, applies in parts.items() if applies) or "same"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, with at most 50 dates of a kind."""
        plain = {
            name: list(value)[:50] if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        return {"statuses": list(self.statuses), **plain}


def compare(stored: PriceHistory | None, fetched: PriceHistory) -> Change:
    """Find what has changed.

    Intraday bars are compared from the first fetched one on: Yahoo's window has moved past the
    older ones.

    Args:
        stored: what is on the disk.
        fetched: what has come.
    """
    if stored is None:
        return Change(new=True, later=len(fetched), doubts=_recent_doubts(fetched))
    old, new = stored.bars.drop(_live(stored), errors="ignore"), fetched.bars
    if stored.intraday:
        old = old[old.index >= new.index[0]]
    common = old.index.intersection(new.index)
    added = new.index.difference(stored.bars.index.intersection(new.index))
    first, last = stored.first, stored.last
    before, after = old.loc[common], new.loc[common]
    split, dividend, revised, largest = _prices(before, after)
    volumes, wild = _volumes(before, after, split, revised)
    known = {*unapplied_splits(stored.bars), *absurd_payments(stored.bars)}
    doubts = [
        *_large(common, np.where(_mended(stored, fetched, common, largest), 0.0, largest)),
        *(
            [f"{wild} of {len(common)} volumes are lost or of another size"]
            if wild > max(FEW, WIDE * len(common))
            else []
        ),
        *(phrase for phrase in unapplied_splits(new) if phrase not in known),
        *(f"it has {phrase}" for phrase in absurd_payments(new) if phrase not in known),
    ]
    return Change(
        later=int((added > last).sum()),
        earlier=int((added < first).sum()),
        filled=_named(added[(added > first) & (added < last)]),
        vanished=_named(old.index.difference(new.index)),
        revised=_named(common[revised]),
        volumes=volumes,
        split=split,
        dividend=dividend,
        explained=(split == 1 or splits_explain(stored.bars, new, split))
        and (dividend == 1 or dividends_explain(stored.bars, new, dividend)),
        compared=len(common),
        doubts=tuple(doubts),
    )


def merge(stored: PriceHistory, fetched: PriceHistory, change: Change) -> pd.DataFrame:
    """Return the fetched bars, and the stored ones that did not come, scaled as the others were.

    Args:
        stored: what is on the disk; intraday bars older than Yahoo's window are among it.
        fetched: what has come.
        change: between the two.
    """
    kept = stored.bars[~stored.bars.index.isin(fetched.bars.index)]
    kept = kept.drop(_live(stored), errors="ignore").copy()
    if kept.empty:
        return fetched.bars
    factor = _factors(stored.bars, fetched.bars, kept.index, "close", change.split)
    for name in OHLC:
        if name in kept:
            kept[name] *= factor
    if "adj_close" in kept:
        further = _factors(stored.bars, fetched.bars, kept.index, "further", change.dividend)
        kept["adj_close"] *= factor * further
    if "volume" in kept:
        kept["volume"] /= factor
    return pd.concat([kept, fetched.bars]).sort_index()


def _factors(
    old: pd.DataFrame, new: pd.DataFrame, dates: pd.Index, name: str, usual: float
) -> Values:
    """Return each kept bar's scale: the usual ratio if its nearest neighbour has it,
    else 1 (bar,)."""
    common = old.index.intersection(new.index)
    if usual == 1 or not len(common):
        return np.full(len(dates), usual)
    before, after = old.loc[common], new.loc[common]
    ratio = _ratio(before, after, "close")
    if name == "further":
        ratio = _ratio(before, after, "adj_close") / ratio
    nearest = common.get_indexer(dates, method="nearest")
    scaled: Flags = np.abs(ratio[nearest] / usual - 1) <= PRICE_TOLERANCE
    return np.where(scaled, usual, 1.0)


def _recent_doubts(fetched: PriceHistory) -> tuple[str, ...]:
    """Report recent splits that are recorded but not applied yet, and prices that are lacking."""
    return (
        *unapplied_splits(fetched.bars.iloc[-RECENT:]),
        *lacking_prices(fetched, few=FEW, share=WIDE),
    )


def _prices(old: pd.DataFrame, new: pd.DataFrame) -> tuple[float, float, Flags, Values]:
    """Return the split and dividend ratios, the bars that these do not explain,
    and by how much (bar,)."""
    if not len(old):
        return 1.0, 1.0, np.zeros(0, bool), np.zeros(0)
    split = _scaling(_ratio(old, new, "close"))
    off = np.zeros(len(old), bool)
    largest = np.zeros(len(old))
    for name in OHLC:
        if name in old and name in new:
            ratio = _ratio(old, new, name)
            off |= _unlike(ratio, split)
            largest = np.fmax(largest, _distance(ratio, split))
    dividend = 1.0
    if "adj_close" in old and "adj_close" in new:
        further = _ratio(old, new, "adj_close") / _ratio(old, new, "close")
        dividend = _scaling(further)
        off |= _unlike(further, dividend)
        largest = np.fmax(largest, _distance(further, dividend))
    return split, dividend, off, largest


def _ratio(old: pd.DataFrame, new: pd.DataFrame, name: str) -> Values:
    """Return the ratio of new to old values (bar,); 1 where both are equal or missing."""
    before, after = old[name].to_numpy(float), new[name].to_numpy(float)
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(same, 1.0, after / before)


def _scaling(ratio: Values) -> float:
    """Return the scale of the older bars: adjustments reach back to the oldest bar."""
    oldest = ratio[: max(5, len(ratio) // 10)]
    oldest = oldest[np.isfinite(oldest)]
    usual = float(np.median(oldest)) if len(oldest) else 1.0
    return usual if abs(usual - 1) > PRICE_TOLERANCE else 1.0


def _unlike(ratio: Values, usual: float) -> Flags:
    """Flag ratios that are neither 1 nor the usual one;
    a bar that lost or gained a price counts."""
    with np.errstate(invalid="ignore"):
        return ~(_distance(ratio, usual) <= PRICE_TOLERANCE)


def _distance(ratio: Values, usual: float) -> Values:
    """Measure how far a ratio is from 1 or from the usual one, whichever is nearer (bar,)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.minimum(np.abs(ratio - 1), np.abs(ratio / usual - 1))


def _mended(old: PriceHistory, new: PriceHistory, common: pd.Index, largest: Values) -> Flags:
    """Flag large changes that correct a stored bar that was an error by itself, and is none now."""
    if not (largest > LARGEST_REVISION).any():
        return np.zeros(len(common), bool)
    wrong, still = (bars_in_error(history) for history in (old, new))
    return np.asarray(common.isin(wrong.difference(still)), bool)


def _large(dates: pd.Index, largest: Values) -> list[str]:
    """Name the bar that a correction would move too far, in words."""
    far = np.flatnonzero(largest > LARGEST_REVISION)
    if not len(far):
        return []
    worst = int(far[np.argmax(largest[far])])
    (day,) = _named(dates[[worst]])
    return [f"the stored bar of {day} would change {_size(float(largest[worst]))}"]


def _size(change: float) -> str:
    """Say how far a bar would move: beyond ten times a percentage says nothing."""
    if not np.isfinite(change):
        return "beyond all bounds"
    return f"by {change:.0%}" if change < 10 else f"by a factor of {change + 1:.3g}"


def _volumes(old: pd.DataFrame, new: pd.DataFrame, split: float, revised: Flags) -> tuple[int, int]:
    """Count the bars with another volume but the same prices, and those with an impossible one."""
    if "volume" not in old or "volume" not in new:
        return 0, 0
    ratio = _ratio(old, new, "volume")
    with np.errstate(invalid="ignore"):
        near = (np.abs(ratio - 1) <= VOLUME_TOLERANCE) | (
            np.abs(ratio * split - 1) <= VOLUME_TOLERANCE
        )
        scaled = np.where(near, 1.0, ratio * split)
        wild = ~((scaled > 1 / LARGEST_VOLUME) & (scaled < LARGEST_VOLUME))
    traded = old["volume"].to_numpy(float) > 0
    return int((~near & ~revised).sum()), int((wild & traded).sum())


def _live(history: PriceHistory) -> list[pd.Timestamp]:
    """Return bars that were stored before they were finished: no wonder if they differ now."""
    return [pd.Timestamp(day) for day in history.provenance.get("live", [])]


def _named(dates: pd.Index) -> tuple[str, ...]:
    return tuple(
        pd.DatetimeIndex(dates).strftime("%Y-%m-%d" if _daily(dates) else "%Y-%m-%dT%H:%M")
    )


def _daily(dates: pd.Index) -> bool:
    return pd.DatetimeIndex(dates).tz is None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _days(days: tuple[str, ...]) -> str:
    """Count the dates, and name the first few."""
    return f"{len(days)} ({_first(days)})"


def _first(days: tuple[str, ...]) -> str:
    return ", ".join(days[:3]) + (", ..." if len(days) > 3 else "")

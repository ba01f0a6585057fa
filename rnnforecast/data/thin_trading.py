"""Sessions without a price: those of a thinly traded listing, and those that an answer lacks."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.quality import missing_sessions


def lacking_prices(fetched: PriceHistory, *, few: int, share: float) -> tuple[str, ...]:
    """Say how many sessions came without a price, where they are too many to be believed.

    Sessions without any number at all, scattered over the years, are those of a thinly traded
    listing. They count where they are the newest ones, or the majority.

    Args:
        fetched: what has come; its provenance names the sessions that were left out.
        few: so many are never too many.
        share: of the sessions; more are too many.
    """
    dropped = fetched.provenance.get("dropped", {})
    days, idle = (_dates(dropped.get(reason, [])) for reason in ("without_price", "untraded"))
    if fetched.interval != "1d" or not len(days):
        return ()
    if (idle > fetched.last).sum() <= few and len(idle) <= len(fetched):
        days = days.difference(idle)
    missing = missing_sessions(fetched)
    expected = days[:0] if missing is None else missing
    lost = int((days.isin(expected) | (days > fetched.last) | (days < fetched.first)).sum())
    count = len(fetched) + lost
    if lost <= max(few, share * count):
        return ()
    lacking = fetched.provenance.get("lacking") or "the price"
    return (f"{lacking} is missing on {lost} of {count} bars",)


def _dates(days: Sequence[str]) -> pd.DatetimeIndex:
    """Return the naive midnights of days that a provenance names."""
    stamps = pd.DatetimeIndex(list(days))
    return (stamps.tz_localize(None) if stamps.tz is not None else stamps).normalize()

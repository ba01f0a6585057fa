"""Symbols whose source has no newer prices: after how long they count as delisted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from rnnforecast.data import sources
from rnnforecast.data.calendars import calendar
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.intervals import is_intraday, offset
from rnnforecast.errors import DataError

SILENT_SESSIONS = 20
"""Sessions without a bar, by the source's own last answer, after which a symbol is delisted."""
UNANSWERED = "unanswered"
"""Where provenance keeps the last answer that held no bars of a symbol that had some before."""


def unanswered(history: PriceHistory, error: DataError) -> PriceHistory:
    """Return a history that remembers that its source had no bars when it was asked just now.

    Args:
        history: as stored; its bars stay as they are.
        error: what the source's answer was turned into.
    """
    asked_at = pd.Timestamp.now("UTC").isoformat(timespec="seconds")
    note = {"asked_at": asked_at, "answer": error.problem}
    return replace(history, provenance={**history.provenance, UNANSWERED: note})


def last_answer(provenance: Mapping[str, Any]) -> pd.Timestamp | None:
    """Return when a source answered last, with bars or without, in UTC.

    None where it never did, and where its answer says nothing of newer bars: it was asked for those
    up to some day, or has an end itself, as a file and the sample have.
    """
    if not _may_have_newer(provenance):
        return None
    stamps = (
        provenance.get("retrieved_at"),
        (provenance.get(UNANSWERED) or {}).get("asked_at"),
    )
    instants = [pd.Timestamp(stamp) for stamp in stamps if stamp]
    aware = [stamp.tz_localize("UTC") if stamp.tz is None else stamp for stamp in instants]
    return max(aware, default=None)


def _may_have_newer(provenance: Mapping[str, Any]) -> bool:
    name = provenance.get("source")
    ended = name is not None and (name not in sources.names() or not sources.source(name).networked)
    return not ended and (provenance.get("asked") or {}).get("end") is None


def silent_sessions(history: PriceHistory) -> int:
    """Count the sessions after the newest bar, and before the source's last answer, without a bar.

    Neither the day of the newest bar nor that of the answer counts. Bars that are longer than a
    session are over before the count begins.
    """
    answered = last_answer(history.provenance)
    if answered is None:
        return 0
    newest = history.last.tz_localize(None).normalize()
    long = not is_intraday(history.interval) and history.interval != "1d"
    first = newest + offset(history.interval) if long else newest + pd.Timedelta(days=1)
    last = answered.tz_convert("UTC").tz_localize(None).normalize() - pd.Timedelta(days=1)
    if (last - first).days < SILENT_SESSIONS - 1:  # too few days, whatever the calendar says
        return 0
    return len(calendar(history.sessions, first).sessions(first, last))


def is_delisted(history: PriceHistory) -> bool:
    """Return whether a symbol counts as delisted.

    Its source must have answered itself; that nobody has asked for long proves nothing.
    """
    return silent_sessions(history) >= SILENT_SESSIONS

"""What a user should know about prices that were stored just now, in words."""

from __future__ import annotations

from collections.abc import Sequence

from rnnforecast.data.corporate_actions import unapplied_splits
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.revisions import Change


def calendar_moved(stored: PriceHistory | None, fetched: PriceHistory) -> tuple[str, ...]:
    """Say that another calendar than before follows from the answer, where one does."""
    if stored is None or stored.sessions == fetched.sessions:
        return ()
    return (f"the calendar is {fetched.sessions} now, it was {stored.sessions}; see --sessions",)


def warnings_of(history: PriceHistory, change: Change, *, replaced: bool) -> tuple[str, ...]:
    """Return what a user should know about what was stored.

    Args:
        history: as stored.
        change: what that changed.
        replaced: whether bars that did not come again are gone.
    """
    provenance = history.provenance
    dropped, idle = (
        provenance.get("dropped", {}).get(reason, []) for reason in ("without_price", "untraded")
    )
    lacking = provenance.get("lacking") or "price"
    missing = provenance["missing_sessions"]
    kept = [] if replaced else [day[:10] for day in change.vanished]
    other = [day[:10] for day in dropped if day not in idle]
    sentences = {
        f"no {lacking} on {counted(other)}": other,
        f"neither price nor volume on {counted([day[:10] for day in idle])}": idle,
        f"kept {counted(kept)} that did not come again": kept,
        f"lacks {counted(missing or [])}": missing,
        f"{len(provenance.get('live', []))} unfinished bar": provenance.get("live"),
        **dict.fromkeys(unapplied_splits(history.bars), True),
    }
    return tuple(text for text, applies in sentences.items() if applies)


def counted(days: Sequence[str]) -> str:
    """Count the days, and name the last few, which matter most."""
    plural, more = "" if len(days) == 1 else "s", "..., " if len(days) > 3 else ""
    return f"{len(days)} session{plural} ({more}{', '.join(days[-3:])})"

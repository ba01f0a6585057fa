"""Read what was forecast of a symbol beside the prices that have come since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import used_bars
from rnnforecast.pipeline.track import Track, track
from rnnforecast.pipeline.track_storage import entries_of
from rnnforecast.runs import Part
from rnnforecast.runs.artifacts import read_experiment
from rnnforecast.runs.track_record import Kind, TrackEntry


def load_track(part: Part | Sequence[Part], store: Store, kind: Kind = "live") -> Track:
    """Match the track record of one symbol with its newest stored prices.

    Args:
        part: whose record; or several, oldest first, whose records are read as one.
        store: with the newest prices.
        kind: live forecasts, or replays.

    Raises:
        DataError: if the prices are not stored.
        RunError: if the record was altered or is damaged.
    """
    parts = (part,) if isinstance(part, Part) else part
    entries = [entry for part in parts for entry in entries_of(part)]
    return track(first_said(entries), outcomes_of(parts[-1], store), kind)


def outcomes_of(part: Part, store: Store) -> PriceHistory:
    """Load the prices of a symbol as a run uses them, but beyond the end of what it learned from.

    Raises:
        DataError: if they are not stored.
    """
    return outcomes_in(part, store.load(part.symbol, read_experiment(part).data.interval))


def outcomes_in(part: Part, history: PriceHistory) -> PriceHistory:
    """Return prices of a symbol as a run uses them, but beyond the end of what it learned from."""
    return used_bars(read_experiment(part).open_ended(), history)[0]


def first_said(entries: Iterable[TrackEntry]) -> list[TrackEntry]:
    """Return one entry for each day, in the order of days: what was said first, by whatever run."""
    firsts: dict[tuple[str, str, str], TrackEntry] = {}
    for entry in sorted(entries, key=lambda entry: entry.made_at):
        firsts.setdefault(entry.key, entry)
    return sorted(firsts.values(), key=lambda entry: entry.origin)

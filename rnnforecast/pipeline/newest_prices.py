"""Newer prices of what is stored, each from the source that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnforecast.data import sources
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.store import Store
from rnnforecast.data.update import Outcome, Request, refresh_all
from rnnforecast.errors import DataError, NetworkError

USUAL = "yahoo"
"""The source of what is not stored yet."""


def refresh_stored(store: Store, symbols: Sequence[str], interval: str = "1d") -> Iterator[Outcome]:
    """Ask for newer prices of some symbols; the failure of one is its own outcome.

    Args:
        store: to fill.
        symbols: stored ones, and new ones in Yahoo's spelling.
        interval: length of a bar.

    Yields:
        what became of each; one that was not asked for has an error that says why.
    """
    groups: dict[str, list[str]] = {}
    for symbol in symbols:
        groups.setdefault(source_of(store, symbol, interval), []).append(symbol)
    for name, group in groups.items():
        if name not in sources.names():
            yield from (Outcome(symbol, error=_imported(symbol)) for symbol in group)
            continue
        for outcome in _refresh(store, name, group, interval):
            left = NetworkError("the source refused others before it", "call again later")
            yield Outcome(outcome.symbol, error=left) if outcome.left else outcome


def source_of(store: Store, symbol: str, interval: str) -> str:
    """Return the name of the source that stored prices came from; the usual one where unknown."""
    try:
        provenance = store.record(symbol.upper(), interval)["provenance"]
    except DataError:
        return USUAL
    return str(provenance.get("source") or USUAL)


def _refresh(store: Store, name: str, symbols: Sequence[str], interval: str) -> Iterator[Outcome]:
    place, patience = sources.source(name), Patience()
    request = Request(interval, windows=tuple(place.windows.items()), source=place.title)

    def ask(symbol: str, interval: str, start: str | None, end: str | None) -> PriceHistory:
        return place.history(sources.Question(symbol, interval, start, end, patience, False))

    return refresh_all(store, symbols, request, ask, place.pace_s)


def _imported(symbol: str) -> DataError:
    return DataError(
        f"the prices of {symbol} were imported from a file, and cannot be fetched",
        "import a newer file: rnnforecast data import FILE",
    )

"""From an answer to the store: ask, compare, and replace only what may be replaced."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.intervals import check_interval, is_intraday
from rnnforecast.data.quality import missing_sessions
from rnnforecast.data.records import DamagedError
from rnnforecast.data.revisions import Change, compare, merge
from rnnforecast.data.silence import unanswered
from rnnforecast.data.sources.failures import NoBarsError
from rnnforecast.data.store import Store
from rnnforecast.data.symbols import check_day, check_symbol
from rnnforecast.data.update_notes import calendar_moved, counted, warnings_of
from rnnforecast.errors import DataError, NetworkError, RateLimitError, RnnForecastError, UsageError

OUTAGE = 3
"""After this many symbols in a row that could not be reached, the network is down."""

Ask = Callable[[str, str, "str | None", "str | None"], PriceHistory]
"""(symbol, interval, start, end) to finished bars."""


@dataclass(frozen=True)
class Request:
    """The bars to fetch, and what may be done to the store.

    Args:
        interval: length of a bar.
        start: ISO date of the first bar wanted; by default what was asked for before, else the
            oldest there is.
        end: ISO date of the last bar wanted, included; by default the newest that is finished.
        full: the oldest there is, whatever was asked for before.
        accept_revision: replace stored bars even where many of them vanish or change.
        strict: refuse bars with missing sessions.
        sessions: the calendar that the user names; by default the one named before, else guessed.
        windows: days back that the source has bars for, by interval.
        source: what people call it.

    Raises:
        UsageError: if it cannot be meant, or the source's window is too short for it.
    """

    interval: str = "1d"
    start: str | None = None
    end: str | None = None
    full: bool = False
    accept_revision: bool = False
    strict: bool = False
    sessions: str | None = None
    windows: tuple[tuple[str, int], ...] = ()
    source: str = "Yahoo"

    def __post_init__(self) -> None:
        check_interval(self.interval)
        check_day(self.start)
        check_day(self.end)
        if self.start and self.end and self.start > self.end:
            raise UsageError(f"--start {self.start} is after --end {self.end}", "swap them")
        reach = dict(self.windows).get(self.interval)
        oldest = pd.Timestamp.now() - pd.Timedelta(days=(reach or 0) + 1)
        if reach and self.start and pd.Timestamp(self.start) < oldest:
            raise UsageError(
                f"{self.source} gives {self.interval} bars of the last {reach} days only, "
                f"not from {self.start}",
                "ask for a later --start or a longer --interval; what is stored stays, so fetch "
                "often",
            )


@dataclass(frozen=True)
class Outcome:
    """The result for one symbol.

    Args:
        symbol: as stored.
        history: what is stored now, where it went well.
        change: what that changed.
        warnings: what is wrong with it.
        error: why it failed, where it did.
        left: whether it was not asked for any more.
    """

    symbol: str
    history: PriceHistory | None = None
    change: Change | None = None
    warnings: tuple[str, ...] = field(default=())
    error: RnnForecastError | None = None
    left: bool = False


def refresh(store: Store, symbol: str, request: Request, ask: Ask) -> Outcome:
    """Fetch one symbol into the store.

    Daily and longer bars are asked for whole and replaced whole, so that splits, dividends and late
    corrections are right by construction. Intraday bars, of which Yahoo keeps the newest only, are
    merged with the stored ones. A few stored bars that do not come again stay as well. That a
    source has no bars any more of what is stored is remembered: see ``data.silence``.

    Raises:
        DataError: if the symbol is none, has no bars, or would lose stored bars; nothing changes.
        NetworkError: if the source could not be asked.
    """
    symbol = check_symbol(symbol).upper()
    stored = _stored(store, symbol, request)
    try:
        fetched = ask(symbol, request.interval, *_range(request, stored))
    except NoBarsError as error:
        if request.start is None and request.end is None:
            _remember(store, symbol, request, error)
        raise
    with store.lock(symbol):
        stored = _stored(store, symbol, request)  # another process may have been faster
        fetched = _with_known(fetched, stored, request)
        change = compare(stored, fetched)
        moved = calendar_moved(stored, fetched)
        if not request.accept_revision:
            _refuse(stored, fetched, change)
        if stored is not None and _keeps(stored, request):
            fetched = replace(fetched, bars=merge(stored, fetched, change))
        history = _with_provenance(fetched, request, change, stored)
        missing = history.provenance["missing_sessions"]
        if request.strict and missing:
            raise DataError(
                f"{symbol} lacks {counted(missing)}", "leave out --strict to store it as it is"
            )
        store.save(history)
    return Outcome(
        symbol,
        history,
        change,
        (*warnings_of(history, change, replaced=request.accept_revision), *moved),
    )


def _remember(store: Store, symbol: str, request: Request, error: NoBarsError) -> None:
    """Note beside the stored bars that their source has none any more; the bars stay."""
    if not store.holds(symbol, request.interval):
        return
    with store.lock(symbol):
        stored = _stored(store, symbol, request)
        if stored is not None:
            store.save(unanswered(stored, error))


def refresh_all(
    store: Store,
    symbols: Sequence[str],
    request: Request,
    ask: Ask,
    pace_s: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Outcome]:
    """Fetch symbols one after the other; the failure of one is its own outcome.

    Where the source refuses, or cannot be reached for several in a row, the rest is left alone.

    Args:
        store: to fill.
        symbols: in the source's spelling.
        request: for each of them.
        ask: the source.
        pace_s: seconds between two symbols.
        sleep: waits; replaced in tests.
    """
    unreached = 0
    for position, symbol in enumerate(symbols):
        if position:
            sleep(pace_s)
        try:
            outcome = refresh(store, symbol, request, ask)
        except RnnForecastError as error:
            outcome = Outcome(symbol, error=error)
        yield outcome
        unreached = unreached + 1 if isinstance(outcome.error, NetworkError) else 0
        if isinstance(outcome.error, RateLimitError) or unreached == OUTAGE:
            yield from (Outcome(name, left=True) for name in symbols[position + 1 :])
            return


def stored_outcome(store: Store, symbol: str, interval: str) -> Outcome:
    """Return what is stored, without asking anybody."""
    try:
        name = check_symbol(symbol).upper()
        if not store.holds(name, interval):
            raise NetworkError(
                f"no {interval} prices of {symbol} are stored, and --offline asks nobody",
                "leave out --offline",
            )
        return Outcome(symbol, store.load(name, interval), Change())
    except RnnForecastError as error:
        return Outcome(symbol, error=error)


def adopt(store: Store, history: PriceHistory, *, accept_revision: bool = False) -> Change:
    """Store a history that has come from elsewhere, unless it would lose or change many bars.

    Raises:
        DataError: saying what it would have changed; nothing is changed.
    """
    with store.lock(history.symbol):
        history, change = _adopted(store, history, accept_revision=accept_revision)
        store.save(history)
    return change


def preview(store: Store, history: PriceHistory, *, accept_revision: bool = False) -> Change:
    """Return what storing a history would change; nothing is stored.

    Raises:
        DataError: if it would lose or change many stored bars.
    """
    return _adopted(store, history, accept_revision=accept_revision)[1]


def _adopted(
    store: Store, history: PriceHistory, *, accept_revision: bool
) -> tuple[PriceHistory, Change]:
    """Return the history as it would be stored, and what that changes."""
    request = Request(accept_revision=accept_revision, sessions=None)
    stored = store.find(history.symbol, history.interval)
    history = _with_known(history, stored, request)
    change = compare(stored, history)
    if not accept_revision:
        _refuse(stored, history, change)
        if stored is not None and change.vanished:
            history = replace(history, bars=merge(stored, history, change))
    return history, change


def _stored(store: Store, symbol: str, request: Request) -> PriceHistory | None:
    """Load what is stored; damaged daily bars come again and count as none.

    Raises:
        DataError: if intraday bars are damaged: those before the source's window would be lost.
    """
    try:
        return store.load(symbol, request.interval)
    except DamagedError as error:
        if is_intraday(request.interval) and not request.accept_revision:
            raise DataError(
                f"{error.problem}; a fetch would lose the bars that no longer come",
                "put the file back from a copy, or start over with --accept-revision",
            ) from None
        return None
    except DataError:
        return None


def _keeps(stored: PriceHistory, request: Request) -> bool:
    """Say whether stored bars that did not come stay:
    the source's window moved on, or it forgot one."""
    return (stored.intraday and not request.full) or not request.accept_revision


def _with_known(
    fetched: PriceHistory, stored: PriceHistory | None, request: Request
) -> PriceHistory:
    """Add what is known of the history: its currency, and the calendar that the user named."""
    provenance = dict(fetched.provenance)
    currency, sessions = fetched.currency, request.sessions
    if stored is not None:
        currency = currency or stored.currency
        if sessions is None and stored.provenance.get("sessions_from") == "user":
            sessions = None if "sessions_from" in provenance else stored.sessions
    if sessions is not None:
        provenance["sessions_from"] = "user"
    return replace(
        fetched,
        currency=currency,
        sessions=sessions or fetched.sessions,
        provenance=provenance,
    )


def _range(request: Request, stored: PriceHistory | None) -> tuple[str | None, str | None]:
    """Return the range to ask for: what is wanted and what is stored, whichever reaches further."""
    start, end = request.start, request.end
    if request.full:
        return None, end
    if stored is None:
        return start, end
    asked = stored.provenance.get("asked", {}).get("start")
    if is_intraday(request.interval):
        overlap = f"{stored.last - pd.Timedelta(days=7):%Y-%m-%d}"
        unbounded = request.interval not in dict(request.windows)
        return (min(start, overlap) if start else overlap if unbounded else None), end
    start = min(start or asked, f"{stored.first:%Y-%m-%d}") if asked else None
    return start, max(end, f"{stored.last:%Y-%m-%d}") if end else None


def _refuse(stored: PriceHistory | None, fetched: PriceHistory, change: Change) -> None:
    """Keep what is stored where the new answer looks worse.

    Raises:
        DataError: saying what it would have changed.
    """
    reason = change.refusal
    if stored is not None and stored.currency and fetched.currency != stored.currency:
        reason = f"prices are in {fetched.currency} now, those stored in {stored.currency}"
    from_file = fetched.provenance.get("source") == "file"
    remedy = "correct the file" if from_file else "try again another day"
    if reason and stored is None:
        raise DataError(
            f"{fetched.symbol}: {reason}; nothing is stored",
            f"{remedy}, or store it with --accept-revision",
        )
    if reason:
        raise DataError(
            f"{fetched.symbol}: {reason}; the stored bars are kept",
            f"{remedy}, or replace them with --accept-revision",
        )


def _with_provenance(
    fetched: PriceHistory, request: Request, change: Change, stored: PriceHistory | None
) -> PriceHistory:
    """Add what was asked, what it changed and what the history lacks."""
    missing = missing_sessions(fetched)
    start = None if request.full else request.start
    if start is None and stored is not None and not request.full:
        start = stored.provenance.get("asked", {}).get("start")
    details: dict[str, Any] = {
        "asked": {
            "symbol": fetched.symbol,
            "interval": request.interval,
            "start": start,
            "end": request.end,
        },
        "retrieved_at": pd.Timestamp.now("UTC").isoformat(timespec="seconds"),
        "change": change.to_dict(),
        "missing_sessions": None if missing is None else [f"{day:%Y-%m-%d}" for day in missing],
    }
    return replace(fetched, provenance={**fetched.provenance, **details})

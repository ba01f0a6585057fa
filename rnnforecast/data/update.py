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
from rnnforecast.data.revisions import Change, compare, merge
from rnnforecast.data.store import Store
from rnnforecast.data.symbols import check_day, check_symbol
from rnnforecast.errors import DataError, NetworkError, RateLimitError, RnnForecastError, UsageError

WINDOWS = {"1m": 7, "2m": 59, "5m": 59, "15m": 59, "30m": 59, "90m": 59, "60m": 729, "1h": 729}
"""Days back that Yahoo has bars for; of 1m it gives seven days at a time."""
OUTAGE = 3
"""After this many symbols in a row that could not be reached, the network is down, not the symbol."""

Ask = Callable[[str, str, "str | None", "str | None"], PriceHistory]
"""(symbol, interval, start, end) to finished bars."""


@dataclass(frozen=True)
class Request:
    """What to fetch, and what may be done to the store.

    Args:
        interval: length of a bar.
        start: ISO date of the first bar wanted; by default what was asked for before, else the oldest there is.
        end: ISO date of the last bar wanted, included; by default the newest that is finished.
        full: the oldest there is, whatever was asked for before.
        accept_revision: replace stored bars even where many of them vanish or change.
        strict: refuse bars with missing sessions.

    Raises:
        UsageError: if it cannot be meant, or Yahoo's window is too short for it.
    """

    interval: str = "1d"
    start: str | None = None
    end: str | None = None
    full: bool = False
    accept_revision: bool = False
    strict: bool = False

    def __post_init__(self) -> None:
        check_interval(self.interval)
        check_day(self.start)
        check_day(self.end)
        if self.start and self.end and self.start > self.end:
            raise UsageError(f"--start {self.start} is after --end {self.end}", "swap them")
        reach = WINDOWS.get(self.interval)
        if (
            reach
            and self.start
            and pd.Timestamp(self.start) < pd.Timestamp.now() - pd.Timedelta(days=reach + 1)
        ):
            raise UsageError(
                f"Yahoo gives {self.interval} bars of the last {reach} days only, not from {self.start}",
                "ask for a later --start or a longer --interval; what is stored stays, so fetch often",
            )


@dataclass(frozen=True)
class Outcome:
    """What became of one symbol.

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
    merged with the stored ones.

    Raises:
        DataError: if the symbol is none, has no bars, or would lose stored bars; nothing is changed.
        NetworkError: if the source could not be asked.
    """
    symbol = check_symbol(symbol).upper()
    stored = store.find(symbol, request.interval)
    fetched = ask(symbol, request.interval, *_range(request, stored))
    with store.lock(symbol):
        stored = store.find(symbol, request.interval)  # another process may have been faster
        change = compare(stored, fetched)
        if stored is not None and not request.accept_revision:
            _refuse(stored, fetched, change)
        if stored is not None and is_intraday(request.interval) and not request.full:
            fetched = replace(fetched, bars=merge(stored, fetched, change))
        history = _with_provenance(fetched, request, change, stored)
        missing = history.provenance["missing_sessions"]
        if request.strict and missing:
            raise DataError(
                f"{symbol} lacks {_counted(missing)}", "leave out --strict to store it as it is"
            )
        store.save(history)
    return Outcome(symbol, history, change, _warnings(history))


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
        symbols: in Yahoo's spelling.
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
            yield from (Outcome(one, left=True) for one in symbols[position + 1 :])
            return


def stored_outcome(store: Store, symbol: str, interval: str) -> Outcome:
    """What is stored, without asking anybody."""
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
    """Store a history that has come from elsewhere, unless it would lose or change many stored bars.

    Raises:
        DataError: saying what it would have changed; nothing is changed.
    """
    with store.lock(history.symbol):
        change = preview(store, history, accept_revision=accept_revision)
        store.save(history)
    return change


def preview(store: Store, history: PriceHistory, *, accept_revision: bool = False) -> Change:
    """Return what storing a history would change; nothing is stored.

    Raises:
        DataError: if it would lose or change many stored bars.
    """
    stored = store.find(history.symbol, history.interval)
    change = compare(stored, history)
    if stored is not None and not accept_revision:
        _refuse(stored, history, change)
    return change


def _range(request: Request, stored: PriceHistory | None) -> tuple[str | None, str | None]:
    """The range to ask for: what is wanted and what is stored, whichever reaches further."""
    start, end = request.start, request.end
    if request.full:
        return None, end
    if stored is None:
        return start, end
    asked = stored.provenance.get("asked", {}).get("start")
    if is_intraday(request.interval):
        overlap = f"{stored.last - pd.Timedelta(days=7):%Y-%m-%d}"
        return (min(start, overlap) if start else None), end
    start = min(start or asked, f"{stored.first:%Y-%m-%d}") if asked else None
    return start, max(end, f"{stored.last:%Y-%m-%d}") if end else None


def _refuse(stored: PriceHistory, fetched: PriceHistory, change: Change) -> None:
    """Keep what is stored where the new answer looks worse.

    Raises:
        DataError: saying what it would have changed.
    """
    reason = change.refusal
    if stored.currency and fetched.currency and stored.currency != fetched.currency:
        reason = f"prices are in {fetched.currency} now, those stored in {stored.currency}"
    if reason:
        raise DataError(
            f"{stored.symbol}: {reason}; the stored bars are kept",
            "try again another day, or replace them with --accept-revision",
        )


def _with_provenance(
    fetched: PriceHistory, request: Request, change: Change, stored: PriceHistory | None
) -> PriceHistory:
    """The history with what was asked, what it changed and what it lacks."""
    missing = missing_sessions(fetched)
    start = None if request.full else request.start
    if start is None and stored is not None and not request.full:
        start = stored.provenance.get("asked", {}).get("start")
    told: dict[str, Any] = {
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
    return replace(fetched, provenance={**fetched.provenance, **told})


def _warnings(history: PriceHistory) -> tuple[str, ...]:
    """What a user should know about what was stored."""
    provenance = history.provenance
    dropped = provenance.get("dropped", {}).get("without_price", [])
    missing = provenance["missing_sessions"]
    told = {
        f"no price on {_counted([day[:10] for day in dropped])}": dropped,
        f"lacks {_counted(missing or [])}": missing,
        f"{len(provenance.get('live', []))} unfinished bar": provenance.get("live"),
    }
    return tuple(text for text, applies in told.items() if applies)


def _counted(days: Sequence[str]) -> str:
    """How many days, and the last few, which matter most."""
    plural, more = "" if len(days) == 1 else "s", "..., " if len(days) > 3 else ""
    return f"{len(days)} session{plural} ({more}{', '.join(days[-3:])})"

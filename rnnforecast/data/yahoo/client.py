"""Prices from Yahoo through yfinance: the only module that touches the network.

yfinance hides failures unless asked not to, replays cached 5xx answers and waits 30 s for a cookie.
So every request goes through a session of ours that bounds and records it, each try starts with
clear caches, and what went wrong is read from the HTTP status first.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import random
import sqlite3
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import platformdirs

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.symbols import check_symbol
from rnnforecast.data.yahoo.failures import Failure, diagnose

if TYPE_CHECKING:
    import pandas as pd
    from curl_cffi import requests

CHART = "/v8/finance/chart/"
LONGEST_WAIT_S = 120.0


@dataclass(frozen=True)
class Patience:
    """How long to wait for Yahoo.

    Args:
        tries: at most this many for one symbol.
        timeout_s: for each request, the cookie's included.
        wait_s: before the second try; doubled for each further one, four times as long after a refusal.
        sleep: waits; replaced in tests.
    """

    tries: int = 4
    timeout_s: float = 10.0
    wait_s: float = 2.0
    sleep: Callable[[float], None] = time.sleep

    def before(self, attempt: int, failure: Failure) -> float:
        """Seconds to wait before a try (from 1), with jitter; at least what Yahoo asked for."""
        backoff: float = self.wait_s * 2 ** (attempt - 1) * (4 if failure.refused else 1)
        return min(max(backoff, failure.retry_after_s) * random.uniform(1.0, 1.25), LONGEST_WAIT_S)


@dataclass
class Wire:
    """What went over the wire in one try: one entry for each request."""

    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def charts(self) -> list[dict[str, Any]]:
        """The requests for bars."""
        return [entry for entry in self.log if entry["path"].startswith(CHART)]


def fetch(
    symbol: str,
    interval: str = "1d",
    start: str | None = None,
    end: str | None = None,
    patience: Patience = Patience(),
    *,
    include_live: bool = False,
) -> PriceHistory:
    """Fetch the bars of one symbol.

    Args:
        symbol: in Yahoo's spelling.
        interval: ``1d``, ``1wk``, ``1mo``, ``1h``, ...
        start: ISO date of the first bar; by default the oldest that Yahoo has.
        end: ISO date of the last bar, included; by default the newest that is finished.
        patience: tries, time-outs and waits.
        include_live: keep a bar that is not finished; provenance names it.

    Raises:
        DataError: if Yahoo does not know the symbol, or has no bars in that range.
        NetworkError: if Yahoo could not be reached, refused, or answered with something unreadable.
    """
    from rnnforecast.data.yahoo.response import read_answer

    symbol = check_symbol(symbol).upper()
    for attempt in range(1, patience.tries + 1):
        wire = Wire()
        try:
            frame, meta = _ask(symbol, interval, start, wire, patience.timeout_s)
        except _expected_failures() as error:
            failure = diagnose(error, wire.charts)
            if not failure.retryable or attempt == patience.tries:
                raise failure.error(symbol, attempt) from error
            patience.sleep(patience.before(attempt, failure))
        else:
            history = read_answer(
                symbol, interval, frame, meta, _provenance(wire, attempt), include_live=include_live
            )
            return history.between(start, end)
    raise AssertionError("every try returns or raises")


def _ask(
    symbol: str, interval: str, start: str | None, wire: Wire, timeout_s: float
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """One try: the frame and the metadata of Yahoo's answer."""
    import yfinance
    from yfinance.data import YfData

    _use_cache(Path(platformdirs.user_cache_dir("rnnforecast")) / "yfinance")
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what it logs is raised as well
    yfinance.config.debug.hide_exceptions = False
    YfData.cache_get.cache_clear()  # else a cached 5xx answer would be replayed
    ticker = yfinance.Ticker(symbol, session=_session(wire, timeout_s))
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", module="yfinance"
        )  # what it owes pandas is not the user's business
        frame = ticker.history(
            start=start, period=None if start else "max", interval=interval, auto_adjust=False, actions=True,
            keepna=True, repair=False, timeout=timeout_s,
        )  # fmt: skip
    lazy = ticker.history_metadata  # iterating over its values would ask Yahoo again
    meta = {name: lazy[name] for name in lazy if name != "tradingPeriods"}
    meta["answered_at"] = next(
        (entry["date"] for entry in reversed(wire.log) if entry.get("date")), None
    )
    return frame, meta


@functools.cache
def _use_cache(folder: Path) -> None:
    """Keep yfinance's cookies and time zones in a folder of ours, once, without damaged files.

    yfinance itself fails with every request, for ever, once one of its caches is damaged.
    """
    import yfinance

    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # cookies are nobody else's business, and yfinance unpickles them
    for path in folder.glob("*.db"):
        try:
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA quick_check").fetchall()
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
    yfinance.set_tz_cache_location(str(folder))


def _session(wire: Wire, timeout_s: float) -> requests.Session[Any]:
    """The session that yfinance itself would use, with every request bounded and recorded."""
    from curl_cffi import requests

    class Observed(requests.Session[Any]):
        def request(self, method: Any, url: str, *arguments: Any, **settings: Any) -> Any:
            settings["timeout"] = min(float(settings.get("timeout") or timeout_s), timeout_s)
            entry: dict[str, Any] = {"path": urlsplit(url).path}
            wire.log.append(entry)
            answer = super().request(method, url, *arguments, **settings)
            headers = answer.headers
            entry |= {
                "status": answer.status_code,
                "date": headers.get("Date"),
                "retry_after": headers.get("Retry-After"),
            }
            entry |= {
                "url": _without_crumb(answer.url),
                "sha256": hashlib.sha256(answer.content).hexdigest(),
            }
            return answer

    return Observed(impersonate="chrome")


def _without_crumb(url: str) -> str:
    """The address without the session's secret."""
    parts = urlsplit(url)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name != "crumb"])
    return parts._replace(query=query).geturl()


def _provenance(wire: Wire, attempts: int) -> dict[str, Any]:
    """Where the bars come from."""
    from importlib.metadata import version

    bars = wire.charts[-1]
    return {
        "source": "yahoo",
        "url": bars["url"],
        "answer_sha256": bars["sha256"],
        "attempts": attempts,
        "yfinance": version("yfinance"),
        "curl_cffi": version("curl_cffi"),
    }


def _expected_failures() -> tuple[type[Exception], ...]:
    """What yfinance and its HTTP client raise when an answer is missing or unreadable."""
    import peewee
    from curl_cffi.requests.exceptions import RequestException
    from yfinance.exceptions import YFException

    return (
        YFException,
        RequestException,
        peewee.DatabaseError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
    )

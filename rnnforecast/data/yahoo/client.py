"""Prices from Yahoo through yfinance.

yfinance hides failures unless asked not to, replays cached 5xx answers and waits 30 s for a cookie.
So every request goes through a session of ours that bounds and records it, each try starts with
clear caches, and what went wrong is read from the HTTP status first.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pandas as pd
import platformdirs
import yfinance
from curl_cffi import requests

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sources.failures import Failure, instant_of
from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.symbols import check_symbol
from rnnforecast.data.yahoo import seams
from rnnforecast.data.yahoo.failures import diagnose
from rnnforecast.data.yahoo.response import read_answer

CHART = "/v8/finance/chart/"
USUAL = Patience()
TRUTHS = re.compile(rb"[\[,]\s*(?:true|false)\s*[,\]]")
"""A truth value in a list: all lists of an answer hold prices, stamps or words."""
SHORT = 1 << 16
"""Bytes up to which an answer is looked at for whether it is one."""


@dataclass
class Wire:
    """The traffic of one try: one entry for each request."""

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
    patience: Patience = USUAL,
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
    symbol = check_symbol(symbol).upper()
    for attempt in range(1, patience.tries + 1):
        wire = Wire()
        try:
            frame, meta = _ask(symbol, interval, start, wire, patience.timeout_s)
        except seams.expected_failures() as error:
            failure = diagnose(error, wire.charts)
            if not failure.retryable or attempt == patience.tries:
                raise failure.error(symbol, attempt) from error
            if failure.reason in ("no_answer", "blocked"):
                seams.forget_crumb()
            patience.sleep(patience.before(attempt, failure))
            continue
        if any(entry.get("truths") for entry in wire.charts):  # pandas would read true as 1
            failure = Failure("unreadable_answer", detail="true or false instead of a number")
            raise failure.error(symbol, attempt)
        provenance = _provenance(wire, attempt)
        try:
            history = read_answer(
                symbol, interval, frame, meta, provenance, include_live=include_live
            )
        except (
            ValueError,
            KeyError,
            TypeError,
            IndexError,
            AttributeError,
            OverflowError,
        ) as error:
            unreadable = Failure("unreadable_answer", detail=str(error) or type(error).__name__)
            raise unreadable.error(symbol, attempt) from error
        return history.between(start, end)
    raise AssertionError("every try returns or raises")


def _ask(
    symbol: str, interval: str, start: str | None, wire: Wire, timeout_s: float
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Ask once, and return the frame and the metadata of Yahoo's answer."""
    seams.use_cache(Path(platformdirs.user_cache_dir("rnnforecast")) / "yfinance")
    session = _session(wire, timeout_s)
    try:
        with seams.strict_yfinance():
            ticker = yfinance.Ticker(symbol, session=session)
            frame = ticker.history(
                start=start, period=None if start else "max", interval=interval,
                auto_adjust=False, actions=True, keepna=True, repair=False, timeout=timeout_s,
            )  # fmt: skip
            lazy = ticker.history_metadata  # iterating over its values would ask Yahoo again
            meta = {name: lazy[name] for name in lazy if name != "tradingPeriods"}
    finally:
        seams.close(session)
    dates = (entry.get("date") for entry in reversed(wire.log))
    meta["answered_at"] = next((date for date in dates if instant_of(date)), None)
    return frame, meta


def _session(wire: Wire, timeout_s: float) -> requests.Session[Any]:
    """Open the session that yfinance itself would use, with every request bounded and recorded."""

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
                "body": _kind_of(answer.content),
                "truths": bool(TRUTHS.search(answer.content)),
            }
            return answer

    return Observed(impersonate="chrome")


def _kind_of(content: bytes) -> str:
    """Classify a body as a ``chart``, other ``json``, or something ``other``.

    Long ones count as charts; whether they can be read turns out later.
    """
    if len(content) > SHORT:
        return "chart"
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return "other"
    chart = isinstance(document, dict) and isinstance(document.get("chart"), dict)
    return "chart" if chart else "json"


def _without_crumb(url: str) -> str:
    """Remove the session's secret from an address."""
    parts = urlsplit(url)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name != "crumb"])
    return parts._replace(query=query).geturl()


def _provenance(wire: Wire, attempts: int) -> dict[str, Any]:
    """Describe where the bars come from."""
    bars = wire.charts[-1]
    return {
        "source": "yahoo",
        "url": bars["url"],
        "answer_sha256": bars["sha256"],
        "attempts": attempts,
        "yfinance": version("yfinance"),
        "curl_cffi": version("curl_cffi"),
    }

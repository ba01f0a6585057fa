"""Binance's public klines: crypto pairs from 2017 on, hours and minutes without a window, no key.

The interface is documented at https://developers.binance.com (GET /api/v3/klines): at most 1,000
bars a request, times in milliseconds since 1970, prices as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from curl_cffi import requests
from curl_cffi.requests import exceptions as http

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sources import Question
from rnnforecast.data.sources.failures import Failure, instant_of, reason_of_status, seconds_of
from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.sources.raw_bars import RawBars, history_of
from rnnforecast.errors import DataError, UsageError

INTERVALS = {
    "1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "60m": "1h", "1h": "1h", "1d": "1d",
    "1wk": "1w", "1mo": "1M",
}  # fmt: skip
"""Our words for the length of a bar, and Binance's."""
PAGE = 1000
"""Bars of one answer."""
QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USD", "EUR", "GBP", "JPY", "TRY", "BRL",
          "BTC", "ETH", "BNB")  # fmt: skip
"""What pairs are priced in, by which their symbols end."""
INVALID_SYMBOL = -1121
UNKNOWN_INTERVAL = -1120


@dataclass(frozen=True)
class Binance:
    """A server of klines.

    Args:
        address: where it is.
    """

    address: str = "https://api.binance.com"
    title: str = "Binance"
    networked: bool = True
    pace_s: float = 0.2
    windows: Mapping[str, int] = field(default_factory=dict)

    def history(self, question: Question) -> PriceHistory:
        """Return finished, checked bars of one pair, such as BTCUSDT or BTC-USDT."""
        if question.interval not in INTERVALS:
            raise UsageError(
                f"Binance has no bars of {question.interval}", f"use one of: {', '.join(INTERVALS)}"
            )
        rows, date, pages = self._rows(question)
        if not rows:
            raise DataError(
                f"Binance has no bars of {question.symbol} in that range", "ask for another range"
            )
        return history_of(question, self._raw(question, rows, date, pages), self.title)

    def _rows(self, question: Question) -> tuple[list[list[Any]], str | None, int]:
        """Fetch all klines of a range, page by page,
        and return them with the clock of the last answer."""
        begin, end = _milliseconds(question.start, 0), _milliseconds(question.end, 1)
        rows: list[list[Any]] = []
        date, pages = None, 0
        with requests.Session() as session:
            while True:
                query: dict[str, Any] = {
                    "symbol": question.symbol.upper().replace("-", ""),
                    "interval": INTERVALS[question.interval],
                    "startTime": begin or 0,
                    "limit": PAGE,
                } | ({"endTime": end - 1} if end else {})
                page, date = self._ask(session, question, query)
                pages += 1
                rows += page
                following = int(page[-1][0]) + 1 if page else 0
                if len(page) < PAGE or following <= (begin or 0):
                    return rows, date, pages
                begin = following

    def _ask(
        self, session: requests.Session[Any], question: Question, query: dict[str, Any]
    ) -> tuple[list[list[Any]], str | None]:
        """Fetch one page, with further tries where that may help."""
        patience = question.patience or Patience()
        for attempt in range(1, patience.tries + 1):
            answer = self._try(session, query, patience.timeout_s)
            if not isinstance(answer, Failure):
                return answer
            if not answer.retryable or attempt == patience.tries:
                raise answer.error(question.symbol, attempt)
            patience.sleep(patience.before(attempt, answer))
        raise AssertionError("every try returns or raises")

    def _try(
        self, session: requests.Session[Any], query: dict[str, Any], timeout_s: float
    ) -> tuple[list[list[Any]], str | None] | Failure:
        """Make one request: return rows and the server's clock, or why there are none."""
        try:
            answer = session.get(f"{self.address}/api/v3/klines", params=query, timeout=timeout_s)
        except http.Timeout:
            return Failure("timeout", source=self.title)
        except (http.SSLError, http.CertificateVerifyError) as error:
            return Failure("tls", detail=str(error), source=self.title)
        except http.RequestException as error:
            return Failure("network", detail=str(error), source=self.title)
        date = answer.headers.get("Date")
        failure = Failure(
            "bad_answer",
            answer.status_code,
            retry_after_s=seconds_of(answer.headers.get("Retry-After"), date),
            source=self.title,
        )
        try:
            document = json.loads(answer.content)
        except (ValueError, RecursionError):
            return replace(failure, reason=reason_of_status(answer.status_code) or "bad_answer")
        if answer.status_code >= 400:
            return replace(failure, **_refusal(document, answer.status_code))
        rows_are = isinstance(document, list) and all(
            isinstance(row, list) and len(row) >= 7 and isinstance(row[0], int) for row in document
        )
        return (document, date) if rows_are else replace(failure, reason="no_answer")

    def _raw(
        self, question: Question, rows: list[list[Any]], date: str | None, pages: int
    ) -> RawBars:
        """Read rows as numbers by their instants."""
        try:
            stamps = pd.to_datetime([int(row[0]) for row in rows], unit="ms", utc=True)
            ends = pd.to_datetime([int(row[6]) + 1 for row in rows], unit="ms", utc=True)
            if any(isinstance(cell, bool) for row in rows for cell in row):
                raise ValueError("true or false instead of a number")
            names = ("open", "high", "low", "close", "volume")
            values = {
                name: [float(row[place]) for row in rows] for place, name in enumerate(names, 1)
            }
        except (ValueError, TypeError, OverflowError) as error:
            failure = Failure("unreadable_answer", detail=str(error), source=self.title)
            raise failure.error(question.symbol, 1) from None
        bars = pd.DataFrame(values, index=pd.DatetimeIndex(stamps))
        fresh = ~bars.index.duplicated(keep="last")
        provenance = {
            "source": "binance",
            "url": f"{self.address}/api/v3/klines",
            "requests": pages,
            "answered_symbol": question.symbol,
        }
        now = pd.Timestamp(instant_of(date) or pd.Timestamp.now("UTC"))
        return RawBars(
            bars[fresh].sort_index(),
            pd.DatetimeIndex(ends)[fresh].sort_values(),
            now,
            "24/7",
            next((quote for quote in QUOTES if question.symbol.upper().endswith(quote)), None),
            provenance,
        )


def _refusal(document: Any, status: int) -> dict[str, Any]:
    """Return the reason and the words of an answer of 400 and above."""
    code = document.get("code") if isinstance(document, dict) else None
    words = str(document.get("msg", "")) if isinstance(document, dict) else ""
    reasons = {INVALID_SYMBOL: "unknown_symbol", UNKNOWN_INTERVAL: "bad_request"}
    reason = reasons.get(code) if isinstance(code, int) else None
    if reason is None and status == 400:
        reason = "bad_request"
    return {"reason": reason or reason_of_status(status) or "bad_answer", "detail": words}


def _milliseconds(day: str | None, days_later: int) -> int | None:
    """Return midnight of a day in UTC, or of a later one, in milliseconds since 1970."""
    if day is None:
        return None
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=days_later)
    return int(moment.timestamp() * 1000)


SOURCE = Binance()

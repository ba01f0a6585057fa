"""What went wrong with a request to Yahoo: read from the HTTP status first, then the exception."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnforecast.data.sources.failures import Failure, reason_of_status, seconds_of
from rnnforecast.data.yahoo.seams import reasons


def diagnose(error: Exception, charts: Sequence[dict[str, Any]]) -> Failure:
    """Return the reason of a failed try.

    Args:
        error: what yfinance or its HTTP client raised.
        charts: requests for bars, with status where one came back, and with what their body held.
    """
    answered = [entry for entry in charts if "status" in entry]
    last = answered[-1] if answered and "status" in charts[-1] else {}
    status = last.get("status")
    detail = str(getattr(error, "yahoo_reason", None) or _own_words(error))
    wait = seconds_of(answered[-1]["retry_after"], answered[-1].get("date")) if answered else 0.0
    return Failure(_reason(error, status, last.get("body", "chart")), status, detail, wait)


def _reason(error: Exception, status: int | None, body: str) -> str:
    """Return the key of the words for a failure.

    Args:
        error: that was raised.
        status: of the last answer.
        body: ``chart`` for an answer to a question for bars, ``json`` for another, else ``other``.
    """
    by_status = reason_of_status(status)
    if by_status:
        return by_status
    by_exception = next((reason for kind, reason in reasons() if isinstance(error, kind)), None)
    if status == 200 and body != "chart" and by_exception in (None, "no_data", "bad_answer"):
        # {}, null, "Invalid Crumb": no answer about this symbol
        return "no_answer" if body == "json" else "bad_answer"
    return by_exception or "unreadable_answer"


def _own_words(error: Exception) -> str:
    """Return the exception's own words.

    yfinance calls every symbol "possibly delisted" that has no bars; Yahoo does not.
    """
    words = str(error) or type(error).__name__
    return "an empty answer" if "delisted" in words else words

"""A failed try has one reason: the status decides first, the exception second."""

from __future__ import annotations

import json

import pytest
from curl_cffi.requests import exceptions as http
from yfinance import exceptions as yahoo

from rnnforecast.data.sources.failures import WORDS, Failure, seconds_of
from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.yahoo.failures import diagnose


def chart(status: int | None, retry_after: str | None = None) -> list[dict[str, object]]:
    return [
        {"path": "/v8/finance/chart/X"}
        | ({} if status is None else {"status": status, "retry_after": retry_after})
    ]


DELISTED = yahoo.YFPricesMissingError("X", "possibly delisted")
CASES = [
    (DELISTED, 401, "blocked"),  # yfinance says "delisted" where Yahoo said "unauthorised"
    (DELISTED, 404, "unknown_symbol"),
    (DELISTED, 400, "no_data"),
    (DELISTED, 422, "bad_request"),
    (json.JSONDecodeError("x", "", 0), 503, "upstream_error"),
    (json.JSONDecodeError("x", "", 0), 200, "bad_answer"),
    (yahoo.YFRateLimitError(), 429, "rate_limited"),
    (http.Timeout("slow"), None, "timeout"),
    (http.SSLError("certificate"), None, "tls"),  # a subclass of ConnectionError
    (http.ConnectionError("refused"), None, "network"),
    (KeyError("currency"), 200, "unreadable_answer"),
]


@pytest.mark.parametrize(("error", "status", "reason"), CASES)
def test_each_failure_has_its_reason(error: Exception, status: int | None, reason: str) -> None:
    assert diagnose(error, chart(status)).reason == reason


def test_nothing_is_called_delisted_unless_yahoo_said_so() -> None:
    for status in (401, 403, 500, 200, None):
        assert diagnose(DELISTED, chart(status)).reason != "unknown_symbol"


@pytest.mark.parametrize("reason", WORDS)
def test_every_reason_has_a_sentence_and_a_remedy(reason: str) -> None:
    failure = Failure(reason, 503, "detail")
    assert "{" not in failure.sentence("X", 3) and failure.remedy


def test_waits_double_and_grow_fourfold_after_a_refusal_and_honour_retry_after() -> None:
    patience = Patience(wait_s=2)
    for attempt, shortest in ((1, 2), (2, 4), (3, 8)):
        assert shortest <= patience.before(attempt, Failure("timeout")) <= 1.25 * shortest
        assert 4 * shortest <= patience.before(attempt, Failure("rate_limited")) <= 5 * shortest
    assert patience.before(1, diagnose(yahoo.YFRateLimitError(), chart(429, "60"))) >= 60
    assert patience.before(9, Failure("rate_limited", retry_after_s=9999)) <= 120


@pytest.mark.parametrize(
    ("header", "now", "seconds"),
    [
        ("60", None, 60), ("0", None, 0), (None, None, 0), ("soon", None, 0), ("-5", None, 0),
        ("9" * 30, None, 0),
        ("Wed, 25 Nov 2026 10:00:30 GMT", "Wed, 25 Nov 2026 10:00:00 GMT", 30),
        ("Wed, 25 Nov 2026 09:00:00 GMT", "Wed, 25 Nov 2026 10:00:00 GMT", 0),
        ("Wed, 99 Nov 2026 09:00:00 GMT", "Wed, 25 Nov 2026 10:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_retry_after_may_be_seconds_or_a_date(
    header: str | None, now: str | None, seconds: float
) -> None:
    assert seconds_of(header, now) == seconds

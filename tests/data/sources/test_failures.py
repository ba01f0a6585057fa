"""Each thing that can go wrong with a request has one sentence, one remedy and one kind."""

from __future__ import annotations

import string

import pytest

from rnnforecast.data.sources.failures import (
    ABOUT_DATA,
    RETRYABLE,
    WORDS,
    Failure,
    NoBarsError,
    instant_of,
    reason_of_status,
    seconds_of,
)
from rnnforecast.errors import NetworkError, RateLimitError


@pytest.mark.parametrize("reason", WORDS)
def test_every_reason_has_its_words_filled_in(reason: str) -> None:
    error = Failure(reason, 503, "why", source="Place").error("BTC-USD", 3)
    assert "{" not in str(error) and "\n" not in str(error) and error.remedy
    fields = {name for _, name, _, _ in string.Formatter().parse(WORDS[reason][0]) if name}
    assert ("3 tries" in str(error)) is ("tries" in fields)
    assert ("BTC-USD" in str(error)) is ("symbol" in fields)


def test_what_is_retried_is_known_and_never_the_questions_fault() -> None:
    assert set(RETRYABLE) | set(ABOUT_DATA) <= set(WORDS)
    assert not set(RETRYABLE) & set(ABOUT_DATA)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("no_data", NoBarsError), ("unknown_symbol", NoBarsError), ("rate_limited", RateLimitError),
     ("blocked", RateLimitError), ("timeout", NetworkError), ("tls", NetworkError)],
)  # fmt: skip
def test_the_kind_of_error_gives_the_exit_code(reason: str, kind: type[Exception]) -> None:
    assert type(Failure(reason).error("X", 1)) is kind


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, "rate_limited"), (403, "blocked"), (451, "blocked"), (404, "unknown_symbol"),
     (400, "no_data"), (422, "bad_request"), (500, "upstream_error"), (599, "upstream_error"),
     (200, None), (302, None), (None, None)],
)  # fmt: skip
def test_what_a_status_says_alone(status: int | None, reason: str | None) -> None:
    assert reason_of_status(status) == reason


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), (" 0 ", 0), (None, 0), ("", 0), ("soon", 0), ("-5", 0), ("1" * 12, 0),
     ("Wed, 21 Oct 2026 07:30:00 GMT", 120), ("Wed, 21 Oct 2026 07:00:00 GMT", 0),
     ("Wed, 21 Oct 1926 07:30:00 GMT", 0)],
)  # fmt: skip
def test_how_long_a_source_asks_to_wait(header: str | None, seconds: float) -> None:
    assert seconds_of(header, now="Wed, 21 Oct 2026 07:28:00 GMT") == seconds


def test_a_time_without_a_zone_is_greenwichs() -> None:
    instant = instant_of("Wed, 21 Oct 2026 07:28:00")
    assert instant is not None and instant.isoformat() == "2026-10-21T07:28:00+00:00"
    assert instant_of("nonsense") is None

"""What can go wrong with a request for prices: one reason, one sentence, one remedy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from rnnforecast.data.symbols import symbol_meant
from rnnforecast.errors import DataError, NetworkError, RateLimitError

RETRYABLE = (
    "rate_limited", "blocked", "timeout", "network", "upstream_error", "bad_answer", "no_answer",
)  # fmt: skip
ABOUT_DATA = ("unknown_symbol", "no_data", "bad_request")
WITHOUT_BARS = ("unknown_symbol", "no_data")
"""What a source says of a symbol that it does not have, or has no longer."""
AGAIN = "run the same command again in some minutes"

WORDS: dict[str, tuple[str, str]] = {
    "unknown_symbol": (
        "{source} knows no symbol {symbol}",
        "look up its spelling there, as BTC-USD on finance.yahoo.com",
    ),
    "no_data": (
        "{source} has no such bars of {symbol} ({detail})",
        "ask for another range or interval",
    ),
    "bad_request": (
        "{source} refuses this range or interval of {symbol} ({detail})",
        "ask for less, or longer bars",
    ),
    "rate_limited": (
        "{source} answers {symbol} with HTTP 429, too many requests, after {tries}",
        AGAIN,
    ),
    "blocked": ("{source} refuses this client, HTTP {status} on {symbol}, after {tries}", AGAIN),
    "timeout": ("{source} did not answer for {symbol} in time, after {tries}", AGAIN),
    "network": (
        "no connection to {source} for {symbol}, after {tries} ({detail})",
        "check the network or the proxy",
    ),
    "tls": (
        "no secure connection to {source} for {symbol} ({detail})",
        "check the clock, the proxy and its certificate",
    ),
    "upstream_error": ("{source} is in trouble, HTTP {status} on {symbol}, after {tries}", AGAIN),
    "bad_answer": (
        "{source}'s answer for {symbol} is not JSON, HTTP {status}, after {tries}",
        AGAIN,
    ),
    "no_answer": (
        "{source}'s answer for {symbol} holds no prices, HTTP {status}, after {tries}",
        AGAIN,
    ),
    "unreadable_answer": (
        "{source}'s answer for {symbol} cannot be read ({detail})",
        "try again another day, or report it",
    ),
    "local_cache": (
        "yfinance's cache cannot be used ({detail})",
        "free some space, or delete rnnforecast/yfinance in your cache folder",
    ),
}


class NoBarsError(DataError):
    """A source has answered that it has no bars of a symbol."""


@dataclass(frozen=True)
class Failure:
    """One failed try.

    Args:
        reason: a key of WORDS.
        status: of the last answer for bars, where there was one.
        detail: what the source or the client said.
        retry_after_s: what the source asked to wait.
        source: what people call it.
    """

    reason: str
    status: int | None = None
    detail: str = ""
    retry_after_s: float = 0.0
    source: str = "Yahoo"

    @property
    def retryable(self) -> bool:
        """Whether another try may help."""
        return self.reason in RETRYABLE

    @property
    def refused(self) -> bool:
        """Whether the source wants to be left alone for a while."""
        return self.reason in ("rate_limited", "blocked")

    @property
    def about_data(self) -> bool:
        """Whether the question is at fault, not the network."""
        return self.reason in ABOUT_DATA

    @property
    def remedy(self) -> str:
        """The user's way out."""
        return WORDS[self.reason][1]

    def error(self, symbol: str, tries: int) -> DataError | NetworkError:
        """Make the error to raise."""
        kind: type[DataError | NetworkError]
        if self.reason in WITHOUT_BARS:
            kind = NoBarsError
        elif self.about_data:
            kind = DataError
        else:
            kind = RateLimitError if self.refused else NetworkError
        meant = symbol_meant(symbol, ()) if self.reason == "unknown_symbol" else ""
        remedy = f"did you mean {meant}?" if meant else self.remedy
        return kind(self.sentence(symbol, tries), remedy)

    def sentence(self, symbol: str, tries: int) -> str:
        """Say what is wrong, for people."""
        counted = f"{tries} {'try' if tries == 1 else 'tries'}"
        detail = self.detail.split(". See https://curl.se")[0][:160]
        return WORDS[self.reason][0].format(
            source=self.source, symbol=symbol, status=self.status, detail=detail, tries=counted
        )


def reason_of_status(status: int | None) -> str | None:
    """Return the reason that an HTTP status gives alone; None where it says nothing."""
    match status:
        case 429:
            return "rate_limited"
        case 401 | 403 | 418 | 451 | 999:
            return "blocked"
        case 404:
            return "unknown_symbol"
        case 400:
            return "no_data"
        case 422:
            return "bad_request"
        case int() if status >= 500:
            return "upstream_error"
    return None


def seconds_of(header: str | None, now: str | None = None) -> float:
    """Return the seconds of a Retry-After header, which may also be a date.

    Args:
        header: its text; none counts as 0, and so does one that cannot be read.
        now: the answer's Date header; by default the local clock is asked.
    """
    text = (header or "").strip()
    if text.isdigit() and len(text) < 10:
        return float(text)
    until, since = instant_of(text), instant_of(now) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds()) if until else 0.0


def instant_of(header: str | None) -> datetime | None:
    """Return the time of an HTTP date; None where there is none, or none of this century."""
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return moment if 2010 <= moment.year <= 2200 else None

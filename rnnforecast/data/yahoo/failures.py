"""What went wrong with a request to Yahoo: read from the HTTP status first, from the exception second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rnnforecast.errors import DataError, NetworkError, RateLimitError

RETRYABLE = ("rate_limited", "blocked", "timeout", "network", "upstream_error", "bad_answer")
ABOUT_DATA = ("unknown_symbol", "no_data", "bad_request")
AGAIN = "run the same command again in some minutes"

WORDS: dict[str, tuple[str, str]] = {
    "unknown_symbol": ("Yahoo knows no symbol {symbol}", "look up its spelling on finance.yahoo.com, as in BTC-USD"),
    "no_data": ("Yahoo has no such bars of {symbol} ({detail})", "ask for another range or interval"),
    "bad_request": ("Yahoo refuses this range or interval of {symbol} ({detail})", "ask for less, or longer bars"),
    "rate_limited": ("Yahoo answers {symbol} with HTTP 429, too many requests, after {tries}", AGAIN),
    "blocked": ("Yahoo refuses this client, HTTP {status} on {symbol}, after {tries}", AGAIN),
    "timeout": ("Yahoo did not answer for {symbol} in time, after {tries}", AGAIN),
    "network": ("no connection to Yahoo for {symbol}, after {tries} ({detail})", "check the network or the proxy"),
    "tls": ("no secure connection to Yahoo for {symbol} ({detail})", "check the clock, the proxy and its certificate"),
    "upstream_error": ("Yahoo is in trouble, HTTP {status} on {symbol}, after {tries}", AGAIN),
    "bad_answer": ("Yahoo's answer for {symbol} is not JSON, HTTP {status}, after {tries}", AGAIN),
    "unreadable_answer": ("Yahoo's answer for {symbol} cannot be read ({detail})", "update yfinance, or report it"),
    "local_cache": ("yfinance's cache is damaged ({detail})", "delete rnnforecast/yfinance in your cache folder"),
}  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """One failed try.

    Args:
        reason: a key of WORDS.
        status: of the last answer for bars, where there was one.
        detail: what Yahoo or the client said.
        retry_after_s: what Yahoo asked to wait.
    """

    reason: str
    status: int | None = None
    detail: str = ""
    retry_after_s: float = 0.0

    @property
    def retryable(self) -> bool:
        """Whether another try may help."""
        return self.reason in RETRYABLE

    @property
    def refused(self) -> bool:
        """Whether Yahoo wants to be left alone for a while."""
        return self.reason in ("rate_limited", "blocked")

    @property
    def about_data(self) -> bool:
        """Whether the question is at fault, not the network."""
        return self.reason in ABOUT_DATA

    @property
    def remedy(self) -> str:
        """What the user can do."""
        return WORDS[self.reason][1]

    def error(self, symbol: str, tries: int) -> DataError | NetworkError:
        """What to raise."""
        kind = DataError if self.about_data else RateLimitError if self.refused else NetworkError
        return kind(self.sentence(symbol, tries), self.remedy)

    def sentence(self, symbol: str, tries: int) -> str:
        """What is wrong, for people."""
        counted = f"{tries} {'try' if tries == 1 else 'tries'}"
        detail = self.detail.split(". See https://curl.se")[0][:160]
        return WORDS[self.reason][0].format(
            symbol=symbol, status=self.status, detail=detail, tries=counted
        )


def diagnose(error: Exception, charts: Sequence[dict[str, Any]]) -> Failure:
    """The reason of a failed try.

    Args:
        error: what yfinance or its HTTP client raised.
        charts: requests for bars, with status where one came back.
    """
    answered = [entry for entry in charts if "status" in entry]
    status = answered[-1]["status"] if answered and "status" in charts[-1] else None
    detail = str(getattr(error, "yahoo_reason", None) or _own_words(error))
    wait = _seconds(answered[-1]["retry_after"]) if answered else 0.0
    return Failure(_by_status(status) or _by_exception(error, status), status, detail, wait)


def _own_words(error: Exception) -> str:
    """What the exception says; yfinance calls every symbol "possibly delisted" that has no bars, Yahoo does not."""
    words = str(error) or type(error).__name__
    return "an empty answer" if "delisted" in words else words


def _by_status(status: int | None) -> str | None:
    """A reason that the status alone gives."""
    match status:
        case 429:
            return "rate_limited"
        case 401 | 403 | 999:
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


def _by_exception(error: Exception, status: int | None) -> str:
    """A reason from the exception, where the status tells nothing."""
    import json

    import peewee
    from curl_cffi.requests import exceptions as http
    from yfinance import exceptions as yahoo

    kinds: list[tuple[type[Exception] | tuple[type[Exception], ...], str]] = [
        (yahoo.YFRateLimitError, "rate_limited"),
        (http.Timeout, "timeout"),
        (
            (http.SSLError, http.CertificateVerifyError),
            "tls",
        ),  # before its base class, ConnectionError
        (http.RequestException, "network"),
        ((yahoo.YFInvalidPeriodError, yahoo.YFTickerMissingError), "no_data"),
        (yahoo.YFDataException, "upstream_error"),
        (json.JSONDecodeError, "bad_answer"),
        (peewee.DatabaseError, "local_cache"),
    ]
    return next((reason for kind, reason in kinds if isinstance(error, kind)), "unreadable_answer")


def _seconds(header: str | None) -> float:
    """A Retry-After header in seconds; its date form counts as none."""
    return float(header) if header and header.isdigit() else 0.0

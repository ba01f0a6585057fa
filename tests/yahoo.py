"""A loopback Yahoo: unmodified yfinance talks real TLS to it through environment variables.

The server is an HTTP proxy that answers CONNECT for yahoo.com by becoming that host, with a
certificate of a throw-away authority. What it says to each request is scripted; it keeps count.
"""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import trustme

Answer = tuple[int, bytes, dict[str, str]]
JSON = {"Content-Type": "application/json"}


@dataclass
class Instrument:
    """Bars of one symbol, as Yahoo would send them.

    Args:
        symbol: answered.
        closes: one a step from ``start`` on, oldest first; None is a null row.
        start: date of the first bar.
        open_bar: whether the last session is still trading.
        step: from bar to bar.
        granularity: what Yahoo calls it.
        splits: day to ratio.
        dividends: day to amount.
        adjusted: closes adjusted for dividends; by default there were none.
        absent: days that Yahoo has forgotten.
    """

    symbol: str
    closes: list[float | None]
    start: datetime = datetime(2024, 1, 1, tzinfo=UTC)
    exchange: str = "CCC"
    currency: str = "USD"
    open_bar: bool = False
    step: timedelta = timedelta(days=1)
    granularity: str = "1d"
    splits: dict[int, float] = field(default_factory=dict)
    dividends: dict[int, float] = field(default_factory=dict)
    adjusted: list[float] | None = None
    absent: tuple[int, ...] = ()

    def chart(self) -> dict[str, Any]:
        """The answer of /v8/finance/chart."""
        kept = [day for day in range(len(self.closes)) if day not in self.absent]
        times = [int((self.start + self.step * day).timestamp()) for day in range(len(self.closes))]
        stamps, closes = [times[day] for day in kept], [self.closes[day] for day in kept]
        scaled = {
            name: [close and close * factor for close in closes] for name, factor in FACTORS.items()
        }
        quote = {**scaled, "volume": [close and 1000 for close in closes]}
        meta = {
            "symbol": self.symbol, "currency": self.currency, "exchangeName": self.exchange,
            "dataGranularity": self.granularity,
            "instrumentType": "CRYPTOCURRENCY", "exchangeTimezoneName": "UTC", "timezone": "UTC",
            "gmtoffset": 0,
            "firstTradeDate": stamps[0], "regularMarketTime": stamps[-1], "range": "",
            "validRanges": ["1d", "max"],
            "priceHint": 2, "regularMarketPrice": 1.0, "hasPrePostMarketData": False,
            "currentTradingPeriod": {
                part: {
                    "timezone": "UTC", "gmtoffset": 0,
                    "start": stamps[-1], "end": stamps[-1] + 86_399,
                }
                for part in ("pre", "regular", "post")
            },
        }  # fmt: skip
        if self.granularity.endswith(("m", "h")):
            days = range(int((stamps[-1] - stamps[0]) / 86_400) + 2)
            starts = [int(self.start.timestamp()) // 86_400 * 86_400 + 86_400 * day for day in days]
            period = {"timezone": "UTC", "gmtoffset": 0}
            meta["tradingPeriods"] = [
                [{**period, "start": start, "end": start + 86_399}] for start in starts
            ]
        adjusted = [(self.adjusted or self.closes)[day] for day in kept]
        indicators: dict[str, Any] = {"quote": [quote]}
        if self.granularity == "1d":
            indicators["adjclose"] = [{"adjclose": adjusted}]
        events = {
            "splits": {
                str(times[day]): {
                    "date": times[day],
                    "numerator": ratio,
                    "denominator": 1,
                    "splitRatio": f"{ratio:g}:1",
                }
                for day, ratio in self.splits.items()
            },
            "dividends": {
                str(times[day]): {"date": times[day], "amount": amount}
                for day, amount in self.dividends.items()
            },
        }
        result = {"meta": meta, "timestamp": stamps, "events": events, "indicators": indicators}
        return {"chart": {"result": [result], "error": None}}

    @property
    def now(self) -> datetime:
        """What the server's clock says: within the last session while it is open,
        days later else."""
        return (
            self.start
            + self.step * len(self.closes)
            + timedelta(hours=-12 if self.open_bar else 72)
        )


FACTORS = {"open": 0.99, "high": 1.02, "low": 0.98, "close": 1.0}


def failure(status: int, code: str, description: str) -> Answer:
    """An error in Yahoo's own envelope."""
    body = {"chart": {"result": None, "error": {"code": code, "description": description}}}
    return status, json.dumps(body).encode(), JSON


UNKNOWN = failure(404, "Not Found", "No data found, symbol may be delisted")
TOO_LONG = failure(
    422,
    "Unprocessable Entity",
    "Only 8 days worth of 1m granularity data are allowed to be fetched per request.",
)
TOO_MANY: Answer = (429, b"Edge: Too Many Requests", {"Content-Type": "text/html"})
BROKEN: Answer = (500, b"<html>INKApi Error</html>", {"Content-Type": "text/html"})
FORBIDDEN: Answer = (403, b"<html>no</html>", {"Content-Type": "text/html"})
PAGE: Answer = (200, b"<html>hello</html>", {"Content-Type": "text/html"})
HANG = "hang"
CUT = "cut"
Act = Answer | str | Callable[[], Answer]


@dataclass
class Yahoo:
    """The server and what it was told to say.

    Args:
        folder: for its certificates.
    """

    folder: Path
    instruments: dict[str, Instrument] = field(default_factory=dict)
    scripts: dict[str, list[Act]] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    date_header: str | None = None

    def __enter__(self) -> Yahoo:
        authority = trustme.CA()
        leaf = authority.issue_cert("yahoo.com", "*.yahoo.com", "*.finance.yahoo.com")
        self.authority = self.folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(self.tls)
        self.stopping = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.server.daemon_threads = True
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def add(self, instrument: Instrument) -> None:
        """Make a symbol known."""
        self.instruments[instrument.symbol] = instrument

    def script(self, symbol: str, *acts: Act) -> None:
        """Say these, in turn, to requests for a symbol; the last one for ever."""
        self.scripts[symbol] = list(acts)

    def environment(self) -> dict[str, str]:
        """Leads an unmodified program to this server and nowhere else."""
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        trust = dict.fromkeys(
            ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"), str(self.authority)
        )
        return {
            "HTTPS_PROXY": address,
            "HTTP_PROXY": address,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            **trust,
        }

    def answer(self, path: str) -> Act:
        """What to say to a request."""
        place = urlsplit(path)
        symbol = unquote(place.path.rpartition("/")[2])
        if not place.path.startswith("/v8/finance/chart/"):
            acts = self.scripts.get(AROUND.get(place.path, ""), [])
            return (acts.pop(0) if len(acts) > 1 else acts[0]) if acts else _around(place.path)
        probe = parse_qs(place.query).get("range") == ["1d"]
        key = f"probe {symbol}" if probe else symbol
        self.hits[key] += 1
        acts = self.scripts.get(symbol if not probe else key, [])
        if acts:
            return acts.pop(0) if len(acts) > 1 else acts[0]
        if symbol in self.instruments:
            return 200, json.dumps(self.instruments[symbol].chart()).encode(), JSON
        return UNKNOWN

    def clock(self) -> str:
        """The Date header."""
        if self.date_header is not None:
            return self.date_header
        known = [instrument.now for instrument in self.instruments.values()]
        return format_datetime(max(known, default=datetime.now(UTC)), usegmt=True)


AROUND = {"/": "cookie", "/v1/test/getcrumb": "crumb"}
"""What to script the requests around a chart by."""


def _around(path: str) -> Answer:
    """Cookie, crumb and what yfinance asks about a symbol that it does not find."""
    if path == "/v1/test/getcrumb":
        return 200, b"crumb", {"Content-Type": "text/plain"}
    if path == "/":
        return (
            404,
            b"",
            {
                "Set-Cookie": "A3=fake; Max-Age=31557600; Domain=.yahoo.com; Path=/; Secure; "
                "HttpOnly"
            },
        )
    return (
        404,
        b'{"quoteSummary": {"result": null, "error": {"code": "Not Found", "description": ""}}}',
        JSON,
    )


def _handler_of(yahoo: Yahoo) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            with contextlib.suppress(OSError):
                super().handle()

        def finish(self) -> None:
            with contextlib.suppress(OSError):
                super().finish()
            self.connection.close()  # the TLS socket, of which the base class knows nothing

        def do_CONNECT(self) -> None:
            if not self.path.partition(":")[0].endswith("yahoo.com"):
                return self.say((403, b"only yahoo.com", {}))
            self.send_response(200)
            self.end_headers()
            self.connection = yahoo.tls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = (
                self.connection.makefile("rb"),
                self.connection.makefile("wb", 0),
            )
            self.close_connection = False

        def do_GET(self) -> None:
            act = yahoo.answer(self.path)
            if act == HANG:
                yahoo.stopping.wait(20)
                self.close_connection = True
                return
            if act == CUT:
                symbol = unquote(urlsplit(self.path).path.rpartition("/")[2])
                body = json.dumps(yahoo.instruments[symbol].chart()).encode()
                act = (200, body[: len(body) // 2], JSON)
            assert isinstance(act, tuple)
            self.say(act)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return yahoo.clock()

        def say(self, answer: Answer) -> None:
            status, body, headers = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler

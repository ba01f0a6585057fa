"""Binance's klines from a loopback server: pages, live bars, refusals, and the command."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from rnnforecast.data import sources
from rnnforecast.data.sources import Question, binance
from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError, NetworkError, RateLimitError, UsageError

from ...conftest import Command

HOUR = 3_600_000
BEGIN = int(pd.Timestamp("2020-01-01", tz="UTC").timestamp() * 1000)


@dataclass
class Exchange:
    """A loopback Binance with hours from 2020 on.

    Args:
        rows: bars that it has.
        script: answers to give first, as (status, body, headers).
    """

    rows: int = 2_500
    script: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    address: str = ""

    def klines(self, query: dict[str, str]) -> list[list[Any]]:
        start, limit = int(query["startTime"]), int(query["limit"])
        end = int(query.get("endTime", 2**60))
        first = max(0, -(-(start - BEGIN) // HOUR))
        rows = range(first, min(self.rows, first + limit))
        return [
            [BEGIN + n * HOUR, f"{100 + n}.5", f"{102 + n}", f"{99 + n}", f"{100 + n}.25", "7.5",
             BEGIN + (n + 1) * HOUR - 1, "0", 1, "0", "0", "0"]
            for n in rows if BEGIN + n * HOUR <= end
        ]  # fmt: skip


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    exchange = Exchange()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            query = {
                name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()
            }
            exchange.asked.append(query)
            status, body, headers = 200, b"", {}
            if exchange.script:
                status, body, headers = exchange.script.pop(0)
            else:
                body = json.dumps(exchange.klines(query)).encode()
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    ).start()
    exchange.address = f"http://127.0.0.1:{server.server_address[1]}"
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(binance, "SOURCE", binance.Binance(exchange.address))
    yield exchange
    server.shutdown()
    server.server_close()


QUICK = Patience(tries=2, timeout_s=2, wait_s=0, sleep=lambda seconds: None)


def asked(symbol: str = "BTCUSDT", interval: str = "1h", **more: Any) -> Question:
    return Question(symbol, interval, patience=QUICK, **more)


def test_a_long_history_comes_page_by_page(exchange: Exchange) -> None:
    history = binance.SOURCE.history(asked())
    assert len(history) == 2_500 and len(exchange.asked) == 3
    assert (history.sessions, history.currency, history.interval) == ("24/7", "USDT", "1h")
    assert history.first == pd.Timestamp("2020-01-01", tz="UTC")
    assert history.bars.iloc[1].tolist() == [101.5, 103, 100, 101.25, 7.5]
    assert history.provenance["requests"] == 3


def test_start_and_end_are_both_included(exchange: Exchange) -> None:
    history = binance.SOURCE.history(asked(start="2020-01-05", end="2020-01-06"))
    assert len(history) == 48 and history.last == pd.Timestamp("2020-01-06 23:00", tz="UTC")


def test_the_running_bar_is_left_out_and_named(exchange: Exchange) -> None:
    exchange.script = [(200, json.dumps(exchange.klines({"startTime": "0", "limit": "3"})).encode(),
                        {"Date": "Wed, 01 Jan 2020 02:30:00 GMT"})]  # fmt: skip
    history = binance.SOURCE.history(asked())
    assert len(history) == 2 and history.provenance["dropped"]["unfinished"] == [
        "2020-01-01T02:00:00"
    ]


FAILURES = {
    "unknown symbol": ((400, b'{"code":-1121,"msg":"Invalid symbol."}'), DataError,
                       "Binance knows no symbol BTCUSDT"),
    "other 400": ((400, b'{"code":-1100,"msg":"Illegal characters"}'), DataError,
                  "Illegal characters"),
    "too many": ((429, b"{}"), RateLimitError, "Binance answers BTCUSDT with HTTP 429"),
    "banned": ((418, b"{}"), RateLimitError, "Binance refuses this client, HTTP 418"),
    "restricted": ((451, b'{"code":0,"msg":"Service unavailable from a restricted location"}'),
                   RateLimitError, "HTTP 451"),
    "broken": ((503, b"<html>"), NetworkError, "Binance is in trouble, HTTP 503"),
    "a page": ((200, b"<html>"), NetworkError, "is not JSON, HTTP 200"),
    "an object": ((200, b"{}"), NetworkError, "holds no prices"),
    "short rows": ((200, b"[[1,2],[3,4]]"), NetworkError, "holds no prices"),
    "words": ((200, b'[[1577836800000,"x",1,1,1,1,1577840399999]]'), NetworkError,
              "cannot be read"),
    "truth values": ((200, b"[[1577836800000,true,1,1,false,1,1577840399999]]"), NetworkError,
                     "true or false instead of a number"),
    "nested": ((200, b"[" * 200_000), NetworkError, "is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_what_goes_wrong_is_said_in_one_line(name: str, exchange: Exchange) -> None:
    (status, body), kind, words = FAILURES[name]
    exchange.script = [(status, body, {})] * 2
    with pytest.raises(kind, match=words) as caught:
        binance.SOURCE.history(asked())
    assert "\n" not in str(caught.value) and caught.value.remedy


def test_a_server_that_is_not_there_is_no_connection() -> None:
    with pytest.raises(NetworkError, match="no connection to Binance"):
        binance.Binance("http://127.0.0.1:9").history(asked())


def test_what_passes_is_waited_for(exchange: Exchange) -> None:
    exchange.script = [(503, b"", {})]
    assert len(binance.SOURCE.history(asked())) == 2_500


def test_an_interval_that_binance_lacks_is_named(exchange: Exchange) -> None:
    with pytest.raises(UsageError, match="no bars of 90m; use one of: 1m"):
        binance.SOURCE.history(asked(interval="90m"))


def test_fetch_stores_hours_of_years_and_goes_on_from_there(
    exchange: Exchange, here: Command, tmp_path: Path
) -> None:
    direct = {"HTTP_PROXY": "", "NO_PROXY": "127.0.0.1"}
    line = ("fetch", "BTCUSDT", "--source", "binance", "--interval", "1h")
    first = here(*line, **direct)
    assert first.returncode == 0, first.stderr
    assert "2,500" in first.stdout and "new" in first.stdout
    exchange.rows, before = 2_510, len(exchange.asked)
    assert "extended by 10 bars" in here(*line, **direct).stdout
    assert len(exchange.asked) - before == 1  # a week of overlap, not all years again
    history = Store(tmp_path / "data").load("BTCUSDT", "1h")
    assert len(history) == 2_510 and history.provenance["source"] == "binance"
    early = here(*line, "--start", "2019-01-01", **direct)
    assert early.returncode == 0  # no window as Yahoo's


def test_sources_are_found_by_the_names_of_their_modules(here: Command) -> None:
    assert sources.names() == ["binance", "sample", "yahoo"]
    refused = here("fetch", "X", "--source", "nowhere")
    assert refused.returncode == 2 and "use one of: binance, sample, yahoo" in refused.stderr

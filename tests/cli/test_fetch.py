"""fetch by the real command against a loopback Yahoo with real TLS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast.data.store import Store

from ..conftest import Command
from ..yahoo import BROKEN, CUT, FORBIDDEN, HANG, PAGE, TOO_LONG, TOO_MANY, UNKNOWN, Act, Instrument, Yahoo

QUICK = ("--retry-wait", "0.01", "--timeout", "2")
CLOSES = [100.0 + day for day in range(40)]


@pytest.fixture
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yahoo]:
    with Yahoo(tmp_path_factory.mktemp("yahoo")) as server:
        server.add(Instrument("BTC-USD", [*CLOSES]))
        yield server


def test_fetch_stores_checked_bars_with_their_provenance(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    result = command("fetch", "btc-usd", *QUICK, **yahoo.environment())
    assert result.returncode == 0, result.stderr
    assert all(word in result.stdout for word in ("BTC-USD", "40", "2024-01-01", "2024-02-09", "new"))
    history = Store(tmp_path / "data").load("BTC-USD")
    assert history.bars["close"].tolist() == CLOSES
    assert list(history.bars.columns) == ["open", "high", "low", "close", "adj_close", "volume", "dividends", "splits"]
    assert (history.currency, history.sessions) == ("USD", "24/7")
    provenance = history.provenance
    assert provenance["answered_symbol"] == "BTC-USD" and len(provenance["answer_sha256"]) == 64
    assert provenance["url"].startswith("https://query2.finance.yahoo.com/v8/finance/chart/BTC-USD?")
    assert "crumb" not in json.dumps(dict(provenance))


def test_start_and_end_are_both_included(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    result = command("fetch", "BTC-USD", "--start", "2024-01-05", "--end", "2024-01-20", *QUICK, **yahoo.environment())
    assert result.returncode == 0, result.stderr
    history = Store(tmp_path / "data").load("BTC-USD")
    assert (str(history.first.date()), str(history.last.date())) == ("2024-01-05", "2024-01-20")


def test_a_bar_that_is_still_open_is_left_out_and_named(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    yahoo.add(Instrument("BTC-USD", [*CLOSES], open_bar=True))
    assert command("fetch", "BTC-USD", *QUICK, **yahoo.environment()).returncode == 0
    history = Store(tmp_path / "data").load("BTC-USD")
    assert str(history.last.date()) == "2024-02-08"
    assert history.provenance["dropped"]["unfinished"] == ["2024-02-09T00:00:00"]


def test_a_row_without_prices_is_left_out_and_named(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    yahoo.add(Instrument("BTC-USD", [*CLOSES[:5], None, *CLOSES[6:]]))
    assert command("fetch", "BTC-USD", *QUICK, **yahoo.environment()).returncode == 0
    history = Store(tmp_path / "data").load("BTC-USD")
    assert len(history) == 39
    assert history.provenance["dropped"]["without_price"] == ["2024-01-06T00:00:00"]


RECOVERS = {
    "429 twice": [TOO_MANY] * 4,
    "500 twice": [BROKEN] * 4,
    "a hang": [HANG],
    "half an answer": [CUT],
    "a page": [PAGE],
}


@pytest.mark.parametrize("trouble", RECOVERS.values(), ids=RECOVERS)
def test_what_passes_is_waited_for(trouble: list[Act], yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    good = (200, json.dumps(yahoo.instruments["BTC-USD"].chart()).encode(), {"Content-Type": "application/json"})
    yahoo.script("BTC-USD", *trouble, good)
    result = command("fetch", "BTC-USD", *QUICK, **yahoo.environment())
    assert result.returncode == 0, result.stderr
    assert Store(tmp_path / "data").load("BTC-USD").provenance["attempts"] > 1


FAILURES = [
    ("429 for ever", TOO_MANY, 5, "HTTP 429, too many requests, after 2 tries"),
    ("500 for ever", BROKEN, 5, "HTTP 500 on BTC-USD, after 2 tries"),
    ("403", FORBIDDEN, 5, "refuses this client, HTTP 403"),
    ("a page", PAGE, 5, "is not JSON, HTTP 200"),
    ("half an answer", CUT, 5, "is not JSON, HTTP 200"),
    ("a hang", HANG, 5, "did not answer for BTC-USD in time"),
    ("unknown", UNKNOWN, 4, "Yahoo knows no symbol BTC-USD"),
    ("too long", TOO_LONG, 4, "Only 8 days worth of 1m"),
]


@pytest.mark.parametrize(("act", "code", "words"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_what_does_not_pass_is_one_line_and_leaves_the_stored_prices_alone(
    act: Act, code: int, words: str, yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    assert command("fetch", "BTC-USD", *QUICK, **yahoo.environment()).returncode == 0
    before = {path: path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()}
    yahoo.script("BTC-USD", act)
    result = command("fetch", "BTC-USD", "--max-retries", "1", *QUICK, **yahoo.environment())
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith("error: ") and words in result.stderr and result.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()} == before


def test_without_a_network_one_line_says_so(command: Command) -> None:
    result = command("fetch", "BTC-USD", "--max-retries", "0", "--timeout", "2")  # the offline guard refuses
    assert result.returncode == 5
    assert result.stderr.startswith("error: no connection to Yahoo for BTC-USD, after 1 try")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("symbol", ["AAA?x=1", "../../x", "AAA#f", "A" * 300, "", "AAA/../BBB"])
def test_hostile_text_is_refused_before_anything_is_asked(symbol: str, yahoo: Yahoo, command: Command) -> None:
    result = command("fetch", "--", symbol, **yahoo.environment())
    assert result.returncode == 4 and "is not a symbol" in result.stderr
    assert not yahoo.hits


def test_an_answer_about_another_symbol_is_refused(yahoo: Yahoo, command: Command) -> None:
    other = json.dumps(Instrument("OTHER", [*CLOSES]).chart()).encode()
    yahoo.script("BTC-USD", (200, other, {"Content-Type": "application/json"}))
    result = command("fetch", "BTC-USD", *QUICK, **yahoo.environment())
    assert result.returncode == 5 and "asked for BTC-USD, Yahoo answered with OTHER" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--interval", "2d"], "no interval is called '2d'"),
        (["--start", "2024/01/01"], "is not a date"),
        (["--end", "soon"], "is not a date"),
    ],
)
def test_a_request_that_cannot_be_meant_is_a_usage_error(arguments: list[str], words: str, command: Command) -> None:
    result = command("fetch", "BTC-USD", *arguments)
    assert result.returncode == 2 and words in result.stderr


def test_the_sample_needs_no_network(command: Command, tmp_path: Path) -> None:
    result = command("fetch", "^GSPC", "--source", "sample")
    assert result.returncode == 0 and "5,031" in result.stdout
    assert len(Store(tmp_path / "data").load("^GSPC")) == 5031
    assert command("fetch", "AAPL", "--source", "sample").returncode == 4

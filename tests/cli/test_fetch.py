"""fetch by the real command against a loopback Yahoo with real TLS."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rnnforecast.data.store import Store

from ..conftest import Command, run_in
from ..yahoo import (
    BROKEN,
    CUT,
    FORBIDDEN,
    HANG,
    PAGE,
    TOO_LONG,
    TOO_MANY,
    UNKNOWN,
    Act,
    Instrument,
    Yahoo,
)

QUICK = ("--retry-wait", "0.01", "--timeout", "2")
CLOSES = [100.0 + day for day in range(40)]


@pytest.fixture
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yahoo]:
    with Yahoo(tmp_path_factory.mktemp("yahoo")) as server:
        server.add(Instrument("BTC-USD", [*CLOSES]))
        yield server


@pytest.fixture
def command(here: Command) -> Command:
    """The program, without the second that each start costs;
    what needs processes asks for ``process``."""
    return here


@pytest.fixture
def process(tmp_path: Path) -> Command:
    return run_in(tmp_path)


def test_fetch_stores_checked_bars_with_their_provenance(
    yahoo: Yahoo, process: Command, tmp_path: Path
) -> None:
    result = process("fetch", "btc-usd", *QUICK, **yahoo.environment())
    assert (result.returncode, result.stderr) == (0, "")
    assert all(
        word in result.stdout for word in ("BTC-USD", "40", "2024-01-01", "2024-02-09", "new")
    )
    history = Store(tmp_path / "data").load("BTC-USD")
    assert history.bars["close"].tolist() == CLOSES
    assert list(history.bars.columns) == [
        "open",
        "high",
        "low",
        "close",
        "adj_close",
        "volume",
        "dividends",
        "splits",
    ]
    assert (history.currency, history.sessions) == ("USD", "24/7")
    provenance = history.provenance
    assert provenance["answered_symbol"] == "BTC-USD" and len(provenance["answer_sha256"]) == 64
    assert provenance["url"].startswith(
        "https://query2.finance.yahoo.com/v8/finance/chart/BTC-USD?"
    )
    assert "crumb" not in json.dumps(dict(provenance))


def test_start_and_end_are_both_included(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    result = command(
        "fetch",
        "BTC-USD",
        "--start",
        "2024-01-05",
        "--end",
        "2024-01-20",
        *QUICK,
        **yahoo.environment(),
    )
    assert result.returncode == 0, result.stderr
    history = Store(tmp_path / "data").load("BTC-USD")
    assert (str(history.first.date()), str(history.last.date())) == ("2024-01-05", "2024-01-20")


def test_a_bar_that_is_still_open_is_left_out_and_named(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    yahoo.add(Instrument("BTC-USD", [*CLOSES], open_bar=True))
    assert command("fetch", "BTC-USD", *QUICK, **yahoo.environment()).returncode == 0
    history = Store(tmp_path / "data").load("BTC-USD")
    assert str(history.last.date()) == "2024-02-08"
    assert history.provenance["dropped"]["unfinished"] == ["2024-02-09T00:00:00"]


def test_a_row_without_prices_is_left_out_and_named(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
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
def test_what_passes_is_waited_for(
    trouble: list[Act], yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    good = (
        200,
        json.dumps(yahoo.instruments["BTC-USD"].chart()).encode(),
        {"Content-Type": "application/json"},
    )
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


@pytest.mark.parametrize(
    ("act", "code", "words"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_what_does_not_pass_is_one_line_and_leaves_the_stored_prices_alone(
    act: Act, code: int, words: str, yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    assert command("fetch", "BTC-USD", *QUICK, **yahoo.environment()).returncode == 0
    before = Store(tmp_path / "data").load("BTC-USD")
    yahoo.script("BTC-USD", act)
    result = command("fetch", "BTC-USD", "--max-retries", "1", *QUICK, **yahoo.environment())
    assert (result.returncode, result.stdout) == (code, "")
    assert (
        result.stderr.startswith("error: ")
        and words in result.stderr
        and result.stderr.count("\n") == 1
    )
    after = Store(tmp_path / "data").load("BTC-USD")
    assert after.bars.equals(before.bars)
    remembered = {name: value for name, value in after.provenance.items() if name != "unanswered"}
    assert remembered == before.provenance


@pytest.mark.parametrize("request_", ["cookie", "crumb", "probe BTC-USD", "BTC-USD"])
def test_no_request_can_hang_for_longer_than_its_bound(
    request_: str, yahoo: Yahoo, command: Command
) -> None:
    yahoo.script(request_, HANG)
    began = time.monotonic()
    result = command(
        "fetch", "BTC-USD", "--max-retries", "0", "--timeout", "1", **yahoo.environment()
    )
    assert time.monotonic() - began < 15  # yfinance alone waits 60 s for the cookie
    assert result.returncode in (0, 5) and result.stderr.count("\n") <= 1


JSON_ANSWERS = {
    "no result": b'{"chart": {"result": [], "error": null}}',
    "null result": b'{"chart": {"result": null, "error": null}}',
    "an empty object": b"{}",
    "null": b"null",
}


@pytest.mark.parametrize("body", JSON_ANSWERS.values(), ids=JSON_ANSWERS)
def test_an_empty_answer_is_not_called_delisted(
    body: bytes, yahoo: Yahoo, command: Command
) -> None:
    yahoo.script("BTC-USD", (200, body, {"Content-Type": "application/json"}))
    result = command("fetch", "BTC-USD", "--max-retries", "0", *QUICK, **yahoo.environment())
    assert result.returncode in (4, 5) and result.stderr.count("\n") == 1, result.stderr
    assert "delisted" not in result.stderr


def fetched(command: Command, yahoo: Yahoo, *arguments: str, code: int = 0) -> str:
    """What a fetch says."""
    result = command("fetch", *arguments, *QUICK, "--pace", "0", **yahoo.environment())
    assert result.returncode == code, result.stderr
    return str(result.stdout if code == 0 else result.stderr)


def test_a_second_fetch_says_what_has_changed(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    assert "new" in fetched(command, yahoo, "BTC-USD")
    assert "same" in fetched(command, yahoo, "BTC-USD")
    yahoo.add(Instrument("BTC-USD", [*CLOSES[:9], 109.5, *CLOSES[10:], 140.0, 141.0]))
    assert "extended by 2 bars, revised 1 (2024-01-10)" in fetched(command, yahoo, "BTC-USD")
    history = Store(tmp_path / "data").load("BTC-USD")
    assert history.bars["close"].iloc[[9, -1]].tolist() == [109.5, 141.0]
    assert history.provenance["change"]["revised"] == ["2024-01-10"]


def test_a_split_between_two_fetches_leaves_no_jump(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    fetched(command, yahoo, "BTC-USD")
    halved = [close / 2 for close in [*CLOSES, 140.0]]
    yahoo.add(Instrument("BTC-USD", [*halved], splits={40: 2.0}))
    assert "readjusted x 0.5 (split)" in fetched(command, yahoo, "BTC-USD")
    bars = Store(tmp_path / "data").load("BTC-USD").bars
    assert bars["close"].tolist() == halved and bars["splits"].iloc[-1] == 2.0


def test_halved_prices_that_no_split_explains_are_refused(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    fetched(command, yahoo, "BTC-USD")
    yahoo.add(Instrument("BTC-USD", [close / 2 for close in CLOSES]))
    assert "no split says why" in fetched(command, yahoo, "BTC-USD", code=4)
    assert Store(tmp_path / "data").load("BTC-USD").bars["close"].tolist() == CLOSES
    fetched(command, yahoo, "BTC-USD", "--accept-revision")
    assert Store(tmp_path / "data").load("BTC-USD").bars["close"].iloc[0] == 50.0


def test_a_dividend_between_two_fetches_readjusts_the_older_closes(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    fetched(command, yahoo, "BTC-USD")
    adjusted = [*(close * 0.98 for close in CLOSES), 140.0]
    yahoo.add(Instrument("BTC-USD", [*CLOSES, 140.0], dividends={40: 2.8}, adjusted=adjusted))
    assert "readjusted x 0.98000 (dividend)" in fetched(command, yahoo, "BTC-USD")
    bars = Store(tmp_path / "data").load("BTC-USD").bars
    assert bars["adj_close"].tolist() == adjusted and bars["close"].tolist() == [*CLOSES, 140.0]


def test_a_hole_is_warned_of_and_healed_when_yahoo_fills_it(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    yahoo.add(Instrument("BTC-USD", [*CLOSES], absent=(7,)))
    result = command("fetch", "BTC-USD", *QUICK, **yahoo.environment())
    assert "lacks 1 session (2024-01-08)" in result.stderr
    yahoo.add(Instrument("BTC-USD", [*CLOSES]))
    assert "filled 1 (2024-01-08)" in fetched(command, yahoo, "BTC-USD")
    assert len(Store(tmp_path / "data").load("BTC-USD")) == 40


def test_strict_refuses_a_hole(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    yahoo.add(Instrument("BTC-USD", [*CLOSES], absent=(7,)))
    assert "lacks 1 session (2024-01-08)" in fetched(command, yahoo, "BTC-USD", "--strict", code=4)
    assert Store(tmp_path / "data").find("BTC-USD") is None


def test_a_day_that_vanishes_is_not_lost(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    fetched(command, yahoo, "BTC-USD")
    yahoo.add(Instrument("BTC-USD", [*CLOSES, 140.0], absent=(39,)))
    result = command("fetch", "BTC-USD", *QUICK, **yahoo.environment())
    assert result.returncode == 0 and "extended by 1 bar" in result.stdout
    assert "kept 1 session (2024-02-09) that did not come again" in result.stderr
    bars = Store(tmp_path / "data").load("BTC-USD").bars
    assert bars["close"].tolist() == [*CLOSES, 140.0]


def test_pence_that_become_pounds_are_refused(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    yahoo.add(Instrument("VOD.L", [*CLOSES], exchange="LSE", currency="GBp"))
    fetched(command, yahoo, "VOD.L")
    assert Store(tmp_path / "data").load("VOD.L").currency == "GBp"
    yahoo.add(Instrument("VOD.L", [*CLOSES], exchange="LSE", currency="GBP"))
    assert "prices are in GBP now, those stored in GBp" in fetched(command, yahoo, "VOD.L", code=4)


def test_a_live_bar_is_kept_on_request_and_replaced_without_a_word(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    yahoo.add(Instrument("BTC-USD", [*CLOSES], open_bar=True))
    fetched(command, yahoo, "BTC-USD", "--include-live")
    assert Store(tmp_path / "data").load("BTC-USD").provenance["live"] == ["2024-02-09T00:00:00"]
    yahoo.add(Instrument("BTC-USD", [*CLOSES[:39], 150.0]))
    assert "same" in fetched(command, yahoo, "BTC-USD")
    assert Store(tmp_path / "data").load("BTC-USD").bars["close"].iloc[-1] == 150.0


def test_a_later_start_does_not_shorten_what_is_stored(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    fetched(command, yahoo, "BTC-USD", "--start", "2024-01-05", "--end", "2024-01-20")
    fetched(command, yahoo, "BTC-USD", "--start", "2024-01-10")
    fetched(command, yahoo, "BTC-USD")
    assert str(Store(tmp_path / "data").load("BTC-USD").first.date()) == "2024-01-05"
    fetched(command, yahoo, "BTC-USD", "--full")
    assert len(Store(tmp_path / "data").load("BTC-USD")) == 40


def test_hours_are_appended_and_the_overlap_is_merged(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    step = timedelta(hours=1)
    yahoo.add(Instrument("BTC-USD", [*CLOSES], step=step, granularity="1h"))
    fetched(command, yahoo, "BTC-USD", "--interval", "1h")
    newer = [close + 10 for close in CLOSES]  # Yahoo's window has moved by ten hours
    yahoo.add(
        Instrument(
            "BTC-USD", [*newer], datetime(2024, 1, 1, 10, tzinfo=UTC), step=step, granularity="1h"
        )
    )
    assert "extended by 10 bars" in fetched(command, yahoo, "BTC-USD", "--interval", "1h")
    bars = Store(tmp_path / "data").load("BTC-USD", "1h").bars
    assert bars["close"].tolist() == [100.0 + hour for hour in range(50)]


def test_more_than_yahoos_window_is_explained(command: Command) -> None:
    result = command("fetch", "BTC-USD", "--interval", "1m", "--start", "2020-01-01")
    assert result.returncode == 2 and "Yahoo gives 1m bars of the last 7 days only" in result.stderr


def test_one_symbol_of_many_fails_alone(yahoo: Yahoo, command: Command, tmp_path: Path) -> None:
    yahoo.add(Instrument("ETH-USD", [*CLOSES]))
    (tmp_path / "mine.txt").write_text("ETH-USD  # ether\n../x, BTC-USD\n")
    result = command(
        "fetch",
        "NONE",
        "--symbols-file",
        "mine.txt",
        *QUICK,
        "--pace",
        "0",
        "--json",
        **yahoo.environment(),
    )
    assert result.returncode == 4 and "2 of 4 symbols failed" in result.stderr
    told = json.loads(result.stdout)
    assert [one["symbol"] for one in told["fetched"]] == ["ETH-USD", "BTC-USD"]
    assert [one["symbol"] for one in told["failed"]] == ["NONE", "../x"] and told["left"] == []
    assert {one["symbol"] for one in Store(tmp_path / "data").records()} == {"BTC-USD", "ETH-USD"}


def test_after_a_rate_limit_the_same_command_goes_on(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    for symbol in ("AAA", "CCC"):
        yahoo.add(Instrument(symbol, [*CLOSES]))
    many = ("fetch", "AAA", "BTC-USD", "CCC", "--max-retries", "0", "--pace", "0", *QUICK)
    yahoo.script("BTC-USD", TOO_MANY)
    stopped = command(*many, **yahoo.environment())
    assert (
        stopped.returncode == 5
        and "run the same command again for the 1 that are left: CCC" in stopped.stderr
    )
    assert "CCC" not in yahoo.hits and Store(tmp_path / "data").find("AAA") is not None
    before = yahoo.hits["AAA"]
    again = command(*many, **yahoo.environment())
    assert again.returncode == 5 and yahoo.hits["AAA"] == before  # AAA comes last now
    assert "CCC" not in yahoo.hits  # BTC-USD, never fetched, still comes first
    yahoo.scripts.clear()
    assert command(*many, **yahoo.environment()).returncode == 0


def test_offline_asks_nobody(yahoo: Yahoo, command: Command) -> None:
    fetched(command, yahoo, "BTC-USD")
    before = dict(yahoo.hits)
    assert "40" in fetched(command, yahoo, "BTC-USD", "--offline")
    assert "no 1d prices of AAA are stored, and --offline asks nobody" in fetched(
        command, yahoo, "AAA", "--offline", code=5
    )
    assert dict(yahoo.hits) == before


def test_a_corrupt_cache_of_yfinance_is_replaced(yahoo: Yahoo, process: Command) -> None:
    cache = yahoo.folder / "cache" / "rnnforecast" / "yfinance"
    fetched(process, yahoo, "BTC-USD")
    assert list(cache.glob("*.db"))
    for path in cache.iterdir():
        path.write_bytes(b"not a database, but long enough to look like one" * 50)
    fetched(process, yahoo, "BTC-USD")


def test_two_fetches_at_once_both_end_well(yahoo: Yahoo, process: Command, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        results = [both.submit(fetched, process, yahoo, "BTC-USD") for _ in range(2)]
    assert sorted("new" in result.result() for result in results) == [False, True]
    assert len(Store(tmp_path / "data").load("BTC-USD")) == 40


def test_a_folder_that_cannot_be_written_is_one_line(
    yahoo: Yahoo, command: Command, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file in the way")
    assert "cannot write" in fetched(command, yahoo, "BTC-USD", code=4)


def test_without_a_network_one_line_says_so(process: Command) -> None:
    result = process(
        "fetch", "BTC-USD", "--max-retries", "0", "--timeout", "2"
    )  # the offline guard refuses
    assert result.returncode == 5
    assert result.stderr.startswith("error: no connection to Yahoo for BTC-USD, after 1 try")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("symbol", ["AAA?x=1", "../../x", "AAA#f", "A" * 300, "", "AAA/../BBB"])
def test_hostile_text_is_refused_before_anything_is_asked(
    symbol: str, yahoo: Yahoo, command: Command
) -> None:
    result = command("fetch", "--", symbol, **yahoo.environment())
    assert result.returncode == 4 and "is not a symbol" in result.stderr
    assert not yahoo.hits


def test_an_answer_about_another_symbol_is_refused(yahoo: Yahoo, command: Command) -> None:
    other = json.dumps(Instrument("OTHER", [*CLOSES]).chart()).encode()
    yahoo.script("BTC-USD", (200, other, {"Content-Type": "application/json"}))
    result = command("fetch", "BTC-USD", *QUICK, **yahoo.environment())
    assert (
        result.returncode == 5 and "asked for BTC-USD, Yahoo answered with OTHER" in result.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--interval", "2d"], "no interval is called '2d'"),
        (["--start", "2024/01/01"], "is not a date"),
        (["--end", "soon"], "is not a date"),
    ],
)
def test_a_request_that_cannot_be_meant_is_a_usage_error(
    arguments: list[str], words: str, command: Command
) -> None:
    result = command("fetch", "BTC-USD", *arguments)
    assert result.returncode == 2 and words in result.stderr


def test_the_sample_needs_no_network(command: Command, tmp_path: Path) -> None:
    result = command("fetch", "^GSPC", "--source", "sample")
    assert result.returncode == 0 and "5,031" in result.stdout
    assert len(Store(tmp_path / "data").load("^GSPC")) == 5031
    assert command("fetch", "AAPL", "--source", "sample").returncode == 4

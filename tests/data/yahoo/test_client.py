"""Recorded answers of the real Yahoo parse or fail with a reason;
the seams of yfinance are where they were."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.yahoo.client import fetch
from rnnforecast.errors import DataError, NetworkError

from ...conftest import real_file
from ...yahoo import JSON, Instrument, Yahoo

ONCE = Patience(tries=1, timeout_s=5, sleep=lambda seconds: None)


@pytest.fixture
def yahoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Yahoo]:
    from yfinance.data import YfData

    type(YfData)._instances.clear()
    with Yahoo(tmp_path) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        yield server


RECORDED = {
    "chart_AAPL.json": ("1d", None), "chart_MSFT.json": ("1d", None),
    "chart_AAPL_1d_2020-08-31_2020-11-07_split_dividend.json": ("1d", 49),
    "chart_ALL.AX_1d.json": ("1d", None),
    "chart_BTC-USD_1d_3bars.json": ("1d", None), "chart_EURUSD_1d_3bars.json": ("1d", None),
    "chart_GS2C.DE.json": ("1d", None), "chart_MSFT_1d_2021_dividends.json": ("1d", 252),
    "chart_MUV2.DE_1d_2020.json": ("1d", None), "chart_MUV2.DE_1d_2025.json": ("1d", None),
    "chart_NVDA_1d_2021_split.json": ("1d", 252),
    "chart_TSLA_1d_3303bars_no_events.json": ("1d", 3303),
    "chart_VFINX.json": ("1d", None), "chart_WSU.DE_1d_3bars.json": ("1d", None),
    "chart_fund_0P0000XTS7_1d.json": ("1d", None), "chart_AAPL_1h_no_results.json": ("1h", None),
    "chart_AAPL_1m_errant_unequal_lengths.json": ("1m", None),
    "chart_AAPL_1m_intraday_nulls.json": ("1m", None),
    "chart_AAPL_1m_weekend_no_timestamps.json": ("1m", None),
    "chart_NVDA_1h_2024-05-03.json": ("1h", None),
    "fake_chart_notimestamp_weird_quote.json": ("1d", None),
}  # fmt: skip
"""Interval asked for, and bars where the count is known from elsewhere."""


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_gives_checked_bars_or_a_reason(name: str, yahoo: Yahoo) -> None:
    interval, rows = RECORDED[name]
    body = real_file(f"yahoo_json/{name}").read_bytes()
    result = (json.loads(body)["chart"]["result"] or [{"meta": {}}])[0]
    symbol = result["meta"].get("symbol", "AAPL")
    yahoo.script(symbol, (200, body, JSON))
    yahoo.script(f"probe {symbol}", (200, body, JSON))
    try:
        history = fetch(symbol, interval, patience=ONCE)
    except (DataError, NetworkError) as error:
        assert rows is None and error.remedy and "\n" not in str(error)
        assert "delisted" not in str(error)
    else:
        assert len(history) == rows or rows is None
        assert (history.bars[["open", "high", "low", "close"]] > 0).all(axis=None)
        assert history.currency == result["meta"]["currency"]


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("error_404_chart_not_found.json", 404, "Yahoo knows no symbol AAPL"),
        ("error_400_chart_no_data_in_range.json", 400, "Yahoo has no such bars of AAPL"),
        (
            "error_422_chart_1m_out_of_range.json",
            422,
            "Yahoo refuses this range or interval of AAPL",
        ),
        ("error_429_edge.txt", 429, "too many requests"),
        ("error_429_older.txt", 429, "too many requests"),
    ],
)
def test_a_recorded_error_gives_its_reason(
    name: str, status: int, words: str, yahoo: Yahoo
) -> None:
    body = real_file(f"yahoo_json/{name}").read_bytes()
    yahoo.add(Instrument("AAPL", [100.0, 101.0]))
    yahoo.script("AAPL", (status, body, JSON))
    with pytest.raises((DataError, NetworkError), match=words):
        fetch("AAPL", patience=ONCE)


def test_a_cached_failure_is_not_replayed(yahoo: Yahoo) -> None:
    yahoo.add(Instrument("AAPL", [100.0, 101.0]))
    good = (200, json.dumps(yahoo.instruments["AAPL"].chart()).encode(), JSON)
    broken = (500, b"no", JSON)
    yahoo.script("AAPL", broken, broken, broken, broken, good)  # yfinance asks twice for each try
    assert (
        len(fetch("AAPL", end="2024-01-02", patience=Patience(tries=3, sleep=lambda seconds: None)))
        == 2
    )


def test_yahoos_wish_to_be_left_alone_is_granted(yahoo: Yahoo) -> None:
    yahoo.add(Instrument("AAPL", [100.0, 101.0]))
    good = (200, json.dumps(yahoo.instruments["AAPL"].chart()).encode(), JSON)
    busy = (429, b"Too Many Requests", {"Retry-After": "60"})
    yahoo.script("AAPL", busy, busy, good)
    waits: list[float] = []
    fetch("AAPL", patience=Patience(tries=2, wait_s=0.1, sleep=waits.append))
    assert len(waits) == 1 and 60 <= waits[0] <= 75


def test_nothing_but_the_scripted_server_was_asked(yahoo: Yahoo) -> None:
    yahoo.add(Instrument("AAPL", [100.0, 101.0]))
    fetch("AAPL", patience=ONCE)
    assert os.environ["HTTPS_PROXY"].endswith(str(yahoo.server.server_address[1]))
    assert (
        yahoo.hits["AAPL"] == 1 and yahoo.hits["probe AAPL"] <= 1
    )  # the zone is remembered from test to test


def test_the_seams_of_yfinance_that_are_used_are_there() -> None:
    """An upgrade that moves one of them fails here first, by name."""
    import yfinance
    from yfinance import exceptions
    from yfinance.data import YfData
    from yfinance.scrapers.history import PriceHistory

    assert "session" in inspect.signature(yfinance.Ticker.__init__).parameters
    wanted = {
        "start",
        "period",
        "interval",
        "auto_adjust",
        "actions",
        "keepna",
        "repair",
        "timeout",
    }
    history = inspect.signature(PriceHistory.history)
    assert wanted <= set(history.parameters)
    assert callable(YfData.cache_get.cache_clear)
    assert hasattr(yfinance.config.debug, "hide_exceptions")
    assert callable(yfinance.set_tz_cache_location)
    assert isinstance(inspect.getattr_static(yfinance.Ticker, "history_metadata"), property)
    for name in (
        "YFException",
        "YFRateLimitError",
        "YFInvalidPeriodError",
        "YFTickerMissingError",
        "YFDataException",
    ):
        assert issubclass(getattr(exceptions, name), Exception)


def test_prices_can_be_fetched_in_a_process_that_has_trained(yahoo: Yahoo) -> None:
    """curl_cffi 0.17 refuses to impersonate where TensorFlow was loaded before it."""
    yahoo.add(Instrument("AAPL", [100.0, 101.0]))
    script = (
        "import rnnforecast.model.backend\n"
        "from rnnforecast.data.sources.patience import Patience\n"
        "from rnnforecast.data.yahoo.client import fetch\n"
        "print(len(fetch('AAPL', patience=Patience(tries=1))))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert result.stdout.strip() == "2", result.stderr[-500:]

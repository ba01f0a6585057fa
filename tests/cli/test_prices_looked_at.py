"""import, fetch, train, predict and evaluate say the same about the same prices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store

from ..conftest import SMALL, Command, random_walk
from ..yahoo import Instrument, Yahoo

SETTINGS = [word for setting in SMALL[1:] for word in ("--set", setting)]
TICK = "bad ticks on 2020-07-19: close x 98.8"


def write(path: Path, *, tick: bool) -> None:
    bars = random_walk(400).bars.copy()
    if tick:
        bars.iloc[200] *= 100
    bars.to_csv(path)


def test_a_bad_tick_is_said_by_import_and_refused_until_it_is_allowed(
    here: Command, tmp_path: Path
) -> None:
    write(tmp_path / "WALK.csv", tick=True)
    imported = here("data", "import", "WALK.csv", "--symbol", "WALK")
    assert imported.returncode == 0 and f"WALK: error: {TICK}" in imported.stderr
    train = ("train", "--symbol", "WALK", *SETTINGS)
    refused = here(*train)
    assert refused.returncode == 4 and f"error: WALK: {TICK}" in refused.stderr
    assert "--set data.bad_ticks=drop" in refused.stderr and "--allow-bad" in refused.stderr
    allowed = here(*train, "--allow-bad")
    assert allowed.returncode == 0 and f"WALK: {TICK}" in allowed.stderr
    predicted = here("predict", "--json")
    assert predicted.returncode == 0
    assert any(TICK in line for line in json.loads(predicted.stdout)["warnings"])
    evaluated = here("evaluate", "--origins", "5", "--baselines", "naive")
    assert evaluated.returncode == 0 and f"WALK: {TICK}" in evaluated.stderr


def test_new_prices_with_errors_are_refused_by_predict_too(here: Command, tmp_path: Path) -> None:
    write(tmp_path / "WALK.csv", tick=False)
    assert here("data", "import", "WALK.csv", "--symbol", "WALK").returncode == 0
    assert here("train", "--symbol", "WALK", *SETTINGS).returncode == 0
    history = random_walk(400)
    history.bars.iloc[-1] /= 4 * history.bars.iloc[-1] / history.bars.iloc[-2]
    Store(tmp_path / "data").save(history)
    refused = here("predict")
    assert refused.returncode == 4 and "split-like jumps on 2021-02-03" in refused.stderr
    assert here("predict", "--allow-bad").returncode == 0


def test_a_training_past_the_end_of_a_calendar_forecasts_and_says_so(
    here: Command, tmp_path: Path
) -> None:
    days = pd.bdate_range(end="2026-12-28", periods=400, name="date")
    now = pd.Timestamp.now()
    if days[-1] > now:  # a bar of the future is an error of its own
        days = pd.bdate_range(end=now.normalize() - pd.Timedelta(days=1), periods=400, name="date")
    random_walk(400).bars.set_axis(days).to_csv(tmp_path / "r.csv")
    assert here("data", "import", "r.csv", "--symbol", "RELIANCE.NS").returncode == 0
    settings = [*SETTINGS, "--set", "window.horizon=45"]
    trained = here("train", "--symbol", "RELIANCE.NS", *settings)
    assert trained.returncode == 0, trained.stderr
    assert "are not known yet: the calendar XBOM goes on by the days of its week" in trained.stderr
    assert "cannot be promised" in trained.stderr


@pytest.fixture
def yahoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yahoo]:
    with Yahoo(tmp_path_factory.mktemp("yahoo")) as server:
        server.add(Instrument("BTC-USD", [100.0 + day for day in range(40)]))
        yield server


def test_a_calendar_named_once_is_kept(here: Command, yahoo: Yahoo, tmp_path: Path) -> None:
    fetch = ("fetch", "BTC-USD", "--retry-wait", "0.01", "--timeout", "2")
    for options in (("--sessions", "Sun-Thu"), ()):
        told = here(*fetch, *options, **yahoo.environment())
        assert told.returncode == 0, told.stderr
        assert Store(tmp_path / "data").record("BTC-USD", "1d")["sessions"] == "Sun-Thu"
    told = here(*fetch, "--sessions", "Mon-Funday", **yahoo.environment())
    assert told.returncode == 2 and "no calendar is called 'Mon-Funday'" in told.stderr


def test_a_guessed_calendar_is_said(here: Command, tmp_path: Path) -> None:
    days = pd.bdate_range("2024-01-01", periods=60, name="date")
    random_walk(60).bars.set_axis(days).to_csv(tmp_path / "x.csv")
    told = here("data", "import", "x.csv", "--symbol", "MINE")
    assert "MINE: calendar guessed: XNYS, name another with --sessions" in told.stderr
    for symbol, options in (("VOD.L", ()), ("MINE", ("--sessions", "XNYS", "--accept-revision"))):
        told = here("data", "import", "x.csv", "--symbol", symbol, *options)
        assert told.returncode == 0 and "guessed" not in told.stderr


def test_intraday_bars_of_a_share_say_where_the_dividends_are(
    here: Command, tmp_path: Path
) -> None:
    days = pd.bdate_range("2024-06-03", periods=60)
    hours = [day + pd.Timedelta(hours=14.5 + hour) for day in days for hour in range(7)]
    bars = random_walk(len(hours)).bars.set_axis(pd.DatetimeIndex(hours, name="date"))
    Store(tmp_path / "data").save(
        PriceHistory("AAPL", bars.tz_localize("UTC"), "1h", "XNYS", "USD")
    )
    words = "1h bars are not adjusted for dividends"
    hourly = ("--interval", "1h")
    assert words in here("data", "show", "AAPL", *hourly).stderr
    assert any(
        words in note
        for note in json.loads(here("--json", "data", "show", "AAPL", *hourly).stdout)["notes"]
    )
    settings = [*SETTINGS, "--set", "data.interval=1h"]
    trained = here("--json", "train", "--symbol", "AAPL", *settings)
    assert any(words in line for line in json.loads(trained.stdout)["warnings"])
    predicted = here("--json", "predict")
    assert any(words in line for line in json.loads(predicted.stdout)["warnings"])
    assert here("report").returncode == 0
    (page,) = (tmp_path / "runs").glob("*/report.html")
    assert words in page.read_text()

"""One command a day: forecasts appear once, failures stay with their symbol,
promises are watched."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from rnnforecast.data.sources.patience import Patience
from rnnforecast.data.store import Store
from rnnforecast.pipeline import newest_prices
from rnnforecast.runs.track_record import TRACK

from ..conftest import Command, random_walk

LIST = """
config: gru
refit_every: 3
symbols:
  - {symbol: ONE, set: SMALL}
  - {symbol: TWO, set: SMALL}
"""
SMALL = (
    "[window.lookback=8, window.horizon=2, model.units=4, training.epochs=1, training.ensemble=1, "
    "training.batch_size=64]"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "watch.yaml").write_text(LIST.replace("SMALL", SMALL))
    store_days(tmp_path, 300)
    return tmp_path


def store_days(home: Path, rows: int, *symbols: str) -> None:
    for seed, symbol in enumerate(("ONE", "TWO")):
        if not symbols or symbol in symbols:
            Store(home / "data").save(random_walk(rows, seed, symbol))


def entries(home: Path) -> list[str]:
    return [
        json.loads(line)["symbol"] + " " + json.loads(line)["origin"][:10]
        for path in sorted((home / "runs").glob(f"*/{TRACK}"))
        for line in path.read_text().splitlines()
    ]


class Webhook(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    heard: ClassVar[list[dict[str, str]]] = []

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a webhook on this machine, as Apprise spells it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(Webhook, "heard", [])
    server = HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    yield f"json://127.0.0.1:{server.server_port}/secret"
    server.shutdown()
    server.server_close()


def test_a_few_days_of_a_watch_list(
    home: Path, here: Command, webhook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (home / "watch.yaml").open("a") as file:
        file.write("notify: {on: [new, broken, down]}\n")
    monkeypatch.setenv("RNNFORECAST_NOTIFY", webhook)
    first = here("daily", "--no-fetch", "--json")
    assert first.returncode == 0, first.stderr
    summary = json.loads(first.stdout)
    assert (summary["new"], summary["failed"], summary["broken"]) == (2, 0, [])
    assert all(each["trained"] for each in summary["symbols"])
    assert json.loads((home / "daily" / "latest.json").read_text()) == summary
    assert "ONE" in (home / "daily" / "latest.html").read_text()
    assert "INFO ONE: training" in (home / "daily" / "daily.log").read_text()

    again = here("daily", "--no-fetch", "--json")  # the same day: nothing changes
    assert json.loads(again.stdout)["unchanged"] == 2 and len(entries(home)) == 2
    [heard] = Webhook.heard  # of the first call: the second has nothing new to tell
    assert heard["title"] == "rnnforecast: 2 new forecast"
    assert [line.split(":")[0] for line in heard["message"].splitlines()] == ["ONE", "TWO"]

    store_days(home, 301)
    later = json.loads(here("daily", "--no-fetch", "--json").stdout)
    assert later["new"] == 2 and not any(each["trained"] for each in later["symbols"])

    monkeypatch.setenv("RNNFORECAST_NOTIFY", "json://127.0.0.1:9/secret")
    unheard = here("daily", "--no-fetch", "--json")
    assert unheard.returncode == 0 and "warning" not in unheard.stderr  # nothing new to tell

    [path] = (home / "runs").glob(f"*ONE*/{TRACK}")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"\n") + 1])  # the newest line is cut off
    cut = here("daily", "--no-fetch", "--json")
    assert path.read_bytes() != whole  # forecast again, at another time
    assert f"{path} has lost forecasts: 2 were there" in cut.stderr
    assert "has lost forecasts" in json.loads(cut.stdout)["symbols"][0]["warnings"][-1]
    assert "has lost" not in here("daily", "--no-fetch", "--json").stderr

    store_days(home, 303)  # three sessions since the training: due
    due = json.loads(here("daily", "--no-fetch", "--json").stdout)
    assert all(each["trained"] for each in due["symbols"])
    assert len(entries(home)) == len(set(entries(home))) == 6
    *_, line = [
        line for line in (home / "daily" / "daily.log").read_text().splitlines() if "notif" in line
    ]
    assert "not reached: json" in line and "secret" not in line


def test_the_failure_of_one_symbol_does_not_stop_the_others(home: Path, here: Command) -> None:
    (home / "data" / "ONE" / "1d.json").write_text("{}")
    answer = here("daily", "--no-fetch", "--json")
    assert answer.returncode == 7
    assert "1 of 2 symbols failed (ONE)" in answer.stderr
    assert entries(home) == ["TWO 2020-10-26"]

    asked = {"retrieved_at": "2020-12-01T00:00:00+00:00"}  # and no bar since October
    Store(home / "data").save(replace(random_walk(300, 1, "TWO"), provenance=asked))
    gone = json.loads(here("daily", "--no-fetch", "--json").stdout)
    assert gone["delisted"] == ["TWO"]
    assert gone["symbols"][1]["last_price"] == "2020-10-26T00:00:00"
    assert "delisted: no price after 2020-10-26" in (home / "daily" / "latest.html").read_text()


def test_where_every_symbol_fails_the_exit_code_says_why(
    home: Path, here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_prices, "Patience", lambda: Patience(tries=1))
    answer = here("daily")  # nothing answers: the tests have no network
    assert answer.returncode == 5, answer.stderr
    assert len(entries(home)) == 2  # what is stored was forecast all the same
    for path in (home / "data").glob("*/1d.json"):
        path.unlink()
    assert here("daily", "--no-fetch").returncode == 4


def test_a_wrong_watch_list_is_a_usage_error(home: Path, here: Command) -> None:
    assert here("daily", "--watch", "none.yaml").returncode == 2

"""The interface answers what the command line answers, fast, and writes nothing."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.store import Store
from rnnforecast.pipeline.predict import predict
from rnnforecast.runs import find_run
from rnnforecast.serve import outlook, service
from rnnforecast.serve.options import ServeOptions

from ..conftest import Command, random_walk
from .conftest import DAYS, Get, client_of


def test_a_forecast_is_that_of_predict(get: Get, followed_home: Path) -> None:
    answer = get("/v1/forecasts/WALK?levels=50,90")
    assert answer.status_code == 200, answer.text
    document = answer.json()
    run = find_run(followed_home / "runs")
    [prediction] = predict(run, Store(followed_home / "data"))
    forecast = prediction.forecast
    assert document["run"] == run.name
    assert document["origin"] == forecast.origin.isoformat()
    assert [step["median"] for step in document["steps"]] == list(forecast.median)
    low, high = forecast.interval(0.5)
    assert [step["intervals"]["50"] for step in document["steps"]] == [
        list(ends) for ends in zip(low, high, strict=True)
    ]
    assert set(document["steps"][0]["intervals"]) == {"50", "90"}
    assert set(get("/v1/forecasts/WALK").json()["steps"][0]["intervals"]) == {"80", "95"}


def test_a_track_record_is_that_of_the_command(
    get: Get, followed_home: Path, here: Command
) -> None:
    served = get("/v1/track/walk").json()
    printed = json.loads(here("track", "--json", home=followed_home).stdout)
    assert served["forecasts"] == DAYS
    for name in ("forecasts", "pending_steps", "summary", "promise", "evidence", "scores"):
        assert served[name] == printed[name], name


def test_a_forecast_says_how_old_its_price_is(get: Get, followed_home: Path) -> None:
    document = get("/v1/forecasts/WALK").json()
    last = random_walk(302 + DAYS).last.tz_localize("UTC")
    assert document["age_days"] == (pd.Timestamp.now("UTC") - last).days
    assert document["stale"] and "days old" in document["warnings"][0]
    assert f"{document['age_days']} days old" in get("/").text


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (OSError(errno.EMFILE, "Too many open files", "1d.json"), "Too many open files: 1d.json"),
        (MemoryError(), "out of memory"),
    ],
)
def test_what_the_machine_refuses_is_503_until_it_is_mended(
    refusal: Exception, reason: str, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise refusal

    get = client_of(ServeOptions(own_home))
    with monkeypatch.context() as broken:
        broken.setattr(outlook, "predict", refuse)
        answer = get("/v1/forecasts/WALK")
        assert answer.status_code == 503 and reason in answer.json()["error"]["problem"]
        page = get("/")
        assert page.status_code == 503 and reason in page.text
        assert get("/health").status_code == 200
    assert get("/v1/forecasts/WALK").status_code == 200  # it was not kept as an answer


def test_newer_prices_are_forecast_at_the_next_request(own_home: Path) -> None:
    get = client_of(ServeOptions(own_home))
    before = get("/v1/forecasts/WALK")
    unchanged = get("/v1/forecasts/WALK", headers={"If-None-Match": before.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    newer = random_walk(320)
    Store(own_home / "data").save(newer)
    after = get("/v1/forecasts/WALK", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["origin"] == newer.last.isoformat()


def test_a_newer_run_takes_over_and_the_older_one_can_still_be_asked(own_home: Path) -> None:
    get = client_of(ServeOptions(own_home))
    old = get("/v1/forecasts/WALK").json()["run"]
    shutil.copytree(own_home / "runs" / old, own_home / "runs" / "2999-01-01T00-00-00_WALK_new")
    assert get("/v1/forecasts/WALK").json()["run"] == "2999-01-01T00-00-00_WALK_new"
    assert get(f"/v1/forecasts/WALK?run={old}").json()["run"] == old
    shutil.rmtree(own_home / "runs" / "2999-01-01T00-00-00_WALK_new")
    assert get("/v1/forecasts/WALK").json()["run"] == old


def test_runs_and_symbols_are_listed(get: Get, followed_home: Path) -> None:
    [run] = get("/v1/runs").json()["runs"]
    assert (run["name"], run["symbols"]) == (find_run(followed_home / "runs").name, ["WALK"])
    [entry] = get("/v1/symbols").json()["symbols"]
    assert (entry["symbol"], entry["rows"], entry["currency"]) == ("WALK", 302 + DAYS, "USD")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/forecasts/NONE", 404),
        ("/v1/forecasts/WALK?run=none", 404),
        ("/v1/forecasts/WALK?run=../../etc", 404),
        ("/v1/forecasts/..", 404),
        ("/v1/forecasts/%2e%2e", 400),
        ("/v1/forecasts/..%2f..%2fetc%2fpasswd", 404),
        ("/v1/forecasts/a..b", 400),
        ("/v1/forecasts/%00", 400),
        ("/v1/track/WALK%0d%0aX-Evil:1", 400),
        ("/v1/forecasts/" + "A" * 101, 422),
        ("/v1/forecasts/WALK?levels=51", 400),
        ("/v1/forecasts/WALK?levels=-80", 400),
        ("/v1/forecasts/WALK?levels=" + ",".join(["80"] * 21), 400),
        ("/v1/forecasts/WALK?levels=²0", 400),
        ("/docs", 404),
        ("/style.css/../../../etc/passwd", 404),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_meant_gets_one_sentence(get: Get, path: str, status: int) -> None:
    answer = get(path)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["problem"]
    assert "Traceback" not in answer.text


def test_prices_that_are_gone_are_said_so_and_back_when_they_are(own_home: Path) -> None:
    get = client_of(ServeOptions(own_home))
    shutil.move(own_home / "data" / "WALK", own_home / "away")
    for _ in range(2):
        answer = get("/v1/forecasts/WALK")
        assert answer.status_code == 409
        assert "no 1d prices of WALK are stored" in answer.json()["error"]["problem"]
    assert get("/v1/symbols").json()["symbols"][0]["rows"] is None
    shutil.move(own_home / "away", own_home / "data" / "WALK")
    assert get("/v1/forecasts/WALK").status_code == 200


def test_a_damaged_run_hides_no_other(own_home: Path) -> None:
    (own_home / "runs" / "2999_bad").mkdir()
    (own_home / "runs" / "2999_bad" / "run.json").write_text("{")
    get = client_of(ServeOptions(own_home))
    assert get("/v1/forecasts/WALK").status_code == 200
    assert "2999_bad" in get("/v1/runs").json()["damaged"][0]


def test_an_empty_home_answers_too(tmp_path: Path) -> None:
    get = client_of(ServeOptions(tmp_path))
    assert get("/v1/runs").json()["runs"] == []
    assert get("/v1/symbols").json()["symbols"] == []
    assert "rnnforecast train" in get("/").text
    assert list(tmp_path.iterdir()) == []


def test_a_bug_shows_no_traceback(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr(service, "look_ahead", broken)
    answer = client_of(ServeOptions(own_home))("/v1/forecasts/WALK")
    assert (answer.status_code, answer.json()["error"]["problem"]) == (500, "the server has failed")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_whatever_is_asked_nothing_is_written(own_home: Path) -> None:
    def state() -> dict[str, tuple[int, bytes]]:
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for path in [own_home, *sorted(own_home.rglob("*"))]
        }

    before = state()
    get = client_of(ServeOptions(own_home))
    for path in ("/", "/symbols/WALK", "/v1/runs", "/v1/symbols", "/v1/track/WALK", "/health"):
        assert get(path).status_code == 200
    assert get("/v1/forecasts/WALK").status_code == 200
    assert get("/v1/forecasts/NEW").status_code == 404
    assert get("/v1/forecasts/WALK", method="DELETE").status_code == 405
    assert state() == before


def test_the_quantiles_that_are_sent_increase(get: Get) -> None:
    levels = ",".join(map(str, range(10, 100, 10)))
    for step in get(f"/v1/forecasts/WALK?levels={levels}").json()["steps"]:
        lows, highs = zip(*step["intervals"].values(), strict=True)
        assert (np.diff(lows) < 0).all()
        assert (np.diff(highs) > 0).all()

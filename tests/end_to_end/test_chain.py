"""The three commands of the card by the real program, from prices to a report."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.data.store import Store
from rnnforecast.runs import FORECAST, REPORT

from ..conftest import Command, random_walk, real_file

TINY = ("--set", "training.epochs=2", "--set", "training.ensemble=2", "--set", "model.units=4")


def ok(result: object) -> str:
    """What a command printed, if it went well."""
    assert result.returncode == 0, result.stderr  # type: ignore[attr-defined]
    return str(result.stdout)  # type: ignore[attr-defined]


def newest_run(home: Path) -> Path:
    return sorted((home / "runs").iterdir())[-1]


def test_fetch_train_predict_evaluate_on_the_embedded_sp500(
    command: Command, tmp_path: Path
) -> None:
    assert "5,031" in ok(command("fetch", "^GSPC", "--source", "sample"))
    trained = command("train", "--config", "lstm.yaml", "--symbol", "^GSPC", *TINY)
    ok(trained)
    assert "network 2 of 2: best validation loss" in trained.stderr
    predicted = ok(command("predict", "--plot"))
    for session in (
        "Wed 2019-01-02",
        "Thu 2019-01-03",
        "Fri 2019-01-04",
        "Mon 2019-01-07",
        "Tue 2019-01-08",
    ):
        assert session in predicted  # neither New Year's Day nor the weekend
    assert "close 2,506.85 USD on Mon 2018-12-31" in predicted
    picture = newest_run(tmp_path) / "figures" / "forecast.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    evaluated = ok(command("evaluate"))
    assert "From 750 origins, 1 to 5 steps ahead, 2016-01-04 to 2018-12-31" in evaluated
    assert evaluated.splitlines()[-1] == f"report: {newest_run(tmp_path) / REPORT}"
    assert "2019-01-02" in (newest_run(tmp_path) / REPORT).read_text()


def test_the_same_seed_gives_the_same_forecast_to_the_last_digit(
    command: Command, tmp_path: Path
) -> None:
    Store(tmp_path / "data").save(random_walk())
    forecasts = []
    for _ in range(2):
        ok(command("train", "--symbol", "WALK", "--name", "again", *TINY))
        forecasts.append((newest_run(tmp_path) / FORECAST).read_bytes())
    assert len(list((tmp_path / "runs").iterdir())) == 2
    assert forecasts[0] == forecasts[1]


def test_json_is_one_document_on_stdout(here: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk())
    record = json.loads(ok(here("train", "--symbol", "WALK", *TINY, "--json")))
    assert record["seeds"] == [1, 2]
    forecast = json.loads(ok(here("predict", "--json")))
    assert [step["step"] for step in forecast["steps"]] == [1, 2, 3, 4, 5]
    assert forecast["steps"][0]["date"].startswith("2020-10-27")
    verdict = json.loads(ok(here("evaluate", "--json")))
    assert verdict["verdict"]["headline"]
    assert forecast["summary"]["trust"].startswith("Not tested yet")
    assert verdict["summary"]["answer"] in verdict["verdict"]["headline"]
    scored = {(one["model"], one["step"]) for one in verdict["scores"] if one["metric"] == "crps"}
    # no har: closes alone have no ranges
    simple = "naive recent constant drift seasonal_naive ar1 linear"
    baselines = f"{simple} ewma garch gjr egarch ets theta arima"
    networks = "network uncalibrated networks_alone filters"
    models = {*baselines.split(), *networks.split()}
    assert scored == {(model, step) for model in models for step in range(5 + 1)}


def test_a_median_without_skill_gives_way_to_the_last(here: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk())
    ok(here("train", "--symbol", "WALK", *TINY))
    assert "Not tested yet." in here("predict").stdout
    ok(here("evaluate"))
    settled = pd.read_csv(newest_run(tmp_path) / FORECAST)
    assert settled["median"].tolist() == pytest.approx(
        settled["last"].tolist()
    )  # in the report as well
    told = json.loads(ok(here("predict", "--json")))
    verdict = json.loads((newest_run(tmp_path) / "verdict.json").read_text())
    assert verdict["point"] != "better"  # a random walk
    assert told["median_of"] == "naive"
    assert [step["median"] for step in told["steps"]] == pytest.approx([told["last"]] * 5)
    raw = json.loads(ok(here("predict", "--json", "--raw")))
    assert raw["median_of"] == "network" and raw["steps"][0]["median"] != raw["last"]


def test_new_prices_move_the_forecast_on_without_training_again(
    here: Command, tmp_path: Path
) -> None:
    history = random_walk()
    store = Store(tmp_path / "data")
    store.save(history.between(end="2020-10-16"))
    ok(here("train", "--symbol", "WALK", *TINY))
    assert "Sat 2020-10-17" in ok(here("predict"))
    store.save(history)
    assert "Tue 2020-10-27" in ok(here("predict"))


def test_the_tutorial_preset_runs_and_forecasts_one_step_with_intervals(
    here: Command, tmp_path: Path
) -> None:
    Store(tmp_path / "data").save(random_walk(rows=600))
    ok(here("train", "--config", "tutorial", "--symbol", "WALK", "--set", "training.epochs=2"))
    lines = [line for line in ok(here("predict")).splitlines() if "2021-" in line]
    assert len(lines) == 2  # the title and one session
    assert "1 step ahead" in ok(here("evaluate"))


def test_imported_bitcoin_is_forecast_from_new_year_on_weekends_included(
    here: Command, tmp_path: Path
) -> None:
    file = real_file("daily/BTC-USD_history_2014-2024.csv")
    ok(here("data", "import", str(file), "--symbol", "BTC-USD"))
    ok(here("train", "--config", "gru.yaml", *TINY))
    ok(here("predict"))
    dates = pd.to_datetime(pd.read_csv(newest_run(tmp_path) / FORECAST)["date"])
    assert [day.date() for day in dates] == [date(2025, 1, number) for number in range(1, 6)]


@pytest.mark.parametrize("name", ["daily/GSPC_history_2000-2023.csv"])
def test_imported_stocks_skip_weekends_and_holidays(
    here: Command, tmp_path: Path, name: str
) -> None:
    ok(here("data", "import", str(real_file(name)), "--symbol", "^GSPC"))
    ok(here("train", "--symbol", "^GSPC", *TINY))
    ok(here("predict"))
    origin = pd.read_csv(newest_run(tmp_path) / FORECAST)
    days = pd.to_datetime(origin["date"])
    assert (days.dt.day_of_week < 5).all() and len(days) == 5

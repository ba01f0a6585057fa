"""Forecasts are kept as they were made, and scored when the prices have come."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.data.store import Store
from rnnforecast.runs import CONFIG, all_runs
from rnnforecast.runs.track_record import TRACK, TrackRecord

from ..conftest import Command, random_walk

DAYS = 6


@pytest.fixture
def home(trained: tuple[Path, object], tmp_path: Path) -> Path:
    """A home with a run that has seen 300 days of a walk that goes on."""
    return Path(shutil.copytree(trained[0], tmp_path / "home"))


def store_days(home: Path, rows: int) -> None:
    """Store the walk as it was known after some days: it always begins alike."""
    Store(home / "data").save(random_walk(rows))


@pytest.fixture
def followed(home: Path, here: Command) -> Path:
    """The same home after six days, each with a forecast, and two days more."""
    for day in range(DAYS):
        store_days(home, 300 + day)
        assert here("predict", home=home).returncode == 0
    store_days(home, 302 + DAYS)
    return home


def test_every_predict_is_kept_once_and_scored_by_step_when_prices_have_come(
    followed: Path, here: Command
) -> None:
    assert here("predict", "--json", home=followed).returncode == 0
    assert here("predict", home=followed).returncode == 0  # the same day again
    answer = here("track", "--json", home=followed)
    assert answer.returncode == 0, answer.stderr
    track = json.loads(answer.stdout)
    assert track["forecasts"] == DAYS + 1
    assert track["pending_steps"] == 3  # those of the newest day
    [crps] = [
        row["n"]
        for row in track["scores"]
        if (row["model"], row["metric"], row["step"]) == ("network", "crps", 1)
    ]
    assert crps == DAYS
    assert {row["model"] for row in track["scores"]} >= {"network", "naive", "drift", "ewma"}


def test_the_scores_agree_with_arithmetic_on_the_record_itself(
    followed: Path, here: Command
) -> None:
    [path] = (followed / "runs").glob(f"*/{TRACK}")
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    closes = random_walk(302 + DAYS).bars["close"]
    misses, hits = [], []
    for entry in entries:
        row = closes.index.get_loc(entry["origin"])
        levels, quantiles = np.array(entry["levels"]), np.array(entry["quantiles"]["network"][0])
        actual = np.log(closes.iloc[row + 1] / closes.iloc[row])
        moves = np.log(quantiles / entry["close"])
        low, middle, high = np.interp([0.1, 0.5, 0.9], levels, moves)
        misses.append(abs(middle - actual))
        hits.append(low <= actual <= high)
    scores = json.loads(here("track", "--json", home=followed).stdout)["scores"]
    by_metric = {
        row["metric"]: row["value"]
        for row in scores
        if row["model"] == "network" and row["step"] == 1
    }
    assert by_metric["mae"] == pytest.approx(np.mean(misses), rel=1e-6)
    assert by_metric["coverage_0.80"] == pytest.approx(np.mean(hits))


def test_the_answer_comes_first_in_plain_words(followed: Path, here: Command) -> None:
    answer = here("track", home=followed)
    first = answer.stdout.splitlines()[0]
    assert first.startswith("WALK: too few forecasts to tell")
    assert "CRPS %" in answer.stdout
    assert here("report", home=followed).returncode == 0
    [page] = (followed / "runs").glob("*/report.html")
    section = page.read_text().partition('<section id="track">')[2].partition("</section>")[0]
    assert section.count('<svg class="track"') == 3 and first in section


def test_before_any_price_has_come_the_record_says_so(home: Path, here: Command) -> None:
    assert "each predict adds one" in here("track", home=home).stdout
    here("predict", home=home)
    assert "1 forecast made; none has come true yet" in here("track", home=home).stdout


def test_an_altered_record_is_refused_with_its_line(followed: Path, here: Command) -> None:
    good = here("track", "verify", "--json", home=followed)
    assert json.loads(good.stdout)["records"][0]["forecasts"] == DAYS
    [path] = (followed / "runs").glob(f"*/{TRACK}")
    path.write_text(path.read_text().replace('"live"', '"replay"', 1))
    bad = here("track", "verify", home=followed)
    assert bad.returncode == 6 and "line 2 does not follow" in bad.stderr
    assert here("track", home=followed).returncode == 6
    # the forecast itself is still given, and what could not be kept is said
    later = here("predict", home=followed)
    assert later.returncode == 0 and "could not be" in later.stderr


def test_the_record_of_another_run_or_symbol_is_refused_though_its_chain_holds(
    followed: Path, here: Command
) -> None:
    [run] = all_runs(followed / "runs")
    record = TrackRecord(run.path / TRACK)
    made = record.entries()
    for changes, words in (
        ({"symbol": "OTHER"}, "is a forecast of OTHER, not of WALK"),
        ({"model": "0123456789abcdef"}, "was made by other networks than the run's"),
    ):
        record.path.unlink()
        for entry in made:
            assert record.append(replace(entry, **changes))
        for words_of_command in (["track"], ["track", "verify"]):
            refused = here(*words_of_command, home=followed)
            assert refused.returncode == 6 and words in refused.stderr, refused.stderr
    assert len(record.entries()) == DAYS  # and nothing is appended to it
    assert "could not be" in here("predict", home=followed).stderr
    assert len(record.entries()) == DAYS


def test_a_replay_knows_only_its_day_and_stays_apart(followed: Path, here: Command) -> None:
    day = f"{random_walk(304).last:%Y-%m-%d}"
    answer = here("predict", "--as-of", day, "--json", home=followed)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["origin"].startswith(day)
    replays = json.loads(here("track", "--replay", "--json", home=followed).stdout)
    assert replays["forecasts"] == 1 and replays["kind"] == "replay"
    assert json.loads(here("track", "--json", home=followed).stdout)["forecasts"] == DAYS


def test_a_replay_after_the_end_of_the_training_prices_is_of_that_day_and_is_scored(
    followed: Path, here: Command
) -> None:
    [run] = all_runs(followed / "runs")
    ended = run.read(CONFIG).replace("  end: null", "  end: 2020-10-26")
    assert "end: 2020-10-26" in ended
    run.write(CONFIG, ended)  # as if it had been trained so
    day = f"{random_walk(304).last:%Y-%m-%d}"
    made = here("predict", "--as-of", day, "--json", home=followed)
    assert json.loads(made.stdout).get("origin", made.stderr).startswith(day)
    replays = json.loads(here("track", "--replay", "--json", home=followed).stdout)
    assert replays["forecasts"] == 1 and replays["pending_steps"] == 0 and replays["scores"]


def test_a_replay_of_a_day_that_the_run_has_learned_from_is_refused(
    followed: Path, here: Command
) -> None:
    answer = here("predict", "--as-of", "2020-06-01", home=followed)
    assert answer.returncode == 6 and "would know the future" in answer.stderr


def test_broken_intervals_end_with_exit_code_3(followed: Path, here: Command) -> None:
    [path] = (followed / "runs").glob(f"*/{TRACK}")
    path.unlink()
    narrow_days(followed, here, path)
    answer = here("track", home=followed)
    assert answer.returncode == 3
    assert "too narrow" in answer.stdout and "train again" in answer.stderr


def narrow_days(home: Path, here: Command, path: Path) -> None:
    """A record of intervals that hold nothing at all, written as a run would."""
    store_days(home, 300)
    here("predict", home=home)
    record = TrackRecord(path)
    [made] = record.entries()
    walk = random_walk(320)
    for day in range(1, 12):
        row = 299 + day
        close = float(walk.bars["close"].iloc[row])
        nothing = tuple(close * 3 + level for level in made.levels)
        record.append(
            replace(
                made, origin=walk.dates[row].isoformat(), close=close,
                quantiles={"network": (nothing,) * len(made.dates)},
            )
        )  # fmt: skip
    store_days(home, 320)


def test_an_export_packs_the_record_which_verifies_elsewhere(
    home: Path, here: Command, tmp_path: Path
) -> None:
    for day in range(2):
        store_days(home, 300 + day)
        assert here("predict", home=home).returncode == 0
    [path] = (home / "runs").glob(f"*/{TRACK}")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"cut')  # a crash: never acknowledged
    assert here("export", "--out", "x.zip", home=home).returncode == 0
    checked = here("runs", "check", home=home)
    assert checked.returncode == 0 and ".lock" not in checked.stdout + checked.stderr
    shutil.unpack_archive(tmp_path / "x.zip", tmp_path / "other" / "runs")
    [packed] = (tmp_path / "other" / "runs").glob(f"*/{TRACK}")
    assert packed.read_bytes() == whole
    assert not list(packed.parent.rglob(".*"))
    assert here("runs", "check", home=tmp_path / "other").returncode == 0
    verified = here("track", "verify", "--json", home=tmp_path / "other")
    assert json.loads(verified.stdout)["records"][0]["forecasts"] == 2


def test_an_altered_record_is_not_exported(home: Path, here: Command, tmp_path: Path) -> None:
    assert here("predict", home=home).returncode == 0
    [path] = (home / "runs").glob(f"*/{TRACK}")
    path.write_text(path.read_text().replace('"calibrated"', '"other"', 1))
    refused = here("export", "--out", "x.zip", home=home)
    assert refused.returncode == 6 and refused.stderr.count("\n") == 1
    assert not (tmp_path / "x.zip").exists()

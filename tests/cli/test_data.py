"""What is stored can be listed, shown, checked and drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.data.store import Store

from ..conftest import Command, make_history, random_walk


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A walk with candles, a split and a dividend, and one with a bad tick."""
    store = Store(tmp_path / "data")
    walk = random_walk(symbol="GOOD")
    close = walk.bars["close"]
    bars = walk.bars.assign(
        open=close * 0.99,
        high=close * 1.02,
        low=close * 0.98,
        volume=1e6,
        dividends=0.0,
        splits=0.0,
    )
    bars.iloc[50, 6], bars.iloc[60, 5] = 2.0, 0.5
    store.save(replace(walk, bars=bars.drop(walk.dates[10])))
    closes = random_walk().bars["close"].to_numpy(float).copy()
    closes[100] *= 100
    store.save(make_history(closes, "SPOILED"))
    return store


def test_show_tells_range_gaps_splits_and_shape(store: Store, here: Command) -> None:
    told = here("data", "show", "GOOD").stdout
    assert "299 of 1d, 2020-01-01 to 2020-10-26" in told
    assert (
        "gaps       1: 2020-01-11" in told
        and "splits     2020-02-20 2:1" in told
        and "dividends  1" in told
    )
    line = next(line for line in told.splitlines() if line.startswith("close"))
    assert len(set(line.split()[1])) > 3 and len(line.split()[1]) == 60


def test_show_draws_candles(store: Store, here: Command, tmp_path: Path) -> None:
    assert here("data", "show", "GOOD", "--plot").returncode == 0
    assert (tmp_path / "data" / "GOOD" / "1d.png").read_bytes().startswith(b"\x89PNG")
    assert here("data", "show", "GOOD", "--plot", "--out", "mine.png").returncode == 0
    assert (tmp_path / "mine.png").exists()
    refused = here("data", "show", "SPOILED", "--plot")
    assert refused.returncode == 4 and "SPOILED has no open, high, low" in refused.stderr


def test_check_tells_errors_and_warnings_with_their_dates_and_exits_with_4(
    store: Store, here: Command
) -> None:
    result = here("data", "check")
    assert result.returncode == 4 and "unusable prices in SPOILED" in result.stderr
    assert "bad ticks" in result.stdout and "1: 2020-04-10" in result.stdout
    assert "missing sessions" in result.stdout and "1: 2020-01-11" in result.stdout
    fine = here("data", "check", "GOOD", "--json")
    assert fine.returncode == 0
    assert [one["kind"] for one in json.loads(fine.stdout)["findings"]] == ["missing sessions"]


def test_the_list_goes_to_json_too(store: Store, here: Command) -> None:
    told = json.loads(here("data", "list", "--json").stdout)
    assert [(one["symbol"], one["rows"]) for one in told["stored"]] == [
        ("GOOD", 299),
        ("SPOILED", 300),
    ]
    assert "GOOD" in here("data", "list").stdout


@pytest.mark.parametrize(
    "arguments", [("show", "NONE"), ("check", "NONE"), ("export", "NONE"), ("check",)]
)
def test_what_is_not_stored_is_answered_with_the_command_that_fetches_it(
    arguments: tuple[str, ...], here: Command, tmp_path: Path
) -> None:
    result = here("data", *arguments)
    assert (
        result.returncode == 4
        and "run: rnnforecast fetch" in result.stderr
        and result.stderr.count("\n") == 1
    )


def test_a_damaged_file_is_named_by_check(store: Store, here: Command) -> None:
    next(store.folder("GOOD").glob("*.parquet")).write_bytes(b"gone")
    result = here("data", "check", "GOOD")
    assert result.returncode == 4 and "its hash differs" in result.stderr


def test_a_check_goes_on_past_what_cannot_be_read(store: Store, here: Command) -> None:
    walk = random_walk(symbol="AAA")
    store.save(walk)
    store.save(replace(walk, symbol="ZZZ"))
    for path in store.folder("AAA").glob("*.parquet"):
        path.write_bytes(b"damaged")
    outcome = here("--json", "data", "check")
    assert outcome.returncode == 4
    checked = json.loads(outcome.stdout)
    assert "AAA" in checked["damaged"][0]["error"]
    assert checked["checked"] == len(store.records())
    assert {"AAA"} != {entry["symbol"] for entry in checked["findings"]}


def test_exported_prices_can_be_adjusted(store: Store, here: Command, tmp_path: Path) -> None:
    history = store.load("GOOD")
    adjusted = replace(
        history,
        bars=history.bars.assign(
            adj_close=np.linspace(0.5, 1, len(history)) * history.bars["close"]
        ),
    )
    store.save(adjusted)
    assert here("data", "export", "GOOD", "--adjusted", "--out", "a.csv").returncode == 0
    header, first, *_ = (tmp_path / "a.csv").read_text().splitlines()
    assert "adj_close" not in header
    assert float(first.split(",")[header.split(",").index("close")]) == pytest.approx(
        history.bars["close"].iloc[0] / 2
    )


def test_a_split_without_bounds_is_null_in_json(store: Store, here: Command) -> None:
    bars = random_walk(symbol="WILD").bars.assign(splits=0.0)
    bars.loc[bars.index[50], "splits"] = np.inf
    store.save(replace(random_walk(symbol="WILD"), bars=bars))
    shown = json.loads(here("data", "show", "WILD", "--json").stdout)
    assert shown["splits"] == [{"date": "2020-02-20", "ratio": None}]

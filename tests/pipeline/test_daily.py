"""A day of symbols that share their networks: one run, a record of each, failures by themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.config import load
from rnnforecast.config.watch import Watched, load_watch_list
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError
from rnnforecast.pipeline.daily import follow, lost_forecasts, summary_of
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run
from rnnforecast.runs.track_record import TRACK

from ..conftest import random_walk

SYMBOLS = ("ONE", "TWO", "SIX")
LIST = """
refit_every: 3
symbols:
  - symbol: [ONE, TWO, SIX]
    name: three
    set: [window.lookback=8, window.horizon=2, model.units=4, training.epochs=1,
          training.ensemble=1, training.batch_size=64]
"""


def store_days(home: Path, rows: int) -> Store:
    store = Store(home / "data")
    for seed, symbol in enumerate(SYMBOLS):
        store.save(random_walk(rows, seed, symbol))
    return store


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    path = tmp_path / "watch.yaml"
    path.write_text(LIST)
    [entry] = load_watch_list(path)
    return entry


def test_several_symbols_share_a_run_and_each_has_a_record(
    tmp_path: Path, watched: Watched
) -> None:
    root, trained = tmp_path / "runs", []

    def train(entry: Watched, _: Run | None) -> Run:
        run = train_run(load(entry.config, entry.overrides), store, root, label=entry.label)
        trained.append(run.name)
        return run

    store = store_days(tmp_path, 300)
    first = follow(watched, store, root, train)
    assert [(day.symbol, day.status, day.trained) for day in first] == [
        (symbol, "new", True) for symbol in SYMBOLS
    ]
    [run] = runs.labelled_runs(root, "three_gru")
    assert [day.part.name for day in first if day.part] == [
        f"{run.name}/{name}" for name in SYMBOLS
    ]
    again = follow(watched, store, root, train)
    assert [day.status for day in again] == ["unchanged"] * 3 and len(trained) == 1

    # A price that cannot be is the matter of one symbol.
    store = store_days(tmp_path, 301)
    two = store.load("TWO", "1d")
    bars = two.bars.copy()
    bars.iloc[-1] *= 100
    store.save(replace(two, bars=bars))
    days = follow(watched, store, root, train)
    assert [day.status for day in days] == ["new", "failed", "new"]
    assert isinstance(days[1].error, DataError) and "TWO" in str(days[1].error)
    kept = [len((part.path / TRACK).read_text().splitlines()) for part in run.parts]
    assert kept == [2, 1, 2]

    before = summary_of(days)
    assert before["symbols"][0]["run"] == f"{run.name}/ONE"
    record = run.part("ONE").path / TRACK
    record.write_text(record.read_text().splitlines(keepends=True)[0])
    assert "has lost forecasts: 2" in str(lost_forecasts(days[0], before))
    assert lost_forecasts(days[2], before) is None

    store = store_days(tmp_path, 303)  # three sessions since the training
    assert [day.trained for day in follow(watched, store, root, train)] == [True] * 3
    assert len(trained) == 2


def test_symbols_that_are_not_stored_fail_by_name(tmp_path: Path, watched: Watched) -> None:
    def train(*_: object) -> Run:
        raise AssertionError

    days = follow(watched, Store(tmp_path / "data"), tmp_path / "runs", train)
    assert [(day.symbol, day.status) for day in days] == [(name, "failed") for name in SYMBOLS]
    assert "ONE" in str(days[0].error)


def test_a_refit_that_fails_costs_no_forecast(tmp_path: Path, watched: Watched) -> None:
    root, store = tmp_path / "runs", store_days(tmp_path, 300)
    path = tmp_path / "watch.yaml"
    path.write_text(LIST.replace("[ONE, TWO, SIX]", "[SIX, NEW, one]"))
    [changed] = load_watch_list(path)

    def train(entry: Watched, _: Run | None) -> Run:
        return train_run(load(entry.config, entry.overrides), store, root, label=entry.label)

    follow(watched, store, root, train)
    store_days(tmp_path, 303)  # due, and NEW has no prices
    six, new, one = follow(changed, store, root, train)
    assert [(day.symbol, day.status) for day in (six, new, one)] == [
        ("SIX", "new"), ("NEW", "failed"), ("one", "new"),
    ]  # fmt: skip
    assert "NEW" in str(new.error) and six.error is None
    assert six.part is not None and new.error is not None
    assert six.unrefitted is one.failure and "NEW" in str(one.failure)
    assert summary_of([one])["symbols"][0]["unrefitted"]["problem"] == new.error.problem
    assert runs.labelled_runs(root, "three_gru")[-1].part("SIX").path == six.part.path

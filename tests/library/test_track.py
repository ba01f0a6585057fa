"""The track record of a run as tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import rnnforecast as rf
from rnnforecast.errors import RunError
from rnnforecast.runs import Run
from rnnforecast.runs.track_record import TRACK

from ..conftest import random_walk
from ..serve.conftest import DAYS, followed_home

__all__ = ["followed_home"]


@pytest.fixture
def folder(followed_home: Path, trained: tuple[Path, Run]) -> Path:
    """A run with forecasts of some days."""
    return followed_home / "runs" / trained[1].name


def test_a_record_is_a_table_of_what_was_said_and_one_of_what_came(folder: Path) -> None:
    closes = random_walk(302 + DAYS)
    record = rf.track(folder, closes)
    made = record.to_frame()
    lines = [json.loads(line) for line in (folder / TRACK).read_text().splitlines()]
    assert made["origin"].nunique() == len(lines) == DAYS
    first = made[(made["model"] == "network") & (made["step"] == 1)].iloc[0]
    said = np.interp([0.5, 0.1, 0.9], lines[0]["levels"], lines[0]["quantiles"]["network"][0])
    assert list(first[["median", "low_80", "high_80"]]) == pytest.approx(list(said))
    row = record.resolved.query("model == 'naive' and step == 2").iloc[0]
    at = closes.dates.get_loc(row["origin"])
    moved = np.log(closes.bars["close"].iloc[at + 2] / closes.bars["close"].iloc[at])
    assert row["actual"] == pytest.approx(moved)
    assert record.promise == "open" and record.unit == "log return" and len(record.scores)
    assert "too few forecasts to tell" in repr(record)


def test_before_anything_has_come_true_tables_are_empty(folder: Path) -> None:
    record = rf.track([folder], random_walk(300))
    assert record.scores.empty and record.resolved.empty and record.evidence is None
    assert rf.track(folder, random_walk(300), replay=True).to_frame().empty


def test_prices_of_another_symbol_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not on OTHER"):
        rf.track(folder, random_walk(symbol="OTHER"))
    with pytest.raises(RunError, match="is no run"):
        rf.track(tmp_path, random_walk())

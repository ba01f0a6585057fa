"""The table of speed says what its results say: ratios of a round, targets,
and who could not be measured."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that makes it."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("table")


def seconds(ours: float, theirs: float) -> dict[str, dict[str, float]]:
    """A round of training."""
    return {
        "ours": {"epoch": ours, "whole": ours, "peak_mb": ours},
        "torch_script": {"epoch": theirs, "whole": theirs, "peak_mb": theirs},
    }


def on(cores: int) -> dict[str, object]:
    """Results of a machine."""
    return {
        "machine": {"processor": "P", "cores": cores, "python": "3.11", "versions": {"keras": "3"}}
    }


def test_a_ratio_is_that_of_a_round(table: ModuleType) -> None:
    rounds = [seconds(1.0, 2.0), seconds(2.0, 3.0), seconds(4.0, 4.0)]
    first, *_ = table.rows({"train_lstm": {"rounds": rounds}})
    assert first.cells() == [
        "LSTM, s an epoch", "plain PyTorch", "2.00", "3.00", "1.50", "1.00 to 2.00",
        "at least 1.5: met"
    ]  # fmt: skip


def test_more_windows_are_better(table: ModuleType) -> None:
    rounds = [
        {
            "ours": {"windows_per_s": 3000.0, "first_batch_s": 3.0, "peak_mb": 100.0},
            "darts": {"windows_per_s": 1000.0, "first_batch_s": 6.0, "peak_mb": 50.0},
        }
    ]
    found = list(table.rows({"windows": {"sizes": {"482": rounds}}}))
    assert [row.ratio for row in found] == ["3.00", "", "2.00", "0.500"]
    assert [row.target for row in found if row.target] == ["at most 2: missed"]


def test_a_contender_that_cannot_be_imported_is_named(table: ModuleType) -> None:
    why = "ModuleNotFoundError: No module named 'darts'"
    results = {
        "train_gru": {**on(2), "rounds": [seconds(1.0, 2.0) | {"darts_rnn": {"failed": why}}]}
    }
    assert {row.theirs for row in table.rows(results) if row.contender == "Darts"} == {
        "not measured"
    }
    assert table.notes(results)[-1] == f"Darts was not measured: {why}"


def test_machines_that_differ_are_told_apart(table: ModuleType) -> None:
    assert table.machines({"store": on(2), "predict": on(2)}) == [
        "P, 2 cores, Python 3.11; keras 3"
    ]
    assert table.machines({"store": on(2), "predict": on(4)}) == [
        "store: P, 2 cores, Python 3.11; keras 3",
        "predict: P, 4 cores, Python 3.11; keras 3",
    ]

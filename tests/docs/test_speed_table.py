"""The table of speed says what its results say: ratios of a round, targets, each processor beside
the others, and who could not be measured."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script that makes it."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("table")


@pytest.fixture
def common(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What all benchmarks share."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("common")


def seconds(ours: float, theirs: float) -> dict[str, dict[str, float]]:
    """A round of training."""
    return {
        "ours": {"epoch": ours, "whole": ours, "peak_mb": ours},
        "torch_script": {"epoch": theirs, "whole": theirs, "peak_mb": theirs},
    }


def on(cores: int, **more: str) -> dict[str, Any]:
    """Results of a machine."""
    versions = {"keras": "3"}
    machine = {"processor": "P", "cores": cores, "python": "3.11", "versions": versions, **more}
    return {"machine": machine}


def listed(made: str) -> dict[tuple[str, str], list[str]]:
    """The other cells of a Markdown table by job and contender."""
    rows = [line.strip("| ").split(" | ") for line in made.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row] for row in rows]
    return {(row[0], row[1]): row[2:] for row in cells}


def test_a_ratio_is_that_of_a_round(table: ModuleType) -> None:
    rounds = [seconds(1.0, 2.0), seconds(2.0, 3.0), seconds(4.0, 4.0)]
    first, best, *_ = table.lines({"train_lstm": {"rounds": rounds}})
    assert table.cells(first) == [
        "LSTM, s an epoch", "plain PyTorch", "2.00", "3.00", "1.50", "1.00 to 2.00",
        "at least 1.5x: met"
    ]  # fmt: skip
    assert table.cells(best)[1:] == [
        "plain PyTorch, its best round", "2.00", "2.00", "1.00", "0.500 to 2.00",
        "at least 1.5x: missed"
    ]  # fmt: skip


def test_more_windows_are_better(table: ModuleType) -> None:
    rounds = [
        {
            "ours": {"windows_per_s": 3000.0, "first_batch_s": 3.0, "peak_mb": 100.0},
            "darts": {"windows_per_s": 1000.0, "first_batch_s": 6.0, "peak_mb": 50.0},
        }
    ]
    rows = [table.cells(line) for line in table.lines({"windows": {"sizes": {"482": rounds}}})]
    assert [row[4] for row in rows] == ["3.00", "", "2.00", "0.500"]
    assert [row[6] for row in rows if row[6]] == ["at most 2: missed"]


def test_a_contender_that_cannot_be_imported_is_named(table: ModuleType) -> None:
    why = "ModuleNotFoundError: No module named 'darts'"
    results = {
        "train_gru": {**on(2), "rounds": [seconds(1.0, 2.0) | {"darts_rnn": {"failed": why}}]}
    }
    rows = [table.cells(line) for line in table.lines(results) if line.contender == "Darts"]
    assert {row[3] for row in rows} == {"not measured"}
    assert table.notes(results)[-1] == f"Darts was not measured: {why}."


def test_a_job_that_failed_in_every_round_has_neither_figure_nor_verdict(table: ModuleType) -> None:
    failed = {"ours": {"failed": "out of memory"}, "torch_script": seconds(1, 2)["torch_script"]}
    rows = [table.cells(line) for line in table.lines({"train_lstm": {"rounds": [failed]}})]
    assert [
        "LSTM, MB at the peak",
        "",
        "not measured",
        "",
        "",
        "",
        "at most 800: not measured",
    ] in rows


def test_large_batches_are_compared_with_small_ones_of_the_same_round(table: ModuleType) -> None:
    rounds = [
        {
            size: {"windows_per_s": speed, "windows_per_core_s": speed / 2}
            for size, speed in {"64": 4000.0, "256": large, "1024": 2 * large}.items()
        }
        for large in (2000.0, 3000.0)
    ]
    rows = [table.cells(line) for line in table.lines({"batch_speed": {"rounds": rounds}})]
    assert rows[:3] == [
        ["panel, windows/s in batches of 64", "", "4,000", "", "", "4,000 to 4,000", ""],
        ["panel, windows/s in batches of 256", "batches of 64", "2,500", "4,000", "0.625",
         "0.500 to 0.750", "at least 1x: missed"],
        ["panel, windows/s in batches of 1,024", "batches of 64", "5,000", "4,000", "1.25",
         "1.00 to 1.50", "at least 1x: met"],
    ]  # fmt: skip
    assert len(rows) == 6


def test_commands_have_seconds_and_memory_and_the_run_its_size(table: ModuleType) -> None:
    usage = {"wall_s": 3.5, "cpu_s": 5.0, "peak_mb": 790.0}
    usages = {"train": [usage], "evaluate": [usage], "predict": [usage]}
    results = {"commands": {**on(2), "usages": usages, "run_mb": 4.9}}
    rows = {line.job: table.cells(line) for line in table.lines(results)}
    assert {job: row[6] for job, row in rows.items() if row[6]} == {
        "train --config gru, MB at the peak": "at most 800: met",
        "evaluate after it, s": "at most 3: missed",
        "evaluated run, MB on disk": "at most 5: met",
    }
    assert "predict, s" not in rows and rows["predict, MB at the peak"][2] == "790"


def test_an_environment_that_cannot_be_installed_is_named(table: ModuleType) -> None:
    results = {"forecast_only": {**on(2), "failed": "no network"}}
    (line,) = table.lines(results)
    assert table.cells(line)[2] == table.pair(line)[0] == "not measured"
    assert table.notes(results)[-1].endswith("forecasting only was not measured: no network.")


def test_a_panel_stands_beside_its_contender(table: ModuleType) -> None:
    reports = {
        "ours": {"whole": 20.0, "peak_mb": 900.0},
        "neuralforecast_panel": {"whole": 50.0, "peak_mb": 600.0, "versions": {"torch": "2"}},
    }
    results = {"end_to_end": {**on(2), "tickers": 20, "cells": {"gru": [reports]}}}
    _, speed, _, memory = table.lines(results)
    assert table.cells(speed)[4:] == ["2.50", "2.50 to 2.50", "at least 1x: met"]
    assert table.cells(memory)[4:] == ["0.667", "0.667 to 0.667", "at least 1x: missed"]
    assert "Contenders: torch 2." in table.notes(results)


def test_machines_that_differ_are_distinguished(table: ModuleType) -> None:
    assert table.machines({"store": on(2), "predict": on(2)}) == [
        "P, 2 cores, Python 3.11; keras 3."
    ]
    assert table.machines({"store": on(2), "predict": on(4)}) == [
        "store: P, 2 cores, Python 3.11; keras 3.",
        "predict: P, 4 cores, Python 3.11; keras 3.",
    ]


def test_each_measurement_has_its_date(table: ModuleType) -> None:
    new, old = on(2, date="2026-11-27"), on(2)
    assert table.dates({"store": new, "jobs": new}) == ["Measured 2026-11-27."]
    assert table.dates({"store": new, "jobs": old, "predict": new}) == [
        "Measured 2026-11-27: store, predict.",
        "Measured on a date that was not recorded: jobs.",
    ]


def test_each_processor_has_its_columns_and_what_it_did_not_measure_is_empty(
    table: ModuleType, tmp_path: Path
) -> None:
    store = {"seconds": {"data list": [0.1, 0.2, 0.9], "load": [0.06]}}
    written = {
        "intel-xeon/store": store,
        "amd-epyc/train_lstm": {"rounds": [seconds(1.0, 2.0)]},
        "amd-epyc/store": {"seconds": {"data list": [0.6], "load": [0.01]}},
    }
    for name, result in written.items():
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({**on(2, date="2026-11-27"), **result}), "utf-8")
    (tmp_path / "accuracy.json").write_text("{}")  # results that are not of speed
    made = table.markdown(table.every_processor(tmp_path))
    rows = listed(made)
    assert rows["job", "contender"] == [
        "target", "Intel Xeon: ours / theirs", "ratio (spread)", "AMD EPYC: ours / theirs",
        "ratio (spread)"
    ]  # fmt: skip
    assert rows["data list of 500 symbols, s", ""] == [
        "at most 0.5", "0.200", "(0.100 to 0.900): met", "0.600", "missed"
    ]  # fmt: skip
    assert rows["load of 5,000 rows, s", ""] == [
        "at most 0.05",
        "0.0600",
        "missed",
        "0.0100",
        "met",
    ]
    assert rows["LSTM, s an epoch", "plain PyTorch"] == [
        "at least 1.5x", "", "", "1.00 / 2.00", "2.00 (2.00 to 2.00): met"
    ]  # fmt: skip
    assert "**Intel Xeon.** P, 2 cores" in made and "**AMD EPYC.** P, 2 cores" in made


def test_the_parts_of_commands_stand_beside_their_floor(table: ModuleType) -> None:
    report = {
        **on(2, date="2026-11-27"),
        "seconds": {"train": {"epochs": 8.0, "imports": 2.0}, "predict": {"imports": 0.5}},
        "floors": {"train": {"epochs": 1.5}, "predict": {"imports": 0.4}},
    }
    assert table.parts({"amd-epyc": {"breakdown": report}, "intel-xeon": {}}) == (
        "AMD EPYC, 2026-11-27:\n\n"
        "| part, s | train: 10.0 | predict: 0.5 |\n| --- | --- | --- |\n"
        "| epochs | 8.00 (floor 1.50) |  |\n| imports | 2.00 | 0.50 (plain import 0.40) |\n"
    )
    assert table.parts({"intel-xeon": {}}) == "Not measured yet.\n"


def test_a_line_that_only_the_second_processor_has_stands_behind_its_neighbour(
    table: ModuleType,
) -> None:
    first, second = [("a", ""), ("c", "")], [("a", ""), ("b", ""), ("c", ""), ("d", "")]
    assert table.in_order([first, second]) == second


@pytest.mark.parametrize(
    ("processor", "folder"),
    [
        ("Intel(R) Xeon(R) Processor", "intel-xeon"),
        ("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", "intel-xeon"),
        ("13th Gen Intel(R) Core(TM) i7-1360P", "intel-core"),
        ("AMD EPYC", "amd-epyc"),
        ("AMD Ryzen 9 5950X 16-Core Processor", "amd-ryzen"),
        ("Apple M2 Pro", "apple-m2"),
        ("aarch64", "aarch64"),
        ("", "unknown"),
    ],
)
def test_a_processor_has_a_folder_by_vendor_and_family(
    common: ModuleType, processor: str, folder: str
) -> None:
    assert common.slug(processor) == folder


def test_a_run_writes_to_the_folder_of_its_processor_alone(
    common: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "intel-xeon" / "store.json"
    other.parent.mkdir()
    other.write_text("as it was")
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    monkeypatch.setattr(common, "processor", lambda: "AMD EPYC 9B14")
    common.save_speed("store", {"rounds": 3})
    saved = json.loads((tmp_path / "amd-epyc" / "store.json").read_text("utf-8"))
    assert saved["rounds"] == 3 and set(saved["machine"]) >= {"processor", "date", "versions"}
    assert other.read_text() == "as it was"

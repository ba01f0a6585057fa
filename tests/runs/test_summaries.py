"""Runs at a glance: from small files alone, damaged ones beside the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.errors import UsageError
from rnnforecast.runs import Run
from rnnforecast.runs.manifest import DataRecord, Manifest
from rnnforecast.runs.summaries import (
    end_of_name,
    note_of,
    overview,
    runs_on,
    score_of,
    short_names,
    summarise,
    tried,
    write_note,
)

CONFIG = "window:\n  target: log_return\n  horizon: {steps}\nmodel:\n  architecture: {kind}\n"


def made(
    root: Path, name: str, symbol: str = "A", *, crps: float | None = None, **config: object
) -> Run:
    run = Run(root / name)
    run.path.mkdir(parents=True)
    data = DataRecord(
        symbol=symbol, interval="1d", sessions="24/7", currency=None, rows=1, first="2024-01-02",
        last="2024-01-02", digest="",
    )  # fmt: skip
    run.save_manifest(
        Manifest(created=name, rnnforecast="1", python="3", platform="", versions={}, data=data,
                 splits={})
    )  # fmt: skip
    run.write(runs.CONFIG, CONFIG.format(**{"steps": 5, "kind": "gru"} | config))
    if crps is not None:
        head = "model,step,metric,value,low,high,n\n"
        run.write(runs.SCORES, f"{head}network,1,crps,9,,,5\nnetwork,0,crps,{crps},,,5\n")
        head = "model,baseline,step,metric,skill,p\n"
        run.write(runs.COMPARISONS, f"{head}network,naive,0,crps,0.25,0.04\n")
        run.write(runs.VERDICT, json.dumps({"headline": "No detectable skill"}))
    return run


def test_a_summary_is_read_from_the_small_files(tmp_path: Path) -> None:
    run = made(tmp_path, "2024-01-01T00-00-00_A_gru", crps=1.5, steps=7, kind="lstm")
    summary = summarise(run)
    assert (summary.architecture, summary.target, summary.steps) == ("lstm", "log_return", 7)
    assert (summary.crps, summary.skill, summary.p) == (1.5, 0.25, 0.04)
    assert summary.verdict == "No detectable skill" and summary.to_dict()["symbol"] == "A"
    assert score_of(run, "mae").value is None


def test_what_is_not_known_comes_last_whichever_way_runs_are_sorted(tmp_path: Path) -> None:
    for name, crps in (("1", 3.0), ("2", None), ("3", 1.0)):
        made(tmp_path, name, crps=crps)
    for reverse, order in ((False, ["3", "1", "2"]), (True, ["1", "3", "2"])):
        listed, damaged = overview(tmp_path, sort="crps", reverse=reverse)
        assert [summary.name for summary in listed] == order and not damaged
    with pytest.raises(UsageError, match="cannot be sorted by 'luck'"):
        overview(tmp_path, sort="luck")


def test_a_damaged_run_is_listed_beside_the_others(tmp_path: Path) -> None:
    made(tmp_path, "1")
    made(tmp_path, "2").write(runs.MANIFEST, "{")
    listed, damaged = overview(tmp_path)
    assert [summary.name for summary in listed] == ["1"]
    assert [run.name for run in damaged] == ["2"] and "damaged" in damaged[0].problem


def test_runs_on_a_symbol_are_found_in_any_case_and_their_configs_counted(tmp_path: Path) -> None:
    for name, symbol, kind in (
        ("1", "A", "gru"),
        ("2", "A", "gru"),
        ("3", "a", "lstm"),
        ("4", "B", "rnn"),
    ):
        made(tmp_path, name, symbol, kind=kind)
    assert [run.name for run in runs_on(tmp_path, "a")] == ["1", "2", "3"]
    assert tried(tmp_path, "A") == 2


def test_names_are_short_where_no_other_ends_like_that() -> None:
    first, second, third = (
        "2024-01-01T00-00-00_A_gru",
        "2024-01-02T00-00-00_A_gru",
        "2024-01-01T00-00-00_B",
    )
    assert short_names([first, second, third]) == {first: first, second: second, third: "B"}
    assert end_of_name("by-hand") == "by-hand"


def test_a_note_is_one_line_and_an_empty_one_takes_it_away(tmp_path: Path) -> None:
    run = made(tmp_path, "1")
    write_note(run, "  two\nlines ")
    assert note_of(run) == "two lines"
    write_note(run, " ")
    assert note_of(run) == "" and not run.has(runs.NOTE)

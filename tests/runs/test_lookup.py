"""Runs on one of the same series are rivals, whether they are on one symbol or on several."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.pipeline.evaluate import rivals_of
from rnnforecast.pipeline.score import Request
from rnnforecast.runs import Run
from rnnforecast.runs.manifest import DataRecord, Manifest


def write(path: Path, interval: str = "1d", *symbols: str) -> Run:
    """A manifest and nothing else, with one of each part."""
    several = symbols if len(symbols) > 1 else ()
    data = DataRecord(
        symbol=" + ".join(symbols), symbols=several, interval=interval, sessions="XNYS",
        currency=None, rows=1, first="2024-01-02", last="2024-01-02", digest="",
    )  # fmt: skip
    run = Run(path)
    path.mkdir(parents=True)
    run.save_manifest(
        Manifest(
            created="2024-01-02", rnnforecast="0.1.0", python="3", platform="", versions={},
            data=data, splits={},
        )
    )  # fmt: skip
    for symbol in several:
        write(path / runs.PARTS / symbol, interval, symbol)
    return run


def test_a_run_on_several_symbols_is_a_rival_of_one_on_one_of_them(tmp_path: Path) -> None:
    single = write(tmp_path / "1", "1d", "AAPL")
    panel = write(tmp_path / "2", "1d", "MSFT", "aapl")
    write(tmp_path / "3", "1h", "AAPL")
    write(tmp_path / "4", "1d", "BTC-USD")
    assert [run.name for run in runs.rivals(single)] == ["2/aapl"]
    assert runs.rivals(panel) == [single]


def test_a_part_is_no_rival_of_its_own_run(tmp_path: Path) -> None:
    panel = write(tmp_path / "1", "1d", "AAPL", "MSFT")
    other = write(tmp_path / "2", "1d", "MSFT", "TSLA")
    assert [run.name for run in runs.rivals(panel.part("MSFT"))] == ["2/MSFT"]
    assert runs.rivals(panel.part("AAPL")) == []
    assert runs.rivals(panel) == [other]


def test_an_evaluation_of_a_panel_reads_each_manifest_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = write(tmp_path / "1", "1d", *[f"S{number}" for number in range(8)])
    for number in range(6):
        write(tmp_path / f"2{number}", "1d", f"S{number}")
    read: list[Path] = []
    usual = Run.read_bytes

    def count(folder: Run, name: str) -> bytes:
        read.append(folder.path / name)
        return usual(folder, name)

    monkeypatch.setattr(Run, "read_bytes", count)
    known = runs.all_runs(panel.root)
    counts = [rivals_of(part, Request(), known).count for part in panel.parts]
    assert counts == [0] * 8  # none of them was looked at
    others = [path for path in read if path.parent.name.startswith("2")]
    assert len(others) == len(set(others)) == 6

"""Runs on one of the same series are rivals, whether they are on one symbol or on several."""

from __future__ import annotations

from pathlib import Path

from rnnforecast import runs
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

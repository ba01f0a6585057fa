"""Runs on one of the same series are rivals, whether they are on one symbol or on several."""

from __future__ import annotations

import json
from pathlib import Path

from rnnforecast import runs
from rnnforecast.runs import Run


def write(path: Path, interval: str = "1d", *symbols: str) -> Run:
    """A record and nothing else, with one of each part."""
    several = {"symbols": symbols} if len(symbols) > 1 else {}
    data = {"symbol": " + ".join(symbols), "interval": interval, **several}
    path.mkdir(parents=True)
    (path / runs.RECORD).write_text(json.dumps({"data": data}))
    if several:
        for symbol in symbols:
            write(path / runs.PARTS / symbol, interval, symbol)
    return Run(path)


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

"""Which run answers for a symbol, and when the folder of runs is read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.errors import DataError, RunError
from rnnforecast.serve.index import RunLibrary, stamp_of

from ..runs.test_run import made


def test_the_newest_run_on_a_symbol_answers_for_it(tmp_path: Path) -> None:
    for name, symbol in (("1_A_x", "A"), ("2_A_x", "A"), ("3_B", "B")):
        made(tmp_path / name, symbol)
    index = RunLibrary(tmp_path).index()
    assert index.part("a").run.name == "2_A_x" and index.part("A", "1_A_x").run.name == "1_A_x"
    succession = index.succession(index.part("A"))
    assert [part.run.name for part in succession] == ["1_A_x", "2_A_x"]


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "1", "A")
    index = RunLibrary(tmp_path).index()
    for symbol, run, words in (("Z", None, "no run forecasts 'Z'"), ("A", "9", "no run '9'"),
                               ("Z", "1", "run 1 is not on 'Z'")):  # fmt: skip
        with pytest.raises(RunError, match=words):
            index.part(symbol, run)
    with pytest.raises(DataError):
        index.part("../etc")


def test_a_damaged_run_does_not_hide_the_others(tmp_path: Path) -> None:
    made(tmp_path / "1", "A")
    made(tmp_path / "2", "A").write(runs.MANIFEST, "{")
    index = RunLibrary(tmp_path).index()
    assert index.part("A").run.name == "1" and "damaged" in str(index.damaged[0])


def test_the_folder_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    made(tmp_path / "1", "A")
    os.utime(tmp_path, ns=(0, 1_000_000_000))  # long ago
    library = RunLibrary(tmp_path)
    before = library.index()
    assert library.index() is before
    made(tmp_path / "2", "B")
    after = library.index()
    assert after is not before and after.part("B").run.name == "2"
    assert after.runs["1"] is before.runs["1"]  # its manifest is not read again


def test_a_stamp_changes_with_the_file_and_there_is_none_without_it(tmp_path: Path) -> None:
    file = tmp_path / "x"
    assert stamp_of(file) is None
    file.write_bytes(b"1")
    before = stamp_of(file)
    file.unlink()
    file.write_bytes(b"22")
    assert before != stamp_of(file)

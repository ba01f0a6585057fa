"""Feature files run where this user trained with them or agreed to them, and nowhere else."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest

from rnnforecast.errors import RunError
from rnnforecast.runs import trust as module
from rnnforecast.runs.trust import check_name, check_trusted, trust, trusted

OURS, THEIRS = b"def feature(bars): return bars.close", b"import os"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(module.TRUST_ALL, raising=False)
    path = tmp_path / "state" / "trusted"
    monkeypatch.setattr(module, "trusted_file", lambda: path)
    return path


def test_what_was_trusted_may_run_and_nothing_else(file: Path) -> None:
    trust([OURS])
    check_trusted(OURS, "features/own.py", "r")
    for content in (THEIRS, OURS + b" "):
        with pytest.raises(RunError, match="not trained with; read it, then add --trust"):
            check_trusted(content, "features/own.py", "r")
    assert file.read_text() == f"{hashlib.sha256(OURS).hexdigest()}\n"
    assert file.parent.stat().st_mode & 0o077 == 0


def test_trusting_once_more_adds_nothing_and_forgets_nothing(file: Path) -> None:
    trust([OURS])
    written = file.stat().st_mtime_ns
    trust([OURS])
    assert file.stat().st_mtime_ns == written
    trust([THEIRS])
    assert trusted() == {hashlib.sha256(content).hexdigest() for content in (OURS, THEIRS)}


def test_a_variable_of_the_environment_trusts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(module.TRUST_ALL, "1")
    check_trusted(THEIRS, "features/own.py", "r")


@pytest.mark.parametrize("content", [b"\xff\xfe", b""])
def test_a_damaged_file_of_hashes_trusts_nobody(content: bytes, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert trusted() == set()
    with pytest.raises(RunError):
        check_trusted(OURS, "features/own.py", "r")


def test_what_cannot_be_remembered_is_a_warning(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        trust([OURS])
    assert "cannot remember trusted feature files" in caplog.text and trusted() == set()


@pytest.mark.parametrize(
    "name",
    ["own.py", "features/../own.py", "features/a/own.py", "/features/own.py", "features/own.txt",
     "features\\own.py", "features/..\\own.py", "../features/own.py", ""],
)  # fmt: skip
def test_a_feature_file_outside_the_runs_own_folder_is_refused(name: str) -> None:
    with pytest.raises(RunError, match="names a feature file outside itself"):
        check_name(name, "r")
    check_name("features/own.py", "r")

"""What the machine refuses is one line with the right code, after what was computed is printed."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.faults.homes import ask
from tests.faults.watch import REPOSITORY, watched


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "home"))


@pytest.mark.parametrize("refused", [errno.EROFS, errno.ENOSPC])
def test_a_day_that_cannot_be_kept_is_shown(refused: int, home: Path) -> None:
    done = watched(home, ["daily", "--no-fetch"], at=1, how=str(refused))
    assert done.code == 4 and "Traceback" not in done.err
    assert "not kept: " in done.out and " to " in done.out  # the interval of the next session
    assert "warning: no log was written" in done.err
    assert "warning: the summary was not written" in done.err


STREAMS = {"full": ("/dev/full", "utf-8", 6), "poor": (os.devnull, "ascii", 0)}
"""Standard output: where it leads, its encoding, and the exit code that it should give."""


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize(
    "command",
    ["predict", "daily --no-fetch", "track", "compare gru other", "leaderboard WALK --json"],
)
def test_whatever_standard_output_is_a_command_does_its_work(
    command: str, stream: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, encoding, code = STREAMS[stream]
    if not Path(place).exists():
        pytest.skip("needs a device that is always full")
    monkeypatch.chdir(home)
    with Path(place).open("w", encoding=encoding) as file:
        answer = ask(home, *command.split(), out=file)
    assert (answer.code, answer.traceback) == (code, "") and "Traceback" not in answer.err


FAILURES = {
    "half installed": "raise ImportError('libtensorflow_framework.so.2: cannot open')",
    "of another NumPy": "raise RuntimeError('module compiled against ABI version 0x1000009')",
    "of another NumPy, too": "raise AttributeError('_ARRAY_API not found')",
}


@pytest.mark.parametrize("why", FAILURES)
def test_a_tensorflow_that_cannot_be_loaded_is_one_line(
    why: str, tmp_path: Path, command: Command
) -> None:
    (tmp_path / "tensorflow.py").write_text(FAILURES[why])
    paths = os.pathsep.join(map(str, (tmp_path, REPOSITORY)))
    done = command("config", "show", "gru", "--summary", PYTHONPATH=paths)
    assert done.returncode == 6 and done.stderr.count("\n") == 1
    assert "tensorflow cannot be loaded (" in done.stderr and "install it again" in done.stderr


def test_a_current_folder_that_was_removed_is_named(tmp_path: Path) -> None:
    code = "import os, sys; os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]); os.rmdir(sys.argv[1])"
    code += "\nfrom rnnforecast.cli.rim import explain_failure"
    code += "\ntry: os.getcwd()\nexcept OSError as error: print(explain_failure(error).sentence)"
    program = [sys.executable, "-c", code, str(tmp_path / "gone")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    expected = "the current folder was removed; cd to one that exists, and try again\n"
    assert done.stdout == expected, done.stderr

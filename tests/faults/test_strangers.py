"""A home or a run that somebody else has packed reaches nothing outside itself, and ends."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast.runs import all_runs, seal
from tests.faults.homes import ask


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "home"))


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A folder elsewhere, which a command must leave as it is."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    names = ("id", "latest.json", "latest.html", "daily.log", "journal.log", "run.json")
    for name in names:
        (folder / name).write_text("mine")
    yield folder
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(
        names, "mine"
    )


@pytest.mark.parametrize("command", ["runs note WALK_gru why", "report", "predict"])
def test_a_change_that_waits_is_not_made_through_a_link(
    command: str, home: Path, victim: Path
) -> None:
    """``files.json`` of a stranger may say that a file is to be moved, or removed."""
    run = all_runs(home / "runs")[-1]
    files = seal.read_seal(run.path)
    assert files is not None
    shutil.rmtree(run.path / "figures")
    (run.path / "figures").symlink_to(victim)
    (run.path / "evil").write_text("ssh-rsa AAAA")
    seal._write_seal(
        run.path, seal.Seal(files.files, {"figures/id": "evil"}, ("figures/run.json",))
    )
    answer = ask(home, *command.split())
    assert "figures is a symbolic link" in answer.err and not answer.traceback


def test_folds_are_not_fitted_into_a_link(home: Path, victim: Path) -> None:
    (all_runs(home / "runs")[-1].path / "folds").symlink_to(victim)
    answer = ask(home, "evaluate", "--baselines", "naive", "--origins", "4", "--refit-every", "9")
    assert answer.code == 6 and "folds is a symbolic link" in answer.err


@pytest.mark.parametrize("name", ["daily.log", "latest.json", "latest.html"])
def test_a_day_is_not_written_through_a_link(name: str, home: Path, victim: Path) -> None:
    (home / "daily" / name).unlink(missing_ok=True)
    (home / "daily" / name).symlink_to(victim / name)
    answer = ask(home, "daily", "--no-fetch", "--watch", str(home / "watch.yaml"))
    assert (answer.code, answer.traceback) == (0, "")
    if name == "daily.log":
        assert "no log was written: " in answer.err and "it is a symbolic link" in answer.err


def test_what_a_day_writes_is_nobody_else_s_business_where_the_umask_says_so(home: Path) -> None:
    shutil.rmtree(home / "daily")
    before = os.umask(0o077)
    try:
        assert ask(home, "daily", "--no-fetch", "--watch", str(home / "watch.yaml")).code == 0
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (home / "daily").iterdir()}
    assert len(modes) >= 4 and not [path for path, mode in modes.items() if mode & 0o077]

"""Compiled programs outlive their process, whole or not at all; without them all is as before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.data.store import Store
from rnnforecast.model import compilation_cache
from rnnforecast.model.compilation_cache import OPTION, kind_of, lend_programs
from tests.conftest import Command, random_walk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kept on Linux only")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the programs, with none yet."""
    monkeypatch.setenv("RNNFORECAST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "xla" / kind_of("2.21.0", "--an_option")


def own_folder() -> Path:
    """What a new process is given."""
    option = lend_programs("2.21.0", "--an_option")
    assert option.startswith(OPTION)
    return Path(option.removeprefix(OPTION))


def end(own: Path, kept: Path) -> None:
    compilation_cache._keep(own, kept, os.getpid())


def test_what_a_process_has_compiled_is_there_for_the_next(kept: Path) -> None:
    own = own_folder()
    assert own.parent == kept and not list(own.iterdir())
    (own / "program.pb").write_bytes(b"machine code")
    end(own, kept)
    assert not own.exists()
    again = own_folder()
    assert (again / "program.pb").read_bytes() == b"machine code"
    end(again, kept)
    assert len(list(kept.iterdir())) == 1
    assert kind_of("2.21.1", "--an_option") != kept.name != kind_of("2.21.0", "--another")


def test_a_damaged_program_is_compiled_again(kept: Path) -> None:
    own = own_folder()
    (own / "program.pb").write_bytes(b"machine code")
    end(own, kept)
    [path] = kept.iterdir()
    path.write_bytes(b"machine c0de")
    own = own_folder()
    assert not list(own.iterdir()) and not path.exists()
    end(own, kept)


def test_of_two_programs_of_one_name_the_newer_is_used(kept: Path) -> None:
    for age, content in ((9, b"older"), (1, b"newer")):
        own = own_folder()
        (own / "program.pb").unlink(missing_ok=True)
        (own / "program.pb").write_bytes(content)
        end(own, kept)
        [path] = [path for path in kept.iterdir() if path.stat().st_mtime > 1_000_000_000]
        os.utime(path, (0, 1_000_000_000 - age))
    own = own_folder()
    assert (own / "program.pb").read_bytes() == b"newer"
    end(own, kept)
    assert len(list(kept.iterdir())) == 1


def test_folders_of_killed_processes_are_removed_and_those_of_others_stay(kept: Path) -> None:
    kept.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    gone, alive = (kept / f"process-{number}" for number in (ended.pid, os.getppid()))
    gone.mkdir()
    alive.mkdir()
    end(own_folder(), kept)
    assert not gone.exists() and alive.exists()


def test_only_the_newest_are_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation_cache, "MOST", 2)
    for number in range(4):
        own = own_folder()
        (own / f"{number}.pb").write_bytes(b"machine code")
        end(own, kept)
        for path in kept.glob("*~*"):
            os.utime(path, (path.stat().st_atime, int(path.name[0])))
    assert sorted(path.name[0] for path in kept.iterdir()) == ["2", "3"]


def test_nothing_is_kept_where_it_is_unwanted_or_cannot_be(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("off", str(tmp_path / "with blank")):
        monkeypatch.setenv("RNNFORECAST_CACHE", value)
        assert lend_programs("2.21.0", "") == ""
    assert not (tmp_path / "with blank").exists()
    (tmp_path / "file").touch()
    monkeypatch.setenv("RNNFORECAST_CACHE", str(tmp_path / "file"))
    assert lend_programs("2.21.0", "") == ""
    monkeypatch.setenv("RNNFORECAST_CACHE", str(tmp_path / "cache"))
    full = namedtuple("full", "total used free")(2**40, 2**40, 0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)
    assert lend_programs("2.21.0", "") == ""


def test_a_program_that_was_kept_trains_the_same_network(tmp_path: Path, command: Command) -> None:
    Store(tmp_path / "data").save(random_walk())
    words = (
        "train WALK --set training.epochs=1 --set training.ensemble=1 --set pool=[network]"
        " --set model.units=5"
    )
    alone = {"RNNFORECAST_CACHE": str(tmp_path / "cache"), "TF_XLA_FLAGS": ""}
    forecasts, programs = [], []
    for _ in range(2):
        trained = command(*words.split(), **alone)
        assert trained.returncode == 0, trained.stderr
        forecasts.append(runs.find(tmp_path / "runs").read(runs.FORECAST))
        programs.append({path.name for path in (tmp_path / "cache").glob("xla/*/*")})
    assert forecasts[0] == forecasts[1]
    assert programs[0] == programs[1] and len(programs[0]) > 0
    assert not [name for name in programs[0] if "~" not in name]

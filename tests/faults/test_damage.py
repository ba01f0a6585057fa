"""A file that is not what was written is named, whatever reads it; nothing is answered from it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast.errors import RunError
from rnnforecast.runs import all_runs
from rnnforecast.runs.summaries import check
from tests.faults import campaign
from tests.faults.campaign import DAMAGES, Table, ask, damaged, files_of, make_home


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("faults"))


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "home"))


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_file_of_a_run_is_found_out_in_five_kinds_of_damage(kind: str, home: Path) -> None:
    (run,) = all_runs(home / "runs")
    assert check(run) == []
    for path in files_of(run.path):
        with damaged(path, DAMAGES[kind](path.read_bytes())):
            problems = check(run)
        assert problems and path.relative_to(run.path).as_posix() in problems[0], path
        assert "; " in problems[0]  # what to do


def test_no_reader_answers_from_what_is_damaged(sound: Path) -> None:
    """One in forty of the trials of ``make faults``."""
    table = Table()
    campaign.damage(sound, table, every=40)
    campaign.flips(sound, table, 12, seed=int.from_bytes(os.urandom(2)))
    assert not table.failures(), str(table)


def test_a_damaged_run_is_a_row_among_the_others(home: Path) -> None:
    (run,) = all_runs(home / "runs")
    shutil.copytree(run.path, run.path.with_name("2020-01-01T00-00-00_other"))
    (run.path / "run.json").unlink()
    listed = ask(home, "runs", "list")
    assert listed.code == 0 and "2020-01-01T00-00-00_other" in listed.out
    assert f"damaged: run {run.name} has no run.json" in " ".join(listed.out.split())


def test_a_calibration_that_is_missing_is_an_error_where_the_config_asks_for_one(
    home: Path,
) -> None:
    (run,) = all_runs(home / "runs")
    for name in ("files.json", "calibration.json"):
        (run.path / name).unlink()
    (run.path / "run.json").write_text(
        run.path.joinpath("run.json").read_text().replace('"sealed": true', '"sealed": false')
    )
    answer = ask(home, "predict")
    assert answer.code == 6 and "has no calibration.json, though its config says" in answer.err


def test_a_run_that_has_lost_its_hashes_is_refused(home: Path) -> None:
    (run,) = all_runs(home / "runs")
    (run.path / "files.json").unlink()
    answer = ask(home, "predict")
    assert answer.code == 6 and "has no files.json" in answer.err


def test_a_newer_format_is_refused_in_one_line(home: Path) -> None:
    (run,) = all_runs(home / "runs")
    path = run.path / "files.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    answer = ask(home, "predict")
    assert answer.code == 6 and "has format 2, newer than 1" in answer.err


@pytest.mark.parametrize(
    "name", ["scaler.json", "backtest.packed.parquet", "members/01.onnx", "figures/actual.png"]
)
def test_links_are_neither_followed_nor_written_through(name: str, home: Path) -> None:
    (run,) = all_runs(home / "runs")
    victim = home / "victim"
    victim.write_text("mine")
    (run.path / name).unlink()
    (run.path / name).symlink_to(victim)
    with pytest.raises(RunError, match="symbolic link"):
        run.read_bytes(name)
    packed = ask(home, "export", "--out", str(home / "x.zip"))
    assert packed.code == 6 and "symbolic link" in packed.err
    run.write(name, b"new")
    assert victim.read_text() == "mine" and run.read_bytes(name) == b"new"


def test_a_folder_that_is_a_link_is_not_written_into(home: Path) -> None:
    (run,) = all_runs(home / "runs")
    shutil.move(run.path / "figures", home / "elsewhere")
    (run.path / "figures").symlink_to(home / "elsewhere")
    before = {path.name: path.stat().st_mtime_ns for path in (home / "elsewhere").iterdir()}
    answer = ask(home, "report")
    assert answer.code == 6 and "is a symbolic link" in answer.err
    assert before == {path.name: path.stat().st_mtime_ns for path in (home / "elsewhere").iterdir()}


EVIL = "from pathlib import Path\nPath({mark!r}).touch()\ndef f(bars):\n    return bars['close']\n"


@contextlib.contextmanager
def hostile(home: Path, feature: str) -> Iterator[Path]:
    """A run whose config names a feature file that leaves a mark when it is run."""
    (run,) = all_runs(home / "runs")
    mark = home / "mark"
    for place in (run.path / "features", home):
        place.mkdir(exist_ok=True)
        (place / "evil.py").write_text(EVIL.format(mark=str(mark)))
    run.write("features/evil.py", EVIL.format(mark=str(mark)))
    run.write("config.yaml", run.read("config.yaml").replace("- log_return\n", f"- {feature}\n", 1))
    yield mark


READING = ("predict", "evaluate", "audit", "reproduce", "export")


@pytest.mark.parametrize("command", READING)
def test_a_stranger_s_run_runs_no_code(command: str, home: Path) -> None:
    with hostile(home, "features/evil.py:f") as mark:
        answer = ask(home, command)
        assert answer.code == 6 and "is a Python program" in answer.err and "--trust" in answer.err
        assert not mark.exists()


@pytest.mark.parametrize(
    "file", ["{home}/evil.py", "../../evil.py", "features/../../../evil.py", "evil.py"]
)
def test_a_feature_file_outside_the_run_is_never_run(file: str, home: Path) -> None:
    with hostile(home, f"{file.format(home=home)}:f") as mark:
        answer = ask(home, "--trust", "predict")
        os.environ.pop("RNNFORECAST_TRUST", None)
        assert answer.code == 6 and "outside itself" in answer.err and not mark.exists()


@pytest.mark.parametrize("command", ["report", "runs list", "runs show", "leaderboard WALK"])
def test_pages_and_lists_need_no_trust(command: str, home: Path) -> None:
    with hostile(home, "features/evil.py:f") as mark:
        assert ask(home, *command.split()).code == 0
        assert not mark.exists()

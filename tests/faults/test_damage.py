"""A file that is not what was written is named, whatever reads it; nothing is answered from it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast.errors import RunError
from rnnforecast.runs import all_runs
from rnnforecast.runs.summaries import check
from tests.faults import campaign
from tests.faults.campaign import DAMAGES, Table, damaged
from tests.faults.homes import OTHER, ask, files_of


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "home"))


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_file_of_a_run_is_found_out_in_five_kinds_of_damage(kind: str, home: Path) -> None:
    run = all_runs(home / "runs")[-1]
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
    run = all_runs(home / "runs")[-1]
    (run.path / "run.json").unlink()
    listed = ask(home, "runs", "list")
    assert listed.code == 0 and OTHER in listed.out
    assert f"damaged: run {run.name} has no run.json" in " ".join(listed.out.split())


def test_the_newest_run_of_a_symbol_is_not_replaced_by_an_older_one_where_it_is_damaged(
    home: Path,
) -> None:
    run = all_runs(home / "runs")[-1]
    (run.path / "run.json").write_bytes(b"other")
    answer = ask(home, "predict", "WALK")
    assert answer.code == 6 and f"run.json of run {run.name} is damaged" in answer.err


def test_a_leaderboard_and_a_dashboard_name_what_they_cannot_rank(home: Path) -> None:
    run = all_runs(home / "runs")[-1]
    (run.path / "run.json").write_bytes(b"other")
    ranked = ask(home, "leaderboard", "WALK")
    assert ranked.code == 0 and f"{run.name} damaged: run.json" in ranked.out
    assert run.name in json.loads(ask(home, "leaderboard", "WALK", "--json").out)["damaged"]
    assert f"damaged: run.json of run {run.name}" in ask(home, "serve").out.partition("{")[0]


def test_what_a_run_has_lost_is_a_row_of_its_files(home: Path) -> None:
    run = all_runs(home / "runs")[-1]
    (run.path / "fit.csv").unlink()
    (run.path / "figures" / "pit.png").write_bytes(b"other")
    shown = ask(home, "runs", "show")
    rows = [line.strip() for line in shown.out.splitlines() if "damaged" in line]
    assert rows == [
        f"damaged: figures/pit.png of run {run.name} is damaged: it is not what was written; "
        f"run: rnnforecast report {run.name}",
        f"damaged: run {run.name} has no fit.csv; train again",
    ]
    assert len(json.loads(ask(home, "runs", "show", "--json").out)["damaged"]) == 2


@pytest.mark.parametrize("lost", ["1d.json", "1d-*.parquet"])
def test_a_series_that_has_lost_a_file_is_a_row_or_is_named_by_data_check(
    lost: str, home: Path
) -> None:
    for path in (home / "data" / "WALK").glob(lost):
        path.unlink()
    listed, checked = ask(home, "data", "list"), ask(home, "data", "check")
    assert listed.code == 0 and "WALK" in listed.out
    assert checked.code == 4 and "is missing" in checked.err
    assert "rnnforecast fetch WALK" in checked.err
    if lost == "1d.json":
        row = " ".join(listed.out.split())
        assert "damaged:" in row and "1d.json is missing, though there are bars of it" in row


def test_a_calibration_that_is_missing_is_an_error_where_the_config_asks_for_one(
    home: Path,
) -> None:
    run = all_runs(home / "runs")[-1]
    for name in ("files.json", "calibration.json"):
        (run.path / name).unlink()
    (run.path / "run.json").write_text(
        run.path.joinpath("run.json").read_text().replace('"sealed": true', '"sealed": false')
    )
    answer = ask(home, "predict")
    assert answer.code == 6 and "has no calibration.json, though its config says" in answer.err


def test_a_run_that_has_lost_its_hashes_is_refused(home: Path) -> None:
    run = all_runs(home / "runs")[-1]
    (run.path / "files.json").unlink()
    answer = ask(home, "predict")
    assert answer.code == 6 and "has no files.json" in answer.err


@pytest.mark.parametrize(
    "name", ["scaler.json", "backtest.packed.parquet", "members/01.onnx", "figures/actual.png"]
)
def test_links_are_neither_followed_nor_written_through(name: str, home: Path) -> None:
    run = all_runs(home / "runs")[-1]
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
    run = all_runs(home / "runs")[-1]
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
    run = all_runs(home / "runs")[-1]
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

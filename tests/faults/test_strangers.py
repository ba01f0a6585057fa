"""A home or a run that somebody else has packed reaches nothing outside itself, and ends."""

from __future__ import annotations

import io
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from onnx import helper

from rnnforecast.arrays import load_arrays
from rnnforecast.runs import all_runs, seal
from tests.faults.homes import ask
from tests.faults.strangers import put
from tests.model.test_graph_check import HOSTILE, graph


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


def text_in(column: str, content: bytes) -> bytes:
    """A table with words where one column's numbers were."""
    if content.startswith(b"PAR1"):
        written = io.BytesIO()
        pd.read_parquet(io.BytesIO(content)).assign(**{column: "x"}).to_parquet(written)
        return written.getvalue()
    return pd.read_csv(io.BytesIO(content)).assign(**{column: "x"}).to_csv(index=False).encode()


@pytest.mark.parametrize(
    ("name", "column", "command", "reason"),
    [
        ("forecast.csv", "median", "report --format json --out -", "forecast.csv of run"),
        ("forecast.csv", "low_80", "plot forecast --out f.png", "forecast.csv of run"),
        (
            "comparisons.csv",
            "equivalence_p",
            "report --format json --out -",
            "comparisons.csv of run",
        ),
        ("history.parquet", "close", "report", "the column 'close' holds"),
    ],
)
def test_words_in_place_of_numbers_are_named_even_with_the_right_hash(
    name: str, column: str, command: str, reason: str, home: Path
) -> None:
    run = all_runs(home / "runs")[-1]
    put(run, name, text_in(column, run.read_bytes(name)))
    answer = ask(home, *command.split())
    assert answer.code in (4, 6) and reason in answer.err, answer


def test_a_network_that_does_not_fit_is_named_even_with_the_right_hash(home: Path) -> None:
    run = all_runs(home / "runs")[-1]
    arrays = load_arrays(run.read_bytes("members/01.npz"))
    written = io.BytesIO()
    np.savez(written, **{name: array for name, array in arrays.items() if name[0] != "0"})
    put(run, "members/01.npz", written.getvalue())
    put(run, "members/01.onnx", None)
    answer = ask(home, "predict")
    assert answer.code == 6 and "its arrays do not fit" in answer.err, answer


def test_a_network_that_never_ends_is_not_begun(home: Path) -> None:
    run = all_runs(home / "runs")[-1]
    model, _ = HOSTILE["without end"]
    put(run, "members/01.onnx", model.SerializeToString())
    put(run, "members/01.npz", None)
    answer = ask(home, "predict")
    assert answer.code == 6 and "a loop without a small, constant number" in answer.err, answer


SHAPES = {
    "steps of a window": helper.make_node("Relu", ["window"], ["y"]),
    "no steps": helper.make_node("Flatten", ["window"], ["y"]),
    "one number": helper.make_node("ReduceSum", ["window"], ["y"], keepdims=0),
}


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_networks_that_answer_in_another_shape_are_named(
    name: str, members: int, home: Path
) -> None:
    run = all_runs(home / "runs")[-1]
    for number in range(1, members + 1):
        put(run, f"members/{number:02}.onnx", graph([SHAPES[name]]).SerializeToString())
    for command in (("predict",), ("evaluate", "--baselines", "naive", "--origins", "4")):
        answer = ask(home, *command)
        assert answer.code == 6 and "the networks answer" in answer.err, answer

"""Every file that carries the number of its format is refused in one line where that is newer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rnnforecast.runs import all_runs
from tests.faults.homes import ask

OF_A_RUN = {
    "run.json": ("predict", "schema"),
    "scaler.json": ("predict", "format"),
    "calibration.json": ("predict", "format"),
    "pool.json": ("predict", "format"),
}
"""Sealed files: a command that reads each, and what its number is called."""


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "home"))


def newer(text: str, key: str) -> str:
    """Return a document whose format is newer than any."""
    document = json.loads(text)
    assert document[key] == 1
    return json.dumps({**document, key: 99})


@pytest.mark.parametrize("name", OF_A_RUN)
def test_a_file_of_a_run_in_a_newer_format_is_refused(name: str, home: Path) -> None:
    run, (command, key) = all_runs(home / "runs")[-1], OF_A_RUN[name]
    run.write(name, newer(run.read(name), key))
    answer = ask(home, command)
    assert answer.code == 6 and answer.err.count("\n") == 1
    assert f"{key} 99" in answer.err and "pip install -U rnnforecast" in answer.err


@pytest.mark.parametrize(
    ("place", "key", "command", "code"),
    [
        ("runs/*_gru/files.json", "format", "predict", 6),
        ("runs/*_gru/track.jsonl", "schema", "track", 6),
        ("data/WALK/1d.json", "schema", "predict", 4),
    ],
)
def test_a_file_beside_them_in_a_newer_format_is_refused(
    place: str, key: str, command: str, code: int, home: Path
) -> None:
    [path] = home.glob(place)
    first, *others = (
        path.read_text().splitlines() if path.suffix == ".jsonl" else [path.read_text()]
    )
    path.write_text("\n".join([newer(first, key), *others, ""]))
    answer = ask(home, command)
    assert answer.code == code and answer.err.count("\n") == 1
    assert f"{key} 99" in answer.err and "update" in answer.err


def test_every_document_of_a_home_carries_a_number_or_is_sealed_by_one_that_does(
    home: Path,
) -> None:
    run = all_runs(home / "runs")[-1]
    for path in [*run.path.glob("*.json"), *home.glob("data/*/*.json"), *home.glob("daily/*.json")]:
        document = json.loads(path.read_text())
        numbered = {"schema", "format"} & set(document)
        assert numbered or path.name in (run.files or ()), path

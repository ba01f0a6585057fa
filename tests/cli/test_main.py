"""Every expected failure of the real command is one line with its exit code, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.cli.main import hoist
from rnnforecast.data.store import Store

from ..conftest import Command, random_walk


@pytest.mark.parametrize(
    ("given", "hoisted"),
    [
        (["fetch", "X", "--home", "h"], ["--home", "h", "fetch", "X"]),
        (["train", "--set", "a=b", "--json"], ["--json", "train", "--set", "a=b"]),
        (["--home=h", "predict", "-q"], ["--home=h", "-q", "predict"]),
        (["fetch", "--", "--json"], ["fetch", "--", "--json"]),
        (["fetch", "--home"], ["--home", "fetch"]),
    ],
)
def test_global_options_are_accepted_before_and_after_the_command(given: list[str], hoisted: list[str]) -> None:
    assert hoist(given) == hoisted


FAILURES = [
    (["train", "--config", "lsmt.yaml"], 2, "did you mean lstm?"),
    (["train", "--set", "model.unitz=3"], 2, "did you mean model.units?"),
    (["train", "--set", "model.units=true"], 2, "must be a whole number"),
    (["train", "--set", "data.symbol=ON"], 2, "put quotes around it"),
    (["train", "--config", "lstm.yaml"], 4, "run: rnnforecast fetch BTC-USD"),
    (["train", "--symbol", "../../x"], 4, "is not a symbol"),
    (["train", "--symbol", "WALK", "--set", "window.lookback=400"], 4, "lookback 400 needs 401"),
    (["predict"], 6, "run: rnnforecast train"),
    (["evaluate"], 6, "run: rnnforecast train"),
    (["report", "nosuchrun"], 6, "no runs in"),
    (["config", "show", "nosuch"], 2, "presets are:"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "remedy"), FAILURES, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_failure_is_one_line_with_its_code_and_changes_nothing(
    arguments: list[str], code: int, remedy: str, command: Command, tmp_path: Path
) -> None:
    Store(tmp_path / "data").save(random_walk())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = command(*arguments)
    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith("error: ") and remedy in result.stderr
    assert result.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_home_that_is_a_file_is_refused(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = command("runs", "list", home=tmp_path / "file")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)


def test_without_runs_the_list_says_how_to_make_one(command: Command) -> None:
    result = command("runs", "list")
    assert result.returncode == 0 and "rnnforecast train" in result.stdout


def test_the_home_may_come_from_the_environment(command: Command, tmp_path: Path) -> None:
    Store(tmp_path / "other" / "data").save(random_walk())
    result = command("predict", home=tmp_path / "other")
    assert str(tmp_path / "other") in result.stderr

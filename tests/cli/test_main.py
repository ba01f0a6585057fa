"""Every expected failure of the real command is one line with its exit code,
and changes nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rnnforecast import __version__
from rnnforecast.cli.main import hoist
from rnnforecast.data.store import Store

from ..conftest import Command, random_walk

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING|ERROR) "
"""What every line of a log begins with."""


@pytest.mark.parametrize(
    ("given", "hoisted"),
    [
        (["fetch", "X", "--home", "h"], ["--home", "h", "fetch", "X"]),
        (["train", "--set", "a=b", "--json"], ["--json", "train", "--set", "a=b"]),
        (["--home=h", "predict", "-q"], ["--home=h", "-q", "predict"]),
        (["fetch", "--", "--json"], ["fetch", "--", "--json"]),
        (["fetch", "--home"], ["--home", "fetch"]),
        (
            ["predict", "-v", "--offline", "--no-color"],
            ["-v", "--offline", "--no-color", "predict"],
        ),
        (["train", "--version"], ["--version", "train"]),
    ],
)
def test_global_options_are_accepted_before_and_after_the_command(
    given: list[str], hoisted: list[str]
) -> None:
    assert hoist(given) == hoisted


FAILURES = [
    (["train", "--config", "lsmt.yaml"], 2, "did you mean lstm?"),
    (["train", "--set", "model.unitz=3"], 2, "did you mean model.units?"),
    (["train", "--set", "model.units=true"], 2, "must be a whole number"),
    (["train", "--set", "data.symbol=ON"], 2, "put quotes around it"),
    (["train", "--config", "lstm.yaml"], 4, "run: rnnforecast fetch BTC-USD"),
    (["train", "--symbol", "../../x"], 4, "is not a symbol"),
    (["train", "--symbol", "WALK", "--set", "window.lookback=400"], 4, "lookback 400 needs 4"),
    (["predict"], 6, "run: rnnforecast train"),
    (["evaluate"], 6, "run: rnnforecast train"),
    (["report", "nosuchrun"], 6, "no runs yet in"),
    (["config", "show", "nosuch"], 2, "presets are:"),
    (["trian"], 2, "no such command 'trian'; did you mean rnnforecast train?"),
    (["runs", "lst"], 2, "did you mean rnnforecast runs list? see: rnnforecast runs --help"),
    (["train", "--confg", "lstm"], 2, "did you mean --config? see: rnnforecast train --help"),
    (["train", "--jsn"], 2, "did you mean --json?"),
    (["train", "--patience", "3"], 2, "did you mean --set training.patience=...?"),
    (["train", "--time-step", "3"], 2, "did you mean --lookback?"),
    (["predict", "--horizon", "3"], 2, "rnnforecast train --horizon ..."),
    (["forecast"], 2, "did you mean rnnforecast predict?"),
    (["runs", "delete"], 2, "did you mean rnnforecast runs rm?"),
    (["plot", "--kind", "actul"], 2, "did you mean actual?"),
    (["train", "--seed", "x"], 2, "it must be a whole number; see: rnnforecast train --help"),
    (["fetch", "A", "--timeout", "0"], 2, "it must be 0.1 or more; see: rnnforecast fetch --help"),
    (["train", "--units", "64,no"], 2, "model.units"),
    (["data", "import"], 2, "missing argument FILE; see: rnnforecast data import --help"),
    (["predict", "--quiet", "--verbose"], 2, "choose one"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "remedy"),
    FAILURES,
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
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


@pytest.mark.parametrize(("arguments", "code", "remedy"), FAILURES[:8:2] + FAILURES[-4:-1])
def test_with_json_a_failure_is_a_document_too(
    arguments: list[str], code: int, remedy: str, here: Command
) -> None:
    result = here(*arguments, "--json")
    told = json.loads(result.stdout)
    assert (result.returncode, told["schema"], told["error"]["exit_code"]) == (code, 1, code)
    assert result.stderr == f"error: {told['error']['problem']}; {told['error']['remedy']}\n"
    assert told["error"]["kind"] in ("UsageError", "DataError", "RunError")


def test_what_went_well_stands_beside_the_failure(here: Command, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("date,close\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n")
    (tmp_path / "bad.csv").write_text("nothing")
    result = here("data", "import", "good.csv", "bad.csv", "--json")
    told = json.loads(result.stdout)
    assert [one["symbol"] for one in told["imported"]] == ["good"] and told["error"][
        "exit_code"
    ] == 4


def test_verbose_tells_what_is_read_and_when(here: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk())
    told = here("train", "--symbol", "WALK", "--set", "window.lookback=400", "--verbose").stderr
    lines = [line for line in told.splitlines() if re.match(STAMP, line)]
    assert any("read config" in line and "gru.yaml" in line for line in lines)
    assert any(line.endswith("300 bars") for line in lines)


def test_a_log_file_gathers_commands_steps_and_errors(here: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk())
    log = tmp_path / "log.txt"
    assert here("--log-file", str(log), "features", "list").returncode == 0
    result = here("train", "WALK", "--set", "window.lookback=400", "--log-file", str(log))
    lines = log.read_text("utf-8").splitlines()
    assert all(re.match(STAMP, line) for line in lines)
    assert "read config" not in result.stderr and any("read config" in line for line in lines)
    assert [line for line in lines if " ERROR " in line] == [lines[-1]]
    assert lines[-1].partition(" ERROR ")[2] == result.stderr.strip().removeprefix("error: ")


def test_a_log_file_that_cannot_be_written_is_named(here: Command, tmp_path: Path) -> None:
    result = here("features", "list", "--log-file", str(tmp_path / "none" / "log.txt"))
    assert result.returncode == 2 and "log.txt cannot be written" in result.stderr


def test_colours_can_be_switched_off(here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert here("runs", "list", "--no-color").returncode == 0
    assert os.environ["NO_COLOR"] == "1"
    monkeypatch.delenv("NO_COLOR")


def test_the_version_is_one_line(here: Command) -> None:
    assert here("train", "--version").stdout == f"rnnforecast {__version__}\n"


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


def test_what_a_command_loads_is_not_searched_for_garbage(tmp_path: Path) -> None:
    """As good as never while ``predict`` imports what it needs; by default some fifty times."""
    script = (
        "import gc, sys\n"
        "seen = []\n"
        "gc.callbacks.append(lambda phase, info: seen.append(info['generation']))\n"
        "sys.argv = ['rnnforecast', 'predict']\n"
        "from rnnforecast.cli.main import main\n"
        "before = len(seen)\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    print(len(seen) - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path
    )
    assert int(done.stdout) <= 2, done.stderr

"""What the shell offers after Tab, asked as the shells ask it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rnnforecast.data.store import Store
from rnnforecast.runs import MANIFEST, Run

from ..conftest import Command, random_walk
from ..test_layers import loaded_by

NAMED = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
"""The shell is named: what runs the tests may have been started by none."""


@pytest.fixture
def home(trained: tuple[Path, Run]) -> Path:
    return trained[0]


def offered(here: Command, line: str, shell: str = "bash") -> list[str]:
    """What a shell is told when Tab is pressed at the end of a line."""
    if shell == "bash":
        words = [*shlex.split(line), *([""] if line.endswith(" ") else [])]
        asked = {"COMP_WORDS": shlex.join(words), "COMP_CWORD": str(len(words) - 1)}
    else:
        asked = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    told = here(_RNNFORECAST_COMPLETE=f"complete_{shell}", **asked)
    assert (told.returncode, told.stderr) == (0, "")
    return told.stdout.split("\n")[:-1] if told.stdout.strip() else []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("rnnforecast tr", ["train", "track"]),
        ("rnnforecast train --config ls", ["lstm"]),
        ("rnnforecast config show tut", ["tutorial"]),
        ("rnnforecast features preview X rs", ["rsi"]),
        ("rnnforecast runs list --sort sk", ["skill"]),
        ("rnnforecast compare --correction h", ["holm"]),
        ("rnnforecast train --tensor", ["--tensorboard"]),
        ("rnnforecast predict ", []),
    ],
)
def test_presets_features_and_options_are_offered(
    line: str, answer: list[str], here: Command
) -> None:
    assert offered(here, line) == answer


@pytest.mark.parametrize("line", ["rnnforecast --home {} {}", "rnnforecast {1} --home {0} "])
def test_stored_symbols_and_runs_are_offered_wherever_the_home_stands(
    line: str, home: Path, trained: tuple[Path, Run], here: Command
) -> None:
    place = shlex.quote(str(home))
    assert offered(here, line.format(place, "predict ")) == [trained[1].name]
    assert offered(here, line.format(place, "data show ")) == ["WALK"]


def test_zsh_and_fish_are_told_what_each_word_means(home: Path, here: Command) -> None:
    assert offered(here, "rnnforecast train --config gr", "fish")[0].startswith(
        "gru\tGRU with a Student-t"
    )
    assert '"gru":"GRU with a Student-t' in "\n".join(
        offered(here, "rnnforecast train --config gr", "zsh")
    )
    assert offered(here, f"rnnforecast --home {home} data show ", "fish") == [
        "WALK\t2020-01-01 to 2020-10-26"
    ]


def test_an_unfinished_run_is_offered_to_resume(here: Command, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    for name in ("2025-01-01T00-00-00_x", "2025-01-02T00-00-00_died_before_it_began"):
        (root / f".{name}.partial").mkdir(parents=True)
    (root / ".2025-01-01T00-00-00_x.partial" / MANIFEST).write_text("{}")
    assert offered(here, "rnnforecast train --resume ", "bash") == ["2025-01-01T00-00-00_x"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_its_script(shell: str, here: Command) -> None:
    told = here("--show-completion", shell, **NAMED)
    assert told.returncode == 0 and "_RNNFORECAST_COMPLETE=complete_" in told.stdout


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_by_the_script_it_is_given(here: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk())
    program = tmp_path / "rnnforecast"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m rnnforecast "$@"\n')
    program.chmod(0o755)
    pressed = (
        'COMP_WORDS=(rnnforecast data show ""); COMP_CWORD=3; '
        "_rnnforecast_completion ./rnnforecast; "
        'echo "${COMPREPLY[@]}"'
    )
    script = here("--show-completion", "bash", **NAMED).stdout + pressed
    told = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (told.stdout, told.stderr) == ("WALK\n", "")


def test_completion_loads_nothing_heavy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_RNNFORECAST_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"rnnforecast --home {home} predict ''")
    monkeypatch.setenv("COMP_CWORD", "4")
    assert not {"tensorflow", "pandas", "numpy", "matplotlib", "rich.table"} & loaded_by(home=home)

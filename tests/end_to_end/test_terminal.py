"""The first ten minutes at a real terminal: a typo, the three commands, Ctrl-C, a kill,
and going on."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast import runs
from rnnforecast.data.store import Store

from ..conftest import random_walk

pexpect = pytest.importorskip("pexpect")

QUICK = "--set window.lookback=8 --set model.units=4 --set training.ensemble=1"
LONG = f"{QUICK} --set training.epochs=100000 --set training.patience=null"


def heed_ctrl_c() -> None:
    """As at a terminal: what is started in the background of a script inherits deaf ears."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A shell's place: 80 columns, and the program as a child of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        self.environment.pop("NO_COLOR", None)

    def start(self, line: str) -> pexpect.spawn:
        """Type a command."""
        arguments = ["-m", "rnnforecast", *line.split()]
        return pexpect.spawn(
            sys.executable, arguments, cwd=self.home, env=self.environment, encoding="utf-8",
            dimensions=(24, 80),
            timeout=90, preexec_fn=heed_ctrl_c,
        )  # fmt: skip

    def type(self, line: str) -> tuple[int, str]:
        """Type a command and wait: its exit code and what stood on the screen, without colours."""
        child = self.start(line)
        shown = child.read()
        child.close()
        return int(child.exitstatus), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    Store(tmp_path / "data").save(random_walk(400))
    yield Terminal(tmp_path)


def test_a_typo_names_what_was_meant(terminal: Terminal) -> None:
    for line, meant in (
        ("trian", "did you mean rnnforecast train?"),
        ("train --confg lstm", "did you mean --config?"),
        ("train --config lsmt.yaml", "did you mean lstm?"),
        ("train --set model.unitz=3", "did you mean model.units?"),
    ):
        code, shown = terminal.type(line)
        assert code == 2 and meant in shown and "Traceback" not in shown


def test_from_prices_to_a_verdict(terminal: Terminal) -> None:
    code, shown = terminal.type(
        f"train --config lstm.yaml --symbol WALK {QUICK} --set training.epochs=3"
    )
    assert code == 0, shown
    assert "starting TensorFlow" in shown and "validation" in shown  # progress
    assert "next: rnnforecast predict --plot, then rnnforecast evaluate" in shown
    assert not re.search(r"tensorflow/|cuda|oneDNN|absl|WARNING|ptxas", shown, re.I)
    code, shown = terminal.type("predict --plot")
    assert code == 0 and "80 % from" in shown and "figures/forecast.png" in shown.replace("\n", "")
    assert max(map(len, shown.split("picture:")[0].splitlines())) <= 80
    code, shown = terminal.type("evaluate --baselines naive")
    assert code == 0 and "skill vs naive" in shown and "report:" in shown, shown
    code, shown = terminal.type("runs list")
    (run,) = runs.all_runs(terminal.home / "runs")
    assert code == 0 and run.name in shown and max(map(len, shown.splitlines())) <= 80


def test_ctrl_c_keeps_the_best_so_far_and_a_killed_training_goes_on(terminal: Terminal) -> None:
    child = terminal.start(f"train --symbol WALK --name stopped {LONG}")
    child.expect(r"best \d")
    child.expect(r"best \d")
    child.sendintr()
    child.expect("stopping with the best so far")
    child.expect("interrupted: the run holds the best so far")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    (run,) = runs.all_runs(terminal.home / "runs")
    assert run.manifest.interrupted and terminal.type("predict")[0] == 0

    killed = terminal.start(f"train --symbol WALK --name killed {LONG}")
    killed.expect(r"best \d")
    killed.expect(r"best \d")
    killed.kill(9)
    killed.expect(pexpect.EOF)
    killed.close()
    code, shown = terminal.type("runs list")
    told = " ".join(shown.split())
    assert code == 0 and "continue with: rnnforecast train --resume" in told
    going_on = terminal.start("train --resume killed")
    going_on.expect(r"best \d")
    going_on.sendintr()
    going_on.expect("the run holds the best so far")
    going_on.expect(pexpect.EOF)
    going_on.close()
    assert going_on.exitstatus == 130 and len(runs.all_runs(terminal.home / "runs")) == 2


def test_removing_a_run_asks_first(terminal: Terminal) -> None:
    for name in ("2025-01-01T00-00-00_a", "2025-01-01T00-00-00_b"):
        (terminal.home / "runs" / name).mkdir(parents=True)
        (terminal.home / "runs" / name / runs.MANIFEST).write_text("{}")
    child = terminal.start("runs rm 2025-01-01T00-00-00_a")
    child.expect("Remove 2025-01-01T00-00-00_a for good")
    child.sendline("n")
    child.expect("nothing was removed")
    child = terminal.start("runs rm 2025-01-01T00-00-00_a")
    child.expect(r"\[y/N\]: ")
    time.sleep(0.5)  # the question is there a moment before it is waited for
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130 and len(runs.all_runs(terminal.home / "runs")) == 2
    child = terminal.start("runs rm 2025-01-01T00-00-00_a")
    child.expect("for good")
    child.sendline("y")
    child.expect("removed 2025-01-01T00-00-00_a")
    child.expect(pexpect.EOF)
    assert [run.name for run in runs.all_runs(terminal.home / "runs")] == ["2025-01-01T00-00-00_b"]

"""What the page on searches tells people to type is typed; its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: pip install '.[tune]'")

import rnnforecast as rf
from rnnforecast.data.store import Store

from ..conftest import Command, random_walk
from ..tuning.arithmetic import by_arithmetic
from .shell import DOCS, blocks, commands_of

PAGE = DOCS / "tune.md"
QUICK = ("--set", "training.epochs=1", "--set", "training.ensemble=1")
TRIALS = {"50": "2", "20": "2", "60": "3"}


@pytest.fixture(autouse=True)
def _arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    by_arithmetic(monkeypatch)


def test_the_commands_of_the_page_run_in_order(here: Command, tmp_path: Path) -> None:
    typed = [command for block in blocks(PAGE) for command in commands_of(block, tmp_path)]
    assert [command[0] for command in typed] == ["fetch", "tune", "tune", "tune", "train"]
    Store(tmp_path / "data").save(random_walk(symbol="^GSPC"))
    for command in typed[1:]:
        small = [TRIALS.get(word, word) for word in command]
        only = ["--search-only"] if command[0] == "tune" and "--search-only" not in small else []
        result = here(*small, *QUICK, *only)
        assert result.returncode == 0, f"{command}\n{result.stderr}"
    assert len((tmp_path / "studies/GSPC_gru/trials.csv").read_text().splitlines()) == 4


def test_the_python_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    pruned, simple = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    monkeypatch.setattr(rf, "train", lambda experiment, history: experiment.searched)
    names = {"history": random_walk()}
    exec(compile(simple, "tune.md", "exec"), names)
    assert names["model"].trials == 20  # type: ignore[attr-defined]
    exec(compile(pruned.replace("trials=30", "trials=2"), "tune.md", "exec"), names)
    assert names["found"].value.terms.pruner.startswith("MedianPruner(")  # type: ignore[attr-defined]

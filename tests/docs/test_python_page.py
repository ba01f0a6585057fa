"""The code of docs/python.md runs, block after block, on a small series."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import rnnforecast as rf
from rnnforecast.library import model

from ..conftest import random_walk

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
QUICK = {"training.epochs": 1, "training.ensemble": 1, "model.units": 4}


def test_the_code_of_the_page_runs_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train = model.train

    def quickly(config: Any, history: Any, settings: Any = None, **others: Any) -> Any:
        return train(config, history, {**(settings or {}), **QUICK}, **others)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rf, "train", quickly)
    monkeypatch.setattr(rf, "fetch", lambda symbol, start: random_walk(500, symbol=symbol))
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert len(blocks) == 11
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"block {number} of python.md", "exec"), names)
    assert (tmp_path / "runs" / "btc" / "run.json").exists()
    assert "From " in capsys.readouterr().out


def test_every_promised_name_stands_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    # what the verbs return
    own = {
        "Model", "Forecast", "Evaluation", "Comparison", "Search", "TrackRecord", "Windows",
    }  # fmt: skip
    assert not [name for name in rf.__all__ if name not in own and f"rf.{name}" not in page]

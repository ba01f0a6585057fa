"""--json: every command prints one document, with the keys that docs/json.md shows.

RNNFORECAST_WRITE_DOCS=1 writes the examples of docs/json.md anew from what the commands print.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from rnnforecast import runs
from rnnforecast.data.store import Store
from rnnforecast.runs import Run

from ..commands import leaves
from ..conftest import Command, random_walk
from ..tuning.arithmetic import by_arithmetic
from .test_runs import scored  # noqa: F401  (a fixture)

SCHEMAS = {"predict": 2, "data show": 2}
"""Of the documents whose keys have changed since the first version."""
PAGE = Path(__file__).parents[2] / "docs" / "json.md"
QUICK = (
    "--set",
    "window.lookback=8",
    "--set",
    "model.units=4",
    "--set",
    "training.epochs=1",
    "--set",
    "training.ensemble=1",
)
GRU, LSTM, NEW = (
    f"2025-01-0{day}T00-00-00_WALK_{name}" for day, name in ((1, "gru"), (2, "lstm"), (3, "new"))
)
LINES: dict[str, tuple[str, ...]] = {
    "--version": (),
    "demo": (),
    "fetch": ("^GSPC", "--source", "sample"),
    "train": ("--symbol", "WALK", "--name", "small", *QUICK),
    "tune": ("--symbol", "WALK", "--trials", "4", "--search-only"),
    "predict": (GRU,),
    "track": (GRU,),
    "daily": ("--watch", "watch.yaml", "--no-fetch"),
    "evaluate": (GRU, "--baselines", "naive"),
    "report": (GRU,),
    "plot": (GRU,),
    "compare": (GRU, LSTM),
    "leaderboard": ("WALK",),
    "reproduce": (NEW,),
    "export": (GRU,),
    "audit": ("--symbol", "WALK"),
    "doctor": (),
    "data list": (),
    "data show": ("WALK",),
    "data check": (),
    "data import": ("prices.csv",),
    "data export": ("WALK",),
    "features list": (),
    "features preview": ("WALK", "rsi"),
    "config list": (),
    "config show": ("gru",),
    "config check": ("tutorial",),
    "config schema": (),
    "config new": ("gru",),
    "runs list": (),
    "runs show": (GRU,),
    "runs note": (GRU, "try a wider window"),
    "runs check": (GRU,),
    "runs rm": (NEW, "--yes"),
    "explain gradients": ("--symbol", "WALK", "--config", "rnn", *QUICK),
}
"""A command line of every command and of --version, on a home with three runs on one series."""
CUT = 3
"""Depth at which an example ends."""


@pytest.fixture
def home(scored: Path, tmp_path: Path) -> Path:  # noqa: F811
    copy = Path(shutil.copytree(scored, tmp_path / "home"))
    (tmp_path / "prices.csv").write_text(
        "date,close\n2024-01-01,10\n2024-01-02,11\n2024-01-03,12\n"
    )
    (tmp_path / "watch.yaml").write_text("config: gru\nrefit_every: 9999\nsymbols: [WALK]\n")
    return copy


@pytest.fixture
def quick_demo(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo without its half minute: it finds its networks trained."""
    from rnnforecast.cli import demo
    from rnnforecast.data import sample

    monkeypatch.setattr(sample, "sample", lambda symbol: random_walk(symbol=symbol))
    monkeypatch.setattr(demo, "train_run", lambda *_: Run(home / "runs" / GRU))
    Store(home / "data").save(random_walk())


@pytest.fixture
def quick_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials without networks."""
    by_arithmetic(monkeypatch)


def test_every_command_has_a_line_here() -> None:
    assert set(leaves()) - {"serve"} <= set(LINES)  # it prints its address and goes on


@pytest.mark.parametrize("words", [words for words in LINES if words in {*leaves(), "--version"}])
@pytest.mark.usefixtures("quick_demo", "quick_trials")
def test_a_command_prints_one_document_as_documented(words: str, here: Command, home: Path) -> None:
    printed = here(*words.split(), *LINES[words], "--json", home=home)
    assert printed.returncode == 0, printed.stderr
    told = json.loads(printed.stdout)  # one document and nothing else
    assert told["schema"] == SCHEMAS.get(words, 1)
    if os.environ.get("RNNFORECAST_WRITE_DOCS"):
        write_example(words, told, home)
    shown = examples()[words]
    assert list(shown) == list(told)
    for key, value in shown.items():
        assert kind(value) == kind(told[key]) or None in (value, told[key]), key
        if isinstance(value, list) and value and isinstance(value[0], dict):
            assert set(value[0]) == set(told[key][0]), key


def kind(value: Any) -> str:
    return (
        "number"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else type(value).__name__
    )


def examples() -> dict[str, dict[str, Any]]:
    """The documents of docs/json.md by command."""
    found = re.findall(
        r"^## `rnnforecast (.*?)`\n.*?```json\n(.*?)```", PAGE.read_text("utf-8"), re.M | re.S
    )
    return {words: json.loads(text) for words, text in found}


def write_example(words: str, told: dict[str, Any], home: Path) -> None:
    """Put a document, shortened, into docs/json.md."""
    text = (
        json.dumps(shortened(told), indent=1, ensure_ascii=False)
        .replace(str(home), "home")
        .replace(str(home.parent), ".")
        .replace(str(PAGE.parents[1]), "checkout")
    )
    begin, end = f"## `rnnforecast {words}`\n", "```\n"
    line = " ".join(
        [
            "rnnforecast",
            *words.split(),
            *(word if " " not in word else f'"{word}"' for word in LINES[words]),
            "--json",
        ]
    )
    section = f"{begin}\n    {line}\n\n```json\n{text}\n{end}"
    page = PAGE.read_text("utf-8")
    at = page.find(begin)
    if at < 0:
        PAGE.write_text(f"{page.rstrip()}\n\n{section}", "utf-8")
    else:
        stop = page.index(end, page.index("```json", at) + 7) + len(end)
        PAGE.write_text(page[:at] + section + page[stop:], "utf-8")


def shortened(value: Any, depth: int = 0) -> Any:
    """The first item of every list, and no more than a few levels."""
    if isinstance(value, dict):
        return {
            key: shortened(one, depth + 1)
            for key, one in list(value.items())[: None if depth < CUT else 2]
        }
    if isinstance(value, list):
        return [shortened(one, depth + 1) for one in value[:1]]
    if isinstance(value, str) and len(value) > 120:
        return value[:117] + "..."
    return round(value, 6) if isinstance(value, float) else value


def test_the_documents_of_failures_are_described(here: Command, tmp_path: Path) -> None:
    shown = json.loads(
        re.findall(r"## Failures.*?```json\n(.*?)```", PAGE.read_text("utf-8"), re.S)[0]
    )
    told = json.loads(here("train", "--json").stdout)
    assert set(shown) == set(told) and set(shown["error"]) == set(told["error"])
    assert runs.all_runs(tmp_path / "runs") == []

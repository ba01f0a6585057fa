"""What the tutorial and the cookbook tell people to type is typed:
by the real program, on small series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sessions import guess
from rnnforecast.data.store import Store

from ..conftest import Command
from .shell import DOCS, blocks, commands_of

QUICK = [
    word
    for setting in (
        "training.epochs=1",
        "training.ensemble=1",
        "training.batch_size=256",
        "model.units=4",
    )
    for word in ("--set", setting)
]
"""What makes a training take a second.

Besides, 20 origins are scored, and beside every baseline once a page.
"""
SLOW = ("demo",)
"""Commands with tests of their own that take as long as they take."""


@pytest.mark.parametrize("page", ["tutorial.md", "cookbook.md", "scale.md"])
def test_the_commands_of_a_page_run_in_order(page: str, here: Command, tmp_path: Path) -> None:
    write_load(tmp_path / "load.csv")
    write_panel(tmp_path / "panel.csv", tmp_path / "symbols.txt")
    typed = [command for block in blocks(DOCS / page) for command in commands_of(block, tmp_path)]
    assert len(typed) >= 7
    scored = 0
    for command in typed:
        scored += command[0] == "evaluate"
        if asks_yahoo(command):
            answer_for_yahoo(command, tmp_path)
        elif command[0] not in SLOW:
            result = here(*quick(command, every_baseline=scored == 1 and page != "scale.md"))
            assert result.returncode == 0, f"rnnforecast {' '.join(command)}\n{result.stderr}"


def quick(command: list[str], *, every_baseline: bool) -> list[str]:
    """The same command, small."""
    if "--cluster" in command:  # there is none; tests/cluster has one
        at = command.index("--cluster")
        command = [*command[:at], *command[at + 2 :]]
    trains = command[0] in ("train", "explain") or (
        command[0] == "evaluate" and "--config" in command
    )
    small = [*command, *QUICK] if trains else command
    if command[0] != "evaluate":
        return small
    return [*small, "--origins", "20", *([] if every_baseline else ["--baselines", "naive,garch"])]


def asks_yahoo(command: list[str]) -> bool:
    """Whether a command needs the network."""
    return command[0] == "fetch" and "--source" not in command


def answer_for_yahoo(command: list[str], home: Path) -> None:
    """Store a random walk for every symbol that a command would fetch."""
    interval = command[command.index("--interval") + 1] if "--interval" in command else "1d"
    for symbol in wanted(command[1:], home):
        frequency = {"1h": "h", "1d": "D" if symbol.endswith("-USD") else "B"}[interval]
        zone = "UTC" if interval == "1h" else None
        dates = pd.date_range(
            "2023-01-02", periods=400, freq=frequency, unit="ns", name="date", tz=zone
        )
        steps = np.random.default_rng(7).normal(0, 0.01, (400, 2))
        close = 100 * np.exp(np.cumsum(steps[:, 0]))
        bars = pd.DataFrame({"open": close * np.exp(steps[:, 1]), "close": close}, index=dates)
        bars = bars.assign(high=1.01 * bars.max(axis=1), low=0.99 * bars.min(axis=1))
        Store(home / "data").save(PriceHistory(symbol, bars, interval, guess(symbol, dates), "USD"))


def wanted(arguments: list[str], home: Path) -> Iterator[str]:
    """The symbols that a fetch names, on the line or in a file."""
    rest = iter(arguments)
    for word in rest:
        if word == "--symbols-file":
            yield from (home / next(rest)).read_text("utf-8").split()
        elif word.startswith("--"):
            next(rest)
        else:
            yield word


def write_load(path: Path) -> None:
    """A load of electricity with its daily round."""
    hours = pd.date_range("2024-01-01", periods=700, freq="h")
    noise = np.random.default_rng(3).normal(0, 500, len(hours))
    load = 45_000 + 8_000 * np.sin(2 * np.pi * hours.hour / 24) + noise
    pd.DataFrame({"hour": hours.strftime("%Y-%m-%d %H:%M"), "MW": load.round()}).to_csv(
        path, index=False
    )


def write_panel(path: Path, symbols: Path) -> None:
    """Three stocks in long format, and a list of two of them."""
    dates = pd.date_range("2023-01-02", periods=300, freq="B")
    tables = []
    for seed, name in enumerate(("AAA", "BBB", "CCC")):
        steps = np.random.default_rng(seed).normal(0, 0.01, len(dates))
        closes = 100 * np.exp(np.cumsum(steps))
        tables.append(pd.DataFrame({"Date": dates, "Close": closes.round(4), "Name": name}))
    pd.concat(tables).to_csv(path, index=False)
    symbols.write_text("AAA\nBBB\n", "utf-8")

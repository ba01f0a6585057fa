"""Whoever has no prices, no runs, or the wrong folder,
is told what to type next by every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..commands import leaves
from ..conftest import Command

EMPTY: dict[str, tuple[list[str], int, str]] = {
    "fetch": ([], 2, "rnnforecast fetch BTC-USD"),
    "train": ([], 4, "run: rnnforecast fetch BTC-USD"),
    "tune": ([], 4, "run: rnnforecast fetch BTC-USD"),
    "predict": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "evaluate": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "track": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "daily": ([], 2, "there is no file watch.yaml; write one"),
    "serve": (["--host", "0.0.0.0"], 2, "RNNFORECAST_TOKEN"),
    "report": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "plot": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "compare": (["a", "b"], 6, "run: rnnforecast train --config lstm.yaml"),
    "leaderboard": (["BTC-USD"], 6, "run: rnnforecast train --symbol BTC-USD"),
    "reproduce": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "export": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "audit": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "explain gradients": ([], 4, "run: rnnforecast fetch BTC-USD"),
    "data list": ([], 0, "rnnforecast fetch BTC-USD"),
    "data show": (["AAPL"], 4, "run: rnnforecast fetch AAPL"),
    "data check": ([], 4, "run: rnnforecast fetch BTC-USD"),
    "data export": (["AAPL"], 4, "run: rnnforecast fetch AAPL"),
    "data import": (["none.csv"], 4, "none.csv"),
    "features preview": (["AAPL"], 4, "run: rnnforecast fetch AAPL"),
    "runs list": ([], 0, "rnnforecast train --config lstm.yaml"),
    "runs show": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "runs note": (["a", "text"], 6, "run: rnnforecast train --config lstm.yaml"),
    "runs check": ([], 6, "run: rnnforecast train --config lstm.yaml"),
    "runs rm": (["a"], 6, "run: rnnforecast train --config lstm.yaml"),
}
"""Arguments, exit code, and what must be said, where nothing is stored."""
NEEDS_NOTHING = {
    "demo", "doctor", "config list", "config show", "config check", "config schema", "config new",
    "features list",
}  # fmt: skip


def test_every_command_is_tried_with_nothing_stored() -> None:
    assert set(leaves()) <= set(EMPTY) | NEEDS_NOTHING


@pytest.mark.parametrize("words", sorted(set(EMPTY) & set(leaves())))
def test_with_nothing_stored_the_next_command_is_named(
    words: str, here: Command, tmp_path: Path
) -> None:
    arguments, code, remedy = EMPTY[words]
    told = here(*words.split(), *arguments)
    assert (told.returncode, told.stderr.count("\n") <= 1) == (code, True), told.stderr
    assert remedy in told.stdout + told.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", ["runs list", "data list"])
def test_a_folder_that_is_not_there_is_as_good_as_an_empty_one(
    words: str, here: Command, tmp_path: Path
) -> None:
    told = here(*words.split(), home=tmp_path / "nowhere")
    assert told.returncode == 0 and "rnnforecast" in told.stdout
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_without_runs_is_named(here: Command, tmp_path: Path) -> None:
    assert (
        f"no runs yet in {tmp_path / 'nowhere' / 'runs'}"
        in here("predict", home=tmp_path / "nowhere").stderr
    )

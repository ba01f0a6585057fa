"""A warm start goes on with trained networks on newer prices, and says where they come from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.data.store import Store
from rnnforecast.runs import Run, all_runs

from ..conftest import Command, random_walk


@pytest.fixture
def home(trained: tuple[Path, Run], tmp_path: Path) -> Path:
    """A home with a run on 300 days, and prices of 330."""
    home = Path(shutil.copytree(trained[0], tmp_path / "home"))
    Store(home / "data").save(random_walk(330))
    return home


def weights(run: Run) -> list[np.ndarray]:
    with np.load(run.path / "members" / "01.npz") as arrays:
        return [arrays[name] for name in arrays.files if arrays[name].dtype == np.float32]


def test_a_warm_start_begins_at_the_old_weights_and_takes_the_run_s_place(
    home: Path, here: Command
) -> None:
    still = ("--set", "training.epochs=1", "--set", "training.learning_rate=1e-12")
    answer = here("train", "--from", "WALK_gru", *still, home=home)
    assert answer.returncode == 0, answer.stderr
    old, new = all_runs(home / "runs")
    for before, after in zip(weights(old), weights(new), strict=True):
        np.testing.assert_allclose(before, after, atol=1e-7)
    assert new.manifest.continues == old.name
    assert new.manifest.data.rows == 330 and new.name.endswith("WALK_gru")
    track = json.loads(here("track", "WALK", "--json", home=home).stdout)
    assert track["runs"] == [old.name, new.name]


def test_what_cannot_be_continued_is_refused_by_its_name(home: Path, here: Command) -> None:
    for setting, words in (
        ("model.units=5", "model differs from that of"),
        ("window.lookback=9", "window differs"),
        ("training.ensemble=3", "has 2 networks to continue"),
        ("split.test=0.45", "knows prices up to"),
    ):
        refused = here("train", "--from", "WALK_gru", "--set", setting, home=home)
        assert refused.returncode == 2 and words in refused.stderr, refused.stderr
    named = here("train", "--from", "WALK_gru", "--config", "lstm", home=home)
    assert named.returncode == 2 and "leave out --config" in named.stderr
    assert len(all_runs(home / "runs")) == 1


def test_warm_refits_of_an_evaluation_are_kept_apart_from_fresh_ones(
    home: Path, here: Command
) -> None:
    asked = ("evaluate", "--baselines", "naive", "--refit-every", "30", "--origins", "40")
    assert here(*asked, "--warm", home=home).returncode == 0
    [run] = all_runs(home / "runs")
    assert run.manifest.protocol is not None and run.manifest.protocol.warm
    folds = sorted(path.name for path in (run.path / "folds").iterdir())
    assert folds and all(name.endswith("_warm") for name in folds)
    alone = here("evaluate", "--warm", home=home)
    assert alone.returncode == 2 and "add --refit-every" in alone.stderr

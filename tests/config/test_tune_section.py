"""The section ``tune`` of a config: what it may hold, and what is said where it cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.config import load, presets
from rnnforecast.config.loading import dump, load_with_space
from rnnforecast.config.searched import Searched
from rnnforecast.config.space import Dimension
from rnnforecast.config.tune_section import json_schema
from rnnforecast.errors import UsageError

SEARCHED = Searched(
    study="X_gru", trials=12, finished=9, metric="crps", value=0.97, folds=3, until="2024-01-02"
)


def space_of(text: str, tmp_path: Path, *overrides: str) -> dict[str, object]:
    """Return the ranges of a config."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"tune:\n{text}")
    return load_with_space(str(path), overrides)[1].to_dict()


@pytest.mark.parametrize("name", presets())
def test_every_preset_has_a_space_that_holds_its_own_values(name: str) -> None:
    experiment, space = load_with_space(name)
    assert len(space) >= 4
    stored = space.stored(experiment)
    again = load(name, space.overrides(stored))
    assert dump(again) == dump(experiment)


def test_ranges_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = """
  training.learning_rate: {low: 1e-4, high: 0.01, log: true}
  model.units: [16, [32, 32], 32]
  window:
    lookback: {low: 5, high: 40, step: 5}
  training.clipnorm: [null, 1.0]
"""
    assert space_of(text, tmp_path) == {
        "training.learning_rate": {"low": 1e-4, "high": 0.01, "log": True},
        "model.units": [16, [32, 32], 32],
        "window.lookback": {"low": 5, "high": 40, "step": 5},
        "training.clipnorm": [None, 1.0],
    }


def test_set_changes_adds_and_takes_out_ranges(tmp_path: Path) -> None:
    changes = ("tune.model.units=[32, 64]", "tune.model.dropout=null", "tune.model.l2=[0.0, 0.1]")
    text = "  model.units: [8, 32]\n  model.dropout: [0.1, 0.2]\n"
    assert space_of(text, tmp_path, *changes) == {"model.units": [32, 64], "model.l2": [0.0, 0.1]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  lr: [0.1, 0.2]", "line 2: tune: lr is no setting; did you mean training.learning_rate"),
        ("  model.unit: [1, 2]", "tune: model.unit is no setting; did you mean model.units?"),
        ("  model: [1, 2]", "tune: model is no setting"),
        ("  training.seed: [1, 2]", "cannot be searched; leave it out: a lucky seed"),
        ("  window.horizon: [1, 2]", "tune: window.horizon cannot be searched"),
        ("  split.test: {low: 0.1, high: 0.2}", "it decides what is scored"),
        ("  model.units: 64", "is 64; write a list of values, or {low"),
        ("  model.units: [32]", "has choices [32]; name 2 to 100 values"),
        ("  model.units: [32, 32, 64]", "names 32 twice"),
        ("  model.units: [32, [32]]", "names 32 twice"),
        ("  model.units: {low: 0, high: 64}", "model.units is 0; model.units must be 1 or more"),
        ("  model.units: {low: 64, high: 8}", "goes from 64 to 8; low must be less"),
        ("  model.units: {low: 8}", "has only one end"),
        ("  model.units: {low: 8.5, high: 64}", "has 8.5; it must be a whole number"),
        ("  model.units: {lo: 8, hi: 64}", "has an unknown key lo; known here: low, high"),
        ("  model.dropout: {low: 0, high: 0.4, log: true}", "low must be more than 0"),
        ("  model.dropout: {low: 0.1, high: 0.4, log: true, step: 0.1}", "has both log and step"),
        ("  model.dropout: {low: 0.1, high: 0.4, step: 2}", "has steps of 2; use a step up to"),
        ("  model.dropout: {low: a, high: 0.4}", "low is 'a'; it must be a finite number"),
        ("  model.dropout: [0.1, 1.5]", "model.dropout is 1.5; model.dropout must be less than 1"),
        ("  model.architecture: {low: 1, high: 2}", "is no number; name its values"),
        ("  model.architecture: [gru, lstn]", "model.architecture is 'lstn'; did you mean lstm?"),
        ("  model.units: [8, 16]", "leaves out 32, the value of this config"),
        ("  training.epochs: {low: 10, high: 50}", "leaves out 100, the value of this config"),
    ],
)
def test_a_mistake_is_told_with_its_place_the_value_and_a_remedy(
    text: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as failure:
        space_of(text, tmp_path)
    assert words in str(failure.value)


def test_every_mistake_is_told_and_train_hears_of_them_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("tune:\n  lr: [1, 2]\n  model.units: 3\n")
    with pytest.raises(UsageError) as failure:
        load(str(path))
    assert [len(failure.value.others), "mine.yaml line 2" in str(failure.value)] == [1, True]


def test_a_config_without_a_section_has_an_empty_space(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("model:\n  units: 8\n")
    assert len(load_with_space(str(tmp_path / "mine.yaml"))[1]) == 0


def test_steps_decide_what_a_range_holds() -> None:
    steps = Dimension("window.lookback", "int", 5, 40, step=5)
    assert [steps.holds(value) for value in (5, 12, 40, 45, True, None)] == [
        True, False, True, False, False, False,
    ]  # fmt: skip
    assert steps.describe() == "5 to 40, steps of 5"


def test_the_section_is_no_setting_of_a_run() -> None:
    assert "tune" not in dump(load("gru")) and "tune" in json_schema()["properties"]


def test_a_config_keeps_where_it_comes_from_and_others_do_not_mention_it(tmp_path: Path) -> None:
    found = load("gru").model_copy(update={"searched": SEARCHED})
    (tmp_path / "found.yaml").write_text(dump(found))
    assert load(str(tmp_path / "found.yaml")) == found
    assert "searched" not in dump(load("gru"))

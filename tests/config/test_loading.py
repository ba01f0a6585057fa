"""A config is read strictly, and every mistake leads to its file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rnnforecast.config import Experiment, load, presets
from rnnforecast.config.loading import dump, parse, validate
from rnnforecast.errors import UsageError


@pytest.mark.parametrize("name", ["gru", "lstm", "rnn", "tutorial"])
def test_every_preset_is_found_with_or_without_its_suffix(name: str) -> None:
    assert load(name) == load(f"{name}.yaml")


@pytest.mark.parametrize("path", presets().values(), ids=lambda path: path.stem)
def test_every_preset_validates_and_starts_with_a_line_that_says_what_it_is(path: Path) -> None:
    load(str(path))
    assert path.read_text().startswith("# ")


def test_the_default_experiment_is_the_gru_preset() -> None:
    assert load("gru") == Experiment()


def test_a_resolved_config_reads_back_as_itself() -> None:
    for name in presets():
        experiment = load(name, ["data.start=2020-01-02", "training.clipnorm=null"])
        assert validate(*parse(dump(experiment), "config.yaml")) == experiment


def test_a_path_goes_before_a_preset_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lstm.yaml").write_text("model:\n  units: 7\n")
    assert load("lstm.yaml").model.units == (7,)


def test_overrides_go_last_and_the_last_one_wins() -> None:
    assert load("gru", ["model.units=64", "model.units=[8, 9]"]).model.units == (8, 9)


def test_a_number_in_scientific_notation_is_a_number_though_yaml_reads_text() -> None:
    assert yaml.safe_load("1e-3") == "1e-3"
    assert load("gru", ["training.learning_rate=1e-3"]).training.learning_rate == 0.001


MISTAKES = [
    ("model.unitz=3", "unknown key model.unitz", "did you mean model.units?"),
    ("modle.units=3", "unknown key modle", "did you mean model?"),
    ("model.units=true", "model.units is True", "must be a whole number"),
    ("model.units=0", "model.units is 0", "must be 1 or more"),
    ("data.symbol=ON", "data.symbol is True", "put quotes around it"),
    ("model.architecture=gruu", "model.architecture is 'gruu'", "did you mean gru?"),
    ("training.learning_rate=fast", "training.learning_rate is 'fast'", "must be a number"),
    ("training.epochs=1.5", "training.epochs is 1.5", "must be a whole number"),
    ("model=3", "model is 3", "write a section"),
    ("data.start=2020-13-01", "data.start is '2020-13-01'", "a date such as 2024-12-31"),
    ("data.symbol=[", "not a YAML value", "quote it"),
    ("window.horizon=1000000000", "window.horizon is 1000000000", "1,000 or less"),
    ("model.units=1000000", "model.units is 1000000", "16,384 or less"),
    ("training.epochs=1:2:3", "training.epochs is '1:2:3'", "a whole number"),
    ("time_step=60", "unknown key time_step", "did you mean window.lookback?"),
    ("optimizer=adam", "unknown key optimizer", "did you mean training.optimizer?"),
    ("window.units=3", "unknown key window.units", "did you mean model.units?"),
    ("nonsense", "has no key and value", "--set model.units=64"),
]


@pytest.mark.parametrize(("override", "problem", "remedy"), MISTAKES)
def test_a_mistaken_override_is_one_line_with_the_value_found_and_the_remedy(
    override: str, problem: str, remedy: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load("gru", [override])
    message = str(caught.value)
    assert problem in message and remedy in message and f"--set {override}" in message
    assert "\n" not in message


FILES = [
    ("model:\n  architecture: gru\n  unitz: 3\n", "my.yaml line 3: unknown key model.unitz"),
    ("data:\n  symbol: ON\n", "my.yaml line 2: data.symbol is True"),
    (
        "model:\n  architecture: gru\n  architecture: lstm\n",
        "my.yaml line 3: architecture stands twice",
    ),
    ("model: [", "my.yaml line 1: not YAML"),
    ("- model\n", "my.yaml holds a list, not keys with values"),
    ("model = lstm\n", "my.yaml holds text, not keys with values"),
    ("data:\n  start: 2020-13-01\n", "my.yaml line 2: data.start is '2020-13-01'"),
    (
        "data:\n  price: close\nmodel:\n  kernel: 3\n  units: 30\n  architecture: transformer\n",
        "my.yaml line 5: model.units 30 is no multiple",
    ),
]


@pytest.mark.parametrize(("text", "beginning"), FILES)
def test_a_mistake_in_a_file_names_the_line(text: str, beginning: str, tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load(str(path))
    assert str(caught.value).startswith(beginning)


def test_several_mistakes_are_all_told_each_with_its_remedy() -> None:
    with pytest.raises(UsageError, match=r"\(and 2 more\)") as caught:
        load("gru", ["model.unitz=1", "training.epoch=2", "model.units=[0]"])
    sentences = [failure.sentence for failure in (caught.value, *caught.value.others)]
    assert sorted(sentences) == [
        "--set model.units=[0]: model.units is 0; model.units must be 1 or more",
        "--set model.unitz=1: unknown key model.unitz; did you mean model.units?",
        "--set training.epoch=2: unknown key training.epoch; did you mean training.epochs?",
    ]


def test_a_hundred_mistakes_are_not_a_hundred_lines() -> None:
    with pytest.raises(UsageError) as caught:
        load("gru", [f"data.symbol={list(range(500))}"])
    assert len(caught.value.others) == 20 and "480 more mistakes" in str(caught.value.others[-1])


def test_an_empty_section_means_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("data:\nmodel:\n")
    assert load(str(path)) == Experiment()


def test_an_unknown_preset_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        UsageError,
        match=r"called 'lsmt.yaml'; did you mean lstm\? "
        r"presets are: bigru, bilstm, birnn, cnn, direction, gru",
    ):
        load("lsmt.yaml")


def test_a_point_head_without_calibration_has_no_spread_and_is_refused() -> None:
    with pytest.raises(UsageError, match="has no spread"):
        load("tutorial", ["calibration=none"])

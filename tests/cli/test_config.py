"""Configs are checked, described to editors and written out to begin with."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from rnnforecast.config import Experiment, load, presets
from rnnforecast.config.loading import parse, validate
from rnnforecast.config.template import choices_of, settings_called, template

from ..conftest import Command


def keys(section: type[BaseModel], above: str = "") -> list[str]:
    """Every setting, by its full name."""
    found: list[str] = []
    for name, field in section.model_fields.items():
        kind = field.annotation
        inner = isinstance(kind, type) and issubclass(kind, BaseModel)
        found += keys(kind, f"{above}{name}.") if inner else [above + name]  # type: ignore[arg-type]
    return found


def schema(here: Command) -> dict[str, object]:
    return dict(json.loads(here("config", "schema").stdout))


@pytest.mark.parametrize("name", [None, *presets()])
def test_what_new_writes_reads_back_as_what_it_began_with(
    name: str | None, here: Command, tmp_path: Path
) -> None:
    assert here("config", "new", *([name] if name else []), "--out", "mine.yaml").returncode == 0
    assert load(str(tmp_path / "mine.yaml")) == (load(name) if name else Experiment())


def test_every_key_stands_in_a_new_config_below_its_explanation() -> None:
    lines = template(Experiment()).splitlines()
    tree = yaml.safe_load("\n".join(lines))
    for key in keys(Experiment):
        if key == "searched":  # what a search notes in the config it writes, nothing to be set
            continue
        *sections, last = key.split(".")
        inside = tree
        for section in sections:
            inside = inside[section]
        assert last in inside
    for above, line in pairwise(lines):
        if ":" in line and not line.lstrip().startswith("#"):
            assert above.lstrip().startswith("#"), line
    assert any("One of: adam, adamw, rmsprop, sgd." in line for line in lines)
    assert max(map(len, lines)) <= 104


def test_a_file_that_is_there_is_not_written_over(here: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("kept")
    for command in ("new", "schema"):
        refused = here("config", command, "--out", "mine.yaml")
        assert refused.returncode == 2 and "--force" in refused.stderr
    assert (tmp_path / "mine.yaml").read_text() == "kept"
    assert here("config", "new", "--out", "mine.yaml", "--force").returncode == 0
    assert here("config", "new", "--out", "none/mine.yaml").returncode == 2


@pytest.mark.parametrize("name", presets())
def test_the_schema_accepts_every_preset(name: str, here: Command) -> None:
    tree = json.loads(json.dumps(yaml.safe_load(presets()[name].read_text("utf-8")), default=str))
    jsonschema.validate(tree, schema(here))


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": {"unitz": 3}},
        {"model": {"units": 0}},
        {"model": {"units": []}},
        {"split": {"test": 0.9}},
    ],
)
def test_the_schema_refuses_what_loading_refuses(wrong: dict[str, object], here: Command) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema(here))
    assert (
        here("config", "check", "gru", "--set", f"{'.'.join(['model', 'unitz'])}=3").returncode == 2
    )


def test_the_schema_explains_every_setting(here: Command) -> None:
    told = json.dumps(schema(here))
    assert told.count('"description"') >= len(keys(Experiment))


def test_check_says_what_is_wrong_or_what_it_would_do(here: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("model:\n  units: 64\nwindow:\n  horizon: 1\n")
    fine = here("config", "check", "mine.yaml")
    assert (
        fine.returncode == 0
        and "5 gru networks with a student_t head" in fine.stdout
        and "forecast log_return 1 step ahead" in fine.stdout
    )
    rows = [line.split() for line in fine.stdout.splitlines()[3:]]
    assert rows == [["window.horizon", "1", "5"], ["model.units", "64", "32"]]
    (tmp_path / "mine.yaml").write_text("model:\n  unitz: 64\n")
    wrong = here("config", "check", "mine.yaml")
    assert (
        wrong.returncode == 2
        and "mine.yaml line 2" in wrong.stderr
        and "did you mean model.units?" in wrong.stderr
    )


def test_settings_are_found_by_their_last_name() -> None:
    assert settings_called("epochs") == ["training.epochs"] and settings_called("nothing") == []
    assert choices_of(type(Experiment().split), "test") == []


def test_a_template_of_changed_settings_keeps_them() -> None:
    changed = load(
        "gru",
        [
            "model.units=[8, 4]",
            "training.patience=null",
            "data.symbol='ON'",
            "data.start=2020-01-01",
        ],
    )
    assert validate(*parse(template(changed), "changed")) == changed

"""What a wrong config is told: what other programs call a setting leads to ours."""

from __future__ import annotations

import pytest

from rnnforecast.config import Experiment
from rnnforecast.config.mistakes import (
    SYNONYMS,
    keys_at,
    nearest_place,
    setting_meant,
    suggestion,
)


@pytest.mark.parametrize(("word", "setting"), SYNONYMS.items())
def test_every_synonym_leads_to_a_setting_that_exists(word: str, setting: str) -> None:
    *sections, key = setting.split(".")
    assert key in keys_at(sections)
    assert setting_meant(word) in (setting, *(f"{name}.{word}" for name in keys_at([])))


def test_keys_are_those_of_the_section_and_none_where_there_is_no_section() -> None:
    assert keys_at([]) == list(Experiment.model_fields)
    assert "units" in keys_at(["model"])
    assert keys_at(["model", "units"]) == keys_at(["nothing"]) == []


@pytest.mark.parametrize(
    ("location", "hint"),
    [
        (["model", "unitz"], "did you mean model.units?"),
        (["batch_size"], "did you mean training.batch_size?"),
        (["ticker"], "did you mean data.symbol?"),
        (["data", "test_size"], "did you mean split.test?"),
        (["model", "num_layers"], "did you mean model.units?"),
        (["window", "qqqq"], "known here: lookback"),
    ],
)
def test_an_unknown_key_leads_to_the_one_that_was_meant(location: list[str], hint: str) -> None:
    assert suggestion(location).startswith(hint)


def test_a_mistake_is_shown_at_the_nearest_place_that_a_person_wrote() -> None:
    places = {("model",): "my.yaml, line 3", ("model", "units"): "my.yaml, line 4"}
    assert nearest_place(("model", "units", "0"), places) == "my.yaml, line 4"
    assert nearest_place(("model", "head"), places) == "my.yaml, line 3"
    assert nearest_place(("data", "symbol"), places) == ""

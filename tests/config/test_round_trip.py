"""Whatever config is valid, what is written of it reads back as itself."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnforecast.config import Experiment
from rnnforecast.config.features import FEATURES
from rnnforecast.config.loading import dump, parse, validate
from rnnforecast.config.template import template

DAYS = st.none() | st.dates().map(str)
SYMBOLS = st.from_regex(r"[A-Z][A-Z0-9]{0,6}", fullmatch=True)
VALID = st.fixed_dictionaries(
    {
        "data": st.fixed_dictionaries(
            {},
            optional={
                "symbol": st.lists(SYMBOLS, min_size=1, max_size=3, unique=True) | SYMBOLS,
                "start": DAYS,
                "missing": st.sampled_from(("drop", "ffill", "error")),
                "allow_bad": st.booleans(),
            },
        ),
        "window": st.fixed_dictionaries(
            {},
            optional={
                "lookback": st.integers(2, 500),
                "horizon": st.integers(1, 60),
                "features": st.lists(st.sampled_from(list(FEATURES)), min_size=1, unique=True),
                "scaler": st.sampled_from(("standard", "robust", "minmax")),
            },
        ),
        "model": st.fixed_dictionaries(
            {},
            optional={
                "units": st.integers(1, 300)
                | st.lists(st.integers(1, 300), min_size=1, max_size=4),
                "dropout": st.floats(0, 0.9),
            },
        ),
        "training": st.fixed_dictionaries(
            {},
            optional={
                "learning_rate": st.floats(1e-9, 10),
                "clipnorm": st.none() | st.floats(1e-6, 1000),
                "seed": st.integers(0, 1000),
                "ensemble": st.integers(1, 20),
            },
        ),
    }
)


@given(values=VALID)
@settings(max_examples=40, deadline=None)
def test_a_config_reads_back_as_itself_as_yaml_and_as_json(values: dict[str, Any]) -> None:
    experiment = validate(values, {})
    assert validate(*parse(dump(experiment), "config.yaml")) == experiment
    assert Experiment.model_validate_json(experiment.model_dump_json(), strict=False) == experiment
    assert validate(yaml.safe_load(yaml.safe_dump(values)), {}) == experiment


@given(values=VALID)
@settings(max_examples=5, deadline=None)
def test_a_template_with_its_comments_reads_back_as_the_config_that_it_was_made_of(
    values: dict[str, Any],
) -> None:
    experiment = validate(values, {})
    assert validate(*parse(template(experiment), "config.yaml")) == experiment

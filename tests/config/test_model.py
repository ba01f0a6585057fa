"""Settings of a network that do not go together are refused by name, with what would go."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rnnforecast.config.model import Model


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"architecture": "cnn", "bidirectional": True}, "bidirectional belongs to simple_rnn"),
        ({"architecture": "simple_rnn", "gate_bias": 1.0}, "gate_bias belongs to lstm, gru"),
        ({"architecture": "linear", "pooling": "attention"}, "linear leaves none; use last"),
        ({"decoder": "parallel", "bidirectional": True}, "begins with the last state"),
        ({"architecture": "segrnn", "units": [8, 4]}, "segrnn has one layer, not model.units"),
        ({"architecture": "transformer", "units": [8, 4]}, "one width"),
        ({"architecture": "transformer", "units": 30}, "no multiple .* 4; use 32"),
        ({"unitss": 4}, "unitss"),
        ({"units": 0}, "greater than or equal to 1"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Model(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "lstm", "bidirectional": True, "gate_bias": 1.0, "residual": True},
        {"architecture": "cnn", "residual": True, "layer_norm": True},
        {"architecture": "transformer", "units": [32, 32], "pooling": "attention"},
        {"architecture": "gru", "decoder": "autoregressive"},
    ],
)
def test_what_goes_together_is_accepted(settings: dict[str, Any]) -> None:
    assert Model(**settings).architecture == settings["architecture"]


def test_one_width_is_a_stack_of_one() -> None:
    assert Model(units=16) == Model(units=[16]) and Model(units=16).units == (16,)  # type: ignore[arg-type]

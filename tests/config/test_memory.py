"""Settings that no machine has memory for are refused by an estimate,
those that people use are not."""

from __future__ import annotations

import pytest

from rnnforecast.config import load, memory, presets
from rnnforecast.config.memory import check_memory, parameters
from rnnforecast.dataset.automatic import resolve
from rnnforecast.errors import UsageError

from ..dataset.test_features import candles


@pytest.mark.parametrize(
    "name", ["rnn", "lstm", "gru", "bilstm", "cnn", "transformer", "segrnn", "linear"]
)
@pytest.mark.parametrize("units", [8, 64])
def test_the_parameters_are_estimated_within_a_factor_of_three(name: str, units: int) -> None:
    from rnnforecast.model.network import build

    overrides = [] if name == "linear" else [f"model.units={units}"]
    experiment = load(name, overrides)
    built = build(resolve(experiment, [candles()])).count_params()
    assert 1 / 3 < parameters(experiment) / built < 3


@pytest.mark.parametrize("name", presets())
def test_every_preset_fits_a_laptop_with_a_century_of_days(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 4e9)
    check_memory(load(name), 25_000)


def test_ten_thousand_histories_fit_where_one_as_long_as_all_would_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 16e9)
    check_memory(load("gru"), 25_000_000, 2_500)
    with pytest.raises(UsageError, match=r"use a smaller window\.horizon"):
        check_memory(load("gru"), 25_000_000)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("model.units=[16384, 16384]", "use smaller model.units"),
        ("training.batch_size=1000000", "use a smaller training.batch_size"),
        ("window.horizon=1000", "use a smaller window.horizon"),
    ],
)
def test_what_cannot_fit_names_the_setting_that_weighs_most(
    override: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: 4e9)
    with pytest.raises(UsageError, match=words):
        check_memory(load("gru", [override]), 100_000)

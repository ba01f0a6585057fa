"""How far back the loss reaches is measured, not assumed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.errors import UsageError
from rnnforecast.model.backend import keras
from rnnforecast.model.gradients import check_explainable, reach, state_gradients, warning_of
from rnnforecast.model.network import build

from .training.recurrences import backpropagate, simple_rnn

RANDOM = np.random.default_rng(4)
POINT = ("window.features=[log_return, abs_log_return]", "model.head=point", "model.dropout=0")


def measured(*overrides: str, lookback: int = 200, seed: int = 1) -> pd.DataFrame:
    """The gradients of an untrained network on noise."""
    experiment = load("gru", [*POINT, f"window.lookback={lookback}", *overrides])
    keras.utils.set_random_seed(seed)
    inputs = RANDOM.normal(size=(16, lookback, 2)).astype(np.float32)
    outcomes = RANDOM.normal(size=(16, 5)).astype(np.float32)
    return state_gradients(build(experiment), experiment, inputs, outcomes)


def test_the_gradients_are_those_of_backpropagation_by_hand() -> None:
    overrides = [
        "window.lookback=9",
        "window.horizon=1",
        "model.architecture=simple_rnn",
        "model.units=4",
    ]
    experiment = load("gru", [*POINT, *overrides])
    network = build(experiment)
    inputs, outcomes = (
        RANDOM.normal(size=(1, 9, 2)).astype(np.float32),
        np.array([[0.3]], np.float32),
    )
    kernel, recurrent, bias = network.get_layer("recurrent_1").get_weights()
    weights, offset = network.get_layer("head").get_weights()
    states = simple_rnn(inputs[0], kernel, recurrent, bias)
    error = states[-1] @ weights + offset - outcomes[0]
    flow = backpropagate(inputs[0], states, recurrent, (2 * error * weights[:, 0]))[0]
    found = state_gradients(network, experiment, inputs, outcomes)
    assert found["step"].tolist() == list(range(-8, 1))
    np.testing.assert_allclose(found["norm"], np.linalg.norm(flow, axis=1), rtol=1e-4)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_simple_rnn_loses_the_gradient_over_200_steps(activation: str) -> None:
    (share,) = reach(
        measured("model.architecture=simple_rnn", f"model.activation={activation}")
    ).values()
    assert share < 1e-8 and warning_of(share, 200).startswith("vanishes")


@pytest.mark.parametrize("architecture", ["lstm", "gru"])
def test_gates_keep_the_gradient_over_200_steps_once_they_are_open_and_not_before(
    architecture: str,
) -> None:
    """The folklore is half true: at Keras' defaults LSTM and GRU lose it like a SimpleRNN,
    or sooner."""
    (closed,) = reach(measured(f"model.architecture={architecture}")).values()
    (opened,) = reach(measured(f"model.architecture={architecture}", "model.gate_bias=5")).values()
    assert closed < 1e-8 < 1e-2 < opened < 1e2
    assert warning_of(opened, 200) == ""


def test_an_explosion_is_named_with_its_remedy() -> None:
    assert "explodes: the oldest of 30 steps has 1.0e+03" in warning_of(1e3, 30)
    assert "explodes" in warning_of(float("inf"), 30)


def test_every_layer_of_a_stack_is_followed() -> None:
    found = measured("model.units=[5, 3]", lookback=12)
    assert found.groupby("layer").size().to_dict() == {1: 12, 2: 12}
    assert (found["norm"] > 0).all()


@pytest.mark.parametrize(
    "override",
    [
        "model.architecture=cnn",
        "model.bidirectional=true",
        "model.residual=true",
        "model.layer_norm=true",
        "model.pooling=attention",
    ],
)
def test_what_has_other_ways_for_the_gradient_is_refused(override: str) -> None:
    with pytest.raises(UsageError):
        check_explainable(load("gru", [override]))

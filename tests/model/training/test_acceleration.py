"""The fast way through a recurrence is Keras' own way:
same outputs, same states, same gradients, same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.panel import windows_of
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.export import Exporter
from rnnforecast.model.inference import Ensemble
from rnnforecast.model.network import build, recurrent_layers
from rnnforecast.model.training.acceleration import fast, suits
from rnnforecast.model.training.ensemble import fit_ensemble

from ...conftest import SMALL

LAYERS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
WINDOWS, STEPS, FEATURES, UNITS = 5, 9, 2, 3


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def shaken(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A layer built, its biases no longer zero: a bias that is lost shows."""
    layer.build((None, STEPS, FEATURES))
    random = np.random.default_rng(1)
    layer.set_weights([random.normal(0, 0.5, weight.shape) for weight in layer.get_weights()])
    return layer


def results(network: keras.Model, inputs: list[Any], *, quickly: bool) -> list[np.ndarray]:
    """Every output of a network, then the gradients of its inputs and weights."""
    tensors = [tf.constant(one) for one in inputs]

    def graph() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            outputs = tf.nest.flatten(network(tensors if len(tensors) > 1 else tensors[0]))
            loss = tf.add_n([tf.reduce_sum(tf.sin(3.0 * one)) for one in outputs])
        return [*outputs, *tape.gradient(loss, [*tensors, *network.trainable_variables])]

    if quickly:
        with fast(network):
            return [one.numpy() for one in tf.function(graph, autograph=False)()]
    return [one.numpy() for one in tf.function(graph, autograph=False)()]


def check(network: keras.Model, *inputs: np.ndarray) -> None:
    assert all(map(suits, recurrent_layers(network)))
    ours, theirs = (results(network, list(inputs), quickly=quickly) for quickly in (True, False))
    for one, two in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "linear"])
@pytest.mark.parametrize("kind", LAYERS)
def test_outputs_states_and_gradients_are_keras_own(kind: str, activation: str) -> None:
    layer = shaken(
        LAYERS[kind](UNITS, activation=activation, return_sequences=True, return_state=True)
    )
    window, start = (
        keras.Input((STEPS, FEATURES)),
        [keras.Input((UNITS,)) for _ in range(1 + (kind == "lstm"))],
    )
    network = keras.Model([window, *start], layer(window, initial_state=start))
    check(network, values(WINDOWS, STEPS, FEATURES), *[values(WINDOWS, UNITS) for _ in start])


@pytest.mark.parametrize("kind", LAYERS)
def test_a_stack_that_reads_both_ways_has_keras_own_gradients(kind: str) -> None:
    window = keras.Input((STEPS, FEATURES))
    both = keras.layers.Bidirectional(LAYERS[kind](UNITS, return_sequences=True))(window)
    network = keras.Model(window, LAYERS[kind](2 * UNITS, go_backwards=True)(both))
    check(network, values(WINDOWS, STEPS, FEATURES))


def test_a_masked_window_takes_keras_own_way() -> None:
    window = keras.Input((STEPS, FEATURES))
    network = keras.Model(window, keras.layers.LSTM(UNITS)(keras.layers.Masking(0.0)(window)))
    inputs = values(WINDOWS, STEPS, FEATURES)
    inputs[:, -3:] = 0
    check(network, inputs)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.LSTM(3, recurrent_dropout=0.1), keras.layers.LSTM(3, dropout=0.1),
        keras.layers.LSTM(3, use_bias=False),
        keras.layers.LSTM(3, activation="gelu"),
        keras.layers.GRU(3, recurrent_activation="hard_sigmoid"),
        keras.layers.GRU(3, reset_after=False), keras.layers.SimpleRNN(3, unroll=True),
        keras.layers.SimpleRNN(3, stateful=True), keras.layers.LSTM(3, dtype="float16"),
        keras.layers.RNN(keras.layers.LSTMCell(3)),
    ],
)  # fmt: skip
def test_what_the_fast_way_cannot_do_takes_keras_own(layer: keras.layers.RNN) -> None:
    assert not suits(layer)


@pytest.mark.parametrize("architecture", LAYERS)
def test_the_layers_of_every_recurrent_network_suit(architecture: str) -> None:
    """Else training would be slow, and nothing would say so."""
    network = build(
        load("gru", [*SMALL, f"model.architecture={architecture}", "model.units=[4,4]"])
    )
    layers = list(recurrent_layers(network))
    assert len(layers) == 2 and all(map(suits, layers))


def test_a_trained_network_is_stock_keras_again(walk: PriceHistory, tmp_path: Path) -> None:
    dataset = prepare(load("lstm", [*SMALL, "training.ensemble=1"]), walk)
    (member,) = fit_ensemble(windows_of([dataset], [dataset.fit_scalers()]))
    assert not any("inner_loop" in vars(layer) for layer in recurrent_layers(member.network))
    Exporter().export(member.network, 1).write(tmp_path / "01")
    inputs = values(4, 8, dataset.features.shape[1])
    opened = keras.models.load_model(tmp_path / "01.keras")
    np.testing.assert_allclose(opened(inputs), member.network(inputs), atol=1e-6)
    np.testing.assert_allclose(
        Ensemble.load([tmp_path / "01.onnx"])(inputs)[0], opened(inputs), atol=1e-5
    )


def test_layers_are_given_back_when_making_the_graph_fails() -> None:
    network = build(load("lstm", SMALL))
    with pytest.raises(ZeroDivisionError), fast(network):
        assert all("inner_loop" in vars(layer) for layer in recurrent_layers(network))
        _ = 1 / 0
    assert not any("inner_loop" in vars(layer) for layer in recurrent_layers(network))

"""Keras' layers are the recurrences of the papers, forwards and backwards."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.model.backend import keras, tf

from .recurrences import backpropagate, gru, lstm, sigmoid, simple_rnn

STEPS, FEATURES, UNITS = 7, 3, 4
LAYERS = {
    "SimpleRNN": (keras.layers.SimpleRNN, simple_rnn),
    "LSTM": (keras.layers.LSTM, lstm),
    "GRU": (keras.layers.GRU, gru),
}


def weights_and_inputs(layer: object) -> tuple[list[np.ndarray], np.ndarray]:
    """Random weights, biases too, and one window."""
    random = np.random.default_rng(8)
    inputs = random.normal(size=(STEPS, FEATURES)).astype(np.float32)
    layer(inputs[None])  # type: ignore[operator]  # builds it
    weights = [random.normal(0, 0.6, weight.shape).astype(np.float32) for weight in layer.weights]  # type: ignore[attr-defined]
    layer.set_weights(weights)  # type: ignore[attr-defined]
    return weights, inputs


@pytest.mark.parametrize("name", LAYERS)
def test_the_states_are_those_of_the_recurrence_in_numpy(name: str) -> None:
    kind, reference = LAYERS[name]
    layer = kind(UNITS, return_sequences=True)
    weights, inputs = weights_and_inputs(layer)
    expected = reference(inputs, *(weight.astype(float) for weight in weights))
    np.testing.assert_allclose(layer(inputs[None])[0], expected, atol=2e-6)


@pytest.mark.parametrize("name", LAYERS)
def test_the_gradients_are_those_of_finite_differences(name: str) -> None:
    kind, reference = LAYERS[name]
    layer = kind(UNITS)
    weights, inputs = weights_and_inputs(layer)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(inputs[None]) ** 2)
    gradients = tape.gradient(loss, layer.trainable_variables)
    exact = [weight.astype(float) for weight in weights]

    def loss_at(position: int, place: tuple[int, ...], step: float) -> float:
        moved = [weight.copy() for weight in exact]
        moved[position][place] += step
        return float((reference(inputs.astype(float), *moved)[-1] ** 2).sum())

    for position, gradient in enumerate(gradients):
        size = gradient.numpy().size
        for at in (0, size // 2, size - 1):
            place = tuple(map(int, np.unravel_index(at, gradient.shape)))
            slope = (loss_at(position, place, 1e-5) - loss_at(position, place, -1e-5)) / 2e-5
            assert float(gradient.numpy()[place]) == pytest.approx(slope, rel=2e-3, abs=2e-5)


def test_backpropagation_through_time_by_hand_is_the_tapes() -> None:
    layer = keras.layers.SimpleRNN(UNITS)
    (kernel, recurrent, bias), inputs = weights_and_inputs(layer)
    with tf.GradientTape() as tape:
        state = layer(inputs[None])
        loss = tf.reduce_sum(state**2)
    states = simple_rnn(inputs, kernel, recurrent, bias)
    by_hand = backpropagate(inputs, states, recurrent, 2 * states[-1])[1:]
    for mine, tapes in zip(by_hand, tape.gradient(loss, layer.trainable_variables), strict=True):
        np.testing.assert_allclose(mine, tapes, atol=1e-5)


def test_the_worked_example_of_the_lesson_has_the_right_numbers() -> None:
    """A gate that sees 0.5 with weight 0.6 and remembers 0.4 with weight 1:
    sigma(0.7) = 0.668, not 0.66."""
    assert float(sigmoid(0.6 * 0.5 + 1.0 * 0.4)) == pytest.approx(0.668, abs=5e-4)
    assert float(keras.ops.sigmoid(0.7)) == pytest.approx(0.668, abs=5e-4)
    layer = keras.layers.SimpleRNN(1, activation="sigmoid", use_bias=False)
    layer(np.zeros((1, 1, 1), np.float32))
    layer.set_weights([np.array([[0.6]]), np.array([[1.0]])])
    state = layer(np.array([[[0.5]]], np.float32), initial_state=np.array([[0.4]], np.float32))
    assert float(state[0, 0]) == pytest.approx(0.668, abs=5e-4)


def test_an_lstm_whose_forget_gate_is_open_remembers_for_ever() -> None:
    """The constant error carousel: with f = 1 and i = 0 the memory stays to the last bit."""
    layer = keras.layers.LSTM(1, return_state=True, use_bias=True)
    layer(np.zeros((1, 1, 1), np.float32))
    layer.set_weights([np.zeros((1, 4)), np.zeros((1, 4)), np.array([-100.0, 100.0, 0.0, 100.0])])
    start = [np.array([[0.0]], np.float32), np.array([[0.75]], np.float32)]
    _, _, memory = layer(np.ones((1, 200, 1), np.float32), initial_state=start)
    assert float(memory[0, 0]) == 0.75

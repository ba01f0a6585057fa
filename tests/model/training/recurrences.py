"""The recurrences in NumPy, from their papers: an independent reference for Keras' layers."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def sigmoid(value: Array | float) -> Array:
    return 1 / (1 + np.exp(-np.asarray(value, float)))


def simple_rnn(inputs: Array, kernel: Array, recurrent: Array, bias: Array) -> Array:
    """h_t = tanh(x_t W + h_{t-1} U + b) (Elman 1990).

    Inputs (step, feature) to states (step, unit).
    """
    states, state = [], np.zeros(recurrent.shape[0])
    for step in inputs:
        state = np.tanh(step @ kernel + state @ recurrent + bias)
        states.append(state)
    return np.array(states)


def lstm(inputs: Array, kernel: Array, recurrent: Array, bias: Array) -> Array:
    """Gates in Keras' order i, f, c, o (Hochreiter & Schmidhuber 1997; forget gate: Gers
    et al. 2000)."""
    states, state = [], np.zeros(recurrent.shape[0])
    memory = np.zeros_like(state)
    for step in inputs:
        entry, forget, candidate, output = np.split(step @ kernel + state @ recurrent + bias, 4)
        memory = sigmoid(forget) * memory + sigmoid(entry) * np.tanh(candidate)
        state = sigmoid(output) * np.tanh(memory)
        states.append(state)
    return np.array(states)


def gru(inputs: Array, kernel: Array, recurrent: Array, bias: Array) -> Array:
    """Gates in Keras' order z, r, h, the reset after the product (Cho et al. 2014;
    reset_after as in cuDNN)."""
    states, state = [], np.zeros(recurrent.shape[0])
    for step in inputs:
        update_x, reset_x, new_x = np.split(step @ kernel + bias[0], 3)
        update_h, reset_h, new_h = np.split(state @ recurrent + bias[1], 3)
        update, reset = sigmoid(update_x + update_h), sigmoid(reset_x + reset_h)
        state = update * state + (1 - update) * np.tanh(new_x + reset * new_h)
        states.append(state)
    return np.array(states)


def backpropagate(
    inputs: Array, states: Array, recurrent: Array, last: Array
) -> tuple[Array, Array, Array, Array]:
    """Backpropagation through time of ``simple_rnn`` (Werbos 1990).

    Args:
        inputs: (step, feature).
        states: of the forward pass (step, unit).
        recurrent: U.
        last: d loss / d h at the last step (unit,).

    Returns:
        d loss / d h_t for every step (step, unit), and the gradients of W, U and b.
    """
    flow, steps = np.zeros_like(states), len(states)
    kernel = np.zeros((inputs.shape[1], states.shape[1]))
    recurrence, bias = np.zeros_like(recurrent), np.zeros(states.shape[1])
    flow[-1] = last
    for step in reversed(range(steps)):
        inner = flow[step] * (1 - states[step] ** 2)
        before = states[step - 1] if step else np.zeros_like(bias)
        kernel += np.outer(inputs[step], inner)
        recurrence += np.outer(before, inner)
        bias += inner
        if step:
            flow[step - 1] = inner @ recurrent.T
    return flow, kernel, recurrence, bias

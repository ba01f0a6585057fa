"""Recurrences that train fast on a CPU: compiled loops over time with gradients worked out by hand.

What depends on the inputs alone is one matrix product for all steps, and so is every weight's gradient; the loop holds
only what has to wait for the step before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from rnnforecast.model.backend import tf

Tensor = Any
Parts = Sequence[Tensor]

ACTIVATIONS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "tanh": (tf.tanh, lambda out: 1 - out * out),
    "sigmoid": (tf.sigmoid, lambda out: out * (1 - out)),
    "relu": (tf.nn.relu, lambda out: tf.cast(out > 0, out.dtype)),
    "linear": (lambda value: value, tf.ones_like),
}
"""Each with its slope, told from its own output."""


class Cell(NamedTuple):
    """One step of a recurrence and the way back through it.

    Args:
        step: (projected input (window, gate x unit), states before, recurrent weights, activation) to
            (states, what the way back needs).
        back: (what was kept, states before, gradients of the states, recurrent kernels' transposes, slope) to
            (gradients of the gates as the input, and as the recurrence, feeds them, gradients of the states before).
    """

    step: Callable[..., tuple[Parts, Parts]]
    back: Callable[..., tuple[Parts, Parts, Parts]]


def _simple_step(projected: Tensor, states: Parts, weights: Parts, activate: Any) -> tuple[Parts, Parts]:
    state = activate(projected + states[0] @ weights[0])
    return [state], [state]


def _simple_back(kept: Parts, before: Parts, grads: Parts, transposed: Parts, slope: Any) -> tuple[Parts, Parts, Parts]:
    gate = [grads[0] * slope(kept[0])]
    return gate, gate, [gate[0] @ transposed[0]]


def _lstm_step(projected: Tensor, states: Parts, weights: Parts, activate: Any) -> tuple[Parts, Parts]:
    """Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; Keras' order of gates."""
    enter, forget, fresh, leave = tf.split(projected + states[0] @ weights[0], 4, axis=1)
    enter, forget, fresh, leave = tf.sigmoid(enter), tf.sigmoid(forget), activate(fresh), tf.sigmoid(leave)
    carry = forget * states[1] + enter * fresh
    seen = activate(carry)
    return [leave * seen, carry], [enter, forget, fresh, leave, seen]


def _lstm_back(kept: Parts, before: Parts, grads: Parts, transposed: Parts, slope: Any) -> tuple[Parts, Parts, Parts]:
    enter, forget, fresh, leave, seen = kept
    carry = grads[1] + grads[0] * leave * slope(seen)
    gates = [
        carry * fresh * enter * (1 - enter),
        carry * before[1] * forget * (1 - forget),
        carry * enter * slope(fresh),
        grads[0] * seen * leave * (1 - leave),
    ]
    return gates, gates, [_through(gates, transposed), carry * forget]


def _gru_step(projected: Tensor, states: Parts, weights: Parts, activate: Any) -> tuple[Parts, Parts]:
    """Cho et al. 2014, the reset after the product as in cuDNN; Keras' order of gates."""
    recurrent = states[0] @ weights[0] + weights[1]
    (keep, reset, fresh), (keep_past, reset_past, past) = tf.split(projected, 3, axis=1), tf.split(recurrent, 3, axis=1)
    keep, reset = tf.sigmoid(keep + keep_past), tf.sigmoid(reset + reset_past)
    fresh = activate(fresh + reset * past)
    return [keep * states[0] + (1 - keep) * fresh], [keep, reset, fresh, past]


def _gru_back(kept: Parts, before: Parts, grads: Parts, transposed: Parts, slope: Any) -> tuple[Parts, Parts, Parts]:
    keep, reset, fresh, past = kept
    new = grads[0] * (1 - keep) * slope(fresh)
    old = [grads[0] * (before[0] - fresh) * keep * (1 - keep), new * past * reset * (1 - reset)]
    recurrent = [*old, new * reset]
    return [*old, new], recurrent, [_through(recurrent, transposed) + grads[0] * keep]


def _through(gates: Parts, transposed: Parts) -> Tensor:
    """The gradient of the state that fed the gates."""
    return tf.add_n([gate @ kernel for gate, kernel in zip(gates, transposed, strict=True)])


CELLS = {
    "SimpleRNN": Cell(_simple_step, _simple_back),
    "LSTM": Cell(_lstm_step, _lstm_back),
    "GRU": Cell(_gru_step, _gru_back),
}


@cache
def recurrence(kind: str, activation: str) -> Callable[..., Parts]:
    """A differentiable recurrence.

    Args:
        kind: of CELLS.
        activation: of ACTIVATIONS.

    Returns:
        (projected inputs (step, window, gate x unit), recurrent weights, states at the start) to every output
        (step, window, unit) and the last states after the first.
    """
    cell, (activate, slope) = CELLS[kind], ACTIVATIONS[activation]

    @tf.function(jit_compile=True)
    def forward(projected: Tensor, weights: Parts, start: Parts) -> tuple[Parts, Parts]:
        def step(at: Tensor, states: Parts) -> tuple[Parts, Parts]:
            states, kept = cell.step(projected[at], states, weights, activate)
            return states, [*states, *kept]

        _, written = _over_time(step, start, projected.shape[0])
        return written[: len(start)], written[len(start) :]

    @tf.function(jit_compile=True)
    def backward(states: Parts, kept: Parts, weights: Parts, start: Parts, grads: Tensor, last: Parts) -> Parts:
        before = [tf.concat([first[None], after[:-1]], axis=0) for first, after in zip(start, states, strict=True)]
        units = start[0].shape[1]
        transposed = [tf.transpose(part) for part in tf.split(weights[0], weights[0].shape[1] // units, axis=1)]

        def step(at: Tensor, carried: Parts) -> tuple[Parts, Parts]:
            carried = [carried[0] + grads[at], *carried[1:]]
            inputs, recurrent, carried = cell.back(
                [one[at] for one in kept], [one[at] for one in before], carried, transposed, slope
            )
            return carried, [*inputs, *(recurrent if recurrent is not inputs else ())]

        carried, written = _over_time(step, [tf.zeros_like(start[0]), *last], grads.shape[0], backwards=True)
        gates = len(transposed)
        inputs, recurrent = tf.concat(written[:gates], axis=-1), tf.concat(written[-gates:], axis=-1)
        flat = tf.reshape(recurrent, [-1, gates * units])
        kernel = tf.matmul(tf.reshape(before[0], [-1, units]), flat, transpose_a=True)
        return [inputs, [kernel, *[tf.reduce_sum(flat, axis=0) for _ in weights[1:]]], carried]

    @tf.custom_gradient
    def run(projected: Tensor, weights: Parts, start: Parts) -> Any:
        states, kept = forward(projected, weights, start)

        def gradient(grads: Tensor, *last: Tensor) -> Any:
            return backward(states, kept, weights, start, grads, list(last))

        return (states[0], *[state[-1] for state in states[1:]]), gradient

    return run


def _over_time(
    step: Callable[[Tensor, Parts], tuple[Parts, Parts]], start: Parts, steps: int, *, backwards: bool = False
) -> tuple[Parts, Parts]:
    """Run a step at each time; returns the last states, and what was written at each step (step, ...)."""

    def body(count: Tensor, states: Parts, arrays: Parts) -> Any:
        at = steps - 1 - count if backwards else count
        states, values = step(at, states)
        arrays = arrays or []
        return count + 1, list(states), [array.write(at, value) for array, value in zip(arrays, values, strict=True)]

    width = len(step(0, start)[1])
    arrays = [tf.TensorArray(tf.float32, steps) for _ in range(width)]
    loop = tf.while_loop(lambda count, *_: count < steps, body, (0, list(start), arrays), maximum_iterations=steps)
    return loop[1], [array.stack() for array in loop[2]]

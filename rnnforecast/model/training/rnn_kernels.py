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
        back: (what was kept, gradients of the states, transposed recurrent kernel, slope) to (gradient of the projected
            input, gradient of what the recurrence added to it, gradients of the states before).
    """

    step: Callable[..., tuple[Parts, Parts]]
    back: Callable[..., tuple[Tensor, Tensor, Parts]]


def _simple_step(
    projected: Tensor, states: Parts, weights: Parts, activate: Any
) -> tuple[Parts, Parts]:
    state = activate(projected + states[0] @ weights[0])
    return [state], [state]


def _simple_back(
    kept: Parts, grads: Parts, transposed: Tensor, slope: Any
) -> tuple[Tensor, Tensor, Parts]:
    gate = grads[0] * slope(kept[0])
    return gate, gate, [gate @ transposed]


def _lstm_step(
    projected: Tensor, states: Parts, weights: Parts, activate: Any
) -> tuple[Parts, Parts]:
    """Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000; Keras' order of gates."""
    enter, forget, fresh, leave = tf.split(projected + states[0] @ weights[0], 4, axis=1)
    enter, forget, fresh, leave = (
        tf.sigmoid(enter),
        tf.sigmoid(forget),
        activate(fresh),
        tf.sigmoid(leave),
    )
    carry = forget * states[1] + enter * fresh
    seen = activate(carry)
    return [leave * seen, carry], [states[1], enter, forget, fresh, leave, seen]


def _lstm_back(
    kept: Parts, grads: Parts, transposed: Tensor, slope: Any
) -> tuple[Tensor, Tensor, Parts]:
    before, enter, forget, fresh, leave, seen = kept
    carry = grads[1] + grads[0] * leave * slope(seen)
    parts = (
        carry * fresh * enter * (1 - enter),
        carry * before * forget * (1 - forget),
        carry * enter * slope(fresh),
        grads[0] * seen * leave * (1 - leave),
    )
    gates = tf.concat(parts, axis=1)
    return gates, gates, [gates @ transposed, carry * forget]


def _gru_step(
    projected: Tensor, states: Parts, weights: Parts, activate: Any
) -> tuple[Parts, Parts]:
    """Cho et al. 2014, the reset after the product as in cuDNN; Keras' order of gates."""
    recurrent = states[0] @ weights[0] + weights[1]
    (keep, reset, fresh), (keep_past, reset_past, past) = (
        tf.split(projected, 3, axis=1),
        tf.split(recurrent, 3, axis=1),
    )
    keep, reset = tf.sigmoid(keep + keep_past), tf.sigmoid(reset + reset_past)
    fresh = activate(fresh + reset * past)
    return [keep * states[0] + (1 - keep) * fresh], [states[0], keep, reset, fresh, past]


def _gru_back(
    kept: Parts, grads: Parts, transposed: Tensor, slope: Any
) -> tuple[Tensor, Tensor, Parts]:
    before, keep, reset, fresh, past = kept
    new = grads[0] * (1 - keep) * slope(fresh)
    old = (grads[0] * (before - fresh) * keep * (1 - keep), new * past * reset * (1 - reset))
    recurrent = tf.concat([*old, new * reset], axis=1)
    return tf.concat([*old, new], axis=1), recurrent, [recurrent @ transposed + grads[0] * keep]


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
        (projected inputs (step, window, gate x unit), recurrent kernel and bias if there is one, states at the start
        (window, unit)) to every output (step, window, unit) and the last states after the first.
    """
    cell, (activate, slope) = CELLS[kind], ACTIVATIONS[activation]

    @_compiled
    def forward(projected: Tensor, weights: Parts, start: Parts) -> tuple[Parts, Parts]:
        def step(at: Tensor, states: Parts) -> tuple[Parts, Parts]:
            states, kept = cell.step(projected[at], states, weights, activate)
            return states, [states[0], *kept]

        last, (outputs, *kept) = _over_time(step, start, projected.shape[0])
        return [outputs, *last[1:]], kept

    @_compiled
    def backward(
        outputs: Tensor, kept: Parts, weights: Parts, start: Parts, grads: Parts
    ) -> tuple[Tensor, Parts, Parts]:
        transposed = tf.transpose(weights[0])

        def step(at: Tensor, carried: Parts) -> tuple[Parts, Parts]:
            carried = [carried[0] + grads[0][at], *carried[1:]]
            inputs, recurrent, carried = cell.back(
                [one[at] for one in kept], carried, transposed, slope
            )
            return carried, [inputs] if inputs is recurrent else [inputs, recurrent]

        carried, written = _over_time(
            step, [tf.zeros_like(start[0]), *grads[1:]], outputs.shape[0], backwards=True
        )
        first, later = written[-1][0], written[-1][1:]
        kernel = tf.matmul(start[0], first, transpose_a=True) + tf.tensordot(
            outputs[:-1], later, [[0, 1], [0, 1]]
        )
        return (
            written[0],
            [kernel, *[tf.reduce_sum(written[-1], axis=[0, 1]) for _ in weights[1:]]],
            carried,
        )

    def run(projected: Tensor, weights: Parts, start: Parts) -> Any:
        results, kept = forward(projected, weights, start)
        return results, lambda *grads: backward(results[0], kept, weights, start, list(grads))

    differentiable: Callable[..., Parts] = tf.custom_gradient(run)
    return differentiable


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    compiled: Callable[..., Any] = tf.function(function, jit_compile=True, autograph=False)
    return compiled


def _over_time(
    step: Callable[[Tensor, Parts], tuple[Parts, Parts]],
    start: Parts,
    steps: int,
    *,
    backwards: bool = False,
) -> tuple[Parts, Parts]:
    """Run a step at each time; returns the last states, and what was written at each step (step, ...)."""

    def body(count: Tensor, states: Parts, arrays: Parts) -> Any:
        at = steps - 1 - count if backwards else count
        states, values = step(at, states)
        return (
            count + 1,
            states,
            [array.write(at, value) for array, value in zip(arrays, values, strict=True)],
        )

    width = len(step(0, start)[1])  # not a part of the loop, so the compiler drops it
    arrays = [tf.TensorArray(tf.float32, steps) for _ in range(width)]
    loop = tf.while_loop(
        lambda count, *_: count < steps, body, (0, list(start), arrays), maximum_iterations=steps
    )
    return loop[1], [array.stack() for array in loop[2]]

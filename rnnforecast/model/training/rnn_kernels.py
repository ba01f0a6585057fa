"""Recurrences that train fast on a CPU: compiled loops over time with gradients worked out by hand.

Whatever depends on the inputs alone is one matrix product for all steps, and so is the gradient of
every weight; the loop holds only what has to wait for the step before. The names are those of the
papers and of Keras' source. With ``a`` the activation, ``s`` the sigmoid, ``x_t`` the projected
input of a gate, ``h_t`` the state and ``d h_t`` the gradient of the loss with respect to it:

SimpleRNN
    h_t = a(x_t + h_{t-1} U)
    d x_t = d h_t a'(h_t)                                   d h_{t-1} = d x_t U^T

LSTM (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000; Keras' order i f c o)
    i, f, o = s(.)    c~ = a(.)    c_t = f c_{t-1} + i c~    h_t = o a(c_t)
    d c_t  += d h_t o a'(c_t)
    d i = d c_t c~ i (1 - i)        d f = d c_t c_{t-1} f (1 - f)
    d c~ = d c_t i a'(c~)           d o = d h_t a(c_t) o (1 - o)
    d h_{t-1} = [d i, d f, d c~, d o] U^T                   d c_{t-1} = d c_t f

GRU (Cho et al. 2014, the reset after the product as in cuDNN; Keras' order z r h)
    z, r = s(.)    h~ = a(x_h + r (h_{t-1} U_h + b_h))    h_t = z h_{t-1} + (1 - z) h~
    d h~ = d h_t (1 - z) a'(h~)     d z = d h_t (h_{t-1} - h~) z (1 - z)
    d r = d h~ (h_{t-1} U_h + b_h) r (1 - r)
    d h_{t-1} = [d z, d r, d h~ r] U^T + d h_t z
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
"""Each activation with its slope as a function of its own output."""


class Cell(NamedTuple):
    """One step of a recurrence, and the way back through it.

    Args:
        forward: (projected input (window, gate x unit), previous states, recurrent weights,
            activation) to (states, what ``backward`` needs).
        backward: (what ``forward`` saved, gradients of the states, transposed recurrent kernel,
            slope) to (gradient of the projected input, gradient of the recurrent projection,
            gradients of the previous states).
    """

    forward: Callable[..., tuple[Parts, Parts]]
    backward: Callable[..., tuple[Tensor, Tensor, Parts]]


def _simple_forward(
    projected: Tensor, states: Parts, weights: Parts, activate: Any
) -> tuple[Parts, Parts]:
    h = activate(projected + states[0] @ weights[0])
    return [h], [h]


def _simple_backward(
    saved: Parts, grads: Parts, transposed: Tensor, slope: Any
) -> tuple[Tensor, Tensor, Parts]:
    d_x = grads[0] * slope(saved[0])
    return d_x, d_x, [d_x @ transposed]


def _lstm_forward(
    projected: Tensor, states: Parts, weights: Parts, activate: Any
) -> tuple[Parts, Parts]:
    h_before, c_before = states
    i, f, c, o = tf.split(projected + h_before @ weights[0], 4, axis=1)
    i, f, c, o = tf.sigmoid(i), tf.sigmoid(f), activate(c), tf.sigmoid(o)
    carry = f * c_before + i * c
    activated = activate(carry)
    return [o * activated, carry], [c_before, i, f, c, o, activated]


def _lstm_backward(
    saved: Parts, grads: Parts, transposed: Tensor, slope: Any
) -> tuple[Tensor, Tensor, Parts]:
    c_before, i, f, c, o, activated = saved
    d_h, d_carry = grads
    d_carry = d_carry + d_h * o * slope(activated)
    d_i = d_carry * c * i * (1 - i)
    d_f = d_carry * c_before * f * (1 - f)
    d_c = d_carry * i * slope(c)
    d_o = d_h * activated * o * (1 - o)
    d_gates = tf.concat([d_i, d_f, d_c, d_o], axis=1)
    return d_gates, d_gates, [d_gates @ transposed, d_carry * f]


def _gru_forward(
    projected: Tensor, states: Parts, weights: Parts, activate: Any
) -> tuple[Parts, Parts]:
    (h_before,) = states
    x_z, x_r, x_h = tf.split(projected, 3, axis=1)
    u_z, u_r, u_h = tf.split(h_before @ weights[0] + weights[1], 3, axis=1)
    z, r = tf.sigmoid(x_z + u_z), tf.sigmoid(x_r + u_r)
    h = activate(x_h + r * u_h)
    return [z * h_before + (1 - z) * h], [h_before, z, r, h, u_h]


def _gru_backward(
    saved: Parts, grads: Parts, transposed: Tensor, slope: Any
) -> tuple[Tensor, Tensor, Parts]:
    h_before, z, r, h, u_h = saved
    (d_state,) = grads
    d_h = d_state * (1 - z) * slope(h)
    d_z = d_state * (h_before - h) * z * (1 - z)
    d_r = d_h * u_h * r * (1 - r)
    d_recurrent = tf.concat([d_z, d_r, d_h * r], axis=1)
    d_projected = tf.concat([d_z, d_r, d_h], axis=1)
    return d_projected, d_recurrent, [d_recurrent @ transposed + d_state * z]


CELLS = {
    "SimpleRNN": Cell(_simple_forward, _simple_backward),
    "LSTM": Cell(_lstm_forward, _lstm_backward),
    "GRU": Cell(_gru_forward, _gru_backward),
}


@cache
def recurrence(kind: str, activation: str) -> Callable[..., Parts]:
    """Make a differentiable recurrence.

    Args:
        kind: of CELLS.
        activation: of ACTIVATIONS.

    Returns:
        (projected inputs (step, window, gate x unit), recurrent kernel and bias if there is one,
        states at the start (window, unit)) to every output (step, window, unit) and the last states
        after the first.
    """
    cell, (activate, slope) = CELLS[kind], ACTIVATIONS[activation]

    @_compiled
    def forward(projected: Tensor, weights: Parts, start: Parts) -> tuple[Parts, Parts]:
        def step(at: Tensor, states: Parts) -> tuple[Parts, Parts]:
            states, saved = cell.forward(projected[at], states, weights, activate)
            return states, [states[0], *saved]

        last, (outputs, *saved) = _over_time(step, start, projected.shape[0])
        return [outputs, *last[1:]], saved

    @_compiled
    def backward(
        outputs: Tensor, saved: Parts, weights: Parts, start: Parts, grads: Parts
    ) -> tuple[Tensor, Parts, Parts]:
        transposed = tf.transpose(weights[0])

        def step(at: Tensor, carried: Parts) -> tuple[Parts, Parts]:
            # A state is an output as well: its gradient comes from the next step and from the loss.
            carried = [carried[0] + grads[0][at], *carried[1:]]
            inputs, recurrent, carried = cell.backward(
                [value[at] for value in saved], carried, transposed, slope
            )
            return carried, [inputs] if inputs is recurrent else [inputs, recurrent]

        carried, written = _over_time(
            step, [tf.zeros_like(start[0]), *grads[1:]], outputs.shape[0], backwards=True
        )
        first, later = written[-1][0], written[-1][1:]
        # d U is the sum over t of h_{t-1}^T d u_t: the first step has the start before it, all
        # later ones the outputs, in one product.
        kernel = tf.matmul(start[0], first, transpose_a=True) + tf.tensordot(
            outputs[:-1], later, [[0, 1], [0, 1]]
        )
        return (
            written[0],
            [kernel, *[tf.reduce_sum(written[-1], axis=[0, 1]) for _ in weights[1:]]],
            carried,
        )

    def run(projected: Tensor, weights: Parts, start: Parts) -> Any:
        results, saved = forward(projected, weights, start)
        return results, lambda *grads: backward(results[0], saved, weights, start, list(grads))

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
    """Run a step at each time; returns the last states,
    and what was written at each step (step, ...)."""

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

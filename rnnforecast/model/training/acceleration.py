"""Lets stock Keras layers train through ``recurrence``, and gives them back as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from rnnforecast.model.backend import device, keras, tf
from rnnforecast.model.network import recurrent_layers
from rnnforecast.model.training.rnn_kernels import ACTIVATIONS, CELLS, recurrence

Tensor = Any


def suits(layer: keras.layers.RNN) -> bool:
    """Say whether the fast recurrence computes exactly what a layer does;
    a GPU has its own, in cuDNN."""
    cell = layer.cell
    return (
        device() == "CPU"
        and type(layer).__name__ in CELLS
        and cell.activation.__name__ in ACTIVATIONS
        and getattr(cell, "recurrent_activation", keras.activations.sigmoid)
        is keras.activations.sigmoid
        and getattr(cell, "reset_after", True)
        and cell.use_bias
        and cell.dropout == cell.recurrent_dropout == 0
        and not layer.stateful
        and not layer.unroll
        and layer.compute_dtype == "float32"
    )


@contextmanager
def fast(network: keras.Model) -> Iterator[None]:
    """Let every recurrent layer that ``suits`` take the fast way within the block;
    its weights and config stay Keras' own."""
    layers = [layer for layer in recurrent_layers(network) if suits(layer)]
    for layer in layers:
        layer.inner_loop = partial(_inner_loop, layer, layer.inner_loop)
    try:
        yield
    finally:
        for layer in layers:
            del layer.inner_loop


def _inner_loop(
    layer: keras.layers.RNN,
    usual: Callable[..., Any],
    sequences: Tensor,
    initial_state: Any,
    mask: Any,
    **rest: Any,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Do the work of ``keras.layers.RNN.inner_loop``: last output (window, unit),
    all (window, step, unit), last states."""
    if any(part is not None for part in keras.tree.flatten(mask)):
        return usual(sequences, initial_state, mask, **rest)  # type: ignore[no-any-return]
    cell, steps = layer.cell, tf.transpose(sequences, [1, 0, 2])
    kernel, recurrent, bias = map(
        tf.convert_to_tensor, (cell.kernel, cell.recurrent_kernel, cell.bias)
    )
    gru = isinstance(layer, keras.layers.GRU)  # has a bias for the input and one for the recurrence
    steps = tf.reverse(steps, [0]) if layer.go_backwards else steps
    projected = tf.tensordot(steps, kernel, 1) + (bias[0] if gru else bias)
    run = recurrence(type(layer).__name__, cell.activation.__name__)
    outputs, *carried = run(
        projected, [recurrent, bias[1]] if gru else [recurrent], list(initial_state)
    )
    return outputs[-1], tf.transpose(outputs, [1, 0, 2]), [outputs[-1], *carried]

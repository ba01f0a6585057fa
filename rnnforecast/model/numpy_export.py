"""A Keras network to the layers and weights of a NumPy one."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnforecast.model.backend import keras
from rnnforecast.model.numpy_network import ACTIVATIONS, CELLS, Floats, NumpyNetwork

layers = keras.layers
Weights = dict[str, Floats]


class _NotStockError(Exception):
    """A layer, or a way of putting layers together, that the NumPy network does not know."""


def to_numpy(network: keras.Model) -> NumpyNetwork | None:
    """Return a network as NumPy layers; None where it is more than recurrences and a head
    in a row."""
    descriptions: list[dict[str, Any]] = []
    weights: Weights = {}
    before = None
    try:
        for layer in network.layers:
            if before is not None and layer.input is not before.output:
                return None  # a branch: attention, a residual, a decoder
            before = layer
            if isinstance(layer, layers.InputLayer | layers.Dropout):
                continue
            description, own = _describe(layer)
            prefix = f"{len(descriptions)}_"
            descriptions.append(description)
            weights |= {prefix + name: np.asarray(weight) for name, weight in own.items()}
    except _NotStockError:
        return None
    return NumpyNetwork(tuple(descriptions), weights)


def _describe(layer: keras.layers.Layer) -> tuple[dict[str, Any], Weights]:
    """Return what a layer does, and its weights by name."""
    if isinstance(layer, layers.Dense):
        return {"kind": "dense", "activation": _activation(layer.activation)}, {
            "kernel": layer.kernel,
            "bias": layer.bias,
        }
    if isinstance(layer, layers.Reshape):
        return {"kind": "reshape", "shape": [int(size) for size in layer.output.shape[1:]]}, {}
    if isinstance(layer, layers.LayerNormalization):
        return {"kind": "layer_norm", "epsilon": float(layer.epsilon)}, {
            "gamma": layer.gamma,
            "beta": layer.beta,
        }
    if isinstance(layer, layers.Bidirectional):
        return _describe_both_ways(layer)
    return _describe_recurrent(layer)


def _describe_both_ways(layer: keras.layers.Bidirectional) -> tuple[dict[str, Any], Weights]:
    description, forward = _describe_recurrent(layer.forward_layer)
    _, backward = _describe_recurrent(layer.backward_layer)
    ways = {"forward": forward, "backward": backward}
    return {**description, "kind": "both_ways"}, {
        f"{way}_{name}": weight for way, own in ways.items() for name, weight in own.items()
    }


def _describe_recurrent(layer: keras.layers.Layer) -> tuple[dict[str, Any], Weights]:
    kind = type(layer).__name__
    if kind not in CELLS or layer.return_state or layer.stateful:
        raise _NotStockError
    cell = layer.cell
    gate = getattr(cell, "recurrent_activation", keras.activations.sigmoid)
    if gate is not keras.activations.sigmoid or not getattr(cell, "reset_after", True):
        raise _NotStockError
    description = {
        "kind": "recurrent",
        "cell": kind,
        "activation": _activation(cell.activation),
        "return_sequences": bool(layer.return_sequences),
        "backwards": bool(layer.go_backwards),
    }
    return description, {
        "kernel": cell.kernel,
        "recurrent": cell.recurrent_kernel,
        "bias": cell.bias,
    }


def _activation(function: Any) -> str:
    name = str(function.__name__)
    if name not in ACTIVATIONS:
        raise _NotStockError
    return name

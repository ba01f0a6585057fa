"""A stock recurrent network in NumPy: the second path,
where no ONNX graph can be made or opened."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, expit

from rnnforecast.arrays import load_arrays
from rnnforecast.errors import shortened
from rnnforecast.model.graph_check import GraphError

Floats = NDArray[np.float32]
Description = Mapping[str, Any]
"""One layer: its ``kind``, its settings and the names of its weights."""

LAYERS = "layers"
"""The name under which a file holds the layers, as JSON; every other name is a weight's."""


def _identity(values: Floats) -> Floats:
    return values


ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "linear": _identity,
    "tanh": np.tanh,
    "sigmoid": expit,
    "relu": lambda values: np.maximum(values, np.float32(0)),
    # the exact form, which is Keras' default; float32 constants keep the arrays float32
    "gelu": lambda values: values * np.float32(0.5) * (1 + erf(values / np.float32(np.sqrt(2)))),
}
"""By Keras' names."""


@dataclass(frozen=True, eq=False)
class NumpyNetwork:
    """Layers in a row, with their weights.

    Args:
        layers: what each does, from the window to the path.
        weights: by name; each layer names its own as ``{number}_{name}``.
    """

    layers: tuple[Description, ...]
    weights: Mapping[str, Floats]

    def __call__(self, inputs: Floats) -> Floats:
        """Run the network.

        Args:
            inputs: scaled windows (window, lookback, feature).

        Returns:
            raw outputs (window, step, parameter).

        Raises:
            GraphError: if its layers and arrays do not fit one another, or the windows.
        """
        try:
            return self._computed(inputs)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise GraphError(f"its arrays do not fit: {shortened(str(error), 40)}") from None

    def _computed(self, inputs: Floats) -> Floats:
        values = np.asarray(inputs, np.float32)
        for number, layer in enumerate(self.layers):
            prefix = f"{number}_"
            weights = {
                name.removeprefix(prefix): weight
                for name, weight in self.weights.items()
                if name.startswith(prefix)
            }
            values = KINDS[layer["kind"]](values, layer, weights)
        return values

    def to_bytes(self) -> bytes:
        """Return the content of an ``.npz`` file: plain arrays, no pickle."""
        buffer = io.BytesIO()
        layers = np.array(json.dumps([dict(layer) for layer in self.layers]))
        np.savez(buffer, allow_pickle=False, **{LAYERS: layers, **self.weights})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> NumpyNetwork:
        """Read what ``to_bytes`` wrote.

        Raises:
            ValueError: if it is damaged, or of a layer that is not known here.
        """
        try:
            weights = load_arrays(content)
            layers = tuple(json.loads(str(weights.pop(LAYERS))))
            unknown = {layer["kind"] for layer in layers} - set(KINDS)
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"no network of NumPy arrays: {error}") from None
        if unknown:
            raise ValueError(f"unknown layers: {', '.join(sorted(unknown))}")
        return cls(layers, weights)


def _dense(values: Floats, layer: Description, weights: Mapping[str, Floats]) -> Floats:
    return ACTIVATIONS[layer["activation"]](values @ weights["kernel"] + weights["bias"])


def _reshape(values: Floats, layer: Description, weights: Mapping[str, Floats]) -> Floats:
    return values.reshape(len(values), *layer["shape"])


def _layer_norm(values: Floats, layer: Description, weights: Mapping[str, Floats]) -> Floats:
    """Normalise over units (Ba et al. 2016)."""
    mean = values.mean(axis=-1, keepdims=True)
    spread = np.sqrt(values.var(axis=-1, keepdims=True) + np.float32(layer["epsilon"]))
    normal: Floats = (values - mean) / spread * weights["gamma"] + weights["beta"]
    return normal


def _recurrent(values: Floats, layer: Description, weights: Mapping[str, Floats]) -> Floats:
    """Carry a state through the steps of each window.

    Args:
        values: (window, step, feature).
        layer: ``cell``, ``activation``, ``return_sequences`` and ``backwards``, which reads from
            the newest step to the oldest.
        weights: ``kernel``, ``recurrent`` and ``bias``, laid out as Keras does.

    Returns:
        the last output (window, unit), or every one in the order of reading (window, step, unit).
    """
    steps = values[:, ::-1] if layer["backwards"] else values
    step = CELLS[layer["cell"]]
    activation = ACTIVATIONS[layer["activation"]]
    # Two states, as an LSTM has them; the other cells read the first alone.
    state: Sequence[Floats] = [
        np.zeros((len(values), weights["recurrent"].shape[0]), np.float32) for _ in range(2)
    ]
    outputs = []
    for at in range(steps.shape[1]):
        state = step(steps[:, at], state, weights, activation)
        outputs.append(state[0])
    return np.stack(outputs, axis=1) if layer["return_sequences"] else outputs[-1]


def _both_ways(values: Floats, layer: Description, weights: Mapping[str, Floats]) -> Floats:
    """Read a window from both ends; the outputs of both stand side by side (Schuster &
    Paliwal 1997)."""
    ways = []
    for way in ("forward", "backward"):
        own = {
            name.removeprefix(f"{way}_"): weight
            for name, weight in weights.items()
            if name.startswith(f"{way}_")
        }
        ways.append(_recurrent(values, {**layer, "backwards": way == "backward"}, own))
    if layer["return_sequences"]:
        ways[1] = ways[1][:, ::-1]  # back into the order of time
    return np.concatenate(ways, axis=-1)


State = Sequence[Floats]
"""What a cell carries from step to step: its output, and for an LSTM its memory."""
Activation = Callable[[Floats], Floats]


def _simple_rnn(
    inputs: Floats, state: State, weights: Mapping[str, Floats], activation: Activation
) -> State:
    """Take one step: h = a(W x + U h + b) (Elman 1990)."""
    return [
        activation(inputs @ weights["kernel"] + state[0] @ weights["recurrent"] + weights["bias"])
    ]


def _lstm(
    inputs: Floats, state: State, weights: Mapping[str, Floats], activation: Activation
) -> State:
    """Take one step (Hochreiter & Schmidhuber 1997; Gers et al. 2000), the gates in Keras' order i,
    f, c, o."""
    output, memory = state
    gates = inputs @ weights["kernel"] + output @ weights["recurrent"] + weights["bias"]
    i, f, c, o = np.split(gates, 4, axis=-1)
    # c' = f c + i a(W x + U h + b), h' = o a(c'), each gate through the logistic function
    memory = expit(f) * memory + expit(i) * activation(c)
    return [expit(o) * activation(memory), memory]


def _gru(
    inputs: Floats, state: State, weights: Mapping[str, Floats], activation: Activation
) -> State:
    """Take one step (Cho et al. 2014), gates in Keras' order z, r, h, the reset after the product.

    The bias has a row for the input and one for the recurrence.
    """
    output = state[0]
    from_input = inputs @ weights["kernel"] + weights["bias"][0]
    from_state = output @ weights["recurrent"] + weights["bias"][1]
    z_input, r_input, h_input = np.split(from_input, 3, axis=-1)
    z_state, r_state, h_state = np.split(from_state, 3, axis=-1)
    # h' = z h + (1 - z) a(W x + r (U h + b)): Keras' ``reset_after``, as cuDNN has it
    z, r = expit(z_input + z_state), expit(r_input + r_state)
    return [z * output + (1 - z) * activation(h_input + r * h_state)]


CELLS: dict[str, Callable[[Floats, State, Mapping[str, Floats], Activation], State]] = {
    "SimpleRNN": _simple_rnn,
    "LSTM": _lstm,
    "GRU": _gru,
}
KINDS: dict[str, Callable[[Floats, Description, Mapping[str, Floats]], Floats]] = {
    "dense": _dense,
    "reshape": _reshape,
    "layer_norm": _layer_norm,
    "recurrent": _recurrent,
    "both_ways": _both_ways,
}
"""How each kind of layer turns values into values."""

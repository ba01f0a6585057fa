"""A trained network as files: Keras' own format to go on with, ONNX to forecast without TensorFlow."""

from __future__ import annotations

import logging
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray

from rnnforecast.errors import RunError, shortened
from rnnforecast.model.backend import keras, quiet, tf
from rnnforecast.model.inference import Ensemble, ExportedNetwork

FIRST, LAST = 1_000_000, 2**24
"""Whole numbers that a float32 holds exactly, larger than any constant of a graph."""
ONE = "one"
"""Name of the constant that erfc is spelt out with."""


def load_network(content: bytes, name: str) -> keras.Model:
    """Open a network in Keras' own format: stock layers, no code.

    Args:
        content: of the file.
        name: what messages call it.

    Raises:
        RunError: if it is damaged, or holds code or layers of somebody's own.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        path.write_bytes(content)
        try:
            return keras.saving.load_model(path, compile=False, safe_mode=True)
        except (ValueError, TypeError, KeyError, OSError, ImportError, zipfile.BadZipFile) as error:
            reason = shortened(str(error).strip().splitlines()[0] if str(error).strip() else "")
            raise RunError(f"{name} cannot be opened ({reason})", "train again") from None


def weights_of(content: bytes, name: str) -> list[NDArray[np.generic]]:
    """The weights of a network in Keras' own format, layer by layer."""
    return [np.asarray(weight) for weight in load_network(content, name).get_weights()]


class Exporter:
    """Exports networks that differ in their weights alone.

    Converting a graph takes a second, so it is done once: what is converted has a number of its own
    in place of each weight, and wherever the converter has put a number, the weight that it stands
    for goes. The first network's outputs are compared with Keras'; if they differ, every network is
    converted by itself.
    """

    def __init__(self) -> None:
        self.template: onnx.ModelProto | None = None
        self.trusted = True

    def export(self, network: keras.Model, seed: int) -> ExportedNetwork:
        """Return a network in Keras' own format and as an ONNX graph.

        Args:
            network: not compiled, stock layers only.
            seed: that it was trained from.
        """
        first, graph = self.template is None, b""
        self.trusted = self.trusted and FIRST + network.count_params() <= LAST
        if self.trusted:
            self.template = self.template or _numbered(network)
            graph = _filled(self.template, network.get_weights())
            self.trusted = not first or _agrees(network, graph)
        if not self.trusted:
            graph = _convert(network).SerializeToString()
        with TemporaryDirectory() as folder:
            path = Path(folder) / "network.keras"
            network.save(path)
            return ExportedNetwork(seed, int(network.count_params()), path.read_bytes(), graph)


def _convert(network: keras.Model) -> onnx.ModelProto:
    """Return a network as an ONNX graph, by Keras' own export."""
    name, shape = network.inputs[0].name, network.input_shape
    signature = keras.InputSpec(shape=shape, dtype="float32", name=name)
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with TemporaryDirectory() as folder, quiet(), warnings.catch_warnings(action="ignore"):
        path = Path(folder) / "network.onnx"
        network.export(path, format="onnx", verbose=False, input_signature=[signature])
        model = onnx.load(path)
    _spell_out_erfc(model)
    return model


def _spell_out_erfc(model: onnx.ModelProto) -> None:
    """Write erfc(x), which TensorFlow makes of gelu and ONNX does not know, as 1 - erf(x)."""
    unknown = [
        (graph, node)
        for graph in _graphs(model.graph)
        for node in graph.node
        if node.op_type == "Erfc"
    ]
    if not unknown:
        return
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array(1, np.float32), ONE))
    for graph, node in unknown:
        erf = f"{node.output[0]}_erf"
        difference = onnx.helper.make_node("Sub", [ONE, erf], [node.output[0]])
        node.op_type, node.output[0] = "Erf", erf
        graph.node.insert(list(graph.node).index(node) + 1, difference)


def _numbered(network: keras.Model) -> onnx.ModelProto:
    """The converted graph of a network whose weights are numbers from FIRST on."""
    weights, numbers = network.get_weights(), FIRST + np.arange(network.count_params())
    ends = np.cumsum([weight.size for weight in weights])[:-1]
    parts = zip(np.split(numbers, ends), weights, strict=True)
    network.set_weights([part.reshape(weight.shape) for part, weight in parts])
    try:
        return _convert(network)
    finally:
        network.set_weights(weights)


def _filled(template: onnx.ModelProto, weights: list[NDArray[np.float32]]) -> bytes:
    """A graph with weights where their numbers stand."""
    flat = np.concatenate([np.ravel(weight) for weight in weights])
    graph = onnx.ModelProto()
    graph.CopyFrom(template)
    for tensor in _tensors(graph.graph):
        values = onnx.numpy_helper.to_array(tensor).copy()
        if values.dtype != np.float32:
            continue
        numbered = values >= FIRST
        if numbered.any():
            numbers = values[numbered].astype(np.int64).clip(max=FIRST + len(flat) - 1)
            values[numbered] = flat[numbers - FIRST]
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    content: bytes = graph.SerializeToString()
    return content


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """A graph and the graphs within it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _graphs(attribute.g)


def _tensors(whole: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Every constant of a graph and of the graphs within it."""
    for graph in _graphs(whole):
        yield from graph.initializer
        for node in graph.node:
            yield from (one.t for one in node.attribute if one.type == onnx.AttributeProto.TENSOR)


def _agrees(network: keras.Model, graph: bytes) -> bool:
    """Return whether an exported graph computes what its network does."""
    inputs = np.random.default_rng(0).normal(size=(3, *network.input_shape[1:])).astype(np.float32)
    compute = tf.function(network, autograph=False)  # step by step takes twice as long
    exported = Ensemble.from_exported([ExportedNetwork(0, 0, b"", graph)])
    return np.allclose(exported(inputs)[0], np.asarray(compute(inputs)), atol=1e-5)

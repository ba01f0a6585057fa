"""A trained network as files: Keras' own format to go on with,
a graph and arrays to forecast from."""

from __future__ import annotations

import logging
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment
from rnnforecast.errors import ExportError, RunError, shortened
from rnnforecast.model.backend import device, keras, quiet, tf
from rnnforecast.model.inference import ExportedNetwork
from rnnforecast.model.kept import Kept, kind_of
from rnnforecast.model.numpy_export import to_numpy
from rnnforecast.model.numpy_network import Floats
from rnnforecast.model.runtime import GraphError, open_graph

log = logging.getLogger(__name__)

FIRST, LAST = 1_000_000, 2**24
"""Whole numbers that a float32 holds exactly, larger than any constant of a graph."""
ONE = "one"
"""Name of the constant that erfc is spelt out with."""


class ConversionError(Exception):
    """The converter failed, or made a graph that does not answer as Keras does."""


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
    """Read the weights of a network in Keras' own format, layer by layer."""
    return [np.asarray(weight) for weight in load_network(content, name).get_weights()]


TOLERANCE = {"CPU": 1e-4, "GPU": 5e-3}
"""How far two outputs may lie apart, as a share of the larger of one and the window's largest
output; matrix products on a GPU keep ten bits of a factor (TF32)."""


class Exporter:
    """Exports networks that differ in their weights alone, and holds each to Keras' own outputs.

    Converting a graph takes a second, so it is done once: what is converted has a number of its own
    in place of each weight, and wherever the converter has put a number, the weight that it stands
    for goes. Where such a graph does not answer as Keras does, the network is converted by itself.
    Where that does not help, or the converter fails, there is no graph, and a network of stock
    recurrences is left to NumPy.

    Args:
        windows: scaled inputs on which the outputs are compared (window, lookback, feature);
            random ones are added.
    """

    def __init__(self, windows: Floats | None = None) -> None:
        self.windows = windows
        self.template: onnx.ModelProto | None = None
        self.trusted = True
        self.reference: _Reference | None = None

    def export(self, network: keras.Model, seed: int) -> ExportedNetwork:
        """Return a network in Keras' own format, as an ONNX graph and as plain arrays.

        Args:
            network: not compiled, stock layers only.
            seed: that it was trained from.

        Raises:
            ExportError: if neither a graph nor NumPy answers as Keras does.
        """
        inputs = self._inputs(network)
        expected = self._expected(network, inputs)
        graph, weights = b"", b""
        try:
            graph = self._graph(network, inputs, expected)
        except ConversionError as error:
            log.warning("the network of seed %d has no ONNX graph: %s", seed, error)
        arrays = to_numpy(network)
        if arrays is not None and agree(arrays(inputs), expected):
            weights = arrays.to_bytes()
        if not graph and not weights:
            raise ExportError(
                f"the network of seed {seed} cannot be exported: no ONNX graph answers as Keras "
                "does",
                "check the versions of tf2onnx and onnxruntime with: rnnforecast doctor",
            )
        with TemporaryDirectory() as folder:
            path = Path(folder) / "network.keras"
            network.save(path)
            parameters, content = int(network.count_params()), path.read_bytes()
        return ExportedNetwork(seed, parameters, content, graph, weights)

    def _graph(self, network: keras.Model, inputs: Floats, expected: Floats) -> bytes:
        """Return a graph that answers as Keras does.

        Raises:
            ConversionError: if there is none.
        """
        # Beyond LAST, neighbouring whole numbers may be the same float32.
        self.trusted = self.trusted and FIRST + network.count_params() <= LAST
        if self.trusted:
            self.template = self.template or _numbered(network)
            graph = _filled(self.template, network.get_weights())
            if _agrees(graph, inputs, expected):
                return graph
            self.trusted = False
        graph = bytes(_convert(network).SerializeToString())
        try:
            outputs = open_graph(graph)(inputs)
        except GraphError as error:
            raise ConversionError(f"its graph cannot be run: {error}") from None
        if not agree(outputs, expected):
            raise ConversionError("its graph does not answer as Keras does")
        return graph

    def _inputs(self, network: keras.Model) -> Floats:
        """Return the windows on which outputs are compared."""
        shape = (3, *network.input_shape[1:])
        inputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        return inputs if self.windows is None else np.concatenate([self.windows, inputs])

    def _expected(self, network: keras.Model, inputs: Floats) -> Floats:
        """Return Keras' own outputs, by a graph that is made once for all networks."""
        if self.reference is None:
            self.reference = _Reference(network)
        return self.reference(network.get_weights(), inputs)


EXPORTERS = Kept[Exporter](16)
"""Those that wait for the next network."""


@contextmanager
def lent_exporter(experiment: Experiment, windows: Floats | None = None) -> Iterator[Exporter]:
    """Lend an exporter of the networks of an experiment, and keep what it has converted.

    Args:
        experiment: whose networks.
        windows: scaled inputs on which the outputs are compared (window, lookback, feature).
    """
    kind = kind_of(experiment)
    exporter = EXPORTERS.take(kind) or Exporter()
    exporter.windows, exporter.trusted = windows, True
    yield exporter
    exporter.windows = None
    EXPORTERS.give_back(kind, exporter)


class _Reference:
    """Keras' outputs: the first network, with the weights of any other while it answers."""

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        self.compute = tf.function(network, autograph=False)  # step by step takes twice as long

    def __call__(self, weights: list[NDArray[np.float32]], inputs: Floats) -> Floats:
        """Return raw outputs (window, step, parameter)."""
        with _borrowed(self.network, weights):
            return np.asarray(self.compute(tf.constant(inputs)))


@contextmanager
def _borrowed(network: keras.Model, weights: list[NDArray[np.float32]]) -> Iterator[None]:
    """Give a network other weights within the block."""
    own = network.get_weights()
    network.set_weights(weights)
    try:
        yield
    finally:
        network.set_weights(own)


def _convert(network: keras.Model) -> onnx.ModelProto:
    """Return a network as an ONNX graph, by Keras' own export.

    Raises:
        ConversionError: if the converter fails.
    """
    name, shape = network.inputs[0].name, network.input_shape
    signature = keras.InputSpec(shape=shape, dtype="float32", name=name)
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with TemporaryDirectory() as folder, quiet(), warnings.catch_warnings(action="ignore"):
        path = Path(folder) / "network.onnx"
        try:  # tf2onnx lags behind Keras, and fails in whatever way it happens to
            network.export(path, format="onnx", verbose=False, input_signature=[signature])
            model = onnx.load(path)
        except Exception as error:
            reason = str(error).strip().partition("\n")[0][:80]
            raise ConversionError(f"{type(error).__name__}: {reason}") from error
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
    """Return the converted graph of a network whose weights are numbers from FIRST on."""
    weights, numbers = network.get_weights(), FIRST + np.arange(network.count_params())
    ends = np.cumsum([weight.size for weight in weights])[:-1]
    parts = zip(np.split(numbers, ends), weights, strict=True)
    with _borrowed(network, [part.reshape(weight.shape) for part, weight in parts]):
        return _convert(network)


def _filled(template: onnx.ModelProto, weights: list[NDArray[np.float32]]) -> bytes:
    """Return a graph with weights where their numbers stand."""
    flat = np.concatenate([np.ravel(weight) for weight in weights])
    graph = onnx.ModelProto()
    graph.CopyFrom(template)
    for tensor in _tensors(graph.graph):
        values = onnx.numpy_helper.to_array(tensor).copy()
        if values.dtype != np.float32:
            continue
        # No constant of a graph is so large, so each such number stands for a weight.
        numbered = values >= FIRST
        if numbered.any():
            numbers = values[numbered].astype(np.int64).clip(max=FIRST + len(flat) - 1)
            values[numbered] = flat[numbers - FIRST]
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    content: bytes = graph.SerializeToString()
    return content


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """Yield a graph and the graphs within it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _graphs(attribute.g)


def _tensors(whole: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Yield every constant of a graph and of the graphs within it."""
    for graph in _graphs(whole):
        yield from graph.initializer
        for node in graph.node:
            yield from (
                attribute.t
                for attribute in node.attribute
                if attribute.type == onnx.AttributeProto.TENSOR
            )


def _agrees(graph: bytes, inputs: Floats, expected: Floats) -> bool:
    """Return whether a graph answers as Keras does."""
    try:
        return agree(open_graph(graph)(inputs), expected)
    except GraphError:
        return False


def agree(outputs: Floats, expected: Floats) -> bool:
    """Return whether outputs (window, step, parameter) are the expected ones, but for rounding."""
    largest = np.abs(expected).max(axis=(1, 2), keepdims=True)
    # Relative to the largest output of the window, or to 1, the size of a scaled target.
    near = np.abs(outputs - expected) <= TOLERANCE[device()] * np.maximum(1, largest)
    return bool((near | (outputs == expected) | (np.isnan(outputs) & np.isnan(expected))).all())

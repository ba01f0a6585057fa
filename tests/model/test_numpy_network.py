"""A stock recurrent network answers in NumPy as it does in Keras and in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnforecast.config import load
from rnnforecast.errors import ExportError
from rnnforecast.model import export
from rnnforecast.model.backend import keras
from rnnforecast.model.export import ConversionError, Exporter
from rnnforecast.model.inference import Ensemble, ExportedNetwork
from rnnforecast.model.network import build
from rnnforecast.model.numpy_export import to_numpy
from rnnforecast.model.numpy_network import NumpyNetwork

from ..conftest import SMALL

Settings = tuple[str, ...]
RECURRENT: tuple[Settings, ...] = tuple(
    (f"model.architecture={cell}", *settings)
    for cell in ("simple_rnn", "lstm", "gru")
    for settings in (
        ("model.units=5",),
        ("model.units=[5,4,3]", "model.layer_norm=true"),
        ("model.units=[5,4]", "model.bidirectional=true"),
    )
)
ACTIVATIONS: tuple[Settings, ...] = tuple(
    ("model.architecture=lstm", f"model.activation={name}")
    for name in ("relu", "gelu", "sigmoid", "linear")
)
BRANCHED: tuple[Settings, ...] = (
    ("model.decoder=parallel",), ("model.pooling=attention",),
    ("model.units=[4,4]", "model.residual=true"),
    ("model.architecture=transformer",), ("model.architecture=cnn",),
    ("model.architecture=segrnn", "model.segment=2"),
)  # fmt: skip


def network_of(settings: Settings) -> keras.Model:
    """A network with weights large enough to matter, biases too."""
    network = build(load("gru", [*SMALL, *settings]))
    random = np.random.default_rng(3)
    network.set_weights([random.normal(0, 0.6, weight.shape) for weight in network.get_weights()])
    return network


def windows(network: keras.Model) -> np.ndarray:
    """Nine windows, two of them far out."""
    inputs = np.random.default_rng(4).normal(size=(9, *network.input_shape[1:]))
    inputs[0], inputs[1, -1] = 8 * inputs[0], -40
    return inputs.astype(np.float32)


@pytest.mark.parametrize("settings", [*RECURRENT, *ACTIVATIONS])
def test_numpy_answers_as_keras_does(settings: Settings) -> None:
    network = network_of(settings)
    twin = to_numpy(network)
    assert twin is not None
    inputs = windows(network)
    expected = np.asarray(network(inputs))
    assert expected.std() > 0.01
    scale = np.maximum(1, np.abs(expected))
    np.testing.assert_allclose(twin(inputs) / scale, expected / scale, atol=2e-5)


@pytest.mark.parametrize("settings", [RECURRENT[2], RECURRENT[4], RECURRENT[6]])
def test_the_arrays_of_a_file_answer_as_the_graph_does(settings: Settings, tmp_path: Path) -> None:
    network = network_of(settings)
    inputs = windows(network)
    Exporter(inputs).export(network, 1).write(tmp_path / "01")
    (by_graph,) = Ensemble.load([tmp_path / "01.onnx"])(inputs)
    with np.load(tmp_path / "01.npz", allow_pickle=False) as arrays:
        assert {"layers", "0_kernel", "0_recurrent", "0_bias"} <= set(
            arrays
        ) or "0_forward_bias" in arrays
    (tmp_path / "01.onnx").unlink()
    (by_numpy,) = Ensemble.load([tmp_path / "01.onnx"])(inputs)
    np.testing.assert_allclose(by_numpy, by_graph, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("settings", BRANCHED)
def test_a_network_that_is_more_than_a_stack_is_left_to_onnx(settings: Settings) -> None:
    assert to_numpy(network_of(settings)) is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04pickle"])
def test_damaged_arrays_are_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        NumpyNetwork.from_bytes(content)


def test_a_layer_of_a_later_version_is_refused() -> None:
    later = NumpyNetwork(({"kind": "mlstm"},), {}).to_bytes()
    with pytest.raises(ValueError, match="unknown layers: mlstm"):
        NumpyNetwork.from_bytes(later)


def converter_fails(*_: object) -> None:
    raise ConversionError("AttributeError: no attribute 'inputs'")


def test_where_the_converter_fails_numpy_forecasts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(export, "_convert", converter_fails)
    network = network_of(RECURRENT[0])
    exported = Exporter().export(network, 7)
    assert exported.onnx == b"" and set(exported.files()) == {".keras", ".npz"}
    assert "seed 7 has no ONNX graph: AttributeError" in caplog.text
    inputs = windows(network)
    (raw,) = Ensemble.from_exported([exported])(inputs)
    np.testing.assert_allclose(raw, network(inputs), atol=1e-5)


def test_where_nothing_answers_as_keras_does_the_export_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "_convert", converter_fails)
    with pytest.raises(ExportError, match=r"seed 7 cannot be exported.*rnnforecast doctor"):
        Exporter().export(network_of(BRANCHED[0]), 7)


def test_every_network_is_compared_on_the_windows_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A graph that is wrong only far out, and only for the second network, is not trusted."""
    network = network_of(BRANCHED[4])
    calm, wild = np.zeros_like(windows(network)), 50 * windows(network)
    filled = export._filled
    exporter = Exporter(wild)
    assert exporter.export(network, 1).onnx and exporter.trusted

    def off(template: object, weights: list[np.ndarray]) -> bytes:
        return filled(template, [weights[0] * 1.01, *weights[1:]])  # type: ignore[arg-type]

    monkeypatch.setattr(export, "_filled", off)
    second = exporter.export(network, 2)
    assert not exporter.trusted
    for inputs in (calm, wild):
        (raw,) = Ensemble.from_exported([ExportedNetwork(2, 0, b"", second.onnx)])(inputs)
        np.testing.assert_allclose(raw, network(inputs), rtol=1e-4, atol=1e-4)


def test_networks_keep_their_weights_while_they_are_compared() -> None:
    first, second = network_of(RECURRENT[0]), build(load("gru", [*SMALL, *RECURRENT[0]]))
    before = [first.get_weights(), second.get_weights()]
    exporter = Exporter()
    exported = [exporter.export(network, seed) for seed, network in enumerate((first, second))]
    for network, weights in zip((first, second), before, strict=True):
        for now, then in zip(network.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(now, then)
    inputs = windows(first)
    for raw, network in zip(Ensemble.from_exported(exported)(inputs), (first, second), strict=True):
        np.testing.assert_allclose(raw, network(inputs), atol=1e-5)

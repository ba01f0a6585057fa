"""A damaged network is a damaged run, in one line;
a network's graph answers as the network does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnforecast.config import load
from rnnforecast.config.presets import presets
from rnnforecast.dataset.automatic import resolve
from rnnforecast.errors import RunError
from rnnforecast.model.export import Exporter
from rnnforecast.model.inference import Ensemble
from rnnforecast.model.network import build

from ..conftest import SMALL, random_walk


def test_a_missing_or_damaged_graph_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.onnx").write_bytes(b"\x08\x07not a graph")
    for name in ("cut.onnx", "gone.onnx"):
        with pytest.raises(RunError, match=rf"{name} (cannot be opened|is missing)"):
            Ensemble.load([tmp_path / name])


NETWORKS = (
    ("simple_rnn", "model.units=[4,3]"), ("lstm", "model.bidirectional=true"),
    ("gru", "model.decoder=autoregressive"),
    ("gru", "model.pooling=attention"), ("segrnn", "model.segment=2"), ("cnn",), ("transformer",),
    ("linear",),
)  # fmt: skip


@pytest.mark.parametrize("settings", NETWORKS)
def test_a_graph_converted_once_takes_the_weights_of_every_network(
    settings: tuple[str, ...], tmp_path: Path
) -> None:
    overrides = [*SMALL, f"model.architecture={settings[0]}", *settings[1:]]
    exporter = Exporter()
    for number in (1, 2):
        network = build(load("gru", overrides))
        random = np.random.default_rng(number)
        network.set_weights(
            [random.normal(0, 0.5, weight.shape) for weight in network.get_weights()]
        )
        exporter.export(network, 1).write(tmp_path / f"{number}")
        inputs = random.normal(size=(5, *network.input_shape[1:])).astype(np.float32)
        (raw,) = Ensemble.load([tmp_path / f"{number}.onnx"])(inputs)
        np.testing.assert_allclose(raw, network(inputs), atol=1e-5)
    assert exporter.trusted


@pytest.mark.parametrize("preset", presets())
def test_every_preset_is_exported_as_it_answers(preset: str, tmp_path: Path) -> None:
    exporter, network = Exporter(), build(resolve(load(preset), [random_walk()]))
    exporter.export(network, 1).write(tmp_path / "01")
    inputs = np.random.default_rng(1).normal(size=(5, *network.input_shape[1:])).astype(np.float32)
    (raw,) = Ensemble.load([tmp_path / "01.onnx"])(inputs)
    np.testing.assert_allclose(raw, network(inputs), atol=1e-5)
    assert exporter.trusted


@pytest.mark.parametrize("activation", ["relu", "gelu", "sigmoid", "linear"])
def test_every_activation_is_exported_as_it_answers(activation: str, tmp_path: Path) -> None:
    for architecture in ("gru", "transformer"):
        chosen = [
            f"model.architecture={architecture}",
            f"model.activation={activation}",
            "model.units=[8]",
        ]
        network = build(load("gru", [*SMALL, *chosen]))
        Exporter().export(network, 1).write(tmp_path / architecture)
        inputs = 5 * np.random.default_rng(1).normal(size=(9, *network.input_shape[1:])).astype(
            np.float32
        )
        (raw,) = Ensemble.load([tmp_path / f"{architecture}.onnx"])(inputs)
        np.testing.assert_allclose(raw, network(inputs), atol=1e-5)


def test_networks_that_cannot_be_filled_are_converted_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnforecast.model.export.LAST", 0)  # no number is left for a weight
    network, exporter = build(load("gru", SMALL)), Exporter()
    inputs = np.ones((1, *network.input_shape[1:]), np.float32)
    for name in ("1", "2"):
        exporter.export(network, 1).write(tmp_path / name)
        np.testing.assert_allclose(
            Ensemble.load([tmp_path / f"{name}.onnx"])(inputs)[0], network(inputs), atol=1e-5
        )
    assert not exporter.trusted

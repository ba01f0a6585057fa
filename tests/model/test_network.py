"""Every architecture has the shape that the config asks for, trains,
and opens without this package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.config import Experiment, load, presets
from rnnforecast.config.model import HeadName
from rnnforecast.dataset.automatic import resolve
from rnnforecast.errors import UsageError
from rnnforecast.model.export import Exporter
from rnnforecast.model.heads import HEADS, head_of
from rnnforecast.model.inference import Ensemble
from rnnforecast.model.losses import loss_of
from rnnforecast.model.network import build

from ..dataset.test_features import candles

ARCHITECTURES = {
    "simple_rnn": ("model.architecture=simple_rnn",),
    "lstm": ("model.architecture=lstm", "model.recurrent_dropout=0.2"),
    "gru": ("model.architecture=gru", "model.l2=0.01", "model.initializer=he_normal"),
    "birnn": ("model.architecture=simple_rnn", "model.bidirectional=true"),
    "bilstm": (
        "model.architecture=lstm",
        "model.bidirectional=true",
        "model.units=[4, 3]",
        "model.residual=true",
    ),
    "bigru": (
        "model.architecture=gru",
        "model.bidirectional=true",
        "model.pooling=attention",
        "model.layer_norm=true",
    ),
    "seq2seq_parallel": ("model.architecture=lstm", "model.decoder=parallel", "model.units=[4, 3]"),
    "seq2seq_autoregressive": ("model.architecture=gru", "model.decoder=autoregressive"),
    "segrnn": ("model.architecture=segrnn", "model.segment=3"),
    "cnn": (
        "model.architecture=cnn",
        "model.units=[4, 4]",
        "model.residual=true",
        "model.layer_norm=true",
    ),
    "transformer": (
        "model.architecture=transformer",
        "model.attention_heads=2",
        "model.pooling=attention",
    ),
    "linear": ("model.architecture=linear",),
}
WAYS = ("gru", "seq2seq_autoregressive", "segrnn")
"""Architectures that lay out the numbers of a step in different ways: all at once, one step after
the other, and in segments."""
PAIRS: list[tuple[str, HeadName]] = [
    *((name, "student_t") for name in ARCHITECTURES),
    *((name, head) for name in WAYS for head in HEADS if head != "student_t"),
]
TWO = ("window.features=[log_return, abs_log_return]",)
WINDOW = (*TWO, "window.lookback=12", "window.horizon=4", "model.units=4")


def network_of(name: str, head: str = "student_t") -> tuple[Experiment, object]:
    direction = ["window.target=direction", "calibration=none"] if head == "bernoulli" else []
    experiment = load("gru", [*WINDOW, *ARCHITECTURES[name], f"model.head={head}", *direction])
    return experiment, build(experiment)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_network_maps_windows_to_the_parameters_of_each_step(name: str, head: HeadName) -> None:
    experiment, network = network_of(name, head)
    assert network.input_shape == (None, 12, 2)  # type: ignore[attr-defined]
    assert network.output_shape == (None, 4, head_of(experiment).parameters)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every architecture, and those of WAYS with every head, after an epoch, as files."""
    folder = tmp_path_factory.mktemp("saved")
    random = np.random.default_rng(2)
    inputs = random.normal(size=(32, 12, 2)).astype(np.float32)
    paths = inputs[:, -1, :1] * np.arange(1, 5, dtype=np.float32)
    np.save(folder / "inputs.npy", inputs)
    for name, head in PAIRS:
        experiment, network = network_of(name, head)
        before = network.get_weights()  # type: ignore[attr-defined]
        outcomes = (paths > 0).astype(np.float32) if head == "bernoulli" else paths
        network.compile("adam", loss_of(experiment), run_eagerly=True)  # type: ignore[attr-defined]
        fit = network.fit(inputs, outcomes, batch_size=16, verbose=0)  # type: ignore[attr-defined]
        assert np.isfinite(fit.history["loss"]).all()
        plain = build(experiment)  # type: ignore[arg-type]
        plain.set_weights(network.get_weights())  # type: ignore[attr-defined]
        assert any((one != two).any() for one, two in zip(before, plain.get_weights(), strict=True))
        Exporter().export(plain, 1).write(folder / f"{name}-{head}")
        np.save(folder / f"{name}-{head}.npy", plain(inputs))
    return folder


@pytest.mark.parametrize(("name", "head"), PAIRS)
def test_the_exported_graph_answers_as_keras_does(name: str, head: HeadName, saved: Path) -> None:
    exported = Ensemble.load([saved / f"{name}-{head}.onnx"])(np.load(saved / "inputs.npy"))[0]
    np.testing.assert_allclose(exported, np.load(saved / f"{name}-{head}.npy"), atol=1e-5)


def test_the_files_open_in_plain_keras_without_this_package(saved: Path) -> None:
    script = (
        "import sys, pathlib, numpy, keras\n"
        "sys.modules['rnnforecast'] = None\n"
        f"folder = pathlib.Path({str(saved)!r})\n"
        "inputs = numpy.load(folder / 'inputs.npy')\n"
        "for path in sorted(folder.glob('*.keras')):\n"
        "    answers = keras.models.load_model(path)(inputs)\n"
        "    assert numpy.allclose(answers, numpy.load(path.with_suffix('.npy')), atol=1e-6), "
        "path\n"
        "    print(path.stem)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert set(result.stdout.split()) == {f"{name}-{head}" for name, head in PAIRS}


def test_the_number_of_parameters_is_that_of_hand_arithmetic() -> None:
    learned = build(load("gru", [*TWO, "model.units=32", "model.location=learned"]))
    drift = build(load("gru", [*TWO, "model.units=32"]))
    gru = 3 * (
        32 * (2 + 32) + 2 * 32
    )  # three gates, kernel and recurrence, two biases (reset_after)
    assert learned.count_params() == gru + (32 + 1) * 5 * 3
    assert drift.count_params() == gru + (32 + 1) * 5 * 2  # scale and degrees of freedom


def test_the_tutorial_is_two_layers_of_fifty_relu_units() -> None:
    network = build(load("tutorial"))
    first, second = (network.get_layer(f"recurrent_{depth}") for depth in (1, 2))
    assert (first.units, second.units) == (50, 50)
    assert first.activation.__name__ == second.activation.__name__ == "relu"


@pytest.mark.parametrize("name", presets())
def test_every_preset_builds(name: str) -> None:
    assert build(resolve(load(name), [candles()])).count_params() > 0


@pytest.mark.parametrize("name", ["cnn", "simple_rnn", "lstm", "gru"])
def test_the_newest_step_is_seen(name: str) -> None:
    """A network that drops the newest row forecasts a day late."""
    _, network = network_of(name, "point")
    inputs = np.random.default_rng(1).normal(size=(1, 12, 2)).astype(np.float32)
    altered = inputs.copy()
    altered[:, -1] += 1
    assert not np.allclose(network(inputs), network(altered))  # type: ignore[operator]


@pytest.mark.parametrize("name", ["segrnn", "linear"])
def test_where_the_window_stands_does_not_matter_to_what_subtracts_its_last_value(
    name: str,
) -> None:
    _, network = network_of(name)
    inputs = np.random.default_rng(1).normal(size=(5, 12, 2)).astype(np.float32)
    np.testing.assert_allclose(network(inputs), network(inputs + 7), atol=1e-5)  # type: ignore[operator]


IMPOSSIBLE = {
    "bidirectional "
    "cnn": (["model.architecture=cnn", "model.bidirectional=true"], "model.bidirectional belongs "
    "to simple_rnn"),
    "recurrent dropout": (["model.architecture=linear", "model.recurrent_dropout=0.1"], "belongs "
    "to simple_rnn, lstm, gru"),
    "heads": (["model.architecture=transformer", "model.units=30"], "30 is no multiple of "
    "model.attention_heads 4; use 32"),
    "widths": (["model.architecture=transformer", "model.units=[8, 16]"], "a transformer has one "
    "width"),
    "segments": (["model.architecture=segrnn", "window.lookback=32"], "lookback 32 is no multiple "
    "of model.segment 5; use 30"),
    "stack": (["model.architecture=segrnn", "model.units=[8, 8]"], "segrnn has one layer"),
    "pooling": (["model.architecture=linear", "model.pooling=attention"], "needs steps to weigh"),
    "decoder": (["model.decoder=parallel", "model.bidirectional=true"], "begins with the last "
    "state; use one way"),
    "decoder of a cnn": (["model.architecture=cnn", "model.decoder=parallel"], "model.decoder "
    "belongs to simple_rnn, lstm, gru"),
    "direction": (["window.target=direction"], "yes or no, model.head student_t with calibration "
    "auto is not; use --config direction.yaml"),
    "bernoulli": (["model.head=bernoulli"], "answers yes or no, not a log_return; use student_t"),
    "recursive volatility": (["window.target=volatility", "window.strategy=recursive"], "simulates "
    "prices, not a volatility; use direct"),
    "point": (["model.head=point", "calibration=none"], "has no spread; use calibration conformal"),
}  # fmt: skip


@pytest.mark.parametrize(("overrides", "words"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_combination_is_refused_with_the_nearest_possible_one(
    overrides: list[str], words: str
) -> None:
    with pytest.raises(UsageError, match=words.replace("[", r"\[")):
        load("gru", overrides)


def test_open_gates_are_those_that_keep_the_memory_both_ways() -> None:
    """An LSTM's forget gate stands second, a GRU's update gate first;
    the others keep Keras' zeros."""
    gates = [*TWO, "model.gate_bias=3", "model.units=2"]
    lstm = build(load("bilstm", gates)).get_layer("both_ways_1")
    for way in (lstm.forward_layer, lstm.backward_layer):
        assert way.cell.bias.numpy().tolist() == [0, 0, 3, 3, 0, 0, 0, 0]
    gru = build(load("gru", gates)).get_layer("recurrent_1")
    assert gru.cell.bias.numpy().tolist() == [[3, 3, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("name", ["gru", "seq2seq_autoregressive", "segrnn"])
def test_a_skewed_head_begins_symmetric_whatever_the_window_and_learns_to_lean(name: str) -> None:
    experiment, network = network_of(name, "skewed_t")
    inputs = np.random.default_rng(3).normal(size=(64, 12, 2)).astype(np.float32)
    answers = np.asarray(network(inputs))  # type: ignore[operator]
    assert answers.shape[-1] == 3, "the location is not learned"
    assert (answers[..., 2] == 0).all() and answers[..., :2].std() > 0.01
    right = np.random.default_rng(4).exponential(size=(64, 4)).astype(np.float32) - 1
    network.compile("adam", loss_of(experiment), run_eagerly=True)  # type: ignore[attr-defined]
    network.fit(inputs, right, verbose=0, epochs=2)  # type: ignore[attr-defined]
    assert np.asarray(network(inputs))[..., 2].mean() > 0  # type: ignore[operator]


@pytest.mark.parametrize("name", ["gru", "seq2seq_parallel", "cnn"])
def test_a_window_less_its_newest_step_is_read_alike_wherever_the_series_stands(name: str) -> None:
    settings = [*WINDOW, *ARCHITECTURES[name], "model.subtract_last=true"]
    network = build(load("gru", settings))
    inputs = np.random.default_rng(5).normal(size=(4, 12, 2)).astype(np.float32)
    np.testing.assert_allclose(network(inputs + 3), network(inputs), atol=1e-5)
    plain = build(load("gru", [*WINDOW, *ARCHITECTURES[name]]))
    assert np.abs(np.asarray(plain(inputs + 3)) - np.asarray(plain(inputs))).max() > 1e-3

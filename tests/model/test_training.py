"""Training repeats itself to the last digit, keeps the best epoch and names what goes wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.preparation import prepare
from rnnforecast.errors import DataError
from rnnforecast.model.export import save_network
from rnnforecast.model.inference import Ensemble
from rnnforecast.model.training import Member, fit_ensemble

from ..conftest import SMALL, random_walk


def fitted(history: PriceHistory, *overrides: str) -> list[Member]:
    dataset = prepare(load("gru", [*SMALL, *overrides]), history)
    return list(fit_ensemble(dataset, dataset.fit_scalers()))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(walk: PriceHistory) -> None:
    first, again, other = fitted(walk), fitted(walk), fitted(walk, "training.seed=9")
    for one, two in zip(first, again, strict=True):
        assert all(
            np.array_equal(a, b) for a, b in zip(one.network.get_weights(), two.network.get_weights(), strict=True)
        )
    assert not np.array_equal(first[0].network.get_weights()[0], other[0].network.get_weights()[0])
    assert not np.array_equal(first[0].network.get_weights()[0], first[1].network.get_weights()[0])


def test_prices_after_training_and_validation_do_not_move_the_weights(walk: PriceHistory, small: Experiment) -> None:
    test = prepare(small, walk).splits.test
    rows = np.arange(len(walk))
    poisoned = PriceHistory(
        "WALK", walk.bars.assign(close=walk.bars["close"].where(rows < test, 1e4 + rows)), sessions="24/7"
    )
    for one, two in zip(fitted(walk), fitted(poisoned), strict=True):
        assert all(
            np.array_equal(a, b) for a, b in zip(one.network.get_weights(), two.network.get_weights(), strict=True)
        )


def test_the_weights_of_the_best_epoch_are_kept(walk: PriceHistory, small: Experiment) -> None:
    settings = ("training.epochs=8", "training.patience=2", "training.ensemble=1", "training.learning_rate=0.1")
    (member,) = fitted(walk, *settings)
    assert len(member.fit) == 8 or member.fit["val_loss"].idxmin() == len(member.fit) - 3  # patience ran out
    dataset = prepare(load("gru", [*SMALL, *settings]), walk)
    scalers = dataset.fit_scalers()
    member.network.compile(loss=_loss(small))
    inputs = dataset.inputs(scalers.inputs, dataset.splits.origins("validation"))
    reached = member.network.evaluate(inputs, dataset.outcomes(scalers.targets, "validation"), verbose=0)
    assert reached == pytest.approx(member.fit["val_loss"].min(), rel=1e-4)


def _loss(experiment: Experiment) -> object:
    from rnnforecast.model.losses import loss_of

    return loss_of(experiment.model)


@pytest.mark.parametrize("horizon", [1, 3])
def test_the_validation_loss_of_a_point_is_its_mean_squared_error(walk: PriceHistory, horizon: int) -> None:
    overrides = ("model.head=point", f"window.horizon={horizon}", "training.ensemble=1", "training.epochs=1")
    (member,) = fitted(walk, *overrides)
    dataset = prepare(load("gru", [*SMALL, *overrides]), walk)
    scalers = dataset.fit_scalers()
    answers = member.network.predict(dataset.inputs(scalers.inputs, dataset.splits.origins("validation")), verbose=0)
    expected = np.square(dataset.outcomes(scalers.targets, "validation") - answers[..., 0]).mean()
    assert member.fit["val_loss"].iloc[-1] == pytest.approx(expected, rel=1e-5)


def test_a_loss_that_stops_being_a_number_is_named_with_its_epoch(walk: PriceHistory) -> None:
    with pytest.raises(DataError, match=r"the loss of member 1 is .* in epoch .*training.learning_rate"):
        fitted(
            walk, "model.architecture=simple_rnn", "model.activation=relu", "training.optimizer=sgd",
            "training.learning_rate=1e30", "training.clipnorm=null", "training.epochs=20",
        )  # fmt: skip


@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
@pytest.mark.parametrize("head", ["student_t", "gaussian", "point"])
def test_the_exported_graph_answers_as_keras_does(cell: str, head: str, tmp_path: Path) -> None:
    history = random_walk()
    overrides = (f"model.architecture={cell}", f"model.head={head}", "training.epochs=1", "training.ensemble=1")
    (member,) = fitted(history, *overrides)
    save_network(member.network, tmp_path / "member")
    dataset = prepare(load("gru", [*SMALL, *overrides]), history)
    inputs = dataset.inputs(dataset.fit_scalers().inputs, dataset.splits.origins("test"))
    exported = Ensemble.load([tmp_path / "member.onnx"])(inputs)[0]
    np.testing.assert_allclose(exported, member.network.predict(inputs, verbose=0), atol=1e-5)


def test_a_saved_network_opens_in_plain_keras_without_this_package(tmp_path: Path, walk: PriceHistory) -> None:
    member = fitted(walk)[0]
    save_network(member.network, tmp_path / "member")
    script = (
        "import sys, keras, numpy as np\n"
        f"network = keras.saving.load_model({str(tmp_path / 'member.keras')!r})\n"
        "print(repr(float(network(np.ones((1, 8, 2), 'float32'))[0, 0, 0])))\n"
        "assert not any(name.startswith('rnnforecast') for name in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    here = float(member.network(np.ones((1, 8, 2), "float32"))[0, 0, 0])
    assert float(result.stdout) == pytest.approx(here, abs=1e-6)

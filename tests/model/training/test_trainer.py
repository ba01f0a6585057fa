"""A training takes over the graph of an earlier one of its kind, and nothing else of it."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.config import load
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.panel import Windows, windows_of
from rnnforecast.errors import DataError
from rnnforecast.model.training.ensemble import Callbacks, Epoch, fit_ensemble
from rnnforecast.model.training.trainer import TRAINERS, lent_trainer

from ...conftest import SMALL, random_walk


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TRAINERS, "waiting", {})


def windows(rows: int, seed: int, *settings: str) -> Windows:
    dropout = "model.dropout=0.2"  # draws from the network's own seeds
    experiment = load("gru", [*SMALL, "data.symbol=WALK", dropout, *settings])
    dataset = prepare(experiment, random_walk(rows, seed))
    return windows_of([dataset], [dataset.fit_scalers()])


def weights(learned: Windows) -> list[np.ndarray]:
    return [array for member in fit_ensemble(learned) for array in member.network.get_weights()]


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))


def test_what_was_trained_before_in_the_same_process_makes_no_difference() -> None:
    short, long = windows(300, 1), windows(340, 2, "training.seed=5", "training.epochs=3")
    alone = []
    for learned in (short, long):
        TRAINERS.waiting.clear()
        alone.append(weights(learned))
    TRAINERS.waiting.clear()
    again = [weights(learned) for learned in (short, long, short)]
    assert len(TRAINERS.waiting) == 1  # one graph has trained all three
    assert same(again[0], alone[0]) and same(again[1], alone[1]) and same(again[2], alone[0])
    assert not same(alone[0], alone[1])


def test_a_trainer_that_waits_holds_no_data() -> None:
    weights(windows(300, 1))
    [trainer] = TRAINERS.waiting.values()
    assert trainer.loop.series.shape[0] is None and len(trainer.loop.series.numpy()) == 0
    assert len(trainer.loop.targets.numpy()) == 0 and not trainer.loop.origins


@pytest.mark.parametrize(
    "setting",
    ["training.batch_size=16", "training.clipnorm=0.5", "training.optimizer=sgd",
     "model.units=3", "window.lookback=7", "model.head=gaussian", "model.location=learned",
     "window.features=[log_return]"],
)  # fmt: skip
def test_another_kind_of_network_or_training_has_a_graph_of_its_own(setting: str) -> None:
    with lent_trainer(windows(300, 1)):
        pass
    with lent_trainer(windows(300, 1, setting)):
        pass
    assert len(TRAINERS.waiting) == 2


def test_two_trainings_at_once_do_not_share_a_trainer() -> None:
    with lent_trainer(windows(300, 1)) as one, lent_trainer(windows(300, 1)) as other:
        assert one is not other
    assert len(TRAINERS.waiting) == 1


def test_a_training_that_has_failed_leaves_no_trainer_behind() -> None:
    def fail(_: Epoch) -> None:
        raise DataError("the loss is not a number", "train again")

    with pytest.raises(DataError):
        list(fit_ensemble(windows(300, 1), Callbacks(on_epoch_end=fail)))
    assert not TRAINERS.waiting

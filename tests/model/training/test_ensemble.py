"""Training repeats itself to the last digit, keeps the best epoch and names what goes wrong."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.config import Experiment, load
from rnnforecast.config.training import Training
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.panel import windows_of
from rnnforecast.errors import DataError, TrainingStoppedError
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.losses import loss_of
from rnnforecast.model.network import build
from rnnforecast.model.training import epoch
from rnnforecast.model.training.ensemble import (
    Callbacks,
    Checkpoint,
    Epoch,
    Member,
    ResumePoint,
    finished,
    fit_ensemble,
    learning_rate,
)
from rnnforecast.model.training.epoch import Loop
from rnnforecast.model.training.trainer import make_optimizer

from ...conftest import SMALL


def fitted(
    history: PriceHistory, *overrides: str, callbacks: Callbacks | None = None
) -> list[Member]:
    dataset = prepare(load("gru", [*SMALL, *overrides]), history)
    return list(
        fit_ensemble(windows_of([dataset], [dataset.fit_scalers()]), callbacks or Callbacks())
    )


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(walk: PriceHistory) -> None:
    first, again, other = fitted(walk), fitted(walk), fitted(walk, "training.seed=9")
    for one, two in zip(first, again, strict=True):
        assert all(
            np.array_equal(a, b)
            for a, b in zip(one.network.get_weights(), two.network.get_weights(), strict=True)
        )
    assert not np.array_equal(first[0].network.get_weights()[0], other[0].network.get_weights()[0])
    assert not np.array_equal(first[0].network.get_weights()[0], first[1].network.get_weights()[0])


def test_prices_after_training_and_validation_do_not_move_the_weights(
    walk: PriceHistory, small: Experiment
) -> None:
    test = prepare(small, walk).splits.test
    rows = np.arange(len(walk))
    poisoned = PriceHistory(
        "WALK",
        walk.bars.assign(close=walk.bars["close"].where(rows < test, 1e4 + rows)),
        sessions="24/7",
    )
    for one, two in zip(fitted(walk), fitted(poisoned), strict=True):
        assert all(
            np.array_equal(a, b)
            for a, b in zip(one.network.get_weights(), two.network.get_weights(), strict=True)
        )


def test_the_weights_of_the_best_epoch_are_kept(walk: PriceHistory, small: Experiment) -> None:
    settings = (
        "training.epochs=8",
        "training.patience=2",
        "training.ensemble=1",
        "training.learning_rate=0.1",
    )
    (member,) = fitted(walk, *settings)
    assert (
        len(member.fit) == 8 or member.fit["val_loss"].idxmin() == len(member.fit) - 3
    )  # patience ran out
    dataset = prepare(load("gru", [*SMALL, *settings]), walk)
    scalers = dataset.fit_scalers()
    member.network.compile(loss=loss_of(small))
    inputs = dataset.inputs(scalers.inputs, dataset.splits.origins("validation"))
    reached = member.network.evaluate(
        inputs, dataset.scaled_targets(scalers.targets, "validation"), verbose=0
    )
    assert reached == pytest.approx(member.fit["val_loss"].min(), rel=1e-4)


@pytest.mark.parametrize("horizon", [1, 3])
def test_the_validation_loss_of_a_point_is_its_mean_squared_error(
    walk: PriceHistory, horizon: int
) -> None:
    overrides = (
        "model.head=point",
        f"window.horizon={horizon}",
        "training.ensemble=1",
        "training.epochs=1",
    )
    (member,) = fitted(walk, *overrides)
    dataset = prepare(load("gru", [*SMALL, *overrides]), walk)
    scalers = dataset.fit_scalers()
    answers = member.network.predict(
        dataset.inputs(scalers.inputs, dataset.splits.origins("validation")), verbose=0
    )
    expected = np.square(
        dataset.scaled_targets(scalers.targets, "validation") - answers[..., 0]
    ).mean()
    assert member.fit["val_loss"].iloc[-1] == pytest.approx(expected, rel=1e-5)


def test_a_loss_that_stops_being_a_number_is_named_with_its_epoch(walk: PriceHistory) -> None:
    with pytest.raises(
        DataError, match=r"the loss of member 1 is .* in epoch .*training.learning_rate"
    ):
        fitted(
            walk, "model.architecture=simple_rnn", "model.activation=relu",
            "training.optimizer=sgd",
            "training.learning_rate=1e30", "training.clipnorm=null", "training.epochs=20",
        )  # fmt: skip


def test_training_that_was_cut_short_goes_on_to_the_same_weights(walk: PriceHistory) -> None:
    """The state after every epoch, through arrays as a file holds them,
    is all that the next one depends on."""
    overrides = (
        "training.epochs=4",
        "training.ensemble=2",
        "training.schedule=plateau",
        "training.patience=2",
    )
    dataset = prepare(load("gru", [*SMALL, *overrides, "model.recurrent_dropout=0.2"]), walk)
    scalers = dataset.fit_scalers()
    kept: list[Checkpoint] = []
    whole = list(
        fit_ensemble(windows_of([dataset], [scalers]), Callbacks(on_checkpoint=kept.append))
    )
    for checkpoint in kept[1:5:3]:  # within the first network, and within the second
        begin = ResumePoint(
            checkpoint.epochs[0].member, Checkpoint.from_arrays(checkpoint.arrays())
        )
        for resumed in fit_ensemble(windows_of([dataset], [scalers]), resume=begin):
            original = whole[resumed.number - 1]
            for one, two in zip(
                original.network.get_weights(), resumed.network.get_weights(), strict=True
            ):
                np.testing.assert_array_equal(one, two)
            assert original.fit.equals(resumed.fit)


def test_a_wish_to_stop_is_granted_between_batches_with_the_last_whole_epoch(
    walk: PriceHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member in its third epoch falls back on the second one;
    one in its first epoch is left out."""
    monkeypatch.setattr(epoch, "SLICE_S", 0.0)  # asks after every batch
    seen: list[Epoch] = []
    settings = (
        "training.epochs=9",
        "training.ensemble=1",
        "training.patience=null",
        "training.batch_size=1",
    )
    asked = iter([*[False] * 3, *[True] * 9])  # before two epochs and the third, then within it
    callbacks = Callbacks(
        on_epoch_end=seen.append, should_stop=lambda: len(seen) == 2 and next(asked)
    )
    stopped = fitted(walk, *settings, callbacks=callbacks)
    whole = fitted(walk, *settings, "training.epochs=2")
    assert len(seen) == 2 and stopped[0].interrupted
    for ours, expected in zip(
        stopped[0].network.get_weights(), whole[0].network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, expected)


def test_a_wish_to_stop_in_the_first_epoch_leaves_nothing(
    walk: PriceHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch, "SLICE_S", 0.0)
    with pytest.raises(TrainingStoppedError, match="first epoch"):
        fitted(walk, "training.batch_size=1", callbacks=Callbacks(should_stop=lambda: True))


def test_a_wish_to_stop_is_granted_after_the_epoch_with_the_best_so_far(walk: PriceHistory) -> None:
    dataset = prepare(load("gru", [*SMALL, "training.epochs=50", "training.ensemble=3"]), walk)
    seen: list[Epoch] = []
    callbacks = Callbacks(on_epoch_end=seen.append, should_stop=lambda: len(seen) >= 3)
    (member,) = fit_ensemble(windows_of([dataset], [dataset.fit_scalers()]), callbacks)
    assert member.interrupted and len(member.fit) == 3


def rates(schedule: str, losses: list[float], epochs: int = 101) -> list[float]:
    """The step sizes that follow from validation losses."""
    training = Training(schedule=schedule, epochs=epochs, patience=4, learning_rate=1.0)  # type: ignore[arg-type]
    told = [Epoch(1, number, 0.0, loss) for number, loss in enumerate(losses, 1)]
    return [
        learning_rate(training, Checkpoint(tuple(told[:done]))) for done in range(len(told) + 1)
    ]


def test_step_sizes_follow_their_schedule() -> None:
    flat = [1.0] * 100
    assert set(rates("constant", flat)) == {1.0}
    cosine = rates("cosine", flat)
    keras_cosine = keras.optimizers.schedules.CosineDecay(1.0, 100, alpha=0.01)
    np.testing.assert_allclose(
        cosine, [float(keras_cosine(step)) for step in range(101)], rtol=1e-5
    )
    exponential = rates("exponential", flat)
    np.testing.assert_allclose(exponential, 0.01 ** (np.arange(101) / 100), rtol=1e-9)
    assert rates("plateau", [3, 2, 2, 2, 1, 1, 1, 1, 1]) == [
        1,
        1,
        1,
        1,
        0.5,
        0.5,
        0.5,
        0.25,
        0.25,
        0.125,
    ]


def test_patience_counts_from_the_best_epoch() -> None:
    training = Training(patience=2, epochs=10)
    losses = [3.0, 1.0, 2.0, 2.0]
    stages = [
        Checkpoint(
            tuple(Epoch(1, number, 0.0, loss) for number, loss in enumerate(losses[:done], 1))
        )
        for done in range(5)
    ]
    assert [finished(training, stage) for stage in stages] == [False, False, False, False, True]
    assert stages[-1].best_epoch.epoch == 2


@pytest.mark.parametrize("batch", [32, 33, 150, 1000])
def test_an_epoch_in_one_graph_is_an_epoch_of_keras_own_fit(walk: PriceHistory, batch: int) -> None:
    """Same weights, same order, same batches: the same steps as ``fit`` makes,
    though batches run in lanes and tiles, filled up."""
    settings = (
        "model.dropout=0",
        "model.l2=0.001",
        "training.optimizer=adamw",
        f"training.batch_size={batch}",
    )
    experiment = load("lstm", [*SMALL, *settings])
    dataset = prepare(experiment, walk)
    scalers = dataset.fit_scalers()
    ours, theirs = build(experiment), build(experiment)
    theirs.set_weights(ours.get_weights())
    order = np.random.default_rng(0).permutation(len(dataset.splits.origins("train")))
    optimizer = make_optimizer(experiment.training)
    optimizer.build(ours.trainable_variables)
    loop = Loop(ours, optimizer, windows_of([dataset], [scalers]))
    loop.train(order)
    theirs.compile(make_optimizer(experiment.training), loss_of(experiment))
    inputs = dataset.inputs(scalers.inputs, dataset.splits.origins("train"))[order]
    theirs.fit(
        inputs,
        dataset.scaled_targets(scalers.targets, "train")[order],
        batch_size=batch,
        shuffle=False,
        verbose=0,
    )
    for one, two in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=2e-5)
    held = dataset.inputs(scalers.inputs, dataset.splits.origins("validation"))
    ours.compile(loss=loss_of(experiment))
    expected = np.mean(
        loss_of(experiment)(dataset.scaled_targets(scalers.targets, "validation"), ours(held))
    )
    assert loop.validate() == pytest.approx(float(expected), rel=1e-5)


def test_the_lanes_of_a_large_batch_share_one_loop_over_tiles(walk: PriceHistory) -> None:
    """A loop in each lane would run on one core: TensorFlow executes them one after the other."""
    experiment = load("lstm", [*SMALL, "training.batch_size=256"])
    dataset = prepare(experiment, walk)
    network, optimizer = build(experiment), make_optimizer(experiment.training)
    optimizer.build(network.trainable_variables)
    loop = Loop(network, optimizer, windows_of([dataset], [dataset.fit_scalers()]))
    origins, zero = tf.constant(loop.origins["train"]), tf.constant(0)
    graph = loop._train.get_concrete_function(origins, zero, zero, tf.constant(0.0)).graph
    lanes = [
        {node.op for node in function.node_def}
        for function in graph.as_graph_def().library.function
        if "learn_graph" in function.signature.name
    ]
    assert loop.tiles == 4 and lanes
    assert not any(operations & {"While", "StatelessWhile"} for operations in lanes)

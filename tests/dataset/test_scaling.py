"""Scalers are scikit-learn's, and know training rows alone."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.scaling import Kind, Scaler
from rnnforecast.errors import DataError, UsageError

from ..conftest import SMALL, random_walk

ROWS = np.random.default_rng(3).normal(5, 2, (50, 2))


@pytest.mark.parametrize(
    ("kind", "theirs"),
    [("standard", StandardScaler()), ("robust", RobustScaler()), ("minmax", MinMaxScaler())],
)
def test_a_scaler_scales_as_scikit_learn_does(kind: Kind, theirs: StandardScaler) -> None:
    ours = Scaler.fit(ROWS, kind, ("a", "b"))
    np.testing.assert_allclose(ours.apply(ROWS), theirs.fit_transform(ROWS), atol=1e-8)
    np.testing.assert_allclose(ours.invert(ours.apply(ROWS)), ROWS, atol=1e-8)


@pytest.mark.parametrize(
    ("kind", "theirs"), [("standard", StandardScaler()), ("robust", RobustScaler())]
)
@pytest.mark.parametrize("level", [1.0, 1e6])
@pytest.mark.parametrize("steps", [1, 30, 1_000_000])
def test_what_only_rounding_moves_is_not_stretched(
    kind: Kind, theirs: StandardScaler, level: float, steps: int
) -> None:
    rows = np.full((50, 1), level)
    rows[::2] += steps * np.spacing(level)
    np.testing.assert_allclose(Scaler.fit(rows, kind, ("a",)).scale, theirs.fit(rows).scale_)


def test_a_scaler_survives_json_to_the_last_digit() -> None:
    scaler = Scaler.fit(ROWS, "standard", ("a", "b"))
    assert (
        Scaler(**json.loads(json.dumps(asdict(scaler)))).apply(ROWS).tobytes()
        == scaler.apply(ROWS).tobytes()
    )


def test_rows_after_training_do_not_move_a_scaler() -> None:
    history = random_walk()
    experiment = load("gru", SMALL)
    dataset = prepare(experiment, history)
    rows = np.arange(len(history))
    poisoned = history.bars.assign(
        close=history.bars["close"].where(rows < dataset.splits.validation, 1e6 + rows)
    )
    assert (
        prepare(experiment, PriceHistory("WALK", poisoned, sessions="24/7")).fit_scalers()
        == dataset.fit_scalers()
    )


def test_a_training_row_does_move_it() -> None:
    history = random_walk()
    experiment = load("gru", SMALL)
    bars = history.bars.assign(close=history.bars["close"].where(np.arange(300) != 100, 500.0))
    assert (
        prepare(experiment, PriceHistory("WALK", bars)).fit_scalers()
        != prepare(experiment, history).fit_scalers()
    )


def test_a_constant_column_is_named() -> None:
    with pytest.raises(DataError, match=r"volume is constant \(3\) in training"):
        Scaler.fit(np.full((5, 1), 3.0), "standard", ("volume",))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan")])
def test_a_damaged_scaler_is_refused(scale: float) -> None:
    with pytest.raises(DataError, match="train again"):
        Scaler((0.0,), (scale,))


@given(
    seed=st.integers(0, 10_000), kind=st.sampled_from(("standard", "robust", "minmax")),
    level=st.floats(-1e6, 1e6), spread=st.floats(1e-3, 1e6),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_what_was_scaled_comes_back_in_the_same_order(
    seed: int, kind: Kind, level: float, spread: float
) -> None:
    rows = level + spread * np.random.default_rng(seed).normal(size=(40, 2))
    scaler = Scaler.fit(rows, kind, ("a", "b"))
    scaled = scaler.apply(rows)
    tolerance = 1e-9 * (abs(level) + spread)
    np.testing.assert_allclose(scaler.invert(scaled), rows, atol=tolerance)
    assert (np.argsort(scaled, axis=0) == np.argsort(rows, axis=0)).all()


@pytest.mark.parametrize(("target", "centred"), [("difference", False), ("price", True)])
def test_one_spread_of_the_series_scales_every_step_by_training_closes(
    target: str, centred: bool, walk: PriceHistory
) -> None:
    settings = [*SMALL, f"window.target={target}", "window.target_scale=series", "model.head=point"]
    dataset = prepare(load("gru", settings), walk)
    closes = dataset.closes[: dataset.splits.validation]
    scaler = dataset.fit_scalers().targets
    np.testing.assert_allclose(scaler.scale, [closes.std()] * 3, rtol=1e-8)
    np.testing.assert_allclose(scaler.center, [closes.mean() if centred else 0.0] * 3, rtol=1e-8)


def test_a_return_is_not_divided_by_the_spread_of_prices() -> None:
    with pytest.raises(UsageError, match="target_scale series is for prices, not a log_return"):
        load("gru", [*SMALL, "window.target_scale=series"])


def test_values_with_another_number_of_columns_are_refused_not_repeated() -> None:
    scaler = Scaler((0.0, 1.0), (1.0, 2.0))
    for convert in (scaler.apply, scaler.invert):
        with pytest.raises(DataError, match="was learned from 2 columns, not from 1"):
            convert(np.ones((5, 1)))

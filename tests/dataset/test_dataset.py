"""A history and an experiment become a dataset, or a reason why not."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError

from ..conftest import SMALL, make_history, random_walk


def test_a_lookback_longer_than_the_series_is_refused_with_both_numbers(walk: PriceHistory) -> None:
    with pytest.raises(DataError, match="WALK has 300 bars, lookback 400 needs 401"):
        prepare(load("gru", [*SMALL, "window.lookback=400"]), walk)


def test_start_and_end_bound_the_bars_that_are_used(walk: PriceHistory) -> None:
    dataset = prepare(load("gru", [*SMALL, "data.start=2020-02-01", "data.end=2020-06-30"]), walk)
    assert (str(dataset.history.first.date()), str(dataset.history.last.date())) == (
        "2020-02-01",
        "2020-06-30",
    )


def test_dividends_move_returns_only_where_the_config_asks(small: Experiment) -> None:
    history = random_walk()
    factor = np.where(np.arange(300) < 150, 0.9, 1.0)
    bars = history.bars.assign(adj_close=history.bars["close"] * factor)
    paid = PriceHistory("WALK", bars, sessions="24/7")
    adjusted, plain = prepare(small, paid), prepare(load("gru", [*SMALL, "data.price=close"]), paid)
    np.testing.assert_allclose(plain.closes, history.bars["close"])
    np.testing.assert_allclose(adjusted.closes, history.bars["close"] * factor)
    jump = adjusted.features[150, 0] - plain.features[150, 0]
    assert jump == pytest.approx(-np.log(0.9))


def test_a_negative_series_trains_on_differences() -> None:
    history = make_history(np.random.default_rng(1).normal(0, 5, 300).cumsum())
    overrides = ["window.target=difference", "window.features=[difference, abs_difference]"]
    dataset = prepare(load("gru", [*SMALL, *overrides]), history)
    assert len(dataset.splits.origins("train")) > 100


def test_a_negative_series_is_refused_for_log_returns(small: Experiment) -> None:
    with pytest.raises(DataError, match="log returns need positive prices"):
        prepare(small, make_history(np.linspace(5, -5, 300)))


def test_a_constant_series_is_refused(small: Experiment) -> None:
    with pytest.raises(DataError, match="every close of WALK is constant at 7"):
        prepare(small, make_history(np.full(300, 7.0))).fit_scalers()


def test_a_validation_part_without_movement_is_refused_with_its_days() -> None:
    closes = random_walk(400).bars["close"].to_numpy(float).copy()
    closes[280:340] = closes[280]
    with pytest.raises(
        DataError, match=r"moves on \d+ of 60 bars of its validation part .*2020-10-07"
    ):
        prepare(load("gru", SMALL), make_history(closes)).fit_scalers()
    closes[285::2] *= 1.01  # half of the bars move
    prepare(load("gru", SMALL), make_history(closes)).fit_scalers()


@pytest.mark.parametrize("bars", [2, 5, 12, 22])
def test_a_history_shorter_than_its_features_says_how_many_bars_are_needed(bars: int) -> None:
    settings = [word for word in SMALL if not word.startswith("window.features")]
    experiment = load("gru", [*settings, "window.features=auto"])
    with pytest.raises(DataError, match=f"WALK has {bars} bars, too few") as short:
        prepare(experiment, random_walk(bars))
    needed = re.search(r"about (\d+) bars are needed", short.value.problem)
    assert needed
    with pytest.raises(DataError, match=r"has no|too few"):
        _ = prepare(experiment, random_walk(int(needed[1]) - 10)).splits
    assert len(prepare(experiment, random_walk(int(needed[1]))).splits.origins("train"))

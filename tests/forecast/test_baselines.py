"""Naive is yesterday's price with the spread of the past."""

from __future__ import annotations

import numpy as np

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.preparation import prepare
from rnnforecast.forecast.baselines import naive_quantiles
from rnnforecast.forecast.quantiles import LEVELS, MEDIAN, interval_positions

from ..conftest import SMALL, make_history, random_walk


def test_the_median_is_the_last_close_at_every_step(small: Experiment, walk: PriceHistory) -> None:
    dataset = prepare(small, walk)
    origins = dataset.splits.origins("test")
    medians = naive_quantiles(dataset, origins)[..., MEDIAN]
    np.testing.assert_allclose(medians, np.repeat(dataset.closes[origins, None], 3, axis=1))


def test_the_spread_is_the_empirical_one_of_changes_before_the_test_part(small: Experiment, walk: PriceHistory) -> None:
    dataset = prepare(small, walk)
    logs = np.log(dataset.closes[: dataset.splits.test])
    for step in (1, 3):
        changes = logs[step:] - logs[:-step]
        expected = np.exp(np.quantile(changes, LEVELS) - np.median(changes)) * dataset.closes[250]
        np.testing.assert_allclose(naive_quantiles(dataset, np.array([250]))[0, step - 1], expected, rtol=1e-9)


def test_the_spread_grows_with_the_root_of_the_horizon_on_a_random_walk() -> None:
    experiment = load("gru", [*SMALL, "window.horizon=16"])
    dataset = prepare(experiment, random_walk(rows=6000))
    low, high = interval_positions(0.80)
    quantiles = np.log(naive_quantiles(dataset, dataset.splits.origins("test")[:1])[0])
    width = quantiles[:, high] - quantiles[:, low]
    np.testing.assert_allclose(width[15] / width[0], 4, rtol=0.12)


def test_test_prices_do_not_move_the_spread(small: Experiment, walk: PriceHistory) -> None:
    test = prepare(small, walk).splits.test
    wild = walk.bars["close"].where(np.arange(300) < test, walk.bars["close"] * 3)
    origin = np.array([test - 1])
    altered = prepare(small, make_history(wild.to_numpy()))
    np.testing.assert_array_equal(naive_quantiles(altered, origin), naive_quantiles(prepare(small, walk), origin))


def test_a_series_below_zero_walks_in_differences() -> None:
    experiment = load("gru", [*SMALL, "window.target=difference", "window.features=[difference]"])
    dataset = prepare(experiment, make_history(np.random.default_rng(4).normal(0, 1, 300).cumsum()))
    quantiles = naive_quantiles(dataset, np.array([280]))[0, 0]
    changes = np.diff(dataset.closes[: dataset.splits.test])
    np.testing.assert_allclose(quantiles, dataset.closes[280] + np.quantile(changes, LEVELS) - np.median(changes))

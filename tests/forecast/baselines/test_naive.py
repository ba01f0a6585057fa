"""Naive is yesterday's price with the spread of the past."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.targets import SMALLEST_VOLATILITY
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.naive import (
    base_rate,
    constant_quantiles,
    naive_quantiles,
    recent_quantiles,
    rolling_quantiles,
)
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN, interval_positions

from ...conftest import SMALL, make_history, random_walk


def test_the_median_is_the_last_close_at_every_step(small: Experiment, walk: PriceHistory) -> None:
    dataset = prepare(small, walk)
    origins = dataset.splits.origins("test")
    medians = naive_quantiles(dataset, origins)[..., MEDIAN]
    np.testing.assert_allclose(medians, np.repeat(dataset.closes[origins, None], 3, axis=1))


def test_the_spread_is_the_empirical_one_of_changes_before_the_test_part(
    small: Experiment, walk: PriceHistory
) -> None:
    dataset = prepare(small, walk)
    logs = np.log(dataset.closes[: dataset.splits.test])
    for step in (1, 3):
        changes = logs[step:] - logs[:-step]
        expected = np.exp(np.quantile(changes, LEVELS) - np.median(changes)) * dataset.closes[250]
        np.testing.assert_allclose(
            naive_quantiles(dataset, np.array([250]))[0, step - 1], expected, rtol=1e-9
        )


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
    np.testing.assert_array_equal(
        naive_quantiles(altered, origin), naive_quantiles(prepare(small, walk), origin)
    )


def test_a_series_below_zero_walks_in_differences() -> None:
    experiment = load("gru", [*SMALL, "window.target=difference", "window.features=[difference]"])
    dataset = prepare(experiment, make_history(np.random.default_rng(4).normal(0, 1, 300).cumsum()))
    quantiles = naive_quantiles(dataset, np.array([280]))[0, 0]
    changes = np.diff(dataset.closes[: dataset.splits.test])
    np.testing.assert_allclose(
        quantiles, dataset.closes[280] + np.quantile(changes, LEVELS) - np.median(changes)
    )


def test_naive_volatility_is_that_of_late_times_what_came_of_it_before_the_test_part(
    walk: PriceHistory,
) -> None:
    dataset = prepare(load("volatility", [*SMALL, "window.horizon=1"]), walk)
    origin, test = np.array([290]), dataset.splits.test
    changes = np.abs(np.diff(np.log(dataset.closes)))  # changes[i] comes after row i
    ratios = [np.log(changes[row] / dataset.last_value[row]) for row in range(1, test - 1)]
    ratios = np.maximum(ratios, np.log(SMALLEST_VOLATILITY / dataset.last_value[1 : test - 1]))
    expected = dataset.last_value[290] * np.exp(np.quantile(ratios, LEVELS))
    np.testing.assert_allclose(naive_quantiles(dataset, origin)[0, 0], expected, rtol=1e-9)


def test_the_base_rate_is_the_share_of_rises_before_the_test_part_without_still_prices() -> None:
    closes = np.tile([100.0, 101.0, 101.0, 102.0, 99.0], 60)
    closes[260:] = np.linspace(50, 200, 40)  # the test part knows better, naive does not
    dataset = prepare(load("direction", SMALL), make_history(closes))
    moves = np.diff(closes[: dataset.splits.test])
    found = base_rate(dataset, np.array([270, 280]))
    assert found.shape == (2, 3) and (found[0] == found[1]).all()
    assert found[0, 0] == pytest.approx((moves > 0).sum() / (moves != 0).sum())


def test_the_recent_spread_is_that_of_the_validation_windows() -> None:
    dataset = prepare(load("gru", [*SMALL, "calibration=conformal"]), random_walk(400))
    validation, origin = dataset.splits.origins("validation"), dataset.splits.origins("test")[5]
    changes = np.log(dataset.closes[validation + 2] / dataset.closes[validation])
    quantiles = recent_quantiles(dataset, np.array([origin]))[0, 1]
    expected = np.quantile(changes, LEVELS) - np.quantile(changes, 0.5)
    np.testing.assert_allclose(np.log(quantiles / dataset.closes[origin]), expected, atol=1e-12)


@pytest.mark.parametrize("kind", ["rolling", "aci"])
def test_the_recent_spread_rolls_where_the_calibration_rolls(kind: str) -> None:
    dataset = prepare(load("gru", [*SMALL, f"calibration={kind}"]), random_walk(400))
    count, origin = len(dataset.splits.origins("validation")), dataset.splits.origins("test")[30]
    for step in (1, 3):
        begins = np.arange(origin - step - count + 1, origin - step + 1)
        changes = np.log(dataset.closes[begins + step] / dataset.closes[begins])
        assert begins[-1] + step == origin  # the newest that is known
        quantiles = recent_quantiles(dataset, np.array([origin]))[0, step - 1]
        expected = np.quantile(changes, LEVELS) - np.quantile(changes, 0.5)
        np.testing.assert_allclose(np.log(quantiles / dataset.closes[origin]), expected, atol=1e-12)


def test_the_recent_spread_rolls_by_default_and_its_quantiles_are_those_of_numpy() -> None:
    origins = prepare(load("gru", SMALL), random_walk(400)).splits.origins("test")[10:13]
    by_kind = [
        recent_quantiles(prepare(load("gru", [*SMALL, setting]), random_walk(400)), origins)
        for setting in ("calibration=auto", "calibration=rolling")
    ]
    np.testing.assert_array_equal(*by_kind)
    values, ends = np.random.default_rng(2).integers(0, 9, 300).astype(float), np.arange(60, 300, 7)
    expected = [np.quantile(values[end - 50 : end], LEVELS) for end in ends]
    np.testing.assert_allclose(rolling_quantiles(values, ends, 50), expected, atol=1e-12)


def test_rolling_quantiles_are_the_same_in_any_order_of_rows_and_need_enough_values() -> None:
    values, ends = np.random.default_rng(3).normal(size=200), np.arange(60, 200, 9)
    mixed = np.random.default_rng(4).permutation(len(ends))
    np.testing.assert_array_equal(
        rolling_quantiles(values, ends[mixed], 50), rolling_quantiles(values, ends, 50)[mixed]
    )
    with pytest.raises(DataError, match=r"70 known windows are wanted.*one has 60"):
        rolling_quantiles(values, ends, 70)


def test_the_constant_of_a_price_is_the_distribution_of_its_moves_as_they_were() -> None:
    dataset = prepare(load("gru", SMALL), random_walk(400))
    logs = np.log(dataset.closes[: dataset.splits.test])
    expected = dataset.closes[350] * np.exp(np.quantile(logs[3:] - logs[:-3], LEVELS))
    np.testing.assert_allclose(constant_quantiles(dataset, np.array([350]))[0, 2], expected)


def test_the_constants_of_a_volatility_are_its_values_of_all_the_past_and_of_validation() -> None:
    experiment = load("volatility", [*SMALL, "calibration=conformal"])
    dataset = prepare(experiment, random_walk(400))
    squares = np.diff(np.log(dataset.closes)) ** 2
    means = np.sqrt(np.lib.stride_tricks.sliding_window_view(squares, 2).mean(axis=1))  # two steps
    origins = dataset.splits.origins("test")[:2]
    constant = constant_quantiles(dataset, origins)
    np.testing.assert_allclose(
        constant[0, 1], np.quantile(means[: dataset.splits.learnable_stop - 2], LEVELS)
    )
    np.testing.assert_array_equal(constant[0], constant[1])
    recent = recent_quantiles(dataset, origins)
    validation = dataset.splits.origins("validation")
    np.testing.assert_allclose(recent[1, 1], np.quantile(means[validation], LEVELS))

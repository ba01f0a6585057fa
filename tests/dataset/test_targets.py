"""A target is a pair of inverse functions."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.config import Experiment, load
from rnnforecast.config.experiment import Target
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.targets import (
    SMALLEST_VOLATILITY,
    UNITS,
    future_values,
    last_values,
    target_paths,
)
from rnnforecast.errors import DataError
from rnnforecast.quantities import VOLATILITY

from ..conftest import SMALL, make_history

REVERSIBLE = [target for target in UNITS if target != "direction"]  # a direction forgets how far


@pytest.mark.parametrize("target", REVERSIBLE)
def test_decoding_what_was_encoded_gives_the_price_back(target: Target) -> None:
    prices, last = np.array([90.0, 100.0, 130.0]), np.full(3, 100.0)
    np.testing.assert_allclose(
        UNITS[target].decode(UNITS[target].encode(prices, last), last), prices
    )


@pytest.mark.parametrize("target", UNITS)
def test_decoding_keeps_the_order_so_that_quantiles_stay_quantiles(target: Target) -> None:
    values = np.linspace(-0.5, 0.5, 11) + (100 if target == "price" else 0)
    assert (np.diff(UNITS[target].decode(values, np.full(11, 100.0))) > 0).all()


def test_the_log_return_path_is_cumulative_from_the_last_close() -> None:
    closes = np.array([100.0, 110.0, 121.0, 133.1])
    paths = target_paths(closes, 2, "log_return")
    np.testing.assert_allclose(paths[:2], np.log([[1.1, 1.21], [1.1, 1.21]]), rtol=1e-12)


@pytest.mark.parametrize("target", list(UNITS))
def test_paths_of_some_rows_are_those_rows_of_all(target: Target) -> None:
    closes = np.exp(np.random.default_rng(5).normal(0, 0.02, 60).cumsum())
    rows = np.array([3, 30, 58, 59])
    every = target_paths(closes, 4, target)
    np.testing.assert_array_equal(target_paths(closes, 4, target, rows), every[rows])


def test_what_has_not_happened_is_nan() -> None:
    paths = target_paths(np.array([1.0, 2.0, 3.0]), 2, "difference")
    assert np.array_equal(paths, [[1, 2], [1, np.nan], [np.nan, np.nan]], equal_nan=True)


def test_the_coming_volatility_is_the_root_mean_square_of_the_coming_log_returns() -> None:
    closes = np.array([100.0, 101.0, 99.0, 104.0])
    one, two, three = np.log(closes[1:] / closes[:-1])
    found = future_values(closes, 2, VOLATILITY)
    expected = [[abs(one), np.hypot(one, two) / 2**0.5], [abs(two), np.hypot(two, three) / 2**0.5]]
    np.testing.assert_allclose(found[:2], expected)
    assert np.isnan(found[2:]).tolist() == [[False, True], [True, True]]
    paths = target_paths(closes, 2, "volatility")
    np.testing.assert_allclose(paths[1], np.log(expected[1]))
    assert np.isnan(
        paths[0]
    ).all()  # at the first row there is no volatility of late, so no forecast begins there


def test_the_last_volatility_is_that_of_a_month_of_bars_up_to_the_row() -> None:
    closes = 100 * np.exp(np.random.default_rng(1).normal(0, 0.01, 60).cumsum())
    found = last_values(closes, VOLATILITY)
    for row in (1, 5, 21, 40, 59):
        changes = np.log(closes[max(1, row - 20) : row + 1] / closes[max(0, row - 21) : row])
        assert found[row] == pytest.approx(np.sqrt(np.mean(changes**2)))
    assert np.isnan(found[0])


def test_a_price_that_stands_still_has_a_volatility_whose_log_exists() -> None:
    assert (future_values(np.full(30, 5.0), 3, VOLATILITY)[:27] == SMALLEST_VOLATILITY).all()
    assert last_values(np.full(30, 5.0), VOLATILITY)[29] == SMALLEST_VOLATILITY


def test_a_direction_is_up_down_or_neither_from_the_last_close_never_from_step_to_step() -> None:
    paths = target_paths(np.array([100.0, 99.0, 99.5, 100.0, 101.0]), 3, "direction")
    assert paths[0].tolist() == [
        0,
        0,
        0.5,
    ]  # the second step rises, and yet stands below the last close
    assert paths[1].tolist() == [1, 1, 1]
    assert np.isnan(paths[4]).all()


def test_yes_and_no_are_not_scaled(walk: PriceHistory) -> None:
    dataset = prepare(load("direction", SMALL), walk)
    assert set(np.unique(dataset.scaled_targets(dataset.fit_scalers().targets, "train"))) <= {
        0.0,
        0.5,
        1.0,
    }


def test_a_price_that_only_rises_has_no_direction_to_learn() -> None:
    with pytest.raises(DataError, match="step 1 of direction is constant"):
        prepare(
            load("direction", SMALL), make_history(np.linspace(100, 200, 300) ** 1.1)
        ).fit_scalers()


def test_a_volatility_needs_positive_prices(small: Experiment) -> None:
    settings = [*SMALL, "window.target=volatility", "window.features=[difference]"]
    with pytest.raises(DataError, match="log returns need positive prices"):
        prepare(load("gru", settings), make_history(np.arange(300.0) - 5))

"""Simulated paths have the distribution that theory gives them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rnnforecast.config import load
from rnnforecast.config.experiment import FROM_CLOSES
from rnnforecast.dataset.features import feature_table
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.errors import UsageError
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN, interval_positions
from rnnforecast.forecast.simulation import NEXT, draw, simulate

from ..conftest import make_history, random_walk

PLAIN = Scaler((0.0,), (1.0,))
NORMAL = stats.norm.ppf(LEVELS)


def random_walk_step(windows: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Log returns of 1 %, whatever has been."""
    return last[:, None] * np.exp(0.01 * NORMAL)


def test_the_spread_of_a_random_walk_grows_with_the_square_root_of_time() -> None:
    windows, last = np.zeros((3, 5, 1), np.float32), np.array([50.0, 100.0, 200.0])
    quantiles = simulate(random_walk_step, windows, last, 9, ["log_return"], PLAIN)
    assert quantiles.shape == (3, 9, len(LEVELS))
    low, high = interval_positions(0.80)
    width = np.log(quantiles[:, :, high] / quantiles[:, :, low])
    expected = 2 * stats.norm.ppf(0.9) * 0.01 * np.sqrt(np.arange(1, 10))
    np.testing.assert_allclose(width, np.tile(expected, (3, 1)), rtol=0.12)  # 256 paths
    np.testing.assert_allclose(quantiles[:, :, MEDIAN] / last[:, None], 1, atol=0.005)
    np.testing.assert_allclose(
        quantiles[0] * 4, quantiles[2], rtol=1e-9
    )  # the same draws for every origin


def test_what_was_drawn_is_what_the_next_step_sees() -> None:
    """A network that repeats the last return: each path is a straight line in logs."""

    def repeat(windows: np.ndarray, last: np.ndarray) -> np.ndarray:
        first = (windows[:, -1, 0] == 0)[:, None]  # no return yet: draw one
        step = np.where(first, 0.01 * NORMAL, windows[:, -1, :1].astype(float))
        return last[:, None] * np.exp(step)

    quantiles = simulate(
        repeat, np.zeros((1, 3, 1), np.float32), np.array([100.0]), 4, ["log_return"], PLAIN
    )
    logs = np.log(quantiles[0] / 100.0)
    np.testing.assert_allclose(logs[3], 4 * logs[0], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", NEXT)
def test_a_simulated_feature_is_the_one_that_bars_would_give(name: str) -> None:
    closes = random_walk(20).bars["close"].to_numpy(float)
    from_bars = feature_table(make_history(closes), [name])[name].to_numpy(float)[1:]
    np.testing.assert_allclose(NEXT[name](closes[1:], closes[:-1]), from_bars, rtol=1e-12)


def test_exactly_the_features_that_follow_from_closes_can_be_simulated() -> None:
    assert set(NEXT) == set(FROM_CLOSES)
    for overrides in (["window.features=[rsi]"], ["data.exogenous=[X]"], ["model.head=point"]):
        with pytest.raises(UsageError, match=r"window\.strategy recursive"):
            load("gru", ["window.strategy=recursive", *overrides])


def test_draws_follow_the_quantiles_also_beyond_the_outermost_level() -> None:
    uniforms = np.array([0.0001, 0.005, 0.31, 0.5, 0.9999])
    quantiles = np.tile(3 + 2 * NORMAL, (5, 1))
    np.testing.assert_allclose(
        draw(quantiles, uniforms), 3 + 2 * stats.norm.ppf(uniforms), rtol=1e-4
    )


def test_a_recursive_network_answers_one_step_and_a_direct_one_all() -> None:
    experiment = load("gru", ["window.strategy=recursive", "window.horizon=7"])
    assert experiment.answered == 1 and load("gru", []).answered == 5

"""Ridge on the network's windows finds what is linear, and claims a spread it keeps."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.forecast.baselines.ridge import PENALTIES, fit_ridge, linear_quantiles
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN, position

from ...conftest import SMALL, make_history


def autoregression(rows: int, slope: float) -> PriceHistory:
    changes = [0.0]
    for shock in np.random.default_rng(3).normal(0, 0.01, rows - 1):
        changes.append(slope * changes[-1] + shock)
    return make_history(100 * np.exp(np.cumsum(changes)))


def test_a_planted_autoregression_is_found(small: Experiment) -> None:
    dataset = prepare(small, autoregression(3000, 0.5))
    origins = dataset.splits.origins("test")
    said = np.log(linear_quantiles(dataset, origins)[:, 0, MEDIAN] / dataset.closes[origins])
    newest = np.log(dataset.closes[origins] / dataset.closes[origins - 1])
    assert np.polyfit(newest, said, 1)[0] == pytest.approx(0.5, abs=0.06)


def test_the_point_is_that_of_scikit_learn_and_the_spread_that_of_validation(
    small: Experiment, walk: PriceHistory
) -> None:
    dataset = prepare(small, walk)
    logs = np.log(dataset.closes)
    returns = np.diff(logs, prepend=np.nan)
    train, validation = dataset.splits.origins("train"), dataset.splits.origins("validation")
    seen = np.stack([returns, np.abs(returns)], axis=1)
    known = seen[1 : dataset.splits.validation]
    scaled = (seen - known.mean(axis=0)) / known.std(axis=0)

    def windows(rows: np.ndarray) -> np.ndarray:
        return np.stack([scaled[row - 7 : row + 1].ravel() for row in rows]).astype(np.float32)

    ridge = RidgeCV(PENALTIES).fit(
        windows(train), np.stack([logs[row + 1 : row + 4] - logs[row] for row in train])
    )
    errors = np.stack([logs[row + 1 : row + 4] - logs[row] for row in validation]) - ridge.predict(
        windows(validation)
    )
    origin = np.array([280])
    expected = logs[280] + ridge.predict(windows(origin))[0] + np.quantile(errors, 0.9, axis=0)
    found = np.log(linear_quantiles(dataset, origin)[0, :, position(0.9)])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(("rows", "columns", "noise"), [(300, 20, 0.3), (300, 20, 9), (40, 90, 1)])
def test_the_penalty_and_the_map_are_those_of_scikit_learn(
    rows: int, columns: int, noise: float
) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(2, 1, (rows, columns))
    targets = inputs[:, :3] * 0.5 + rng.normal(7, noise, (rows, 3))
    known = RidgeCV(PENALTIES).fit(inputs, targets)
    slopes, intercept = fit_ridge(inputs, targets)
    np.testing.assert_allclose(slopes, known.coef_.T, atol=1e-9)
    np.testing.assert_allclose(intercept, known.intercept_, rtol=1e-9)


def test_a_volatility_and_a_recursive_strategy_are_forecast_over_the_whole_horizon(
    walk: PriceHistory,
) -> None:
    for settings in (load("volatility", SMALL), load("gru", [*SMALL, "window.strategy=recursive"])):
        dataset = prepare(settings, walk)
        quantiles = linear_quantiles(dataset, np.array([270, 280]))
        assert quantiles.shape == (2, 3, len(LEVELS)) and (quantiles > 0).all()

"""ETS, Theta and AutoARIMA are statsforecast's, fitted before the test part and carried on."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.arima.model import ARIMA

from rnnforecast.config import Experiment, load
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.forecast.quantile_levels import MEDIAN, interval_positions

from ...conftest import SMALL, make_history, random_walk

NAMES = ("ets", "theta", "arima")


@pytest.mark.parametrize("name", NAMES)
def test_each_is_in_order_finite_and_blind_to_what_comes_after_the_origin(
    name: str, small: Experiment
) -> None:
    history = random_walk(400)
    dataset = prepare(small, history)
    test = dataset.splits.test
    origins = np.arange(test - 1, test + 4)
    quantiles = BASELINES[name].quantiles(dataset, origins)
    assert np.isfinite(quantiles).all() and (np.diff(quantiles) > 0).all()
    wild = history.bars["close"].where(np.arange(400) < test, history.bars["close"] * 3)
    altered = BASELINES[name].quantiles(prepare(small, make_history(wild.to_numpy())), origins[:1])
    np.testing.assert_array_equal(altered[0], quantiles[0])


@pytest.mark.parametrize("name", NAMES)
def test_on_a_random_walk_each_says_the_last_close_with_a_spread_that_grows_with_the_root(
    name: str, small: Experiment
) -> None:
    dataset = prepare(load("gru", [*SMALL, "window.horizon=9"]), random_walk(1500))
    origins = dataset.splits.origins("test")[::20]
    quantiles = np.log(
        BASELINES[name].quantiles(dataset, origins) / dataset.closes[origins][:, None, None]
    )
    assert np.abs(quantiles[:, 0, MEDIAN]).mean() < 0.002
    low, high = interval_positions(0.80)
    width = (quantiles[..., high] - quantiles[..., low]).mean(axis=0)
    assert width[0] == pytest.approx(0.01 * 2 * 1.2816, rel=0.1)
    assert width[8] / width[0] == pytest.approx(3, rel=0.2)


def test_an_autoregression_is_found_and_forecast_as_statsmodels_does(small: Experiment) -> None:
    rng, changes = np.random.default_rng(4), [0.0]
    for shock in rng.normal(0, 0.01, 1200):
        changes.append(0.5 * changes[-1] + shock)
    logs = np.cumsum(changes)
    dataset = prepare(small, make_history(100 * np.exp(logs)))
    origin = dataset.splits.test + 10
    medians = np.log(BASELINES["arima"].quantiles(dataset, np.array([origin]))[0, :, MEDIAN] / 100)
    fitted = ARIMA(logs[: dataset.splits.test], order=(1, 1, 0)).fit()
    expected = fitted.apply(logs[: origin + 1]).forecast(3)
    np.testing.assert_allclose(medians, expected, atol=0.003)


def test_a_price_that_stands_still_is_refused_by_name(small: Experiment) -> None:
    closes = np.full(400, 100.0)
    closes[-50:] += np.random.default_rng(1).normal(
        0, 1, 50
    )  # in the test part, which nothing is learned from
    dataset = prepare(small, make_history(closes))
    with pytest.raises(DataError, match="ETS cannot be fitted to WALK: it does not move"):
        BASELINES["ets"].quantiles(dataset, np.array([380]))

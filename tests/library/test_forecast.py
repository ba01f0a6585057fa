"""A forecast for people who write Python: numbers by level, by coverage, as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.errors import UsageError
from rnnforecast.forecast import forecaster
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.library.forecast import Forecast

from ..conftest import random_walk

MEANS, DEVIATIONS = np.array([101.0, 99.0]), np.array([2.0, 4.0])


@pytest.fixture
def dataset(small: Experiment) -> Dataset:
    return prepare(small, random_walk())


@pytest.fixture
def forecast(dataset: Dataset) -> Forecast:
    quantiles = MEANS[:, None] + DEVIATIONS[:, None] * norm.ppf(LEVELS)
    last = dataset.history.last
    dates = pd.date_range(last, periods=3)[1:]
    value = forecaster.Forecast("WALK", last, 100.0, dates, quantiles, "USD", calibrated=True)
    return Forecast(value, dataset)


def test_quantiles_and_intervals_are_those_of_the_distribution(forecast: Forecast) -> None:
    np.testing.assert_allclose(forecast.quantile(0.9), norm.ppf(0.9, MEANS, DEVIATIONS))
    np.testing.assert_allclose(forecast.median, MEANS)
    low, high = forecast.interval(0.8)
    np.testing.assert_allclose([low, high], norm.ppf([[0.1], [0.9]], MEANS, DEVIATIONS))
    between = forecast.quantile(0.123)  # no level that is kept
    np.testing.assert_allclose(between, norm.ppf(0.123, MEANS, DEVIATIONS), rtol=1e-4)


def test_the_probability_of_a_rise_is_the_share_above_the_last_close(forecast: Forecast) -> None:
    expected = 1 - norm.cdf(100.0, MEANS, DEVIATIONS)
    np.testing.assert_allclose(forecast.probability_up, expected, atol=1e-3)


@pytest.mark.parametrize("coverage", [0.0, 1.0, -0.1, 0.999])
def test_an_interval_beyond_what_is_known_is_refused(forecast: Forecast, coverage: float) -> None:
    with pytest.raises(UsageError, match=r"use a share up to 0\.99"):
        forecast.interval(coverage)
    with pytest.raises(UsageError, match=r"use 0\.005 to 0\.995"):
        forecast.quantile(coverage / 1000)


def test_a_direction_is_a_probability_and_has_no_quantiles(dataset: Dataset) -> None:
    last = dataset.history.last
    rising = np.array([0.6, 0.4])
    value = forecaster.RiseProbability(
        "WALK", last, 100.0, pd.date_range(last, periods=3)[1:], rising, "USD"
    )
    forecast = Forecast(value, dataset)
    assert (
        list(forecast.probability_up) == list(forecast.to_frame()["probability_up"]) == [0.6, 0.4]
    )
    with pytest.raises(UsageError, match="use probability_up"):
        forecast.quantile(0.5)


def test_nixtlas_columns_hold_the_asked_intervals(forecast: Forecast) -> None:
    frame = forecast.to_nixtla([50])
    assert list(frame) == [
        "unique_id", "ds", "rnnforecast", "rnnforecast-lo-50", "rnnforecast-hi-50"
    ]  # fmt: skip
    np.testing.assert_allclose(frame["rnnforecast-hi-50"], norm.ppf(0.75, MEANS, DEVIATIONS))

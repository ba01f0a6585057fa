"""Drift, seasonal naive, AR(1) and EWMA are what their textbooks say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.tsa.ar_model import AutoReg

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.naive import naive_quantiles
from rnnforecast.forecast.baselines.registry import BASELINES, baselines_of
from rnnforecast.forecast.baselines.simple import (
    ar1_quantiles,
    drift_quantiles,
    ewma_quantiles,
    season_of,
    seasonal_quantiles,
)  # fmt: skip
from rnnforecast.forecast.quantile_levels import MEDIAN, position
from rnnforecast.quantities import PRICE, VOLATILITY

from ...conftest import SMALL, make_history, random_walk
from ...dataset.test_features import candles

QUICK = ("naive", "recent", "drift", "seasonal_naive", "ar1", "ewma", "linear")


@pytest.mark.parametrize("name", QUICK)
def test_what_comes_after_the_origin_does_not_move_a_baseline(
    name: str, small: Experiment, walk: PriceHistory
) -> None:
    test = prepare(small, walk).splits.test
    wild = walk.bars["close"].where(np.arange(300) < test, walk.bars["close"] * 3)
    origin = np.array([test - 1])
    altered = BASELINES[name].quantiles(prepare(small, make_history(wild.to_numpy())), origin)
    np.testing.assert_array_equal(altered, BASELINES[name].quantiles(prepare(small, walk), origin))


@pytest.mark.parametrize("name", QUICK)
def test_a_baseline_is_in_order_and_finite_and_scales_with_the_price(
    name: str, small: Experiment
) -> None:
    history = random_walk()
    dataset = prepare(small, history)
    origins = dataset.splits.origins("test")
    quantiles = BASELINES[name].quantiles(dataset, origins)
    assert quantiles.shape[:2] == (len(origins), 3)
    assert np.isfinite(quantiles).all() and (np.diff(quantiles) >= 0).all()
    sevenfold = prepare(small, make_history(7 * history.bars["close"].to_numpy()))
    np.testing.assert_allclose(
        BASELINES[name].quantiles(sevenfold, origins), 7 * quantiles, rtol=1e-6
    )


def test_drift_is_naive_moved_by_the_mean_change_of_the_past(
    small: Experiment, walk: PriceHistory
) -> None:
    dataset, origin = prepare(small, walk), np.array([270])
    mean = np.diff(np.log(dataset.closes[: dataset.splits.test])).mean()
    for step in (1, 2, 3):
        expected = naive_quantiles(dataset, origin)[0, step - 1] * np.exp(step * mean)
        np.testing.assert_allclose(drift_quantiles(dataset, origin)[0, step - 1], expected)


def test_the_seasonal_median_is_the_value_of_the_same_weekday_before(small: Experiment) -> None:
    week = np.array([1.0, 1.2, 1.1, 1.3, 0.9, 1.0, 1.4])
    closes = 100 * np.tile(week, 50) * np.exp(np.random.default_rng(1).normal(0, 1e-3, 350))
    dataset = prepare(load("gru", [*SMALL, "window.horizon=9"]), make_history(closes))
    medians = seasonal_quantiles(dataset, np.array([300]))[0, :, MEDIAN]
    np.testing.assert_allclose(medians[:7], closes[294:301])
    np.testing.assert_allclose(medians[7:], closes[294:296])  # the second week repeats the first


def test_seasons_are_weeks_of_days_days_of_hours_and_years_of_months() -> None:
    assert season_of(random_walk()) == 7
    assert season_of(make_history(np.arange(1.0, 40), sessions="XNYS")) == 5
    hours = pd.date_range("2024-01-01", periods=240, freq="h", unit="ns", tz="UTC", name="date")
    hourly = PriceHistory(
        "H", pd.DataFrame({"close": np.arange(1.0, 241)}, index=hours), "1h", "24/7"
    )
    assert season_of(hourly) == 24
    months = pd.date_range("2000-01-01", periods=60, freq="MS", unit="ns", name="date")
    assert (
        season_of(
            PriceHistory("M", pd.DataFrame({"close": np.arange(1.0, 61)}, index=months), "1mo")
        )
        == 12
    )


def test_bars_without_a_season_have_no_seasonal_naive(small: Experiment) -> None:
    years = pd.date_range("1700-01-01", periods=300, freq="YS", unit="ns", name="date")
    yearly = PriceHistory(
        "Y", pd.DataFrame({"close": random_walk().bars["close"].to_numpy()}, index=years), "1y"
    )
    with pytest.raises(DataError, match="know no season"):
        seasonal_quantiles(prepare(small, yearly), np.array([280]))


def test_the_autoregression_is_that_of_statsmodels(small: Experiment) -> None:
    rng, changes = np.random.default_rng(2), [0.0]
    for shock in rng.normal(0, 0.01, 600):
        changes.append(0.001 + 0.4 * changes[-1] + shock)
    closes = 100 * np.exp(np.cumsum(changes))
    dataset = prepare(small, make_history(closes))
    known, origin = dataset.splits.test, 560
    constant, slope = AutoReg(np.diff(np.log(closes[:known])), 1).fit().params
    newest, expected = np.log(closes[origin] / closes[origin - 1]), np.log(closes[origin])
    medians = ar1_quantiles(dataset, np.array([origin]))[0, :, MEDIAN]
    for step in range(3):
        newest = constant + slope * newest
        expected += newest
        assert np.log(medians[step]) == pytest.approx(expected, abs=1e-9)


def test_ewma_is_riskmetrics_variance_and_grows_with_the_root_of_the_steps(
    small: Experiment, walk: PriceHistory
) -> None:
    dataset, origin = prepare(small, walk), 280
    changes = np.diff(np.log(dataset.closes[: origin + 1]))
    variance = changes[0] ** 2
    for change in changes[1:]:
        variance = 0.94 * variance + 0.06 * change**2
    found = np.log(ewma_quantiles(dataset, np.array([origin]))[0] / dataset.closes[origin])
    for step in (1, 3):
        expected = np.sqrt(step * variance) * stats.norm.ppf(0.9)
        assert found[step - 1, position(0.9)] == pytest.approx(expected)


def test_ewma_of_a_volatility_is_that_of_the_chi_distribution(walk: PriceHistory) -> None:
    experiment = load("volatility", SMALL)
    dataset, origin = prepare(experiment, walk), np.array([280])
    prices = prepare(load("gru", SMALL), walk)
    deviation = np.log(
        ewma_quantiles(prices, origin)[0, 0, position(0.9)] / prices.closes[280]
    ) / stats.norm.ppf(0.9)
    for step in (1, 3):
        expected = deviation * stats.chi.ppf(0.8, step) / np.sqrt(step)
        assert ewma_quantiles(dataset, origin)[0, step - 1, position(0.8)] == pytest.approx(
            expected
        )


def test_a_price_that_stands_still_has_no_ewma(small: Experiment) -> None:
    closes = random_walk().bars["close"].to_numpy().copy()
    dataset = prepare(small, make_history(closes))
    still = prepare(small, make_history(np.where(np.arange(300) < 299, 100.0, closes)))
    with pytest.raises(DataError, match="does not move"):
        ewma_quantiles(still, np.array([280]))
    assert np.isfinite(ewma_quantiles(dataset, np.array([280]))).all()


def test_a_sliding_start_forgets_what_was_before(small: Experiment) -> None:
    closes = np.concatenate(
        [100 * np.exp(np.random.default_rng(1).normal(0, 0.2, 100)), random_walk(500).bars["close"]]
    )
    from dataclasses import replace

    dataset = prepare(small, make_history(closes))
    late = replace(
        dataset, given_splits=replace(dataset.splits, learnable_start=101, first_origin=120)
    )
    origin = np.array([550])
    for name in ("naive", "drift", "ar1", "seasonal_naive"):
        wide, narrow = (
            np.ptp(np.log(BASELINES[name].quantiles(one, origin)[0, 0])) for one in (dataset, late)
        )
        assert narrow < wide / 3, name


def test_a_volatility_is_forecast_by_those_that_can() -> None:
    assert baselines_of(VOLATILITY) == (
        "naive", "recent", "constant", "ewma", "garch", "gjr", "egarch", "har", "linear",
    )  # fmt: skip
    assert set(baselines_of(PRICE)) == set(BASELINES)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("config", ["gru", "volatility"])
def test_a_baseline_forecasts_each_origin_alike_whichever_others_are_asked(
    name: str, config: str
) -> None:
    dataset = prepare(load(config, SMALL), candles())
    if dataset.experiment.window.quantity not in BASELINES[name].quantities:
        return
    origins = dataset.splits.origins("test")
    every = BASELINES[name].quantiles(dataset, origins)
    np.testing.assert_allclose(
        BASELINES[name].quantiles(dataset, origins[2::5]), every[2::5], rtol=1e-12
    )

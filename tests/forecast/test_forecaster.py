"""Forecasts know the past alone, carry future dates, and scale with the price."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.forecast.conformal import Kind, scores_of
from rnnforecast.forecast.forecaster import Forecast, Forecaster, Networks
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.model.heads import head_of
from rnnforecast.quantities import PRICE, VOLATILITY
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_forecaster

from ..conftest import SMALL, random_walk


@pytest.fixture(scope="module")
def forecaster(trained: tuple[Path, Run]) -> Forecaster:
    return load_forecaster(trained[1].parts[0])


def dataset_of(forecaster: Forecaster, closes: pd.Series, sessions: str = "24/7") -> Dataset:
    return prepare(
        forecaster.experiment,
        PriceHistory("WALK", pd.DataFrame({"close": closes}), sessions=sessions),
    )


@pytest.mark.parametrize("origin", [60, 200, 280])
@pytest.mark.parametrize(
    "poison",
    [
        lambda closes: closes * 1e6,
        lambda closes: 1 / closes,
        lambda closes: closes[::-1].to_numpy(),
    ],
)
def test_altering_prices_after_an_origin_leaves_its_forecast_bit_identical(
    forecaster: Forecaster, origin: int, poison: object
) -> None:
    closes = random_walk().bars["close"]
    altered = closes.copy()
    altered.iloc[origin + 1 :] = poison(closes.iloc[origin + 1 :])  # type: ignore[operator]
    clean, changed = (
        forecaster.quantiles(dataset_of(forecaster, series), np.array([origin]))
        for series in (closes, altered)
    )
    assert clean.tobytes() == changed.tobytes()


def test_a_history_that_begins_after_validation_is_calibrated_by_what_validation_taught(
    forecaster: Forecaster,
) -> None:
    assert forecaster.calibration is not None and forecaster.calibration.kind == "rolling"
    recent = dataset_of(forecaster, random_walk().bars["close"].iloc[-40:])
    origins = np.array([20, 39])
    expected = forecaster.calibration.apply(forecaster.own_quantiles(recent, origins))
    found = forecaster.quantiles(recent, origins)
    fixed = replace(forecaster.calibration, kind="conformal")
    np.testing.assert_allclose(
        found, replace(forecaster, calibration=fixed).quantiles(recent, origins)
    )
    assert np.isfinite(expected).all() and np.isfinite(found).all()


def test_altering_the_price_at_the_origin_does_move_its_forecast(forecaster: Forecaster) -> None:
    closes = random_walk().bars["close"]
    altered = closes.copy()
    altered.iloc[200] *= 1.01
    clean, changed = (
        forecaster.quantiles(dataset_of(forecaster, series), np.array([200]))
        for series in (closes, altered)
    )
    assert (clean != changed).all()


def test_a_forecast_made_with_the_history_up_to_its_origin_is_the_one_in_the_backtest(
    forecaster: Forecaster,
) -> None:
    closes = random_walk().bars["close"]
    then = forecaster.forecast(dataset_of(forecaster, closes.iloc[:251]))
    np.testing.assert_allclose(
        then.quantiles,
        forecaster.quantiles(dataset_of(forecaster, closes), np.array([250]))[0],
        rtol=1e-6,
    )


@pytest.mark.parametrize("kind", ["rolling", "aci"])
def test_a_forecast_is_calibrated_by_no_more_windows_than_its_calibration_looks_at(
    forecaster: Forecaster, kind: Kind
) -> None:
    assert forecaster.calibration is not None
    dataset = dataset_of(forecaster, random_walk().bars["close"])
    networks = Counted(forecaster.networks)
    changed = replace(forecaster.calibration, kind=kind)
    counting = replace(forecaster, networks=networks, calibration=changed)
    forecast = counting.quantiles(dataset, np.array([dataset.newest_origin]))
    steps, windows = forecaster.experiment.window.horizon, changed.windows
    since = int(dataset.history.dates.searchsorted(pd.Timestamp(changed.since)))
    everything = dataset.newest_origin - since + 1
    # The newest windows whose last step has come true, those whose first steps have, and its own.
    assert networks.windows == (windows + steps if kind == "rolling" else everything)
    assert windows + steps < everything
    # By every score since validation, as the definition has it.
    origins = np.arange(since, dataset.newest_origin + 1)
    own = forecaster.own_quantiles(dataset, origins)
    actual = forecaster.scalers.targets.apply(dataset.targets[origins])
    scores = scores_of(own, actual, changed.skewed, changed.sided)
    expected = changed.apply_online(own[-1:], scores, np.array([len(origins) - 1]))
    np.testing.assert_allclose(
        np.log(forecast / dataset.last_value[-1]),
        np.log(forecaster._values(expected, dataset.last_value[-1:]) / dataset.last_value[-1]),
        rtol=1e-5,
    )


class Counted:
    """Networks that count the windows they are run on."""

    def __init__(self, networks: Networks) -> None:
        self.networks, self.windows = networks, 0

    def __len__(self) -> int:
        return len(self.networks)

    def __call__(self, inputs: NDArray[np.float32]) -> Array:
        self.windows += len(inputs)
        return self.networks(inputs)

    def only(self, number: int) -> Networks:
        return self.networks.only(number)


@pytest.mark.parametrize("factor", [0.1, 7.0, 100.0])
def test_a_forecast_of_scaled_prices_is_the_scaled_forecast(
    forecaster: Forecaster, factor: float
) -> None:
    closes = random_walk().bars["close"]
    once, scaled = (
        forecaster.forecast(dataset_of(forecaster, series)).quantiles
        for series in (closes, closes * factor)
    )
    np.testing.assert_allclose(scaled, factor * once, rtol=1e-5)


def test_quantiles_increase_and_surround_the_last_close(forecaster: Forecaster) -> None:
    forecast = forecaster.forecast(dataset_of(forecaster, random_walk().bars["close"]))
    assert (np.diff(forecast.quantiles) >= 0).all()
    assert (forecast.interval(0.95)[0] < forecast.last).all() and (
        forecast.last < forecast.interval(0.95)[1]
    ).all()


def test_crypto_is_forecast_at_the_weekend_and_stocks_are_not(forecaster: Forecaster) -> None:
    closes = random_walk().bars["close"]
    closes.index = pd.date_range(
        end="2024-12-31", periods=len(closes), freq="D", unit="ns", name="date"
    )
    dates = forecaster.forecast(dataset_of(forecaster, closes)).dates
    assert list(dates.strftime("%Y-%m-%d")) == ["2025-01-01", "2025-01-02", "2025-01-03"]
    closes.index = pd.date_range(
        end="2024-12-31", periods=len(closes), freq="B", unit="ns", name="date"
    )
    dates = forecaster.forecast(dataset_of(forecaster, closes, "XNYS")).dates
    assert list(dates.strftime("%Y-%m-%d")) == [
        "2025-01-02",
        "2025-01-03",
        "2025-01-06",
    ]  # not New Year, no weekend


def test_the_table_has_a_row_for_each_step_with_both_intervals(forecaster: Forecaster) -> None:
    forecast = forecaster.forecast(dataset_of(forecaster, random_walk().bars["close"]))
    table = forecast.table()
    assert list(table.columns) == ["date", "median", "low_80", "high_80", "low_95", "high_95"]
    assert list(table.index) == [1, 2, 3]
    np.testing.assert_array_equal(table["median"], forecast.quantiles[:, MEDIAN])
    np.testing.assert_array_equal(table["high_95"], forecast.quantiles[:, LEVELS == 0.975][:, 0])


def test_a_forecast_into_the_past_cannot_be_made() -> None:
    origin = pd.Timestamp("2024-01-05")
    with pytest.raises(ValueError, match="starts at"):
        Forecast(
            "X",
            origin,
            1.0,
            pd.DatetimeIndex([origin]),
            np.ones((1, len(LEVELS))),
            None,
            calibrated=False,
        )


def test_naives_median_takes_the_networks_spread_with_it(
    forecaster: Forecaster, walk: PriceHistory
) -> None:
    own = forecaster.forecast(prepare(forecaster.experiment, walk))
    moved = own.around(np.full(3, own.last))
    np.testing.assert_allclose(moved.median, own.last)
    assert (own.median_of, moved.median_of) == ("network", "naive")
    np.testing.assert_allclose(np.diff(np.log(moved.quantiles)), np.diff(np.log(own.quantiles)))
    negative = replace(own, quantiles=own.quantiles - 1e3).around(np.full(3, -5.0))
    np.testing.assert_allclose(negative.median, -5.0)
    np.testing.assert_allclose(np.diff(negative.quantiles), np.diff(own.quantiles))


def raw_forecaster(
    target: str, head: str, raw: np.ndarray, walk: PriceHistory
) -> tuple[Forecaster, Dataset]:
    """A forecaster whose two networks answer the same for every window."""
    direction = ["calibration=none"] if target == "direction" else []
    experiment = load("gru", [*SMALL, f"window.target={target}", f"model.head={head}", *direction])
    dataset = prepare(experiment, walk)

    def answers(inputs: np.ndarray) -> np.ndarray:
        return np.stack([np.broadcast_to(member, (len(inputs), *member.shape)) for member in raw])

    return Forecaster(experiment, dataset.fit_scalers(), answers), dataset


@pytest.mark.parametrize("target", ["log_return", "return", "difference", "price", "volatility"])
@pytest.mark.parametrize("head", ["student_t", "skewed_t", "gaussian", "quantile", "point"])
def test_every_head_forecasts_every_target_in_order_and_calibrated(
    head: str, target: str, walk: PriceHistory
) -> None:
    parameters = head_of(load("gru", [f"window.target={target}", f"model.head={head}"])).parameters
    raw = np.random.default_rng(1).normal(size=(2, 3, parameters))
    forecaster, dataset = raw_forecaster(target, head, raw, walk)
    forecast = forecaster.calibrate(dataset).forecast(dataset)
    assert np.isfinite(forecast.quantiles).all() and (np.diff(forecast.quantiles) >= 0).all()
    assert forecast.quantity == (VOLATILITY if target == "volatility" else PRICE)
    if target == "volatility":
        assert (forecast.quantiles > 0).all() and forecast.last == pytest.approx(0.01, rel=0.5)


@pytest.mark.parametrize("kind", ["conformal", "rolling", "aci"])
def test_one_point_network_is_calibrated_in_every_way(kind: Kind, walk: PriceHistory) -> None:
    raw = np.random.default_rng(2).normal(size=(1, 3, 1))
    forecaster, dataset = raw_forecaster("difference", "point", raw, walk)
    forecast = forecaster.calibrate(dataset, kind).forecast(dataset)
    assert (np.diff(forecast.quantiles) >= 0).all() and np.ptp(forecast.quantiles[-1]) > 0


def test_odds_are_the_mean_of_the_members_probabilities(walk: PriceHistory) -> None:
    raw = np.array([[[0.0], [1.0], [-2.0]], [[0.0], [3.0], [9.0]]])
    forecaster, dataset = raw_forecaster("direction", "bernoulli", raw, walk)
    odds = forecaster.rise_probability(dataset)
    np.testing.assert_allclose(odds.probabilities, (1 / (1 + np.exp(-raw))).mean(axis=0)[:, 0])
    assert odds.last == walk.bars["close"].iloc[-1] and list(odds.table()) == ["date", "rising"]
    with pytest.raises(ValueError, match="no probabilities"):
        replace(odds, probabilities=np.array([0.1, 0.5, 1.2]))

"""The unit of a price changes nothing: windows of log returns are the same to the last bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.quality import inspect
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.panel import Series
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.pipeline.predict import predict_model
from rnnforecast.pipeline.train import train

from ..conftest import SMALL, random_walk

FEATURES = "log_return,abs_log_return,parkinson,garman_klass,rsi,macd,ewma_volatility,atr,bollinger"


def candles() -> PriceHistory:
    close = random_walk(600).bars["close"]
    rng = np.random.default_rng(3)
    spread = np.exp(np.abs(rng.normal(0, 0.01, (2, 600))))
    opened = close.shift(1).fillna(100.0)
    bars = pd.DataFrame(
        {
            "close": close,
            "open": opened,
            "high": np.maximum(close, opened) * spread[0],
            "low": np.minimum(close, opened) / spread[1],
        }
    )
    return PriceHistory("WALK", bars, "1d", "24/7")


@pytest.mark.parametrize("factor", [1e-8, 1e8, 1e-12, 1e12, 2.0**-30])
def test_scaled_prices_make_the_same_windows_bit_for_bit(factor: float) -> None:
    experiment = load("gru", [*SMALL, f"window.features=[{FEATURES}]"])
    plain, scaled = (
        prepare(experiment, replace(candles(), bars=candles().bars * one)) for one in (1.0, factor)
    )
    scalers = plain.fit_scalers()
    assert scalers == scaled.fit_scalers()
    np.testing.assert_array_equal(*(one.scaled_features(scalers.inputs) for one in (plain, scaled)))
    for part in ("train", "validation"):
        np.testing.assert_array_equal(
            *(one.scaled_targets(scalers.targets, part) for one in (plain, scaled))
        )


@pytest.mark.parametrize("factor", [1e-8, 1e8, 1e-12, 1e12])
def test_scaled_prices_have_the_same_findings(factor: float) -> None:
    bars = candles().bars
    bars.iloc[100] *= 100
    kinds = [
        [(one.kind, one.severity, one.dates) for one in inspect(replace(candles(), bars=bars * by))]
        for by in (1.0, factor)
    ]
    assert kinds[0] == kinds[1] and kinds[0]


def trained_forecast(factor: float, *settings: str) -> Forecast:
    """Train on prices in another unit, and forecast."""
    own = [setting for setting in SMALL if not setting.startswith(("pool", "window.features"))]
    own += ["training.ensemble=1", "training.epochs=1"]
    history = replace(candles(), bars=candles().bars * factor)
    (forecast,) = predict_model(train(load("gru", [*own, *settings]), [Series(history, {})]))
    assert isinstance(forecast, Forecast)
    return forecast


@pytest.mark.parametrize(
    ("pool", "rounding"),
    [
        ("pool=[network,har]", 1e-13),  # the prices themselves are rounded
        ("pool=[network,gjr,har]", 2e-4),  # an optimiser stops elsewhere
    ],
)
def test_a_trained_forecast_is_the_same_in_any_unit_of_price(pool: str, rounding: float) -> None:
    plain = trained_forecast(1.0, pool)
    large = "gjr" in pool
    factor = 2.0**27 if large else 2.0**-27  # about 1e8 and 1e-8, without any rounding
    scaled = trained_forecast(factor, pool)
    np.testing.assert_array_equal(scaled.quantiles, plain.quantiles * factor)
    np.testing.assert_array_equal(scaled.quantiles / scaled.last, plain.quantiles / plain.last)
    rounded = trained_forecast(1e8 if large else 1e-8, pool)
    returns = [np.log(run.quantiles / run.last) for run in (plain, rounded)]
    np.testing.assert_allclose(returns[1], returns[0], rtol=0, atol=rounding)

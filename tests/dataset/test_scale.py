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

"""A run forecasts a symbol that it has never seen, in that symbol's own scale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.data.store import Store
from rnnforecast.errors import DataError
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.pipeline.new_symbol import new_symbol_note, predict_new
from rnnforecast.runs import Run

from ..conftest import random_walk


def test_the_same_moves_at_another_price_have_the_same_forecast_in_per_cent(
    trained: tuple[Path, Run], tmp_path: Path
) -> None:
    store, walk = Store(tmp_path), random_walk(seed=3, symbol="A")
    store.save(walk)
    store.save(replace(walk, symbol="B", bars=walk.bars * 1000))
    first, second = (predict_new(trained[1], name, store).forecast for name in ("a", "B"))
    assert isinstance(first, Forecast) and isinstance(second, Forecast)
    assert first.symbol == "A" and first.calibrated
    np.testing.assert_allclose(second.quantiles, first.quantiles * 1000, rtol=1e-4)
    assert "was not trained on A" in new_symbol_note(trained[1], "a")
    with pytest.raises(DataError, match="no 1d prices of C are stored"):
        predict_new(trained[1], "c", store)

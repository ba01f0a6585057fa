"""The backtest table: targets on their own dates, the same origins for every model."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.config import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.preparation import Dataset, prepare
from rnnforecast.evaluation.walkforward import NAIVE, QUANTILES, backtest_table
from rnnforecast.forecast.baselines import naive_quantiles


@pytest.fixture
def dataset(small: Experiment, walk: PriceHistory) -> Dataset:
    return prepare(small, walk)


def test_each_actual_is_the_close_of_its_own_date_never_one_step_late(dataset: Dataset) -> None:
    table = backtest_table(dataset, {NAIVE: naive_quantiles(dataset, dataset.splits.origins("test"))})
    closes = dataset.history.bars["close"]
    np.testing.assert_array_equal(table["actual"], closes[table["date"]].to_numpy())
    np.testing.assert_array_equal(table["last"], closes[table["origin"]].to_numpy())
    assert ((table["date"] - table["origin"]).dt.days == table["step"]).all()  # a daily series without gaps


def test_every_test_target_is_forecast_and_nothing_before_it(dataset: Dataset) -> None:
    table = backtest_table(dataset, {NAIVE: naive_quantiles(dataset, dataset.splits.origins("test"))})
    test_dates = dataset.history.dates[dataset.splits.test :]
    assert set(table["date"]) == set(test_dates)
    assert len(table) == (len(test_dates) - 3 + 1) * 3


def test_models_share_origins_and_actuals(dataset: Dataset) -> None:
    naive = naive_quantiles(dataset, dataset.splits.origins("test"))
    table = backtest_table(dataset, {"network": naive * 1.01, NAIVE: naive})
    network, baseline = (table[table["model"] == name].reset_index(drop=True) for name in ("network", NAIVE))
    columns = ["origin", "step", "date", "last", "actual"]
    assert network[columns].equals(baseline[columns])
    np.testing.assert_allclose(network[QUANTILES], baseline[QUANTILES] * 1.01)

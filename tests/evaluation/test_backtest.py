"""The backtest table: targets on their own dates, the same origins for every model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.evaluation.backtest import (
    NAIVE,
    QUANTILES,
    backtest_table,
    check_backtest,
    probability_table,
)
from rnnforecast.forecast.baselines.naive import base_rate, naive_quantiles


@pytest.fixture
def dataset(small: Experiment, walk: PriceHistory) -> Dataset:
    return prepare(small, walk)


def test_each_actual_is_the_close_of_its_own_date_never_one_step_late(dataset: Dataset) -> None:
    table = backtest_table(
        dataset, {NAIVE: naive_quantiles(dataset, dataset.splits.origins("test"))}
    )
    closes = dataset.history.bars["close"]
    np.testing.assert_array_equal(table["actual"], closes[table["date"]].to_numpy())
    np.testing.assert_array_equal(table["last"], closes[table["origin"]].to_numpy())
    assert (
        (table["date"] - table["origin"]).dt.days == table["step"]
    ).all()  # a daily series without gaps


def test_every_test_target_is_forecast_and_nothing_before_it(dataset: Dataset) -> None:
    table = backtest_table(
        dataset, {NAIVE: naive_quantiles(dataset, dataset.splits.origins("test"))}
    )
    test_dates = dataset.history.dates[dataset.splits.test :]
    assert set(table["date"]) == set(test_dates)
    assert len(table) == (len(test_dates) - 3 + 1) * 3


def test_models_share_origins_and_actuals(dataset: Dataset) -> None:
    naive = naive_quantiles(dataset, dataset.splits.origins("test"))
    table = backtest_table(dataset, {"network": naive * 1.01, NAIVE: naive})
    network, baseline = (
        table[table["model"] == name].reset_index(drop=True) for name in ("network", NAIVE)
    )
    columns = ["origin", "step", "date", "last", "actual"]
    assert network[columns].equals(baseline[columns])
    np.testing.assert_allclose(network[QUANTILES], baseline[QUANTILES] * 1.01)


@pytest.fixture
def table(dataset: Dataset) -> pd.DataFrame:
    naive = naive_quantiles(dataset, dataset.splits.origins("test"))
    return backtest_table(dataset, {"network": naive, NAIVE: naive})


def test_a_table_with_a_missing_quantile_is_refused_with_its_forecast(table: pd.DataFrame) -> None:
    table.loc[7, QUANTILES[3]] = np.nan
    with pytest.raises(ValueError, match=r"forecast of network from .*, step 2, has a missing"):
        check_backtest(table)


def test_a_table_with_crossing_quantiles_is_refused(table: pd.DataFrame) -> None:
    table.loc[7, QUANTILES[3]] = table.loc[7, QUANTILES[5]]
    with pytest.raises(ValueError, match="quantiles that cross"):
        check_backtest(table)


def test_a_table_whose_models_have_different_origins_is_refused(table: pd.DataFrame) -> None:
    for wrong in (table.iloc[3:], table.assign(actual=np.arange(len(table)))):
        with pytest.raises(ValueError, match="network, naive have different origins"):
            check_backtest(wrong)


def test_a_probability_is_between_0_and_1(dataset: Dataset) -> None:
    origins = dataset.splits.origins("test")
    rates = np.array(base_rate(dataset, origins))
    table = probability_table(dataset, {NAIVE: rates}, origins)
    assert table["rising"].nunique() == 3
    with pytest.raises(ValueError, match="outside 0 to 1"):
        probability_table(dataset, {NAIVE: rates + 1}, origins)


def test_a_target_that_has_not_happened_cannot_be_scored(table: pd.DataFrame) -> None:
    table.loc[7, "actual"] = np.nan
    with pytest.raises(ValueError, match="has not happened yet"):
        check_backtest(table)

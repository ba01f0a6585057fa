"""What a config leaves open is chosen by what the prices hold, and written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset import automatic
from rnnforecast.dataset.automatic import describe_inputs, resolve
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.panel import Series, prepare_panel
from rnnforecast.errors import UsageError

from ..conftest import make_history, random_walk, real_file
from .test_features import candles


def resolved(history: PriceHistory, *overrides: str) -> Experiment:
    return resolve(load("gru", list(overrides)), [history])


def test_bars_with_ranges_are_read_by_their_ranges() -> None:
    experiment = resolved(candles())
    assert experiment.window.features == automatic.FROM_RANGES
    assert describe_inputs(experiment) == f"inputs: {', '.join(automatic.FROM_RANGES)}"


def test_closes_alone_are_enough_and_it_is_said() -> None:
    experiment = resolved(random_walk())
    assert experiment.window.features == automatic.FROM_CLOSES
    assert "no bars with ranges" in describe_inputs(experiment)


def test_ranges_that_are_mostly_empty_count_for_none() -> None:
    history = candles()
    flat = history.bars.assign(**dict.fromkeys(("open", "high", "low"), history.bars["close"]))
    assert resolved(replace(history, bars=flat)).window.features == automatic.FROM_CLOSES


@pytest.mark.parametrize("column", ["open", "high", "low"])
def test_scattered_gaps_in_the_ranges_lead_to_closes(column: str) -> None:
    history = candles()
    bars = history.bars.copy()
    bars.iloc[5::20, list(bars).index(column)] = np.nan
    assert resolved(replace(history, bars=bars)).window.features == automatic.FROM_CLOSES


def test_ranges_that_begin_later_are_read_from_there() -> None:
    history = candles()
    bars = history.bars.copy()
    bars.iloc[:100, list(bars).index("open")] = np.nan
    assert resolved(replace(history, bars=bars)).window.features == automatic.FROM_RANGES


def test_ranges_that_happen_after_the_close_are_not_read() -> None:
    """Yahoo's currencies: the close is quoted at the open,
    highs and lows belong to the day after."""
    history = candles()
    early = history.bars.assign(close=history.bars["open"] * 1.00001)
    assert not automatic.has_ranges(replace(history, bars=early))
    assert automatic.has_ranges(history)


@pytest.mark.parametrize(
    ("name", "ranged"),
    [
        ("EURUSD_history_2003-2024", False),
        ("SPY_yahoo_2000-2022", True),
        ("BTC-USD_history_2014-2024", True),
        ("AAPL_history_1980-2024", True),
    ],
)
def test_real_files_are_read_by_their_ranges_where_these_end_with_the_close(
    name: str, ranged: bool
) -> None:
    table = pd.read_csv(real_file(f"daily/{name}.csv"))
    table.columns = table.columns.str.lower()
    bars = table.assign(date=pd.to_datetime(table["date"], utc=True).dt.tz_localize(None))
    columns = ["open", "high", "low", "close"]
    bars = bars.drop_duplicates("date").set_index("date").sort_index()[columns].dropna()
    assert automatic.has_ranges(PriceHistory("REAL", bars)) == ranged


def test_a_panel_reads_what_all_of_its_symbols_have() -> None:
    experiment = load("gru", ["data.symbol=[WALK, OTHER]", "window.horizon=3"])
    other = random_walk(symbol="OTHER")
    datasets = prepare_panel(experiment, [Series(candles(), {}), Series(other, {})]).datasets
    assert {one.experiment.window.features for one in datasets} == {automatic.FROM_CLOSES}


def test_values_that_are_not_all_positive_have_no_logarithms() -> None:
    history = make_history(np.random.default_rng(1).normal(0, 1, 300).cumsum())
    features = resolved(history, "window.target=difference").window.features
    assert features == automatic.FROM_ANY_NUMBERS


def test_what_was_chosen_is_not_chosen_again() -> None:
    experiment = resolved(random_walk())
    assert resolve(experiment, [candles()]) == experiment


def test_features_that_are_named_stay() -> None:
    assert resolved(candles(), "window.features=[rsi]").window.features == ("rsi",)
    with pytest.raises(UsageError, match="no feature is called 'auto'"):
        load("gru", ["window.features=[auto, rsi]"])


@pytest.mark.parametrize(
    ("overrides", "location", "calibration"),
    [
        ((), "drift", "rolling"),
        (("window.strategy=recursive",), "drift", "conformal"),
        (("model.head=point",), "learned", "rolling"),
        (("window.target=price",), "learned", "rolling"),
        (("window.target=volatility",), "learned", "rolling"),
        (("window.target=direction", "model.head=bernoulli"), "learned", "none"),
        (("model.location=zero", "calibration=aci"), "zero", "aci"),
    ],
)
def test_location_and_calibration_suit_what_is_forecast(
    overrides: tuple[str, ...], location: str, calibration: str
) -> None:
    experiment = resolved(random_walk(), *overrides)
    assert (experiment.model.location, experiment.calibration) == (location, calibration)


def test_a_location_cannot_be_fixed_where_it_is_all_there_is() -> None:
    with pytest.raises(UsageError, match="needs a distribution of a change in price"):
        load("gru", ["model.head=point", "model.location=drift"])
    with pytest.raises(UsageError, match="not a volatility"):
        load("gru", ["window.target=volatility", "model.location=zero"])


@pytest.mark.parametrize("scaler", ["standard", "robust", "minmax"])
def test_a_fixed_location_is_the_centre_of_the_scaled_targets(scaler: str) -> None:
    walk = random_walk()
    dataset = prepare(load("gru", [f"window.scaler={scaler}", "window.horizon=3"]), walk)
    paths = dataset.targets[dataset.splits.origins("train")]
    assert dataset.fit_scalers().targets.center == pytest.approx(paths.mean(axis=0))
    still = prepare(load("gru", ["model.location=zero", "window.horizon=3"]), walk)
    assert still.fit_scalers().targets.center == (0.0, 0.0, 0.0)

"""Broken pipelines, each with one planted leak: the audit must name every one,
and nothing in an honest pipeline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnforecast.audit import Pipeline, Prices, audit, pipeline_of
from rnnforecast.audit.case import Subject
from rnnforecast.audit.lookahead import features
from rnnforecast.config import Experiment, load
from rnnforecast.config.experiment import Target
from rnnforecast.config.features import FEATURES
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.dataset.windows import Part, Rows

from ..conftest import SMALL, make_history, random_walk
from ..dataset.test_features import candles

LEAKS = Path(__file__).with_name("leaks.py")


def experiment_with(*features: str, settings: tuple[str, ...] = ()) -> Experiment:
    return load("gru", [*SMALL, f"window.features=[{', '.join(features)}]", *settings])


def failures(pipeline: Pipeline, prices: Prices | None = None) -> dict[str, str]:
    """The checks that failed, and what they told."""
    found = audit(pipeline, prices or Prices(candles()))
    return {finding.check: finding.detail for finding in found if finding.result == "failed"}


@pytest.mark.parametrize("function", ["centred_mean", "smoothed", "same_day_range", "whole_zscore"])
def test_a_feature_that_sees_the_future_is_named_with_a_date(function: str) -> None:
    found = failures(pipeline_of(experiment_with("log_return", f"{LEAKS}:{function}")))
    told = found["features look back only"]
    assert told.startswith(f"feature leaks.py:{function} saw the future, first on 2020-0")
    assert "log_return" not in told


def test_the_first_date_is_the_oldest_row_that_moved() -> None:
    """The mean of the two bars up to an altered one moves: the first cut is after row 30."""
    found = failures(pipeline_of(experiment_with(f"{LEAKS}:centred_mean")))
    assert candles().dates[30 - 1].strftime("%Y-%m-%d") in found["features look back only"]


def test_a_scaler_fitted_on_all_rows_is_caught() -> None:
    def on_all_rows(dataset: Dataset) -> Scalers:
        rows = dataset.features[dataset.first_row :]
        return Scalers(Scaler.fit(rows, "standard", dataset.names), dataset.fit_scalers().targets)

    pipeline = replace(
        pipeline_of(experiment_with("log_return", "abs_log_return")), scalers=on_all_rows
    )
    found = failures(pipeline)
    assert set(found) == {"scalers learn from training rows alone"}
    assert (
        "the scaler of log_return saw the future, first on 2020-"
        in found["scalers learn from training rows alone"]
    )


def test_a_scaler_of_targets_fitted_on_all_rows_is_caught() -> None:
    def on_all_rows(dataset: Dataset) -> Scalers:
        targets = dataset.targets[dataset.first_origin : -dataset.experiment.window.horizon]
        return Scalers(
            dataset.fit_scalers().inputs, Scaler.fit(targets, "standard", ("1", "2", "3"))
        )

    found = failures(replace(pipeline_of(experiment_with("log_return")), scalers=on_all_rows))
    assert "the scaler of targets at step 1" in found["scalers learn from training rows alone"]


def test_a_shuffled_split_is_caught() -> None:
    def shuffled(dataset: Dataset, part: Part) -> Rows:
        rows = np.arange(
            dataset.first_origin, len(dataset.history) - dataset.experiment.window.horizon
        )
        mixed = np.random.default_rng(0).permutation(rows)
        one, two = (len(rows) * share // 100 for share in (70, 85))
        return {"train": mixed[:one], "validation": mixed[one:two], "test": mixed[two:]}[part]

    found = failures(replace(pipeline_of(experiment_with("log_return")), origins=shuffled))
    assert "the windows of the train part are shuffled" in found["parts follow each other in time"]
    assert (
        "a test target is a target of the train part" in found["targets of the parts are disjoint"]
    )


def test_a_split_without_a_gap_between_overlapping_targets_is_caught() -> None:
    def touching(dataset: Dataset, part: Part) -> Rows:
        splits = dataset.splits
        owned = splits.targets(part)
        return np.arange(
            max(owned.start - 1, splits.first_origin),
            min(owned.stop - 1, splits.rows - splits.horizon),
        )

    found = failures(replace(pipeline_of(experiment_with("log_return")), origins=touching))
    assert (
        "a validation target is a target of the train part"
        in found["targets of the parts are disjoint"]
    )
    assert "parts follow each other in time" not in found


def test_a_label_in_the_min_max_of_its_window_is_caught() -> None:
    def squeezed(dataset: Dataset, scaler: Scaler, origins: Rows) -> np.ndarray:
        """Closes of the window between the lowest and the highest of window and label."""
        reach = origins[:, None] + np.arange(1 - dataset.experiment.window.lookback, 2)
        closes = dataset.closes[np.minimum(reach, len(dataset.closes) - 1)]
        low, high = closes.min(axis=1, keepdims=True), closes.max(axis=1, keepdims=True)
        return ((closes - low) / (high - low))[:, :-1, None]

    found = failures(replace(pipeline_of(experiment_with("close")), inputs=squeezed))
    assert "the input windows (close) saw the future" in found["input windows end at their origin"]


def test_targets_among_the_inputs_are_caught() -> None:
    def answered(dataset: Dataset, scaler: Scaler, origins: Rows) -> np.ndarray:
        windows = dataset.inputs(scaler, origins)
        answer = (dataset.future_values[origins, 0] - dataset.last_value[origins])[:, None]
        return np.concatenate(
            [windows[:, :-1], np.tile(answer, (1, 1))[:, None].astype(np.float32)], axis=1
        )

    found = failures(replace(pipeline_of(experiment_with("log_return")), inputs=answered))
    assert "it is the answer" in found["the answer is not among the inputs"]


def test_a_forecast_that_peeks_is_caught_and_one_that_drops_the_last_batch_too() -> None:
    pipeline = pipeline_of(experiment_with("log_return"))

    def peeking(dataset: Dataset, origins: Rows) -> np.ndarray:
        return dataset.future_values[origins]

    def in_full_batches(dataset: Dataset, origins: Rows) -> np.ndarray:
        return dataset.last_value[origins][: len(origins) // 32 * 32]

    found = failures(replace(pipeline, forecasts={"oracle": peeking}))
    assert (
        "the forecast of oracle saw the future"
        in found["a forecast depends on nothing after its origin"]
    )
    found = failures(replace(pipeline, forecasts={"batched": in_full_batches}))
    assert found["every test window is scored"].startswith("batched scores 32 of them")


def test_cleaning_that_fills_from_the_future_is_caught() -> None:
    def backfilled(history):  # type: ignore[no-untyped-def]
        closes = history.bars["close"].rolling(3, center=True, min_periods=1).median()
        return replace(history, bars=history.bars.assign(close=closes))

    found = failures(replace(pipeline_of(experiment_with("log_return")), clean=backfilled))
    assert found["cleaning looks back only"].startswith(
        "the cleaning of close saw the future, first on 2020-"
    )


def test_the_package_s_own_pipeline_passes_with_every_feature() -> None:
    levels = ("close", "log_close", "difference", "abs_difference")
    found = audit(pipeline_of(experiment_with(*FEATURES)), Prices(candles()))
    assert [finding.check for finding in found if finding.result == "failed"] == []
    told = next(
        finding for finding in found if finding.check == "nothing knows the dividends to come"
    )
    assert told.result == "noted" and all(f"feature {name}" in told.detail for name in levels)
    assert failures(pipeline_of(experiment_with("log_return", f"{LEAKS}:honest"))) == {}


@pytest.mark.parametrize(
    "target", ["log_return", "return", "difference", "price", "volatility", "direction"]
)
def test_the_package_s_own_pipeline_passes_with_every_target(target: Target) -> None:
    head = ("model.head=bernoulli", "calibration=none") if target == "direction" else ()
    settings = (f"window.target={target}", *head, "data.bad_ticks=drop", "data.missing=ffill")
    assert (
        failures(pipeline_of(experiment_with("log_return", "volume_change", settings=settings)))
        == {}
    )


def test_another_series_joined_by_date_instead_of_by_close_would_be_seen() -> None:
    """New York closes before Bitcoin's day ends, so its bar is known;
    the other way round it is not."""
    days = random_walk(700)
    stock = make_history(
        np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 480))), "STOCK", "XNYS"
    )
    coin = replace(days, symbol="COIN")
    experiment = experiment_with(
        "log_return", settings=("data.symbol=STOCK", "data.exogenous=[COIN]")
    )
    pipeline, prices = pipeline_of(experiment), Prices(stock, {"COIN": coin})
    assert failures(pipeline, prices) == {}

    def by_date(prices: Prices):  # type: ignore[no-untyped-def]
        table = pipeline.features(prices)
        closes = prices.others["COIN"].bars["close"]
        return table.assign(**{"COIN:log_return": np.log(closes).diff().reindex(table.index)})

    found = features(Subject(replace(pipeline, features=by_date), prices))
    assert found.detail.startswith("feature COIN:log_return saw the future")


def test_a_part_of_the_stored_prices_is_audited_alone() -> None:
    settings = ("data.start=2020-03-01", "data.end=2020-09-30")
    assert failures(pipeline_of(experiment_with("log_return", settings=settings))) == {}


def test_levels_of_prices_adjusted_for_dividends_know_the_dividends_to_come() -> None:
    history = candles()
    paid = np.where(np.arange(len(history)) < 200, 0.9, 1.0)
    prices = Prices(
        replace(history, bars=history.bars.assign(adj_close=history.bars["close"] * paid))
    )
    assert failures(pipeline_of(experiment_with("log_return")), prices) == {}
    told = failures(pipeline_of(experiment_with("close")), prices)[
        "nothing knows the dividends to come"
    ]
    assert told.startswith("feature close depends on the unit of prices") and told.endswith(
        "first on 2020-01-01"
    )
    assert (
        failures(pipeline_of(experiment_with("close", settings=("data.price=close",))), prices)
        == {}
    )
    nlinear = ("model.architecture=linear",)
    assert failures(pipeline_of(experiment_with("log_close", settings=nlinear)), prices) == {}
    assert failures(pipeline_of(experiment_with("log_close")), prices)


def test_a_bar_of_the_future_is_unfinished() -> None:
    tomorrow = make_history(candles().bars["close"].to_numpy(), start="2200-01-01")
    assert (
        "the newest bar is not finished"
        in failures(pipeline_of(experiment_with("log_return")), Prices(tomorrow))[
            "no bar is unfinished or of the future"
        ]
    )


def test_cleaning_that_chooses_bars_by_the_future_is_caught() -> None:
    def without_calm_days(history):  # type: ignore[no-untyped-def]
        size = history.bars["close"].pct_change().abs()
        return replace(history, bars=history.bars[size.fillna(1.0) > size.quantile(0.1)])

    found = failures(replace(pipeline_of(experiment_with("log_return")), clean=without_calm_days))
    assert found["cleaning looks back only"].startswith("the choice of bars saw the future")


def test_other_series_are_used_as_the_config_says() -> None:
    other = replace(
        candles(),
        symbol="OTHER",
        bars=candles().bars.assign(adj_close=candles().bars["close"] * 0.9),
    )
    for price, columns in (("adjusted", False), ("close", True)):
        settings = ("data.exogenous=[OTHER]", f"data.price={price}")
        pipeline = pipeline_of(experiment_with("log_return", settings=settings))
        assert ("adj_close" in pipeline.beside(other).bars) == columns
        assert failures(pipeline, Prices(candles(), {"OTHER": other})) == {}

"""Prices with errors are refused before anything is trained on them, with a way out that works."""

from __future__ import annotations

import shlex
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.price_gate import check_prices
from rnnforecast.errors import DataError

from ..conftest import random_walk


def spoiled(kind: str) -> PriceHistory:
    """400 days around 100, with one fault."""
    close = random_walk(400).bars["close"].to_numpy(float).copy()
    if kind == "tick":
        close[100] *= 100
    if kind == "pence":
        close[200:] /= 100
    if kind == "newest split":
        close[-1] *= 1 / 4 * close[-2] / close[-1]
    if kind == "huge":
        close[100] = 1e308
    if kind == "zero":
        close[100] = 0.0
    history = replace(random_walk(400))
    bars = history.bars.assign(close=close)
    if kind == "negative adjusted":
        bars["adj_close"] = np.where(np.arange(400) < 100, -1.0, 1.0) * bars["close"]
    if kind == "future":
        shift = pd.Timestamp.now().normalize() + pd.Timedelta(days=30) - bars.index[-1]
        bars.index = (bars.index + shift).rename("date")
    return PriceHistory("WALK", bars, "1d", "24/7")


CASES = [
    ("tick", "bad ticks on 2020-04-10", "--set data.bad_ticks=drop"),
    ("pence", "split-like jumps on 2020-07-19", "--set data.start=2020-07-19"),
    ("newest split", "split-like jumps on 2021-02-03", "--set data.end=2021-02-02"),
    ("huge", "impossible values on 2020-04-10", "--set data.bad_ticks=drop"),
    ("zero", "zero or negative prices on 2020-04-10", "--set data.bad_ticks=drop"),
    ("negative adjusted", "adjusted closes not positive on 2020-01-01", "--set data.price=close"),
    ("future", "bars of the future on", "--set data.end="),
]


@pytest.mark.parametrize(("kind", "problem", "way"), CASES)
def test_an_error_is_refused_with_its_day_and_a_way_out_that_works(
    kind: str, problem: str, way: str
) -> None:
    history, settings = spoiled(kind), ["data.symbol=WALK"]
    with pytest.raises(DataError, match=problem) as refused:
        check_prices(load("gru", settings), history)
    assert way in refused.value.remedy and "--allow-bad" in refused.value.remedy
    words = shlex.split(refused.value.remedy.replace(",", " "))
    (chosen,) = [words[at + 1] for at, word in enumerate(words) if word == "--set"][:1]
    left = check_prices(load("gru", [*settings, chosen]), history)
    assert not [one for one in left if one.severity == "error"]
    passed = check_prices(load("gru", [*settings, "data.allow_bad=true"]), history)
    assert any(one.severity == "error" for one in passed)


def test_clean_prices_pass_without_a_word() -> None:
    assert check_prices(load("gru", ["data.symbol=WALK"]), random_walk(400)) == []


def test_negative_prices_are_fine_where_no_logs_are_taken() -> None:
    close = random_walk(400).bars["close"].to_numpy(float) - 100
    history = PriceHistory("CL=F", random_walk(400).bars.assign(close=close), "1d", "24/7")
    with pytest.raises(
        DataError, match=r"zero or negative prices.*; use --set window.target=differ"
    ):
        check_prices(load("gru", ["data.symbol=CL=F"]), history)
    levels = ["window.target=difference", "window.features=[difference, abs_difference]"]
    findings = check_prices(load("gru", ["data.symbol=CL=F", *levels]), history)
    assert "zero or negative prices" in {one.kind for one in findings}


def with_adjusted(missing: slice) -> PriceHistory:
    bars = random_walk(400).bars
    adjusted = bars["close"].copy()
    adjusted.iloc[missing] = np.nan
    return PriceHistory("WALK", bars.assign(adj_close=adjusted), "1d", "24/7")


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (slice(300, None), "adj_close is missing on 100 of 400 bars.*the newest among them"),
        (slice(399, None), "adj_close is missing on 1 of 400 bars.*the newest among them"),
        (slice(50, 56), "adj_close is missing on 6 of 400 bars, 2020-02-20 to 2020-02-25"),
    ],
)
def test_neither_the_newest_bar_nor_many_are_left_out_unsaid(missing: slice, words: str) -> None:
    history = with_adjusted(missing)
    with pytest.raises(DataError, match=words) as refused:
        check_prices(load("gru", ["data.symbol=WALK"]), history)
    assert "--set data.price=close" in refused.value.remedy
    assert check_prices(load("gru", ["data.symbol=WALK", "data.price=close"]), history)
    few = with_adjusted(slice(50, 53))
    (warning,) = check_prices(load("gru", ["data.symbol=WALK"]), few) or [None]
    assert warning is None or warning.severity == "warning"


def test_errors_of_a_series_beside_it_are_refused_by_its_name() -> None:
    other = replace(spoiled("tick"), symbol="OTHER")
    with pytest.raises(DataError, match="OTHER: bad ticks on 2020-04-10"):
        check_prices(
            load("gru", ["data.symbol=WALK", "data.exogenous=[OTHER]"]),
            random_walk(400),
            {"OTHER": other},
        )

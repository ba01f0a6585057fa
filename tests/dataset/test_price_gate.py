"""Prices with errors are refused before anything is trained on them, with a way out that works."""

from __future__ import annotations

import shlex
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.price_gate import check_prices
from rnnforecast.errors import DataError

from ..conftest import random_walk

DAYS = 400


def candles() -> PriceHistory:
    """400 days around 100 with opens, highs, lows and closes, adjusted ones and volumes too."""
    close = random_walk(DAYS).bars["close"].to_numpy(float)
    opened = np.r_[100.0, close[:-1]]
    spread = np.exp(np.abs(np.random.default_rng(3).normal(0, 0.01, (2, DAYS))))
    prices = {
        "open": opened,
        "high": np.maximum(close, opened) * spread[0],
        "low": np.minimum(close, opened) / spread[1],
        "close": close,
        "adj_close": close.copy(),
        "volume": np.full(DAYS, 1e6),
        "dividends": np.zeros(DAYS),
        "splits": np.zeros(DAYS),
    }
    bars = pd.DataFrame(prices, index=random_walk(DAYS).dates)
    return PriceHistory("WALK", bars, "1d", "24/7")


def spoiled(kind: str) -> PriceHistory:
    """The same days with one fault."""
    history = candles()
    bars = history.bars.copy()
    prices = ["open", "high", "low", "close", "adj_close"]
    place = {name: bars.columns.get_loc(name) for name in bars}
    whole = [place[name] for name in prices]
    match kind:
        case "tick":
            bars.iloc[100, whole] *= 100
        case "tick on the newest day":
            bars.iloc[-1, whole] *= 1000
        case "pence":
            bars.iloc[200:, whole] /= 100
        case "newest split":
            bars.iloc[-1, whole] *= 1 / 4 * bars["close"].iloc[-2] / bars["close"].iloc[-1]
        case "huge":
            bars.iloc[100, whole] = 1e308
        case "tiny":
            bars.iloc[100, place["close"]] = 1e-300
        case "zero":
            bars.iloc[100, whole] = 0.0
        case "many zeros":
            bars.iloc[100:140, whole] = 0.0
        case "negative for a month":
            bars[prices] -= 95.0
        case "negative low":
            bars.iloc[100, place["low"]] = -37.0
        case "negative adjusted":
            bars.iloc[:100, place["adj_close"]] *= -1
        case "infinite adjusted":
            bars.iloc[:100, place["adj_close"]] = np.inf
        case "future":
            shift = pd.Timestamp.now().normalize() + pd.Timedelta(days=30) - bars.index[-1]
            bars.index = (bars.index + shift).rename("date")
        case "recorded split":
            bars.iloc[:200, whole] *= 4
            bars.iloc[200, place["splits"]] = 4.0
        case "split twice":
            bars.iloc[:200, whole] /= 4
            bars.iloc[200, place["splits"]] = 4.0
        case "split of nothing":
            bars.iloc[200, place["splits"]] = np.inf
        case "negative split":
            bars.iloc[200, place["splits"]] = -2.0
        case "wild high":
            bars.iloc[100, place["high"]] *= 30
        case "wild low":
            bars.iloc[100, place["low"]] /= 30
        case "wild highs":
            bars.iloc[100:150, place["high"]] *= 30
        case "outside":
            bars.iloc[100, place["high"]] *= 0.9
        case "outside on the newest day":
            bars.iloc[-1, place["high"]] *= 0.9
        case "outside for half a year":
            bars.iloc[100:280, place["low"]] *= 1.5
        case "infinite high":
            bars.iloc[100, place["high"]] = np.inf
        case "infinite volume":
            bars.iloc[100, place["volume"]] = np.inf
        case "infinite dividend":
            bars.iloc[100, place["dividends"]] = np.inf
        case "unknown":
            bars.iloc[100, place["open"]] = -9999.0
        case "unknown close":
            bars.iloc[100, whole] = -9999.0
        case "tick and negative adjusted":
            bars.iloc[300, whole] *= 100
            bars.iloc[:100, place["adj_close"]] *= -1
        case "unknown closes early":
            bars.iloc[[10, 40, 200], whole] = -9999.0
        case "two ticks far apart":
            bars.iloc[100, whole] *= 100
            bars.iloc[300, whole] /= 100
        case "no adjusted at the end":
            bars.iloc[300:, place["adj_close"]] = np.nan
        case "no highs at the end":
            bars.iloc[396:, place["high"]] = np.nan
        case "highs missing here and there":
            bars.iloc[60:397:40, place["high"]] = np.nan
    return PriceHistory("WALK", bars, "1d", "24/7")


FAULTS = {
    "tick": ("bad ticks on 2020-04-10", "data.bad_ticks=drop"),
    "tick on the newest day": ("split-like jumps|level shifts|bad ticks", ""),
    "pence": ("split-like jumps on 2020-07-19", "data.start=2020-07-19"),
    "newest split": ("split-like jumps on 2021-02-03", "data.end=2021-02-02"),
    "huge": ("impossible values on 2020-04-10", "data.bad_ticks=drop"),
    "tiny": ("impossible values on 2020-04-10", "data.bad_ticks=drop"),
    "zero": ("zero or negative prices on 2020-04-10", "data.bad_ticks=drop"),
    "many zeros": ("zero or negative prices on 2020-04-10", "data.start=2020-05-20"),
    "negative for a month": ("zero or negative prices", "window.target=difference"),
    "negative low": ("zero or negative prices on 2020-04-10", "data.bad_ticks=drop"),
    "negative adjusted": ("adjusted closes not positive on 2020-01-01", "data.price=close"),
    "infinite adjusted": ("impossible values on 2020-01-01", "data.price=close"),
    "future": ("bars of the future on", "data.end="),
    "recorded split": ("splits recorded but not applied on 2020-07-19", "data.start=2020-07-19"),
    "split twice": ("splits recorded but not applied on 2020-07-19", "data.start=2020-07-19"),
    "split of nothing": ("impossible (values|splits) on 2020-07-19", "data."),
    "negative split": ("impossible splits on 2020-07-19", "data.start=2020-07-20"),
    "wild high": ("wild highs or lows on 2020-04-10", "data.bad_ticks=drop"),
    "wild low": ("wild highs or lows on 2020-04-10", "data.bad_ticks=drop"),
    "wild highs": ("wild highs or lows on 2020-04-10", "window.features="),
    "outside": ("outside high and low on 2020-04-10", "data.bad_ticks=drop"),
    "outside on the newest day": ("outside high and low on 2021-02-03", "window.features="),
    "outside for half a year": ("outside high and low on 2020-04-10", "window.features="),
    "infinite high": ("(outside|impossible).* on 2020-04-10", "data.bad_ticks=drop"),
    "infinite dividend": ("impossible values on 2020-04-10", "data.price=close"),
    "unknown": ("on 2020-04-10", "data.bad_ticks=drop"),
    "unknown close": ("on 2020-04-10", "data.bad_ticks=drop"),
    "unknown closes early": ("stand-ins|zero or neg", "data.bad_ticks=drop"),
    "tick and negative adjusted": ("bad ticks|adjusted closes", "data.bad_ticks=drop and"),
    "two ticks far apart": ("bad ticks on 2020-04-10", "data.bad_ticks=drop"),
    "no adjusted at the end": ("adj_close is missing on 100 of 400", "data.price=close"),
    "no highs at the end": ("high is missing on 4 of 400", "window.features="),
    "highs missing here and there": ("high is missing on 9 of 400", "data.missing=ffill"),
}
"""What each fault is called, and a way out that must be named."""


def ways_in(remedy: str) -> list[list[str]]:
    """The settings of each way out that a remedy names."""
    ways = []
    for sentence in remedy.split(", or "):
        words = shlex.split(sentence.replace(",", "\\,") if "'" not in sentence else sentence)
        settings = [words[at + 1] for at, word in enumerate(words) if word == "--set"]
        ways.append(settings + ["data.allow_bad=true"] * ("--allow-bad" in words))
    return ways


@pytest.mark.parametrize("kind", FAULTS)
def test_an_error_is_refused_with_its_day_and_ways_out_that_work(kind: str) -> None:
    history, (problem, way) = spoiled(kind), FAULTS[kind]
    own = ["data.symbol=WALK", "window.lookback=5"]
    own += ["window.features=[parkinson]"] * (kind == "highs missing here and there")
    with pytest.raises(DataError, match=problem) as refused:
        check_prices(load("gru", own), history)
    assert way.partition(" and")[0] in refused.value.remedy
    ways = ways_in(refused.value.remedy)
    assert all(ways) and ways[0] != ["data.allow_bad=true"], refused.value.remedy
    for settings in ways:
        experiment = load("gru", [*own, *settings])
        findings = check_prices(experiment, history)
        allowed = any("allow_bad" in word or "features" in word for word in settings)
        assert (
            allowed
            or "data.price=close" in settings
            or not [one for one in findings if one.severity == "error"]
        ), settings
        dataset = prepare(experiment, history)
        scalers = dataset.fit_scalers()
        for part in ("train", "validation", "test"):
            assert len(dataset.splits.origins(part)) > 0, (settings, part)
        for part in ("train", "validation"):
            assert np.isfinite(dataset.scaled_targets(scalers.targets, part)).all(), settings
        assert np.isfinite(dataset.scaled_features(scalers.inputs)[dataset.first_row :]).all()


@pytest.mark.parametrize(
    ("kind", "until", "ways"),
    [
        ("newest split", "2021-01-20", ["--as-of 2021-02-02", "--allow-bad"]),
        ("newest split", "2021-02-03", ["--allow-bad"]),
        ("tick", "2020-12-31", ["--allow-bad"]),
        ("zero", "2020-03-31", ["--as-of 2020-04-09"]),
    ],
)
def test_trained_networks_have_ways_out_of_their_own(
    kind: str, until: str, ways: list[str]
) -> None:
    history, experiment = spoiled(kind), load("gru", ["data.symbol=WALK"])
    with pytest.raises(DataError) as refused:
        check_prices(experiment, history, trained_until=until)
    remedy = refused.value.remedy
    assert remedy.count("--") == len(ways) and all(way in remedy for way in ways), remedy
    for way in ways:
        option, _, day = way.partition(" ")
        settings = ["data.allow_bad=true"] * (option == "--allow-bad")
        cut = history.between(end=day or None)
        check_prices(load("gru", ["data.symbol=WALK", *settings]), cut)
        prepare(load("gru", ["data.symbol=WALK", *settings]), cut)


@pytest.mark.parametrize(
    ("source", "words"),
    [("file", "correct the file and import it again, or"), ("yahoo", "fetch again once")],
)
def test_bars_are_to_be_corrected_where_they_come_from(source: str, words: str) -> None:
    history = replace(spoiled("tick"), provenance={"source": source})
    with pytest.raises(DataError) as refused:
        check_prices(load("gru", ["data.symbol=WALK"]), history)
    assert refused.value.remedy.startswith(words)


@pytest.mark.parametrize("fault", ["tick", "negative adjusted", "newest split", "infinite volume"])
def test_a_series_beside_is_left_out_or_read_otherwise(fault: str) -> None:
    other = replace(spoiled(fault), symbol="OTHER")
    own = ["data.symbol=WALK", "data.exogenous=[OTHER]"]
    if fault == "infinite volume":  # nothing reads it
        assert check_prices(load("gru", own), candles(), {"OTHER": other})
        return
    with pytest.raises(DataError, match="OTHER: ") as refused:
        check_prices(load("gru", own), candles(), {"OTHER": other})
    ways = ways_in(refused.value.remedy)
    assert ["data.exogenous=[]"] in ways
    for settings in ways:
        experiment = load("gru", [*own, *settings])
        others = {"OTHER": other} if experiment.data.exogenous else {}
        check_prices(experiment, candles(), others)
        prepare(experiment, candles(), others).fit_scalers()


def test_clean_prices_pass_without_a_word() -> None:
    assert check_prices(load("gru", ["data.symbol=WALK"]), random_walk(400)) == []


def test_negative_prices_are_fine_where_no_logs_are_taken() -> None:
    close = random_walk(400).bars["close"].to_numpy(float) - 100
    history = PriceHistory("CL=F", random_walk(400).bars.assign(close=close), "1d", "24/7")
    with pytest.raises(
        DataError, match=r"zero or negative prices.*; where .*--set window.target=differ"
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


def test_other_days_are_named_where_prices_stand_still_in_the_validation_part() -> None:
    close = random_walk(1000).bars["close"].to_numpy(float).copy()
    close[650:900] = close[649]
    history = PriceHistory("WALK", random_walk(1000).bars.assign(close=close), "1d", "24/7")
    with pytest.raises(DataError, match="no interval can be learned from it") as refused:
        prepare(load("gru", ["data.symbol=WALK"]), history).fit_scalers()
    ((*settings,),) = ways_in(refused.value.remedy)
    assert [setting.partition("=")[0] for setting in settings] == [
        "split.validation_from",
        "split.test_from",
    ]
    dataset = prepare(load("gru", ["data.symbol=WALK", *settings]), history)
    dataset.fit_scalers()
    assert all(len(dataset.splits.origins(part)) for part in ("train", "validation", "test"))


@pytest.mark.parametrize("setting", ["drop", "ffill"])
def test_bars_that_lack_a_price_are_left_out_or_filled_as_the_refusal_says(setting: str) -> None:
    history, own = with_adjusted(slice(50, 52)), ["data.symbol=WALK"]
    with pytest.raises(DataError, match="2 bars lack a value") as refused:
        check_prices(load("gru", [*own, "data.missing=error"]), history)
    assert "--set data.missing=drop or ffill" in refused.value.remedy
    check_prices(load("gru", [*own, f"data.missing={setting}"]), history)

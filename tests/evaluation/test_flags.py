"""Every flag is raised by what it is about, and by nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.evaluation.backtest import NAIVE, NETWORK, QUANTILES
from rnnforecast.evaluation.flags import few, flags
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.forecast.quantile_levels import LEVELS

ORIGINS = 400


def backtest(median: np.ndarray, closes: np.ndarray, spread: float = 1.0) -> pd.DataFrame:
    """One step ahead: a network with the given medians beside naive, of a random walk of closes."""
    last, actual = closes[:-1], closes[1:]
    frame = pd.DataFrame(
        {
            "symbol": "X",
            "origin": pd.date_range("2020-01-01", periods=len(last)),
            "step": 1,
            "last": last,
        }
    )
    frame = frame.assign(date=frame["origin"] + pd.Timedelta(days=1), actual=actual)
    tables = []
    for model, center in ((NETWORK, median), (NAIVE, last)):
        quantiles = center[:, None] + spread * stats.norm.ppf(LEVELS)
        tables.append(
            pd.concat(
                [frame.assign(model=model), pd.DataFrame(quantiles, columns=QUANTILES)], axis=1
            )
        )
    return pd.concat(tables, ignore_index=True)


def raised(table: pd.DataFrame) -> list[str]:
    scored = losses(table)
    return [
        flag.kind
        for flag in flags(table, summarise(scored, 1.0), compare(scored, NETWORK, [NAIVE]))
    ]


def even_noise(origins: int, scale: float) -> np.ndarray:
    """Normal noise whose shares are exact, in random order."""
    levels = (np.arange(origins) + 0.5) / origins
    return scale * stats.norm.ppf(np.random.default_rng(1).permutation(levels))


def walk(origins: int = ORIGINS, seed: int = 3) -> np.ndarray:
    return 100 + np.random.default_rng(seed).normal(0, 1, origins + 1).cumsum()


def test_foresight_with_the_right_spread_raises_no_flag() -> None:
    closes = walk()
    noise = even_noise(ORIGINS, 0.5)
    assert set(raised(backtest(closes[1:] + noise, closes, spread=0.5))) == {"too_good"}


def test_the_last_close_in_disguise_is_a_lag_copy() -> None:
    closes = walk()
    noise = np.random.default_rng(1).normal(0, 1e-3, ORIGINS)
    kinds = raised(backtest(closes[:-1] + noise, closes))
    assert "lag_copy" in kinds and set(kinds) <= {"lag_copy", "disagreement"}


def test_an_older_close_is_found_with_its_delay() -> None:
    closes = walk()
    table = backtest(np.r_[closes[:2], closes[:-3]], closes, spread=2.0)
    (told,) = [flag for flag in flags_of(table) if "lag" in flag]
    assert "the median follows the price 3 steps late" in told


def test_skill_that_hangs_on_one_bad_tick_is_named_with_its_day() -> None:
    """Mean reversion gains on a reverting spike and loses everywhere else."""
    closes = walk()
    closes[200] += 60
    moves = np.diff(closes, prepend=closes[0])
    table = backtest(closes[:-1] - 0.3 * moves[:-1], closes, spread=1.0)
    told = flags_of(table)
    (driven,) = [flag for flag in told if flag.startswith("driven by 2 days")]
    assert "2020-07-19" in driven  # the spike's own day


def test_few_forecasts_are_said_to_be_few() -> None:
    closes = walk(100)
    noise = np.random.default_rng(1).normal(0, 0.5, 100)
    (doubt,) = [
        flag
        for flag in flags_of(backtest(closes[1:] + noise, closes, 0.5))
        if flag.startswith("few")
    ]
    assert "with 100 origins a direction of 50 % is uncertain by 9.8 points, and tests err" in doubt


def test_of_forecasts_too_few_for_any_test_no_test_is_said_to_err() -> None:
    (flag,) = few(19, 1)
    assert str(flag).endswith("is uncertain by 22.5 points")


def flags_of(table: pd.DataFrame) -> tuple[str, ...]:
    return tuple(
        str(flag)
        for flag in flags(
            table, summarise(losses(table), 1.0), compare(losses(table), NETWORK, [NAIVE])
        )
    )


@pytest.mark.parametrize(("spread", "words"), [(0.2, "too narrow"), (2.0, "too wide")])
def test_intervals_that_hold_too_little_or_too_much_are_named(spread: float, words: str) -> None:
    closes = walk()
    noise = even_noise(ORIGINS, 0.5)
    told = [
        flag
        for flag in flags_of(backtest(closes[1:] + noise, closes, spread))
        if "interval contained" in flag
    ]
    assert len(told) == 2 and all(words in flag for flag in told)


def test_errors_that_disagree_are_named_with_both_skills() -> None:
    closes = walk()
    error = np.random.default_rng(1).normal(0, 0.2, ORIGINS)
    error[::100] = 15.0  # right nearly always, terribly wrong four times
    told = [flag for flag in flags_of(backtest(closes[1:] + error, closes)) if "disagree" in flag]
    assert len(told) == 1 and "MAE +" in told[0] and "RMSE -" in told[0]


def test_a_median_that_beats_the_last_close_is_no_copy_of_it() -> None:
    closes = walk()
    some_foresight = closes[:-1] + 0.3 * np.diff(closes)
    assert (
        np.corrcoef(some_foresight[5:], closes[5:-1])[0, 1]
        > np.corrcoef(some_foresight[5:], closes[6:])[0, 1]
    )
    assert not [flag for flag in flags_of(backtest(some_foresight, closes)) if "lag copy" in flag]


def test_misses_on_one_side_are_named_though_the_width_is_right() -> None:
    """The network's intervals are as wide as they should be, and half a deviation too low."""
    closes = walk(1000)
    table = backtest(closes[:-1] - 0.5, closes)
    (shifted,) = [flag for flag in flags_of(table) if "is shifted" in flag]
    assert shifted.startswith("the 80 % interval is shifted: 3") or "% above" in shifted
    below, above = (
        float(part.split(" %")[0]) for part in (shifted.split(": ")[1], shifted.split("and ")[1])
    )
    expected = (
        100 * stats.norm.sf(stats.norm.ppf(0.9) - 0.5),
        100 * stats.norm.sf(stats.norm.ppf(0.9) + 0.5),
    )
    assert above == pytest.approx(expected[0], abs=4) and below == pytest.approx(expected[1], abs=2)


def test_the_right_spread_is_not_called_shifted() -> None:
    called = 0
    for seed in range(20):
        closes = walk(400, seed)
        called += any("is shifted" in flag for flag in flags_of(backtest(closes[:-1], closes)))
    assert called <= 3  # 5 % of 20 is one


def test_foresight_that_prices_do_not_give_is_too_good_to_be_true() -> None:
    closes = walk()
    (skill, direction) = [
        flag
        for flag in flags_of(backtest(closes[:-1] + 0.8 * np.diff(closes), closes, 0.5))
        if "too good" in flag
    ]
    assert "the RMSE is 80.0 % lower than the last close's one step ahead" in skill
    assert "100.0 % of 400 directions are right" in direction


def test_luck_of_few_is_not_too_good() -> None:
    flagged = 0
    for seed in range(30):
        closes = walk(40, seed)
        random = closes[:-1] + np.random.default_rng(seed + 99).normal(0, 0.05, 40)
        flagged += any("too good" in flag for flag in flags_of(backtest(random, closes)))
    assert flagged <= 1


def test_a_calibration_that_harms_is_named() -> None:
    closes = walk(600)
    table = backtest(closes[:-1], closes, spread=0.7)
    bare = backtest(closes[:-1], closes, spread=1.0)
    bare = bare[bare["model"] == NETWORK].assign(model="uncalibrated")
    (harmed,) = [
        flag for flag in flags_of(pd.concat([table, bare])) if "calibration harmed" in flag
    ]
    assert "without it, and the CRPS is" in harmed and "higher" in harmed
    slight = backtest(closes[:-1], closes, spread=0.99)
    doubts = flags_of(pd.concat([slight, bare]))
    assert not [flag for flag in doubts if "harmed" in flag]
    wide = backtest(closes[:-1], closes, spread=2.0)
    wide = wide[wide["model"] == NETWORK].assign(model="uncalibrated")
    good = backtest(closes[:-1], closes, spread=1.0)
    assert not [flag for flag in flags_of(pd.concat([good, wide])) if "harmed" in flag]

"""A forecast in plain words, beside hand arithmetic."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.forecast.summary import (
    QUANTILE_COLUMNS,
    article,
    large_move_chance,
    probability_above,
    probability_of_move,
    span,
    summarise,
    written_date,
)
from rnnforecast.quantities import DIRECTION, PRICE, VOLATILITY

NO_SKILL = {"point": "indistinguishable", "distribution": "indistinguishable"}
SPREAD_ONLY = {"point": "indistinguishable", "distribution": "better"}


def prices(last: float = 93_429.2, deviation: float = 0.0203) -> pd.DataFrame:
    """Two sessions of a log-normal price."""
    steps = np.sqrt([1.0, 2.0])[:, None]
    quantiles = last * np.exp(deviation * steps * stats.norm.ppf(LEVELS))
    table = pd.DataFrame(quantiles, columns=list(QUANTILE_COLUMNS))
    return table.assign(
        date=["2026-11-26", "2026-11-27"],
        median=table["q0.5"],
        low_80=table["q0.1"],
        high_80=table["q0.9"],
    )


def test_the_answer_comes_first_with_its_range_and_how_far_to_trust_it() -> None:
    summary = summarise("BTC-USD", PRICE, prices(), 93_429.2, SPREAD_ONLY)
    assert str(summary) == (
        "BTC-USD, Thu 26 Nov 2026: most likely near 93,429; an 80 % chance of 91,030 to 95,892 "
        "(-2.6 % to +2.6 %). The network has shown no skill in direction: trust the range, "
        "not the middle."
    )
    assert summary.title == "BTC-USD: forecast for 26-27 November 2026"
    json.dumps(summary.to_dict(), allow_nan=False)


def test_chances_are_those_of_the_distribution_that_the_quantiles_are_of() -> None:
    first, second = summarise("X", PRICE, prices(), 93_429.2).steps
    assert first.probability_up == pytest.approx(0.5)
    for step, deviation in ((first, 0.0203), (second, 0.0203 * 2**0.5)):
        up, down = np.log(1.05) / deviation, np.log(0.95) / deviation
        expected = stats.norm.sf(up) + stats.norm.cdf(down)
        assert step.probability_large == pytest.approx(expected, abs=0.003)


def test_the_probability_above_a_value_is_linear_between_quantiles_and_bounded_beyond() -> None:
    quantiles = LEVELS.copy()  # of a uniform variable
    for value in (0.02, 0.3, 0.755):
        assert probability_above(quantiles, value) == pytest.approx(1 - value)
    assert probability_above(quantiles, -1.0) == pytest.approx(1 - LEVELS[0] / 2)
    assert probability_above(quantiles, 2.0) == pytest.approx((1 - LEVELS[-1]) / 2)
    assert probability_of_move(quantiles, 0.5, 0.2) == pytest.approx(0.4 + 0.4)


def test_the_chance_of_a_move_beyond_all_quantiles_is_written_as_a_bound() -> None:
    """Of a currency nobody expects 5 % in a day: less than 0.5 % lies on either side."""
    calm = 100 * np.exp(0.005 * stats.norm.ppf(LEVELS))
    assert large_move_chance(probability_of_move(calm, 100.0, 0.05)) == "< 1 %"
    wild = 100 * np.exp(0.03 * stats.norm.ppf(LEVELS))
    expected = stats.norm.sf(np.log(1.05) / 0.03) + stats.norm.cdf(np.log(0.95) / 0.03)
    assert large_move_chance(probability_of_move(wild, 100.0, 0.05)).endswith(" %")
    assert float(large_move_chance(probability_of_move(wild, 100.0, 0.05))[:-2]) == pytest.approx(
        100 * expected, abs=0.3
    )
    assert large_move_chance(None) == ""


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (None, "Not tested yet"),
        (NO_SKILL, "no detectable skill"),
        (SPREAD_ONLY, "trust the range, not the middle"),
        ({"point": "better", "distribution": "better"}, "skill in both"),
        ({"point": "better", "distribution": "worse"}, "skill in the price, but not in its range"),
        ({"point": "worse", "distribution": "worse"}, "do not rely on this forecast"),
        ({"point": "too few", "distribution": "too few"}, "too few test forecasts to tell"),
        ({"point": "worse", "distribution": "indistinguishable"}, "do not rely on this forecast"),
    ],
)
def test_trust_follows_the_verdict(verdict: dict[str, str] | None, words: str) -> None:
    assert words in summarise("X", PRICE, prices(), 93_429.2, verdict).trust


def test_a_direction_is_a_chance_and_a_volatility_has_no_direction() -> None:
    rises = pd.DataFrame({"date": ["2024-12-09"], "rising": [0.512]})
    assert summarise("AAPL", DIRECTION, rises, 242.84, NO_SKILL).answer == (
        "AAPL, Mon 9 Dec 2024: a 51.2 % chance of a close above 242.84."
    )
    calm = pd.DataFrame(
        {"date": ["2024-12-09"], "median": [0.012], "low_80": [0.006], "high_80": [0.021]}
    )
    summary = summarise("AAPL", VOLATILITY, calm, 0.011, SPREAD_ONLY)
    assert summary.answer == (
        "AAPL, Mon 9 Dec 2024: volatility most likely near 1.20 % a bar; "
        "an 80 % chance of 0.60 % to 2.10 %."
    )
    assert summary.steps[0].probability_up is None
    assert "no skill in the volatility itself" in summary.trust


def test_a_forecast_stored_without_quantiles_has_no_chances() -> None:
    table = prices().drop(columns=list(QUANTILE_COLUMNS))
    step = summarise("X", PRICE, table, 93_429.2).steps[0]
    assert step.probability_up is None and step.probability_large is None and step.move is not None


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-11-26", "2026-11-30", "26-30 November 2026"),
        ("2026-11-26", "2026-11-26", "26 November 2026"),
        ("2026-11-30", "2026-12-04", "30 November to 4 December 2026"),
        ("2026-12-31", "2027-01-04", "31 December 2026 to 4 January 2027"),
    ],
)
def test_days_are_written_once(first: str, last: str, text: str) -> None:
    assert span(pd.Timestamp(first), pd.Timestamp(last)) == text


def test_words_fit_what_follows_them() -> None:
    assert [article(text) for text in ("80 %", "8.1 %", "11.0 %", "18.2 %", "51.2 %", "1.1 %")] == [
        "an", "an", "an", "an", "a", "a",
    ]  # fmt: skip
    assert written_date(pd.Timestamp("2026-11-05 15:30")) == "Thu 5 Nov 2026 15:30"

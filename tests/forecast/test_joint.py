"""Joint draws keep each symbol's own distribution, and move together as the past did."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.errors import DataError
from rnnforecast.forecast.joint import (
    Copula,
    normal_scores,
    portfolio_risk,
    rank_probabilities,
    ranked_probability_score,
)
from rnnforecast.forecast.quantile_levels import LEVELS

from ..conftest import real_file

PAIR = np.array([[1.0, 0.8], [0.8, 1.0]])
NORMAL = np.stack([stats.norm.ppf(LEVELS), 2 + 3 * stats.norm.ppf(LEVELS)])


def test_each_symbol_keeps_its_own_distribution() -> None:
    values = Copula(PAIR).sample(NORMAL, draws=50_000)
    assert values.mean(axis=0) == pytest.approx([0, 2], abs=0.05)
    assert values.std(axis=0) == pytest.approx([1, 3], rel=0.02)


@pytest.mark.parametrize("degrees", [None, 4.0])
def test_what_moved_together_moves_together(degrees: float | None) -> None:
    values = Copula(PAIR, degrees).sample(NORMAL, draws=50_000)
    expected = 6 / np.pi * np.arcsin(0.8 / 2)  # Spearman's of a Gaussian copula
    assert stats.spearmanr(*values.T).statistic == pytest.approx(expected, abs=0.03)


def test_the_extremes_of_a_t_copula_come_together() -> None:
    low = [
        (Copula(PAIR, degrees).uniforms(100_000) < 0.01).all(axis=1).mean()
        for degrees in (None, 3.0)
    ]
    assert low[1] > 1.2 * low[0]


def test_the_correlation_is_that_of_scikit_learn_scaled() -> None:
    from sklearn.covariance import LedoitWolf

    scores = np.random.default_rng(1).normal(size=(60, 5)) @ np.diag([1, 2, 1, 1, 1])
    covariance = LedoitWolf(assume_centered=True).fit(scores).covariance_
    scale = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(Copula.fit(scores).correlation, covariance / np.outer(scale, scale))


def test_more_symbols_than_days_still_have_a_copula_and_few_days_have_none() -> None:
    scores = np.random.default_rng(2).normal(size=(30, 100))
    assert np.isfinite(Copula.fit(scores).uniforms(10)).all()
    with pytest.raises(DataError, match="19 common forecasts"):
        Copula.fit(scores[:19])


def test_normal_scores_undo_quantiles() -> None:
    quantiles = np.broadcast_to(NORMAL[1], (3, len(LEVELS)))
    found = normal_scores(quantiles, np.array([2.0, 5.0, -1e9]))
    assert found == pytest.approx([0, 1, LEVELS[0] and stats.norm.ppf(LEVELS[0])], abs=1e-3)


def test_rank_probabilities_of_equal_symbols_are_uniform_and_of_ordered_ones_certain() -> None:
    alike = np.random.default_rng(3).normal(size=(20_000, 10))
    assert rank_probabilities(alike) == pytest.approx(np.full((10, 5), 0.2), abs=0.01)
    ordered = np.arange(10.0) + np.zeros((5, 1))
    np.testing.assert_array_equal(rank_probabilities(ordered), np.repeat(np.eye(5), 2, axis=0))


def test_the_score_is_that_of_hand_arithmetic() -> None:
    values = np.arange(5.0)
    assert ranked_probability_score(np.full((5, 5), 0.2), values) == pytest.approx(0.16)
    assert ranked_probability_score(np.eye(5), values) == 0
    assert ranked_probability_score(np.eye(5)[::-1], values) == pytest.approx(
        (4 + 2 + 0 + 2 + 4) / 25
    )


def test_the_risk_of_one_normal_asset_is_its_formula() -> None:
    returns = np.random.default_rng(4).normal(0.001, 0.02, (200_000, 1))
    risk = portfolio_risk(returns, np.array([1.0]))
    z = stats.norm.ppf(0.05)
    assert risk.value_at_risk[0] == pytest.approx(-(0.001 + 0.02 * z), rel=0.02)
    shortfall = 0.02 * stats.norm.pdf(z) / 0.05 - 0.001
    assert risk.expected_shortfall[0] == pytest.approx(shortfall, rel=0.02)
    assert risk.mean == pytest.approx(0.001, abs=2e-4)


def test_opposite_weights_of_a_perfect_pair_carry_no_risk() -> None:
    returns = np.random.default_rng(5).normal(0, 0.02, (1000, 1)) @ np.ones((1, 2))
    assert portfolio_risk(returns, np.array([1.0, -1.0])).value_at_risk == pytest.approx((0, 0))


def m6_prices() -> pd.DataFrame:
    table = pd.read_csv(real_file("m6/assets_m6.csv"), parse_dates=["date"])
    return table.pivot_table(index="date", columns="symbol", values="price").ffill()


def test_m6_is_scored_as_the_competition_was() -> None:
    """Uniform is 0.16 exactly; own volatilities alone .1584, with a shrunk covariance .1563."""
    prices = m6_prices()
    returns = np.nan_to_num(np.log(prices).diff().to_numpy())
    ends = [pd.Timestamp("2022-03-04") + pd.Timedelta(days=28 * number) for number in range(13)]
    rows = [prices.index.searchsorted(end, side="right") - 1 for end in ends]
    independent, together = [], []
    for begin, end in pairwise(rows):
        past = returns[max(1, begin - 59) : begin + 1]
        came = np.log(prices.iloc[end] / prices.iloc[begin]).to_numpy()
        scale = np.maximum(past.std(axis=0), 1e-6)  # one asset stopped trading
        quantiles = scale[:, None] * stats.norm.ppf(LEVELS)
        fitted = Copula.fit(past / scale)
        for copula, scores in ((Copula(np.eye(100)), independent), (fitted, together)):
            probabilities = rank_probabilities(copula.sample(quantiles, draws=5_000))
            scores.append(ranked_probability_score(probabilities, came))
    assert np.mean(independent) == pytest.approx(0.1584, abs=3e-4)
    assert np.mean(together) == pytest.approx(0.1563, abs=3e-4)
    assert (np.array(together) < 0.16).all()


def test_weighted_volatilities_and_what_they_standardise_rank_m6_a_little_better() -> None:
    prices = m6_prices()
    returns = np.nan_to_num(np.log(prices).diff().to_numpy())[1:]
    variances = pd.DataFrame(returns**2).ewm(alpha=0.06).mean().to_numpy()
    ends = [pd.Timestamp("2022-03-04") + pd.Timedelta(days=28 * number) for number in range(13)]
    rows = [prices.index.searchsorted(end, side="right") - 1 for end in ends]
    found = []
    for begin, end in pairwise(rows):
        known = np.sqrt(np.maximum(variances[:begin], 1e-12))
        scores = np.clip(returns[1:begin] / known[:-1], -4, 4)
        quantiles = known[-1][:, None] * stats.norm.ppf(LEVELS)
        ranks = rank_probabilities(Copula.fit(scores).sample(quantiles, draws=5_000))
        came = np.log(prices.iloc[end] / prices.iloc[begin]).to_numpy()
        found.append(ranked_probability_score(ranks, came))
    assert np.mean(found) == pytest.approx(0.1562, abs=3e-4)
    assert (np.array(found) < 0.16).all()

"""Joint draws keep each symbol's own distribution, and move together as the past did."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rnnforecast.errors import DataError
from rnnforecast.forecast.joint import (
    Copula,
    normal_scores,
    portfolio_risk,
    rank_outcomes,
    rank_probabilities,
    ranked_probability_score,
)
from rnnforecast.forecast.quantile_levels import LEVELS

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


def test_symbols_that_tie_share_the_groups_of_their_ranks() -> None:
    """Ranks 1 to 5 of five symbols are the five groups; two that tie for 2 and 3 have half each."""
    outcome = rank_outcomes(np.array([7.0, 3.0, 3.0, 9.0, 1.0]))
    tied = [0, 0.5, 0.5, 0, 0]
    expected = [[0, 0, 0, 1, 0], tied, tied, [0, 0, 0, 0, 1], [1, 0, 0, 0, 0]]
    np.testing.assert_array_equal(outcome, expected)
    assert rank_outcomes(np.zeros(10)) == pytest.approx(np.full((10, 5), 0.2))
    assert ranked_probability_score(np.full((10, 5), 0.2), np.zeros(10)) == pytest.approx(0)


def test_the_risk_of_one_normal_asset_is_its_formula() -> None:
    returns = np.random.default_rng(4).normal(0.001, 0.02, (200_000, 1))
    risk = portfolio_risk(returns, np.array([1.0]))
    z = stats.norm.ppf(0.05)
    assert risk.value_at_risk[0] == pytest.approx(-(0.001 + 0.02 * z), rel=0.02)
    shortfall = 0.02 * stats.norm.pdf(z) / 0.05 - 0.001
    assert risk.expected_shortfall[0] == pytest.approx(shortfall, rel=0.02)
    assert risk.mean == pytest.approx(0.001, abs=2e-4)


def test_of_100_draws_the_value_at_risk_is_the_mildest_of_the_worst() -> None:
    losses = np.random.default_rng(6).permutation(np.arange(1.0, 101.0))
    risk = portfolio_risk(-losses[:, None] / 100, np.array([1.0]))
    assert risk.value_at_risk == pytest.approx((0.96, 1.0))
    assert risk.expected_shortfall == pytest.approx(((0.96 + 0.97 + 0.98 + 0.99 + 1) / 5, 1.0))


def test_opposite_weights_of_a_perfect_pair_carry_no_risk() -> None:
    returns = np.random.default_rng(5).normal(0, 0.02, (1000, 1)) @ np.ones((1, 2))
    assert portfolio_risk(returns, np.array([1.0, -1.0])).value_at_risk == pytest.approx((0, 0))

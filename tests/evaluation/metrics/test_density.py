"""Log scores and PITs from quantiles are those of the distribution they came from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rnnforecast.evaluation.metrics.density import log_scores, normal_scores, pit
from rnnforecast.forecast.quantile_levels import LEVELS

OUTCOMES = np.array([-3.1, -1.0, 0.013, 0.7, 2.2, 3.5])


def test_of_a_normal_the_log_score_is_scipys_out_to_the_tails() -> None:
    quantiles = np.tile(5 + 2 * stats.norm.ppf(LEVELS), (len(OUTCOMES), 1))
    actual = 5 + 2 * OUTCOMES
    np.testing.assert_allclose(
        log_scores(quantiles, actual), -stats.norm.logpdf(actual, 5, 2), atol=1e-9
    )
    np.testing.assert_allclose(pit(quantiles, actual), stats.norm.cdf(OUTCOMES), atol=1e-9)


def test_of_a_student_t_it_is_near_scipys_between_the_outermost_levels() -> None:
    t = stats.t(4, scale=0.5)
    actual = t.ppf([0.02, 0.2, 0.5, 0.77, 0.97])
    quantiles = np.tile(t.ppf(LEVELS), (len(actual), 1))
    np.testing.assert_allclose(log_scores(quantiles, actual), -t.logpdf(actual), atol=0.05)
    np.testing.assert_allclose(pit(quantiles, actual), t.cdf(actual), atol=1e-3)


def test_the_pit_of_right_forecasts_is_uniform() -> None:
    rng = np.random.default_rng(1)
    scale = rng.uniform(0.5, 3, 2000)
    values = pit(scale[:, None] * stats.norm.ppf(LEVELS), scale * rng.normal(size=2000))
    assert stats.kstest(values, "uniform").pvalue > 0.05


def test_quantiles_that_coincide_give_a_large_but_finite_density() -> None:
    quantiles = np.sort(np.where(np.abs(LEVELS - 0.5) < 0.2, 0.0, stats.norm.ppf(LEVELS)))[None]
    score = log_scores(quantiles, np.array([0.0]))
    assert np.isfinite(score).all() and score[0] < -5
    assert pit(quantiles, np.array([0.0])) == pytest.approx(0.5, abs=0.02)


def test_a_point_has_no_density() -> None:
    assert np.isnan(log_scores(np.zeros((1, len(LEVELS))), np.array([1.0]))).all()


def test_the_slope_is_the_derivative_of_the_score() -> None:
    quantiles, at = np.tile(stats.t(3).ppf(LEVELS), (1, 1)), 0.4321
    score, slope = normal_scores(quantiles, np.array([at]))
    ahead, _ = normal_scores(quantiles, np.array([at + 1e-6]))
    assert slope[0] == pytest.approx((ahead - score)[0] / 1e-6, rel=1e-4)


@pytest.mark.parametrize("side", [-1, 1])
def test_outermost_quantiles_that_coincide_leave_a_tail_as_wide_as_the_whole(side: int) -> None:
    """Of calibration by a few windows: a normal cut at its second level,
    beyond which nothing was seen."""
    quantiles = stats.norm.ppf(LEVELS)
    quantiles[[-2, -1]] = quantiles[-3]
    quantiles[[0, 1]] = quantiles[2]
    width = (quantiles[-1] - quantiles[0]) / (2 * stats.norm.ppf(LEVELS[-1]))
    outcome = quantiles[-1] + 0.5
    z = stats.norm.ppf(LEVELS[-1]) + 0.5 / width
    score = log_scores(quantiles[None], np.array([side * outcome]))
    assert score == pytest.approx(-stats.norm.logpdf(z) + np.log(width), rel=1e-9)
    assert score < 6  # a line through the two gave 1e11
    assert pit(quantiles[None], np.array([side * outcome])) == pytest.approx(
        stats.norm.cdf(side * z), rel=1e-6
    )


def test_a_tail_that_is_wider_than_the_whole_stays_so() -> None:
    quantiles = stats.t(2).ppf(LEVELS)
    score, slope = normal_scores(quantiles[None], np.array([40.0]))
    steps = np.diff(stats.norm.ppf(LEVELS)[-2:]) / np.diff(quantiles[-2:])
    assert slope == pytest.approx(steps) and score == pytest.approx(
        stats.norm.ppf(LEVELS[-1]) + steps * (40 - quantiles[-1])
    )

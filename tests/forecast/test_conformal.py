"""Calibration by hand arithmetic, and what it promises."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from crepes import ConformalRegressor
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from rnnforecast.forecast.conformal import Calibration, scores_of, spreads
from rnnforecast.forecast.quantile_levels import (
    LEVELS,
    MEDIAN,
    PERCENTILES,
    interval_positions,
    position,
)


def gaussian(windows: int, scale: float, steps: int = 1) -> np.ndarray:
    """Normal quantiles around zero (window, step, level)."""
    return np.broadcast_to(stats.norm.ppf(LEVELS, 0, scale), (windows, steps, len(LEVELS)))


def test_levels_are_symmetric_and_hold_the_percentiles() -> None:
    np.testing.assert_allclose(LEVELS, 1 - LEVELS[::-1], atol=1e-12)
    np.testing.assert_allclose(LEVELS[PERCENTILES], np.arange(1, 100) / 100)
    assert LEVELS[MEDIAN] == 0.5
    assert [LEVELS[at] for at in interval_positions(0.95)] == [0.025, 0.975]


def test_the_reach_is_the_order_statistic_of_the_normalised_residuals() -> None:
    actual = np.arange(1.0, 11.0)[:, None]  # absolute residuals 1 to 10
    quantiles = gaussian(10, scale=2.0)
    one_sigma = 2.0 * stats.norm.ppf(0.84)
    reach = np.asarray(Calibration.fit(quantiles, actual).radius)[0] * one_sigma
    low, high = interval_positions(0.80)
    assert reach[high] == pytest.approx(9)  # ceil(11 * 0.8) = 9th smallest
    assert reach[low] == pytest.approx(-9)
    assert reach[position(0.995)] == pytest.approx(10)  # cannot reach beyond the largest seen
    assert reach[MEDIAN] == 0


def test_too_narrow_intervals_become_as_wide_as_they_must() -> None:
    actual = np.random.default_rng(1).normal(0, 3, (4000, 2))
    calibrated = Calibration.fit(gaussian(4000, 1.0, steps=2), actual).apply(
        gaussian(1, 1.0, steps=2)
    )
    for coverage in (0.5, 0.8, 0.95):
        low, high = interval_positions(coverage)
        np.testing.assert_allclose(
            calibrated[0, :, high], 3 * stats.norm.ppf((1 + coverage) / 2), rtol=0.06
        )
        np.testing.assert_allclose(calibrated[0, :, low], -calibrated[0, :, high])


def test_a_calibrated_interval_holds_its_coverage_on_new_windows() -> None:
    rng = np.random.default_rng(2)
    scales = rng.uniform(0.5, 3, 6000)
    quantiles = (
        0.6 * scales[:, None, None] * stats.norm.ppf(LEVELS)
    )  # right shape of spread, wrong size
    actual = rng.standard_t(4, (6000, 1)) * scales[:, None]
    calibrated = Calibration.fit(quantiles[:3000], actual[:3000]).apply(quantiles[3000:])
    low, high = interval_positions(0.80)
    held = (calibrated[:, 0, low] <= actual[3000:, 0]) & (
        actual[3000:, 0] <= calibrated[:, 0, high]
    )
    assert stats.binomtest(int(held.sum()), 3000, 0.8).pvalue > 0.001


def test_medians_stay_and_quantiles_do_not_cross() -> None:
    rng = np.random.default_rng(3)
    quantiles = rng.normal(size=(50, 2, 1)) + gaussian(50, 1.0, steps=2)
    calibrated = Calibration.fit(quantiles, rng.normal(size=(50, 2))).apply(quantiles)
    np.testing.assert_allclose(calibrated[..., MEDIAN], quantiles[..., MEDIAN])
    assert (np.diff(calibrated) >= 0).all()


def test_a_point_forecast_gets_the_spread_of_its_residuals() -> None:
    points = np.zeros((100, 1, len(LEVELS)))
    assert all((side == 1).all() for side in spreads(points))
    reach = np.asarray(Calibration.fit(points, np.linspace(-1, 1, 100)[:, None]).radius)[0]
    assert reach[interval_positions(0.80)[1]] == pytest.approx(0.8, abs=0.03)


def test_sides_of_unequal_width_stay_unequal_where_each_has_a_spread_of_its_own() -> None:
    """The network knows the shape and errs in the size: three times too narrow."""
    rng = np.random.default_rng(9)
    shape = np.where(LEVELS < 0.5, 2.0, 0.5) * stats.norm.ppf(LEVELS)
    quantiles = np.broadcast_to(shape, (6000, 1, len(LEVELS)))
    normal = rng.normal(size=(6000, 1))
    actual = 3 * np.where(normal < 0, 2.0, 0.5) * normal
    calibrated = Calibration.fit(quantiles, actual, sided=True).apply(quantiles[:1])[0, 0]
    for level in (0.1, 0.25, 0.75, 0.9):
        assert calibrated[position(level)] == pytest.approx(3 * shape[position(level)], rel=0.06)
    even = Calibration.fit(quantiles, actual).apply(quantiles[:1])[0, 0]
    np.testing.assert_allclose(even, -even[::-1], atol=1e-12)


def test_one_spread_for_each_side_changes_nothing_for_a_symmetric_forecast() -> None:
    actual = np.random.default_rng(10).normal(size=(50, 2))
    quantiles = gaussian(50, 1.5, steps=2)
    both = [Calibration.fit(quantiles, actual, sided=sided).radius for sided in (False, True)]
    np.testing.assert_allclose(*both)


def test_each_tail_of_a_skewed_quantity_has_its_own_reach_and_the_median_moves_too() -> None:
    actual = np.random.default_rng(4).exponential(size=(8000, 1))
    calibrated = Calibration.fit(gaussian(8000, 1.0), actual, skewed=True).apply(gaussian(1, 1.0))
    for level in (0.025, 0.1, 0.5, 0.9, 0.975):
        np.testing.assert_allclose(
            calibrated[0, 0, position(level)], stats.expon.ppf(level), atol=0.06
        )
    few = Calibration.fit(
        gaussian(9, 1 / stats.norm.ppf(0.84)), np.arange(9.0)[:, None], skewed=True
    )
    assert (
        few.radius[0][position(0.1)] == 0 and few.radius[0][position(0.9)] == 8
    )  # 1st and 9th of 9


@given(
    seed=st.integers(0, 10_000), windows=st.integers(60, 300),
    coverage=st.sampled_from((0.5, 0.8, 0.95)),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_an_interval_is_the_normalised_conformal_one_of_crepes(
    seed: int, windows: int, coverage: float
) -> None:
    rank = round((windows + 1) * coverage, 6)
    assume(not rank.is_integer())  # there crepes rounds 1 - coverage up, and takes the next score
    random = np.random.default_rng(seed)
    sigma = np.exp(random.normal(0, 0.5, windows + 5))
    middle, actual = random.normal(size=windows + 5), random.normal(size=windows + 5) * 2
    quantiles = middle[:, None, None] + sigma[:, None, None] * gaussian(windows + 5, 1.0)
    calibration = Calibration.fit(quantiles[:windows], actual[:windows, None])
    ours = calibration.apply(quantiles[windows:])[:, 0][:, list(interval_positions(coverage))]
    theirs = ConformalRegressor().fit(residuals=(actual - middle)[:windows], sigmas=sigma[:windows])
    expected = theirs.predict_int(middle[windows:], sigmas=sigma[windows:], confidence=coverage)
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


@given(seed=st.integers(0, 10_000), windows=st.integers(20, 80), skewed=st.booleans(),
       kind=st.sampled_from(("conformal", "rolling", "aci")))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_quantiles_cross_after_no_calibration(
    seed: int, windows: int, skewed: bool, kind: Literal["conformal", "rolling", "aci"]
) -> None:
    random = np.random.default_rng(seed)
    widths = np.exp(random.normal(0, 1, (windows + 30, 2, 1)))
    quantiles = random.normal(size=(windows + 30, 2, 1)) + widths * gaussian(windows + 30, 1.0, 2)
    actual = random.standard_t(3, (windows + 30, 2))
    calibration = Calibration.fit(quantiles[:windows], actual[:windows], kind=kind, skewed=skewed)
    assert (np.diff(calibration.apply(quantiles)) >= 0).all()
    wanted, scores = np.arange(windows + 2, windows + 30), scores_of(quantiles, actual, skewed)
    followed = calibration.apply_online(quantiles[wanted], scores, wanted)
    assert followed.shape == (28, 2, len(LEVELS)) and (np.diff(followed) >= 0).all()

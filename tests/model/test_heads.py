"""A head's quantiles are those of its distribution, as scipy has it."""

from __future__ import annotations

import numpy as np
import pytest
from arch.univariate import SkewStudent
from scipy import stats

from rnnforecast.config.model import HeadName
from rnnforecast.model.heads import (
    HEADS,
    LARGEST_SKEW,
    PINBALL_LEVELS,
    SMALLEST_DF,
    SMALLEST_SCALE,
    fixed_quantiles,
    softplus,
)

LEVELS = np.array([0.01, 0.25, 0.5, 0.9])
RAW = np.random.default_rng(5).normal(0, 2, (7, 4, 3))


def test_student_t_quantiles_are_scipys() -> None:
    scale, df = (
        SMALLEST_SCALE + np.log1p(np.exp(RAW[..., 1])),
        SMALLEST_DF + np.log1p(np.exp(RAW[..., 2])),
    )
    expected = np.stack([stats.t.ppf(level, df, RAW[..., 0], scale) for level in LEVELS], axis=-1)
    np.testing.assert_allclose(HEADS["student_t"].answer(RAW, LEVELS), expected, rtol=1e-9)


def hansen(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Deviation, degrees of freedom and skewness that the head's numbers stand for."""
    df = SMALLEST_DF + np.log1p(np.exp(raw[..., 2]))
    scale = SMALLEST_SCALE + np.log1p(np.exp(raw[..., 1]))
    return scale * np.sqrt(df / (df - 2)), df, LARGEST_SKEW * np.tanh(raw[..., 3])


def test_skewed_t_quantiles_are_those_of_arch() -> None:
    """``arch`` has Hansen's distribution with mean 0 and variance 1."""
    raw = np.random.default_rng(8).normal(0, 2, (12, 4))
    quantiles = HEADS["skewed_t"].answer(raw, LEVELS)
    for row, deviation, df, skew, found in zip(raw, *hansen(raw), quantiles, strict=True):
        expected = row[0] + deviation * SkewStudent().ppf(LEVELS, [df, skew])
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_skewed_t_without_skewness_is_the_student_t_and_its_mirror_image_is_mirrored() -> None:
    levels = np.array([0.005, 0.2, 0.5, 0.8, 0.995])
    straight = np.concatenate([RAW, np.zeros_like(RAW[..., :1])], axis=-1)
    np.testing.assert_allclose(
        HEADS["skewed_t"].answer(straight, levels),
        HEADS["student_t"].answer(RAW, levels), rtol=1e-9,
    )  # fmt: skip
    leaning = np.array([0.0, 0.3, 0.5, 0.7])
    mirrored = HEADS["skewed_t"].answer(leaning * [1, 1, 1, -1], levels)
    np.testing.assert_allclose(-mirrored[::-1], HEADS["skewed_t"].answer(leaning, levels))


def test_the_mean_of_a_skewed_t_is_its_location_and_its_median_is_not() -> None:
    """So a location that is not learned stays the mean of the training targets."""
    raw, levels = np.array([1.5, 0.0, 3.0, 0.8]), (np.arange(200_000) + 0.5) / 200_000
    quantiles = HEADS["skewed_t"].answer(raw, levels)
    deviation = hansen(raw)[0]
    assert quantiles.mean() == pytest.approx(1.5, abs=0.001)
    assert quantiles.std() == pytest.approx(float(deviation), rel=0.01)
    assert quantiles[100_000] < 1.4


def test_gaussian_quantiles_are_scipys() -> None:
    scale = SMALLEST_SCALE + np.log1p(np.exp(RAW[..., 1]))
    expected = np.stack([stats.norm.ppf(level, RAW[..., 0], scale) for level in LEVELS], axis=-1)
    np.testing.assert_allclose(HEADS["gaussian"].answer(RAW[..., :2], LEVELS), expected, rtol=1e-9)


def test_a_point_is_its_own_quantile_at_every_level() -> None:
    assert (HEADS["point"].answer(RAW[..., :1], LEVELS) == RAW[..., :1]).all()


@pytest.mark.parametrize("name", HEADS)
def test_quantiles_never_cross(name: HeadName) -> None:
    head = HEADS[name]
    raw = np.random.default_rng(6).normal(0, 100, (7, 4, head.parameters))
    assert (np.diff(head.answer(raw, LEVELS)) >= 0).all()


def test_fixed_quantiles_are_the_median_and_steps_away_from_it() -> None:
    raw = np.zeros(len(PINBALL_LEVELS))
    raw[len(raw) // 2] = 3.0
    steps = np.log(2) * np.arange(-(len(raw) // 2), len(raw) // 2 + 1)
    np.testing.assert_allclose(fixed_quantiles(raw), 3.0 + steps)


def test_the_quantile_head_passes_through_its_levels_straight_over_normal_scores() -> None:
    raw = np.random.default_rng(7).normal(size=(5, len(PINBALL_LEVELS)))
    np.testing.assert_allclose(
        HEADS["quantile"].answer(raw, np.array(PINBALL_LEVELS)), fixed_quantiles(raw)
    )
    levels = stats.norm.cdf([-4, -3.5, -3.0])  # beyond the outermost level
    assert np.diff(HEADS["quantile"].answer(raw, levels), n=2) == pytest.approx(0, abs=1e-9)


def test_softplus_neither_overflows_nor_underflows() -> None:
    assert softplus(np.array([1000.0, -1000.0, 0.0])).tolist() == [1000.0, 0.0, np.log(2)]


def test_a_bernoulli_answers_the_logistic_probability_of_a_yes() -> None:
    raw = np.array([[-1000.0], [0.0], [np.log(3)], [1000.0]])
    assert HEADS["bernoulli"].answer(raw, LEVELS).ravel() == pytest.approx([0, 0.5, 0.75, 1])

"""A head's quantiles are those of its distribution, as scipy has it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rnnforecast.model.heads import HEADS, SMALLEST_DF, SMALLEST_SCALE, HeadName, softplus

LEVELS = np.array([0.01, 0.25, 0.5, 0.9])
RAW = np.random.default_rng(5).normal(0, 2, (7, 4, 3))


def test_student_t_quantiles_are_scipys() -> None:
    scale, df = SMALLEST_SCALE + np.log1p(np.exp(RAW[..., 1])), SMALLEST_DF + np.log1p(np.exp(RAW[..., 2]))
    expected = np.stack([stats.t.ppf(level, df, RAW[..., 0], scale) for level in LEVELS], axis=-1)
    np.testing.assert_allclose(HEADS["student_t"].quantiles(RAW, LEVELS), expected, rtol=1e-9)


def test_gaussian_quantiles_are_scipys() -> None:
    scale = SMALLEST_SCALE + np.log1p(np.exp(RAW[..., 1]))
    expected = np.stack([stats.norm.ppf(level, RAW[..., 0], scale) for level in LEVELS], axis=-1)
    np.testing.assert_allclose(HEADS["gaussian"].quantiles(RAW[..., :2], LEVELS), expected, rtol=1e-9)


def test_a_point_is_its_own_quantile_at_every_level() -> None:
    assert (HEADS["point"].quantiles(RAW[..., :1], LEVELS) == RAW[..., :1]).all()


@pytest.mark.parametrize("name", HEADS)
def test_quantiles_never_cross(name: HeadName) -> None:
    head = HEADS[name]
    assert (np.diff(head.quantiles(50 * RAW[..., : head.parameters], LEVELS)) >= 0).all()


def test_softplus_neither_overflows_nor_underflows() -> None:
    assert softplus(np.array([1000.0, -1000.0, 0.0])).tolist() == [1000.0, 0.0, np.log(2)]

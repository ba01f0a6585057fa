"""A loss is the negative log likelihood of the same distribution whose quantiles are forecast."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rnnforecast.model.heads import HEADS, SMALLEST_DF, SMALLEST_SCALE, HeadName
from rnnforecast.model.losses import LOSSES

RNG = np.random.default_rng(11)
ACTUAL, RAW = RNG.normal(0, 2, (6, 4)).astype(np.float32), RNG.normal(0, 1.5, (6, 4, 3)).astype(np.float32)


def softplus(value: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(value.astype(float)))


def test_student_t_loss_is_scipys_log_density() -> None:
    expected = -stats.t.logpdf(
        ACTUAL, SMALLEST_DF + softplus(RAW[..., 2]), RAW[..., 0], SMALLEST_SCALE + softplus(RAW[..., 1])
    )
    np.testing.assert_allclose(LOSSES["student_t"](ACTUAL, RAW), expected, rtol=2e-5)


def test_gaussian_loss_is_scipys_log_density() -> None:
    expected = -stats.norm.logpdf(ACTUAL, RAW[..., 0], SMALLEST_SCALE + softplus(RAW[..., 1]))
    np.testing.assert_allclose(LOSSES["gaussian"](ACTUAL, RAW[..., :2]), expected, rtol=2e-5)


def test_point_loss_is_the_squared_error() -> None:
    np.testing.assert_allclose(LOSSES["point"](ACTUAL, RAW[..., :1]), (ACTUAL - RAW[..., 0]) ** 2, rtol=1e-6)


def test_there_is_a_loss_for_every_head() -> None:
    assert set(LOSSES) == set(HEADS)


@pytest.mark.parametrize("name", ["student_t", "gaussian"])
def test_the_density_of_the_loss_is_the_slope_of_the_quantiles(name: HeadName) -> None:
    """Ties loss and forecast: d level / d quantile must be exp(-loss)."""
    levels = np.array([0.3 - 1e-4, 0.3, 0.3 + 1e-4])
    raw = RAW[..., : HEADS[name].parameters].astype(float)
    low, middle, high = np.moveaxis(HEADS[name].quantiles(raw, levels), -1, 0)
    density = np.exp(-np.asarray(LOSSES[name](middle.astype(np.float32), raw.astype(np.float32))))
    np.testing.assert_allclose(density, 2e-4 / (high - low), rtol=1e-3)

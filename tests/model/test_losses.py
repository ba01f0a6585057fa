"""A loss is the negative log likelihood of the same distribution whose quantiles are forecast."""

from __future__ import annotations

import numpy as np
import pytest
from arch.univariate import SkewStudent
from scipy import special, stats
from sklearn.metrics import log_loss, mean_pinball_loss

from rnnforecast.config.model import HeadName, Model
from rnnforecast.model.heads import (
    HEADS,
    LARGEST_SKEW,
    PINBALL_LEVELS,
    SMALLEST_DF,
    SMALLEST_SCALE,
    fixed_quantiles,
)
from rnnforecast.model.losses import head_loss

RNG = np.random.default_rng(11)
ACTUAL, RAW = (
    RNG.normal(0, 2, (6, 4)).astype(np.float32),
    RNG.normal(0, 1.5, (6, 4, 3)).astype(np.float32),
)


RAW_OF_FOUR = RNG.normal(0, 1.5, (6, 4, 4)).astype(np.float32)


def softplus(value: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(value.astype(float)))


def test_student_t_loss_is_scipys_log_density() -> None:
    expected = -stats.t.logpdf(
        ACTUAL,
        SMALLEST_DF + softplus(RAW[..., 2]),
        RAW[..., 0],
        SMALLEST_SCALE + softplus(RAW[..., 1]),
    )
    np.testing.assert_allclose(head_loss(Model(head="student_t"))(ACTUAL, RAW), expected, rtol=2e-5)


def test_skewed_t_loss_is_the_log_density_of_arch() -> None:
    raw = RNG.normal(0, 1.5, (5, 4, 4)).astype(np.float32)
    actual = RNG.normal(0, 2, (5, 4)).astype(np.float32)
    df, scale = SMALLEST_DF + softplus(raw[..., 2]), SMALLEST_SCALE + softplus(raw[..., 1])
    skew = LARGEST_SKEW * np.tanh(raw[..., 3].astype(float))
    expected = [
        -SkewStudent().loglikelihood([one, lean], value - middle, square, individual=True)
        for one, lean, value, middle, square in zip(
            df.ravel(), skew.ravel(), actual.ravel().astype(float), raw[..., 0].ravel(),
            (scale**2 * df / (df - 2)).ravel(), strict=True,
        )
    ]  # fmt: skip
    found = np.asarray(head_loss(Model(head="skewed_t"))(actual, raw))
    np.testing.assert_allclose(found.ravel(), np.ravel(expected), rtol=5e-5, atol=2e-5)


def test_gaussian_loss_is_scipys_log_density() -> None:
    expected = -stats.norm.logpdf(ACTUAL, RAW[..., 0], SMALLEST_SCALE + softplus(RAW[..., 1]))
    np.testing.assert_allclose(
        head_loss(Model(head="gaussian"))(ACTUAL, RAW[..., :2]), expected, rtol=2e-5
    )


POINT = {
    "mse": lambda error: error**2,
    "mae": np.abs,
    "huber": lambda error: special.huber(1.0, error),
}


@pytest.mark.parametrize("name", POINT)
def test_point_losses_are_scipys(name: str) -> None:
    loss = head_loss(Model(head="point", point_loss=name))  # type: ignore[arg-type]
    expected = POINT[name](ACTUAL - RAW[..., 0])
    np.testing.assert_allclose(loss(ACTUAL, RAW[..., :1]), expected, rtol=1e-5)
    np.testing.assert_allclose(
        loss(ACTUAL, RAW[..., 0]), expected, rtol=1e-5
    )  # as Keras squeezes it


def test_the_quantile_loss_is_scikit_learns_pinball_loss_averaged_over_levels() -> None:
    raw = RNG.normal(0, 1.5, (6, 4, len(PINBALL_LEVELS))).astype(np.float32)
    found = np.asarray(head_loss(Model(head="quantile"))(ACTUAL, raw))
    quantiles = fixed_quantiles(raw.astype(float))
    expected = np.mean(
        [
            mean_pinball_loss(ACTUAL, quantiles[..., at], alpha=level)
            for at, level in enumerate(PINBALL_LEVELS)
        ]
    )
    assert found.shape == ACTUAL.shape and found.mean() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", HEADS)
def test_every_head_has_a_finite_loss(name: HeadName) -> None:
    raw = RNG.normal(0, 5, (6, 4, HEADS[name].parameters)).astype(np.float32)
    assert np.isfinite(np.asarray(head_loss(Model(head=name))(ACTUAL, raw))).all()


@pytest.mark.parametrize("name", ["student_t", "skewed_t", "gaussian"])
def test_the_density_of_the_loss_is_the_slope_of_the_quantiles(name: HeadName) -> None:
    """Ties loss and forecast: d level / d quantile must be exp(-loss)."""
    levels = np.array([0.3 - 1e-4, 0.3, 0.3 + 1e-4])
    raw = RAW_OF_FOUR[..., : HEADS[name].parameters].astype(float)
    low, middle, high = np.moveaxis(HEADS[name].answer(raw, levels), -1, 0)
    density = np.exp(
        -np.asarray(head_loss(Model(head=name))(middle.astype(np.float32), raw.astype(np.float32)))
    )
    np.testing.assert_allclose(density, 2e-4 / (high - low), rtol=1e-3)


def test_the_bernoulli_loss_is_scikit_learns_log_loss_and_a_still_price_wants_even_odds() -> None:
    loss, raw = head_loss(Model(head="bernoulli")), RAW[..., :1]
    rose = (ACTUAL > 0).astype(np.float32)
    expected = log_loss(rose.ravel(), special.expit(raw.astype(float)).ravel())
    assert np.asarray(loss(rose, raw)).mean() == pytest.approx(expected, rel=1e-5)
    logits = np.linspace(-3, 3, 7, dtype=np.float32)[None, :, None]
    still = np.asarray(loss(np.full((1, 7), 0.5, np.float32), logits))[0]
    assert still.argmin() == 3 and still == pytest.approx(still[::-1])

"""GARCH knows the past alone, and its spread is that of the formula."""

from __future__ import annotations

import numpy as np
import pytest
from arch import arch_model
from scipy import stats

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines import garch
from rnnforecast.forecast.baselines.garch import garch_quantiles
from rnnforecast.forecast.quantile_levels import LEVELS, interval_positions, position

from ...conftest import SMALL, make_history

OMEGA, ALPHA, BETA = 0.05, 0.1, 0.85


def garch_series(rows: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Closes and the conditional variance of the return after each row, simulated by the recursion."""
    rng = np.random.default_rng(seed)
    variance, returns = np.empty(rows), np.empty(rows)
    variance[0] = OMEGA / (1 - ALPHA - BETA)
    for row in range(rows):
        returns[row] = np.sqrt(variance[row]) * rng.standard_t(8) * np.sqrt(6 / 8)
        if row + 1 < rows:
            variance[row + 1] = OMEGA + ALPHA * returns[row] ** 2 + BETA * variance[row]
    return 100 * np.exp(np.cumsum(returns) / 100), variance


def test_the_spread_follows_the_variance_that_made_the_series() -> None:
    closes, variance = garch_series(4000)
    dataset = prepare(load("gru", SMALL), make_history(closes))
    origins = dataset.splits.origins("test")
    low, high = interval_positions(0.80)
    logs = np.log(garch_quantiles(dataset, origins))[:, 0]
    width = 100 * (logs[:, high] - logs[:, low])
    truth = (
        2 * 1.2103 * np.sqrt(variance[origins + 1])
    )  # 80 % of a unit-variance t with 8 degrees of freedom
    assert np.corrcoef(width, truth)[0, 1] > 0.98
    assert np.median(width / truth) == pytest.approx(1, abs=0.05)


def test_altering_prices_after_the_first_test_origin_leaves_its_forecast_bit_identical() -> None:
    closes, _ = garch_series(600)
    experiment = load("gru", SMALL)
    dataset = prepare(experiment, make_history(closes))
    first = dataset.splits.origins("test")[:1]
    altered = closes.copy()
    altered[first[0] + 1 :] *= np.linspace(1, 2, len(closes) - first[0] - 1)
    assert (
        garch_quantiles(dataset, first).tobytes()
        == garch_quantiles(prepare(experiment, make_history(altered)), first).tobytes()
    )


def test_quantiles_have_the_right_shape_and_never_cross(
    small: Experiment, walk: PriceHistory
) -> None:
    dataset = prepare(small, walk)
    quantiles = garch_quantiles(dataset, dataset.splits.origins("test"))
    assert quantiles.shape == (len(dataset.splits.origins("test")), 3, len(LEVELS))
    assert (np.diff(quantiles) >= 0).all()


def test_a_fit_that_does_not_converge_is_an_error_and_not_a_number(
    small: Experiment, walk: PriceHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(*arguments: object, **settings: object) -> object:
        model = arch_model(*arguments, **settings)  # type: ignore[arg-type]
        plain = model.fit
        monkeypatch.setattr(
            model, "fit", lambda **wanted: plain(**{**wanted, "options": {"maxiter": 1}})
        )
        return model

    monkeypatch.setattr(garch, "arch_model", hurried)
    with pytest.raises(DataError, match=r"GARCH\(1,1\)-t does not converge on WALK"):
        garch_quantiles(prepare(small, walk), np.array([270]))


def test_a_price_that_does_not_move_has_no_garch(small: Experiment) -> None:
    closes = np.full(300, 100.0)
    closes[-20:] = np.linspace(100, 110, 20)
    with pytest.raises(DataError, match="does not move"):
        garch_quantiles(prepare(small, make_history(closes)), np.array([280]))


def test_the_volatility_of_independent_gaussian_changes_is_that_of_the_chi_distribution() -> None:
    closes = 100 * np.exp(np.random.default_rng(3).normal(0, 0.01, 4000).cumsum())
    dataset = prepare(load("volatility", [*SMALL, "window.horizon=4"]), make_history(closes))
    found = garch_quantiles(dataset, dataset.splits.origins("test")[:50]).mean(axis=0)
    for step in (1, 4):
        expected = 0.01 * stats.chi.ppf([0.1, 0.5, 0.9], step) / step**0.5
        np.testing.assert_allclose(
            found[step - 1][[position(level) for level in (0.1, 0.5, 0.9)]], expected, rtol=0.08
        )


def test_an_optimiser_that_finds_no_way_on_is_asked_less_sharply(
    small: Experiment, walk: PriceHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on hourly Bitcoin, where alpha + beta nears 1: the best parameters are found, but not to the last digit."""

    def stuck(*arguments: object, **settings: object) -> object:
        model = arch_model(*arguments, **settings)  # type: ignore[arg-type]
        plain = model.fit

        def fit(**wanted: dict[str, float]) -> object:
            fitted = plain(**wanted)
            if wanted["options"]["ftol"] < 1e-5:
                fitted._optim_output.status = 8
            return fitted

        monkeypatch.setattr(model, "fit", fit)
        return model

    dataset, origins = prepare(small, walk), prepare(small, walk).splits.origins("test")
    plain = garch_quantiles(dataset, origins)
    monkeypatch.setattr(garch, "arch_model", stuck)
    np.testing.assert_allclose(garch_quantiles(dataset, origins), plain, rtol=1e-3)


def test_origins_apart_are_forecast_as_they_are_among_all_others(
    small: Experiment, walk: PriceHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = prepare(small, walk)
    origins = dataset.splits.origins("test")
    every = garch_quantiles(dataset, origins)
    np.testing.assert_array_equal(garch_quantiles(dataset, origins[1::4]), every[1::4])
    monkeypatch.setattr(garch, "VALUES", 7 * garch.PATHS * 3)  # seven rows at a time
    np.testing.assert_array_equal(garch_quantiles(dataset, origins), every)
    np.testing.assert_array_equal(garch_quantiles(dataset, origins[::9]), every[::9])

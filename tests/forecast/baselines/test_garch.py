"""GARCH knows the past alone, and its spread is that of the formula."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from arch import arch_model
from arch.univariate.base import ARCHModel
from arch.univariate.distribution import SkewStudent, StudentsT
from scipy import stats

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines import garch
from rnnforecast.forecast.baselines.garch import GarchParameters, Kind, garch_quantiles
from rnnforecast.forecast.baselines.shocks import (
    quantiles_of_draws,
    running_sums,
    shock_paths,
    shock_quantiles,
)
from rnnforecast.forecast.quantile_levels import LEVELS, interval_positions, position

from ...conftest import SMALL, make_history

OMEGA, ALPHA, BETA = 0.05, 0.1, 0.85


def garch_series(rows: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Closes and the conditional variance of the return after each row,
    simulated by the recursion."""
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
    plain = ARCHModel.fit
    monkeypatch.setattr(
        ARCHModel, "fit", lambda self, **asked: plain(self, **{**asked, "options": {"maxiter": 1}})
    )
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
    """As on hourly Bitcoin, where alpha + beta nears 1:
    the best parameters are found, but not to the last digit."""
    plain = ARCHModel.fit

    def stuck(self: ARCHModel, **asked: dict[str, float]) -> object:
        fitted = plain(self, **asked)
        if asked["options"]["ftol"] < 1e-5:
            fitted._optim_output.status = 8
        return fitted

    dataset, origins = prepare(small, walk), prepare(small, walk).splits.origins("test")
    expected = garch_quantiles(dataset, origins)
    monkeypatch.setattr(ARCHModel, "fit", stuck)
    np.testing.assert_allclose(garch_quantiles(dataset, origins), expected, rtol=1e-3)


def parameters_of(kind: Kind) -> GarchParameters:
    return {
        "garch": GarchParameters(
            "garch", "log_return", 0.01, 0.03, 0.02, 0.09, 0.0, 0.905, (3.2,), 1.0
        ),
        "gjr": GarchParameters(
            "gjr", "log_return", 0.01, 0.03, 0.02, 0.02, 0.15, 0.89, (6.5,), 1.0
        ),
        "egarch": GarchParameters(
            "egarch", "log_return", 0.01, 0.03, -0.005, 0.15, -0.12, 0.975, (6.5, -0.1), 1.0
        ),
    }[kind]  # fmt: skip


@pytest.mark.parametrize("kind", ["garch", "gjr", "egarch"])
def test_the_filter_is_that_of_the_package_arch(kind: Kind) -> None:
    closes, _ = garch_series(800)
    parameters = GarchParameters.fit(kind, closes, range(700))
    changes = np.diff(np.log(closes)) / parameters.size
    model = arch_model(changes, mean="Constant", p=1, q=1, rescale=False, **garch.MODELS[kind])
    values = [parameters.mean, parameters.omega, parameters.alpha]
    values += [] if kind == "garch" else [parameters.gamma]
    fixed = model.fix([*values, parameters.beta, *parameters.shape])
    ours = parameters.filter(closes)[:-1] / parameters.size
    np.testing.assert_allclose(ours[100:], fixed.conditional_volatility[100:], rtol=1e-4)


@pytest.mark.parametrize("kind", ["garch", "gjr", "egarch"])
def test_intervals_are_as_wide_at_every_step_as_those_of_a_million_plain_paths(kind: Kind) -> None:
    """Within 0.5 % of their width (95 %), on average over twelve origins,
    and at each within 1 %."""
    parameters, horizon = parameters_of(kind), 5
    closes, _ = garch_series(400)
    origins = np.arange(100, 400, 25)
    low, high = interval_positions(0.95)
    quantiles = parameters.quantiles(closes, origins, horizon)
    widths = quantiles[..., high] - quantiles[..., low]
    plain = np.stack(
        [
            plain_widths(parameters, float(each), horizon)
            for each in parameters.filter(closes)[origins]
        ]
    )
    ratios = widths / plain
    np.testing.assert_allclose(ratios.mean(axis=0), 1, atol=0.005)
    np.testing.assert_allclose(ratios, 1, atol=0.012)


def plain_widths(parameters: GarchParameters, deviation: float, horizon: int) -> np.ndarray:
    """The width of the 95 % interval at each step, by paths drawn by arch's own distributions."""
    distribution = (StudentsT if len(parameters.shape) == 1 else SkewStudent)(
        seed=int(1e6 * deviation)
    )
    draw = distribution.simulate(list(parameters.shape))
    variance = np.full(300_000, (deviation / parameters.size) ** 2)
    total, widths = np.zeros(len(variance)), []
    for _ in range(horizon):
        z = draw(len(variance))
        surprise = np.sqrt(variance) * z
        total += surprise
        low, high = np.quantile(total, [0.025, 0.975])
        widths.append(parameters.size * (high - low))
        if parameters.kind == "egarch":
            news = parameters.alpha * (np.abs(z) - np.sqrt(2 / np.pi)) + parameters.gamma * z
            variance = np.exp(parameters.omega + news + parameters.beta * np.log(variance))
        else:
            weight = parameters.alpha + parameters.gamma * (z < 0)
            variance = parameters.omega + weight * surprise**2 + parameters.beta * variance
    return np.array(widths)


@pytest.mark.parametrize("shape", [(3.2,), (6.5,), (6.5, -0.2)])
def test_shocks_have_mean_0_and_variance_1_at_every_step(shape: tuple[float, ...]) -> None:
    shocks = shock_paths(shape, 6, seed=1)
    np.testing.assert_allclose(shocks.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(shocks.var(axis=0), 1, atol=1e-3)
    ranks = shocks.argsort(axis=0).argsort(axis=0)
    np.testing.assert_allclose(np.corrcoef(ranks.T) - np.eye(6), 0, atol=0.005)


def test_quantiles_of_draws_are_those_of_numpy() -> None:
    draws = np.random.default_rng(3).normal(size=(1_001, 3))
    shares = np.array([0.0, 0.005, 0.25, 0.5, 0.9999, 1.0])
    np.testing.assert_allclose(
        quantiles_of_draws(draws, shares), np.quantile(draws, shares, axis=0).T, rtol=1e-12
    )


def test_running_sums_of_paths_that_lie_step_by_step_in_memory_are_cumulative_sums() -> None:
    draws = np.random.default_rng(4).standard_t(3, size=(1_000, 5))
    reached = running_sums(np.ascontiguousarray(draws.T).T)
    np.testing.assert_array_equal(reached, draws.cumsum(axis=1))


def test_shock_quantiles_are_those_of_the_package_arch() -> None:
    shares = np.linspace(0.001, 0.999, 99)
    np.testing.assert_allclose(shock_quantiles(shares, (4.5,)), StudentsT().ppf(shares, [4.5]))
    expected = SkewStudent().ppf(shares, [4.5, -0.3])
    np.testing.assert_allclose(shock_quantiles(shares, (4.5, -0.3)), expected, atol=1e-12)


@pytest.mark.parametrize("kind", ["garch", "gjr", "egarch"])
def test_parameters_survive_json_and_forecast_the_same(kind: Kind) -> None:
    parameters, (closes, _) = parameters_of(kind), garch_series(300)
    again = GarchParameters.from_dict(json.loads(json.dumps(parameters.to_dict())))
    assert again == parameters
    origins = np.array([250, 299])
    issued = parameters.quantiles(closes, origins, 3)
    np.testing.assert_array_equal(again.quantiles(closes, origins, 3), issued)
    np.testing.assert_array_equal(again.quantiles(closes[:251], origins[:1], 3), issued[:1])


@pytest.mark.parametrize("kind", ["garch", "gjr", "egarch"])
def test_the_scale_is_the_deviation_of_the_change_over_each_number_of_steps(kind: Kind) -> None:
    parameters, (closes, _) = parameters_of(kind), garch_series(300)
    parameters = replace(parameters, shape=(9.0, *parameters.shape[1:]))
    scale = parameters.scale(closes, 4)
    np.testing.assert_allclose(scale[:, 0], parameters.filter(closes), rtol=2e-3)
    row = 280
    surprises = parameters._simulate(
        (scale[row, 0] / 0.01) ** 2, shock_paths(parameters.shape, 4, 3)
    )
    np.testing.assert_allclose(scale[row], 0.01 * surprises.cumsum(axis=1).std(axis=0), rtol=0.01)


def test_a_fall_raises_the_spread_of_gjr_more_than_a_rise() -> None:
    parameters = parameters_of("gjr")
    flat = np.full(200, 100.0)
    after = [parameters.filter(np.append(flat, 100 * factor))[-1] for factor in (0.95, 1 / 0.95)]
    assert after[0] > 1.5 * after[1]


def test_rows_outside_of_those_that_teach_do_not_move_the_fit() -> None:
    closes, _ = garch_series(600)
    wild = closes.copy()
    wild[500:] *= np.linspace(1, 9, 100)
    wild[:100] *= 3
    rows = range(100, 500)
    assert GarchParameters.fit("gjr", closes, rows) == GarchParameters.fit("gjr", wild, rows)


def test_origins_apart_are_forecast_as_they_are_among_all_others(
    small: Experiment, walk: PriceHistory
) -> None:
    dataset = prepare(small, walk)
    origins = dataset.splits.origins("test")
    together = garch_quantiles(dataset, origins)
    np.testing.assert_array_equal(garch_quantiles(dataset, origins[1::4]), together[1::4])


BAD_FITS = {
    "not a number": {"omega": float("nan")},
    "too large": {"beta": 400.0, "alpha": 400.0},
    "zero": {"omega": 0.0, "alpha": 0.0, "gamma": 0.0, "beta": 0.0},
}


@pytest.mark.parametrize("kind", ["garch", "gjr", "egarch"])
@pytest.mark.parametrize("fault", BAD_FITS)
def test_a_fit_whose_variances_are_zero_or_not_finite_is_an_error_and_not_a_number(
    kind: Kind, fault: str
) -> None:
    values = BAD_FITS[fault]
    if kind == "egarch" and fault == "zero":
        values = {"omega": -1000.0}  # its variance is an exponential
    parameters = replace(parameters_of(kind), **values)
    closes = 100 * np.exp(np.random.default_rng(4).normal(0, 0.01, 300).cumsum())
    for use in (
        lambda: parameters.filter(closes),
        lambda: parameters.scale(closes, 3),
        lambda: parameters.quantiles(closes, np.arange(200, 300), 3),
    ):
        with pytest.raises(DataError, match=r"GARCH\(1,1\).* gives the variance"):
            use()


def test_a_fit_to_variances_of_zero_is_refused_when_it_is_fitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that a pool leaves it out, and an evaluation names it as failed."""
    fitted = {"mu": 0.0, "omega": -1000.0, "alpha[1]": 0.1, "beta[1]": 0.9, "nu": 5.0}
    monkeypatch.setattr(garch, "_fit", lambda *arguments: fitted)
    closes = 100 * np.exp(np.random.default_rng(4).normal(0, 0.01, 300).cumsum())
    with pytest.raises(DataError, match="gives the variance 0 in row 1"):
        GarchParameters.fit("egarch", closes, range(300))

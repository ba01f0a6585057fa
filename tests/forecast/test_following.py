"""A calibration that goes on learning uses what is known at each origin, and nothing later."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import UsageError
from rnnforecast.forecast.conformal import STEP, Calibration, scores_of
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN, interval_positions, position

from ..conftest import SMALL

VALIDATION, STEPS, AFTER = 200, 2, 300
LOW, HIGH = interval_positions(0.80)


def forecasts(windows: int) -> np.ndarray:
    """Standard normal quantiles from every origin."""
    return np.tile(stats.norm.ppf(LEVELS), (windows, STEPS, 1))


def outcomes(scale: np.ndarray, seed: int = 1) -> np.ndarray:
    """Normal outcomes whose scale may change (window, step)."""
    return np.random.default_rng(seed).normal(size=(len(scale), STEPS)) * scale[:, None]


def followed(kind: str, actual: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    quantiles = forecasts(len(actual))
    calibration = Calibration.fit(quantiles[:VALIDATION], actual[:VALIDATION], kind=kind)  # type: ignore[arg-type]
    return calibration.apply_online(
        quantiles[wanted], scores_of(quantiles, actual, skewed=False), wanted
    )


WANTED = np.arange(VALIDATION + STEPS - 1, VALIDATION + AFTER)
CALM = np.ones(VALIDATION + AFTER)
WILD = np.where(np.arange(VALIDATION + AFTER) < VALIDATION, 1.0, 3.0)


@pytest.mark.parametrize("kind", ["rolling", "aci"])
def test_what_comes_true_after_an_origin_does_not_move_its_intervals(kind: str) -> None:
    actual = outcomes(CALM)
    window = VALIDATION + 50
    altered = actual.copy()
    for step in range(STEPS):  # the outcome of step s is known s + 1 rows after its origin
        altered[window - step :, step] = 1e6
    one, two = (
        followed(kind, values, np.arange(VALIDATION + 1, window + 1))
        for values in (actual, altered)
    )
    np.testing.assert_array_equal(one, two)
    later = followed(kind, altered, np.array([window + 1]))
    assert (later != followed(kind, actual, np.array([window + 1]))).any()


def test_rolling_is_split_conformal_on_the_newest_known_windows() -> None:
    actual, window = outcomes(WILD), VALIDATION + 120
    found = followed("rolling", actual, np.array([window]))[0]
    for step in range(STEPS):
        newest = np.abs(actual[: window - step, step])[-VALIDATION:] / stats.norm.ppf(0.84)
        reach = np.sort(newest)[int(np.ceil((VALIDATION + 1) * 0.8)) - 1]
        assert found[step, HIGH] == pytest.approx(reach * stats.norm.ppf(0.84))
        assert found[step, LOW] == pytest.approx(-found[step, HIGH])


def test_aci_moves_its_probability_as_gibbs_and_candes_say() -> None:
    """The recursion alpha += gamma (target - miss), by hand,
    for the 80 % interval one step ahead."""
    actual, alpha, widths = outcomes(WILD), 0.2, {}
    scores = np.abs(actual[:, 0]) / stats.norm.ppf(0.84)
    for window in range(VALIDATION + STEPS - 1, VALIDATION + AFTER):
        known = np.sort(scores[window - VALIDATION : window])
        rank = min(max(int(np.ceil(round((VALIDATION + 1) * (1 - alpha), 9))), 1), VALIDATION)
        widths[window] = known[rank - 1]
        said = widths.get(window - 1, widths[window])
        alpha = min(max(alpha + STEP * (0.2 - (scores[window - 1] > said)), 0), 1)
    found = followed("aci", actual, WANTED)[:, 0, HIGH] / stats.norm.ppf(0.84)
    np.testing.assert_allclose(found, [widths[window] for window in WANTED])


@pytest.mark.parametrize("kind", ["rolling", "aci"])
def test_after_a_shift_of_volatility_coverage_comes_back(kind: str) -> None:
    actual = outcomes(np.concatenate([WILD, np.full(600, 3.0)]))
    wanted = np.arange(VALIDATION + AFTER, len(actual))
    held = {
        name: np.mean(
            (found[:, 0, LOW] <= actual[wanted, 0]) & (actual[wanted, 0] <= found[:, 0, HIGH])
        )
        for name, found in (
            (
                "once",
                Calibration.fit(forecasts(VALIDATION), actual[:VALIDATION]).apply(
                    forecasts(len(wanted))
                ),
            ),
            (kind, followed(kind, actual, wanted)),
        )
    }
    assert held["once"] < 0.45
    assert held[kind] == pytest.approx(0.8, abs=0.05)


def test_intervals_never_cross_and_medians_stay() -> None:
    found = followed("aci", outcomes(WILD), WANTED)
    assert (np.diff(found) >= 0).all() and (found[..., MEDIAN] == 0).all()


def test_each_tail_of_a_skewed_quantity_follows_its_own_outcomes() -> None:
    actual = np.random.default_rng(2).exponential(size=(VALIDATION + AFTER, STEPS))
    quantiles = forecasts(len(actual))
    calibration = Calibration.fit(
        quantiles[:VALIDATION], actual[:VALIDATION], kind="aci", skewed=True
    )
    scores = scores_of(quantiles, actual, skewed=True)
    found = calibration.apply_online(quantiles[WANTED], scores, WANTED)
    for level in (0.1, 0.5, 0.9):
        below = np.mean(actual[WANTED, 0] <= found[:, 0, position(level)])
        assert below == pytest.approx(level, abs=0.06)


class Constant:
    """Networks that answer the same for every window."""

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return np.broadcast_to(np.array([0.0, 0.5, 3.0]), (1, len(inputs), 3, 3))

    def __len__(self) -> int:
        return 1

    def only(self, number: int) -> Constant:
        return self


@pytest.mark.parametrize("kind", ["rolling", "aci"])
def test_a_forecaster_goes_on_learning_from_a_history_that_grows(
    kind: str, walk: PriceHistory
) -> None:
    experiment = load("gru", [*SMALL, f"calibration={kind}", "model.location=learned"])
    dataset = prepare(experiment, walk)
    forecaster = Forecaster(experiment, dataset.fit_scalers(), Constant()).calibrate(dataset, kind)  # type: ignore[arg-type]
    calm = forecaster.forecast(dataset)
    jumps = walk.bars["close"].to_numpy().copy()
    jumps[-40:] *= np.exp(np.where(np.arange(40) % 2, 0.08, -0.08))
    from ..conftest import make_history

    wild = prepare(experiment, make_history(jumps))
    wider = forecaster.forecast(wild)
    (low, high), (lower, higher) = calm.interval(0.80), wider.interval(0.80)
    assert (higher - lower > 1.05 * (high - low)).all()


def test_a_recursive_strategy_is_calibrated_once() -> None:
    with pytest.raises(UsageError, match="is calibrated once, not aci; use conformal"):
        load("gru", [*SMALL, "window.strategy=recursive", "calibration=aci"])

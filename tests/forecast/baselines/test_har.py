"""HAR reads ranges of the past alone, finds a clustered volatility,
and says where it cannot be had."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError
from rnnforecast.forecast.baselines.har import HarParameters, bar_variances, har_quantiles
from rnnforecast.forecast.quantile_levels import LEVELS, interval_positions, position

from ...conftest import SMALL, make_history, random_walk
from ...dataset.test_features import candles


def clustered(rows: int = 1500, seed: int = 1) -> tuple[PriceHistory, np.ndarray]:
    """Bars of 40 ticks each, and the deviation of every bar: the log of the variance wanders."""
    rng = np.random.default_rng(seed)
    log_variance = np.zeros(rows)
    for row in range(1, rows):
        log_variance[row] = 0.97 * log_variance[row - 1] + rng.normal(0, 0.25)
    deviation = 0.01 * np.exp(log_variance / 2)
    ticks = np.log(100) + (
        rng.normal(size=(rows, 40)) * deviation[:, None] / np.sqrt(40)
    ).cumsum().reshape(rows, 40)
    opens = np.r_[np.log(100), ticks[:-1, -1]]
    path = np.exp(np.column_stack([opens, ticks]))
    history = make_history(path[:, -1])
    bars = history.bars.assign(open=path[:, 0], high=path.max(axis=1), low=path.min(axis=1))
    return replace(history, bars=bars), deviation


def test_the_scale_follows_the_volatility_that_comes() -> None:
    history, deviation = clustered()
    parameters = HarParameters.fit(history, range(1000), horizon=3)
    scale = parameters.scale(history.bars)
    assert scale.shape == (1500, 3) and np.isnan(scale[:20]).all()
    ahead = np.sqrt(np.lib.stride_tricks.sliding_window_view(deviation[1:] ** 2, 3).sum(axis=1))
    assert np.corrcoef(np.log(scale[1000:1490, 2]), np.log(ahead[1000:1490]))[0, 1] > 0.85
    assert np.median(scale[1000:1490, 2] / ahead[1000:1490]) == pytest.approx(1, abs=0.15)


def test_intervals_hold_what_they_say_on_rows_that_did_not_teach() -> None:
    history, _ = clustered(3000)
    dataset = prepare(load("gru", SMALL), history)
    origins = dataset.splits.origins("test")
    quantiles = har_quantiles(dataset, origins)
    assert quantiles.shape == (len(origins), 3, len(LEVELS))
    low, high = interval_positions(0.80)
    actual = dataset.future_values[origins]
    held = (quantiles[..., low] <= actual) & (actual <= quantiles[..., high])
    assert held.mean() == pytest.approx(0.80, abs=0.05)


def test_a_volatility_has_the_spread_that_it_had_beside_the_scale() -> None:
    history, _ = clustered(3000)
    dataset = prepare(load("volatility", SMALL), history)
    origins = dataset.splits.origins("test")
    quantiles = har_quantiles(dataset, origins)
    below = (dataset.future_values[origins] < quantiles[..., position(0.5)]).mean()
    assert below == pytest.approx(0.5, abs=0.1) and (np.diff(quantiles) >= 0).all()


def test_the_weights_are_those_of_plain_least_squares() -> None:
    history, _ = clustered(600)
    parameters = HarParameters.fit(history, range(600), horizon=2)
    v = pd.Series(bar_variances(history.bars, parameters.floor))
    r = np.log(history.bars["close"]).diff().fillna(0.0).reset_index(drop=True)
    month = v.rolling(22).mean()
    table = pd.DataFrame(
        {
            "day": np.log(v),
            "week": np.log(v.rolling(5).mean()),
            "month": np.log(month),
            "ewma": np.log((r**2).ewm(alpha=0.06, adjust=False).mean() + parameters.floor),
            "fall": r.clip(upper=0).abs() / np.sqrt(month),
            "ahead": np.log(v.shift(-1) + v.shift(-2)),
        }
    ).dropna()
    from sklearn.linear_model import LinearRegression

    expected = LinearRegression().fit(table.drop(columns="ahead"), table["ahead"]).coef_
    np.testing.assert_allclose(parameters.weights[1][1:], expected, rtol=1e-6)


def test_rows_outside_of_those_that_teach_do_not_move_the_fit() -> None:
    history = candles()
    wild = history.bars.copy()
    wild.iloc[250:] *= 7
    assert HarParameters.fit(history, range(250), 3) == HarParameters.fit(
        replace(history, bars=wild), range(250), 3
    )


def test_parameters_survive_json_and_forecast_the_same_from_bars_that_end_at_the_origin() -> None:
    history = candles()
    parameters = HarParameters.fit(history, range(250), 3)
    again = HarParameters.from_dict(json.loads(json.dumps(parameters.to_dict())))
    assert again == parameters
    issued = parameters.quantiles(history.bars, np.array([280]))
    short = again.quantiles(history.bars.iloc[:281], np.array([280]))
    np.testing.assert_array_equal(short, issued)


def test_the_variance_of_a_bar_is_that_of_its_gap_and_of_what_followed() -> None:
    """A gap of 2 %, then Garman and Klass (1980, equation 20) from open, high, low and close."""
    bars = pd.DataFrame(
        {"open": [100.0, 102], "high": [101.0, 104], "low": [99.0, 101], "close": [100.0, 103]}
    )
    followed = np.log(104 / 101) ** 2 / 2 - (2 * np.log(2) - 1) * np.log(103 / 102) ** 2
    expected = np.log(102 / 100) ** 2 + followed
    assert bar_variances(bars, 1e-12)[1] == pytest.approx(expected, rel=1e-12)


def test_bars_without_a_range_are_read_by_their_closes() -> None:
    history = candles()
    bars = history.bars.copy()
    flat = np.arange(len(bars)) % 3 == 0
    bars.loc[flat, ["open", "high", "low"]] = np.repeat(
        bars.loc[flat, ["close"]].to_numpy(), 3, axis=1
    )
    variances = bar_variances(bars, 1e-12)
    squares = np.log(bars["close"]).diff().to_numpy() ** 2
    np.testing.assert_allclose(variances[flat][1:], squares[flat][1:])
    parameters = HarParameters.fit(replace(history, bars=bars), range(250), 3)
    assert np.isfinite(parameters.scale(bars)[30:]).all()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda bars: bars[["close"]], "its bars have no open, high, low"),
        (
            lambda bars: bars.assign(high=bars["close"], low=bars["close"]),
            "100 % of its bars have no range",
        ),
        (lambda bars: bars.assign(low=-bars["low"]), "not all of its prices are positive"),
    ],
)
def test_what_has_no_ranges_is_named_as_not_applicable(spoil, reason: str) -> None:  # type: ignore[no-untyped-def]
    history = candles()
    with pytest.raises(DataError, match=f"HAR is not applicable to WALK: {reason}"):
        HarParameters.fit(replace(history, bars=spoil(history.bars)), range(250), 3)


def test_too_few_rows_and_a_price_that_stands_still_are_named() -> None:
    with pytest.raises(DataError, match="HAR needs 100 rows to learn from, WALK has"):
        HarParameters.fit(candles(), range(90), 3)
    still = random_walk().bars.assign(close=100.0, open=100.0, high=101.0, low=99.0)
    with pytest.raises(DataError, match="does not move"):
        HarParameters.fit(replace(random_walk(), bars=still), range(250), 3)


@pytest.mark.parametrize("weight", [-1e6, 1e6, float("nan")])
def test_deviations_that_are_zero_or_not_finite_are_an_error_and_not_a_number(
    weight: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, _ = clustered(600)
    dataset = prepare(load("gru", SMALL), history)
    fitted = HarParameters.fit(history, range(400), horizon=3)
    bad = replace(fitted, weights=tuple((weight, *line[1:]) for line in fitted.weights))
    monkeypatch.setattr(HarParameters, "fit", lambda *arguments: bad)
    with pytest.raises(DataError, match="zero or not finite"):
        har_quantiles(dataset, dataset.splits.origins("test"))

"""Trades are made after the forecast, cost what they cost,
and sum up to what hand arithmetic says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.errors import DataError, UsageError
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.trading import Trading, assess, equity_curves, trade
from rnnforecast.forecast.quantile_levels import LEVELS

DATES = pd.date_range("2024-01-01", periods=8, name="date")
BARS = pd.DataFrame(
    {
        "open": [10.0, 11, 12, 11, 13, 12, 14, 15],
        "close": [10.5, 11.5, 11.5, 12, 12.5, 13, 14.5, 15],
    },
    DATES,
)
FREE = Trading(cost=0, slippage=0)


def backtest(medians: list[float], spread: float = 1.0) -> pd.DataFrame:
    """One-step forecasts from the first days."""
    last = BARS["close"].to_numpy()[: len(medians)]
    frame = pd.DataFrame(
        {"model": "network", "origin": DATES[: len(medians)], "step": 1, "last": last}
    )
    quantiles = np.array(medians)[:, None] + spread * stats.norm.ppf(LEVELS)
    return pd.concat([frame, pd.DataFrame(quantiles, columns=QUANTILES)], axis=1)


def test_a_call_is_traded_at_the_next_open_and_held_to_the_one_after() -> None:
    trades = trade(backtest([20.0, 1.0, 11.5]), BARS, 0.01, FREE)
    assert trades["position"].tolist() == [
        1,
        -1,
        0,
    ]  # up, down, and a median that is the last close
    assert trades["date"].tolist() == list(DATES[2:5])
    np.testing.assert_allclose(trades["net"], [12 / 11 - 1, -(11 / 12 - 1), 0])


def test_at_the_close_it_is_traded_a_whole_bar_after_the_close_it_was_made_from() -> None:
    trades = trade(backtest([20.0, 20.0]), BARS, 0.01, replace(FREE, execution="close"))
    np.testing.assert_allclose(trades["net"], [11.5 / 11.5 - 1, 12 / 11.5 - 1])


def test_every_change_of_position_costs_in_basis_points_of_what_is_traded() -> None:
    free, dear = (
        trade(backtest([20.0, 1.0, 1.0]), BARS, 0.01, Trading(cost=cost, slippage=3.0 * (cost > 0)))
        for cost in (0, 7)
    )
    np.testing.assert_allclose(free["net"] - dear["net"], np.array([1, 2, 0]) * 10 / 1e4)
    assert dear["traded"].tolist() == [1, 2, 0]


def test_a_forecast_whose_outcome_cannot_be_held_yet_is_not_traded() -> None:
    assert len(trade(backtest([20.0] * 8), BARS, 0.01, FREE)) == 6


def test_a_volatility_scaled_position_shrinks_with_the_forecast_spread_and_is_bounded() -> None:
    trading = replace(FREE, position="volatility")
    wide, narrow = (
        trade(backtest([20.0], spread), BARS, 0.05, trading)["position"][0]
        for spread in (5.0, 0.01)
    )
    half = 5.0 * stats.norm.ppf(0.84) / 10.5
    assert wide == pytest.approx(0.05 / half) and narrow == 2.0


def test_bars_without_an_open_and_origins_with_gaps_are_refused() -> None:
    with pytest.raises(DataError, match="no open to trade at; use --execution close"):
        trade(backtest([1.0]), BARS.drop(columns="open"), 0.01, FREE)
    with pytest.raises(UsageError, match="forecast at every bar"):
        trade(backtest([1.0] * 5).iloc[::2], BARS, 0.01, FREE)
    with pytest.raises(UsageError, match="basis points"):
        Trading(cost=-1)


def long_trades(edge: float) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    holding = rng.standard_t(5, 750) * 0.01
    position = np.where(rng.random(750) < 0.5 + edge, np.sign(holding), -np.sign(holding))
    dates = pd.bdate_range("2020-01-01", periods=750)
    traded = np.abs(np.diff(position, prepend=0.0))
    net = position * holding
    return pd.DataFrame(
        {"date": dates, "position": position, "traded": traded, "net": net, "holding": holding}
    )


def test_sharpe_error_and_probability_are_those_of_their_formulas() -> None:
    trades = long_trades(0.03)
    found, net = assess(trades, FREE), long_trades(0.03)["net"].to_numpy()
    ratio = net.mean() / net.std(ddof=1)
    days = (trades["date"].iloc[-1] - trades["date"].iloc[0]).days
    a_year = 749 / (days / 365.25)
    assert found.sharpe == pytest.approx(ratio * np.sqrt(a_year))
    shape = 1 - stats.skew(net) * ratio + (stats.kurtosis(net, fisher=False) - 1) / 4 * ratio**2
    assert found.sharpe_error == pytest.approx(np.sqrt(a_year * shape / 749), rel=1e-6)
    assert found.probabilistic == pytest.approx(
        stats.norm.cdf(ratio * np.sqrt(749) / np.sqrt(shape)), abs=1e-3
    )
    assert found.deflated == pytest.approx(found.probabilistic) and found.trials == 1


def test_the_more_configurations_were_tried_the_less_is_a_sharpe_ratio_worth() -> None:
    few, many = (
        assess(long_trades(0.03), FREE, others) for others in ([0.5], list(np.linspace(-1, 1, 30)))
    )
    assert many.deflated < few.deflated < few.probabilistic
    assert many.trials == 31


def test_equity_and_drawdown_are_those_of_hand_arithmetic() -> None:
    trades = pd.DataFrame(
        {
            "date": DATES[:3],
            "position": [1.0, 1, 1],
            "traded": [1.0, 0, 0],
            "net": [0.1, -0.2, 0.05],
            "holding": [0.1, -0.5, 0],
        }
    )
    strategy, holding = equity_curves(trades, Trading(cost=5, slippage=5))
    np.testing.assert_allclose(strategy, [1.1, 0.88, 0.924])
    np.testing.assert_allclose(holding, np.array([1.1, 0.55, 0.55]) * 0.999)
    found = assess(trades, Trading())
    assert found.drawdown == pytest.approx(-0.2) and found.turnover == pytest.approx(1 / 3)
    assert found.to_dict()["trading"]["position"] == "sign"

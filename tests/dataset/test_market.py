"""The market of a panel: what its symbols did at each bar, known when the bar closes and not
before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.features import MARKET
from rnnforecast.dataset.market import LEAST, choose_members, market_history, market_of
from rnnforecast.dataset.panel import Series, prepare_panel, with_market
from rnnforecast.errors import DataError, UsageError

from ..conftest import SMALL, make_history, random_walk


def walk(name: str, rows: int = 120, start: str = "2020-01-01") -> PriceHistory:
    closes = random_walk(rows, seed=sum(map(ord, name))).bars["close"].to_numpy()
    return make_history(closes, name, start=start)


def experiment_of(*settings: str) -> Experiment:
    return load("gru", [*SMALL, "data.symbol=[A, B, C]", "data.market=[A, B, C]", *settings])


def crowd(count: int = LEAST) -> list[PriceHistory]:
    return [walk(f"S{number}", 150) for number in range(count)]


def test_a_market_is_the_mean_the_mean_size_and_the_spread_of_returns() -> None:
    members = [walk("A"), walk("B"), walk("C")]
    market = market_history(members)
    returns = np.stack([np.diff(np.log(member.bars["close"].to_numpy())) for member in members])
    assert market.dates.equals(members[0].dates[1:])
    for name, values in {
        "mean_return": returns.mean(axis=0),
        "mean_abs_return": np.abs(returns).mean(axis=0),
        "dispersion": np.sqrt(returns.var(axis=0)),
        "close": 100 * np.exp(returns.mean(axis=0).cumsum()),
    }.items():
        np.testing.assert_allclose(market.bars[name], values, rtol=1e-9)


def test_a_bar_that_half_of_the_members_lack_is_none() -> None:
    """From day 50 on there is A alone of four, before it two of them."""
    members = [walk("A"), walk("B", 50), walk("C", 20), walk("D", 20)]
    assert market_history(members).last == members[1].last


def test_a_market_of_other_days_or_other_exchanges_is_refused() -> None:
    with pytest.raises(DataError, match="no bar that half of the 2 symbols"):
        market_history([walk("A"), walk("B", start="2021-01-01")])
    with pytest.raises(DataError, match=r"different trading sessions \(24/7: 1, XNYS: 1\)"):
        market_history([walk("A"), replace(walk("B"), sessions="XNYS")])


def test_dividends_do_not_move_a_market() -> None:
    """B pays a twentieth on day 60; its adjusted closes know."""
    plain, paying = walk("B"), walk("B")
    factor = np.where(np.arange(120) < 60, 1.0, 0.95)
    bars = paying.bars.assign(close=paying.bars["close"] * factor)
    paying = replace(paying, bars=bars.assign(adj_close=plain.bars["close"] * 0.95))
    known = {"A": walk("A"), "C": walk("C")}
    expected = market_of(experiment_of(), {**known, "B": plain})
    np.testing.assert_allclose(
        market_of(experiment_of(), {**known, "B": paying}).bars, expected.bars, rtol=1e-9
    )


def test_a_member_without_bars_is_named() -> None:
    with pytest.raises(DataError, match="names B and 1 more, whose bars are not there"):
        market_of(experiment_of(), {"A": walk("A")})
    with pytest.raises(UsageError, match="names A alone"):
        experiment_of("data.market=[A]")


def test_every_symbol_reads_the_market_of_its_own_day() -> None:
    members = [walk("A"), walk("B"), walk("C")]
    experiment, series = with_market(experiment_of(), [Series(member, {}) for member in members])
    market = market_history(members)
    for dataset in prepare_panel(experiment, series).datasets:
        assert dataset.names[-3:] == tuple(
            f"{MARKET}:{name}" for name in ("mean_return", "mean_abs_return", "dispersion")
        )
        rows = dataset.history.dates.isin(market.dates)
        np.testing.assert_array_equal(dataset.features[rows, -3:], market.bars.iloc[:, 1:])
        assert dataset.experiment.inputs == len(dataset.names)


def test_a_market_that_closes_later_is_read_a_day_later() -> None:
    """Tokyo's day ends before New York's has begun."""
    days = pd.bdate_range("2020-01-06", periods=70)
    members = [
        replace(make_history(100 + np.arange(70.0) % 7 + shift, name, start="2020-01-06"),
                sessions="XNYS") for name, shift in (("A", 0.0), ("B", 3.0))
    ]  # fmt: skip
    members = [replace(one, bars=one.bars.set_axis(days.rename("date"), axis=0)) for one in members]
    tokyo = replace(members[0], symbol="T", sessions="XTKS")
    market = market_history(members)
    experiment = load("gru", [*SMALL, "data.symbol=T", "data.market=[A, B]"])
    dataset = prepare(experiment, tokyo, {MARKET: market})
    row = 40
    np.testing.assert_array_equal(
        dataset.features[row, -3:], market.bars.loc[: days[row - 1]].iloc[-1, 1:]
    )


def test_many_symbols_that_trade_together_are_a_market_by_themselves() -> None:
    experiment = load("gru")
    assert choose_members(experiment, crowd()) == tuple(f"S{number}" for number in range(LEAST))
    assert choose_members(experiment, crowd(LEAST - 1)) == ()
    stranger = replace(walk("X", 150), sessions="XNYS")
    assert "X" not in choose_members(experiment, [*crowd(), stranger])
    for settings in (["window.features=[log_return]"], ["data.market=[]"]):
        assert choose_members(load("gru", settings), crowd()) == ()


def test_a_market_that_spans_too_little_of_a_symbol_is_not_read() -> None:
    old, newer = walk("OLD", 250, "2019-09-23"), walk("NEW", 200)
    assert choose_members(load("gru"), [*crowd(), old]) == ()
    assert choose_members(load("gru"), [*crowd(), newer]) == ()


@pytest.mark.parametrize(("rows", "reads"), [(155, True), (156, False)])
def test_a_market_may_end_a_weekend_and_a_holiday_before_a_symbol(rows: int, reads: bool) -> None:
    assert bool(choose_members(load("gru"), [*crowd(), walk("NEW", rows)])) is reads


def test_where_the_market_ends_a_forecast_says_what_to_fetch() -> None:
    market = market_history([walk("A", 60), walk("B", 60)])
    experiment = load("gru", [*SMALL, "data.symbol=X", "data.market=[A, B]"])
    with pytest.raises(DataError, match="market has no bars for more than 3") as refusal:
        prepare(experiment, walk("X"), {MARKET: market})
    assert "data.market=[]" in str(refusal.value)
    with pytest.raises(DataError, match="market that X is forecast with is not there"):
        prepare(experiment, walk("X"), {})


def test_members_are_fetched_with_the_symbol_that_reads_them() -> None:
    experiment = load("gru", ["data.exogenous=[X, A]", "data.market=[A, B]"])
    assert experiment.others == ("X", "A", "B")
    assert load("gru", ["data.exogenous=[X]"]).others == ("X",)

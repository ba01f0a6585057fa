"""What the ranking of symbols was worth, beside pandas, SciPy and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from rnnforecast.evaluation.cross_section import (
    describe_ranking,
    groups_of,
    score_sessions,
    signals,
    summarise_sessions,
)

from .metrics.test_distribution import backtest

DAYS, SYMBOLS = 300, 40


def made(skill: float = 0.0, symbols: int = SYMBOLS, days: int = DAYS) -> list[pd.DataFrame]:
    """Signals one step ahead that know a share of each day's returns."""
    rng = np.random.default_rng(5)
    dates = pd.date_range("2020-01-01", periods=days)
    market = rng.normal(0, 0.02, days)
    tables = []
    for number in range(symbols):
        outcome = market + rng.normal(0, 0.01, days)
        forecast = skill * (outcome - market) + rng.normal(0, 0.01, days)
        columns = {"origin": dates, "step": 1, "forecast": forecast, "outcome": outcome}
        tables.append(pd.DataFrame(columns).assign(symbol=f"S{number}"))
    return tables


def test_the_signal_is_the_return_of_the_median_and_the_outcome_what_came() -> None:
    table = backtest(1, ("network", "naive"))
    own = table[table["model"] == "network"].reset_index(drop=True)
    found = signals(table)
    np.testing.assert_allclose(found["forecast"], own["q0.5"] / own["last"] - 1)
    np.testing.assert_allclose(found["outcome"], own["actual"] / own["last"] - 1)
    assert len(found) == len(own)


def test_the_coefficients_of_a_day_are_those_of_pandas_and_scipy() -> None:
    tables = made(0.1)
    scored = score_sessions(tables).set_index("origin")
    assert len(scored) == DAYS and (scored["symbols"] == SYMBOLS).all()
    for day, group in pd.concat(tables).groupby("origin"):
        pearson = group["forecast"].corr(group["outcome"])
        spearman = stats.spearmanr(group["forecast"], group["outcome"]).statistic
        fifths = pd.qcut(group["forecast"], 5, labels=False)
        means = group.groupby(fifths)["outcome"].mean()
        row = scored.loc[day]
        assert row["ic"] == pytest.approx(pearson) and row["rank_ic"] == pytest.approx(spearman)
        assert row["spread"] == pytest.approx(means.loc[4] - means.loc[0])


@pytest.mark.parametrize("persistence", [0.0, 0.5])
def test_the_error_of_the_mean_is_near_that_of_newey_and_west(persistence: float) -> None:
    rng = np.random.default_rng(8)
    daily = [0.0]
    for shock in rng.normal(0, 0.05, 2_000):
        daily.append(persistence * daily[-1] + shock)
    table = pd.DataFrame({"step": 1, "origin": pd.date_range("2000-01-01", periods=2_001)})
    table = table.assign(ic=daily, rank_ic=daily, spread=daily, symbols=40)
    found = summarise_sessions(table).set_index("metric").loc["ic"]
    fit = sm.OLS(daily, np.ones(len(daily))).fit(cov_type="HAC", cov_kwds={"maxlags": 20})
    low, high = fit.conf_int()[0]
    assert found["mean"] == pytest.approx(fit.params[0])
    assert found["high"] - found["low"] == pytest.approx(high - low, rel=0.25)
    one_sided = stats.norm.sf(fit.tvalues[0])
    assert found["p"] == pytest.approx(one_sided, abs=0.05)


def test_skill_that_was_planted_is_found_and_noise_is_not() -> None:
    planted = summarise_sessions(score_sessions(made(0.1))).set_index("metric")
    assert planted.loc["rank_ic", "p"] < 0.001 and planted.loc["spread", "low"] > 0
    # a forecast of 0.1 of the return beside noise as large as it correlates by 0.1 / sqrt(1.01)
    assert planted.loc["ic", "mean"] == pytest.approx(0.0995, abs=0.02)
    noise = summarise_sessions(score_sessions(made(0.0))).set_index("metric")
    assert noise.loc["rank_ic", "p"] > 0.01
    assert "better than chance" in describe_ranking(planted.reset_index())
    assert "no ranking skill" in describe_ranking(noise.reset_index())


def test_a_rise_of_all_symbols_ranks_none() -> None:
    """The market's own move is in every symbol, and cancels."""
    tables = [table.assign(forecast=table["outcome"].mean()) for table in made()[:1] * 8]
    assert score_sessions(tables).empty
    assert "No session ranks the symbols" in describe_ranking(
        summarise_sessions(score_sessions(tables))
    )


def test_few_symbols_have_no_ranking() -> None:
    assert score_sessions(made(symbols=4)).empty
    assert score_sessions([]).empty


def test_many_symbols_are_cut_into_tenths() -> None:
    assert [groups_of(symbols) for symbols in (5, 99, 100, 5_000)] == [5, 5, 10, 10]
    tables = made(0.2, symbols=200, days=2)
    day = pd.concat(tables).groupby("origin").get_group(pd.Timestamp("2020-01-01"))
    tenths = pd.qcut(day["forecast"], 10, labels=False)
    means = day.groupby(tenths)["outcome"].mean()
    assert score_sessions(tables)["spread"].iloc[0] == pytest.approx(means.loc[9] - means.loc[0])

"""What figures show, beside hand arithmetic and other libraries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.tsa.stattools import acf

from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.report import plot_data

ROWS = 4000


def perfect(steps: int = 1) -> pd.DataFrame:
    """Normal forecasts of normal outcomes."""
    actual = np.random.default_rng(0).normal(0, 1, ROWS)
    frame = pd.DataFrame(
        {
            "model": "network",
            "origin": np.arange(ROWS) // steps,
            "step": 1,
            "actual": actual,
            "last": 0.0,
        }
    )
    frame["date"] = pd.date_range("2000-01-01", periods=ROWS)
    quantiles = np.tile(stats.norm.ppf(LEVELS), (ROWS, 1))
    return pd.concat([frame, pd.DataFrame(quantiles, columns=QUANTILES)], axis=1)


def test_perfect_forecasts_are_reliable_within_chance() -> None:
    table = plot_data.reliability(perfect(), "network")
    np.testing.assert_allclose(table["share"], table["level"], atol=0.025)
    low, high = plot_data.chance(table["level"].to_numpy(), ROWS)
    assert ((low <= table["share"]) & (table["share"] <= high)).mean() > 0.9


def test_the_pit_of_perfect_forecasts_is_flat_and_that_of_narrow_ones_is_not() -> None:
    table = perfect()
    shares = plot_data.pit(table)["share"]
    assert stats.chisquare(shares * ROWS).pvalue > 0.01
    assert shares.sum() == pytest.approx(1)
    table[QUANTILES] *= 0.5
    assert plot_data.pit(table)["share"].iloc[[0, -1]].min() > 0.15


def test_the_pit_is_a_histogram_of_the_levels_of_outcomes() -> None:
    table = perfect()
    counted, _ = np.histogram(stats.norm.cdf(table["actual"]), bins=np.linspace(0, 1, 21))
    np.testing.assert_allclose(plot_data.pit(table)["share"], counted / ROWS)


def test_coverage_over_time_is_a_rolling_mean_over_origins() -> None:
    table = perfect(steps=2)
    held = (table["actual"].abs() <= stats.norm.ppf(0.9)).groupby(table["origin"]).mean()
    found = plot_data.coverage_over_time(table, "network", 0.8)
    np.testing.assert_allclose(found, held.rolling(100).mean().dropna())


def test_residuals_of_prices_are_shares_of_the_median() -> None:
    table = perfect().head(2).assign(actual=[110.0, 90.0], **{"q0.5": 100.0})
    assert plot_data.residuals(table, relative=True).tolist() == pytest.approx([0.1, -0.1])
    assert plot_data.residuals(table, relative=False).tolist() == pytest.approx([10, -10])


def test_autocorrelation_is_that_of_a_repeating_series_and_nothing_of_a_constant() -> None:
    wave = pd.Series(np.tile([1.0, -1.0], 50))
    np.testing.assert_allclose(plot_data.autocorrelation(wave)[:2], [-0.99, 0.98])
    assert len(plot_data.autocorrelation(pd.Series(np.ones(100)))) == 0


def test_autocorrelation_is_that_of_statsmodels() -> None:
    values = np.random.default_rng(5).normal(3, 2, 300).cumsum()
    known = acf(values, nlags=plot_data.LAGS, fft=True)[1:]
    np.testing.assert_allclose(plot_data.autocorrelation(pd.Series(values)), known)


@pytest.mark.parametrize("n", [1, 37, 518])
def test_chance_is_that_of_scipy(n: int) -> None:
    shares = np.arange(1, 100) / 100
    known = [stats.binom.ppf(end, n, shares) / n for end in (0.025, 0.975)]
    np.testing.assert_array_equal(plot_data.chance(shares, n), known)


def test_chance_is_the_central_part_of_a_binomial() -> None:
    low, high = plot_data.chance(0.05, 100)
    assert (float(low), float(high)) == (
        stats.binom.ppf(0.025, 100, 0.05) / 100,
        stats.binom.ppf(0.975, 100, 0.05) / 100,
    )


def test_odds_that_come_true_lie_on_the_diagonal() -> None:
    rng = np.random.default_rng(1)
    rising = rng.uniform(0.2, 0.8, 20_000)
    actual = np.where(rng.uniform(size=20_000) < rising, 1.0, -1.0)
    table = plot_data.reliability_of_probabilities(
        pd.DataFrame({"model": "network", "rising": rising, "actual": actual, "last": 0.0})
    )
    np.testing.assert_allclose(table["rose"], table["rising"], atol=0.035)
    assert table["n"].sum() == 20_000


def test_a_long_test_part_is_shown_by_its_newest_targets_and_says_so() -> None:
    table = pd.DataFrame({"date": range(12_000)})
    shown, which = plot_data.newest(table)
    assert shown["date"].tolist() == list(range(7_000, 12_000))
    assert which == "the newest 5,000 of 12,000 targets"
    assert plot_data.newest(table.head(10))[1] == "10 targets"


def test_a_long_line_of_coverage_is_thinned_not_cut() -> None:
    table = pd.concat([perfect()] * 4, ignore_index=True).assign(origin=range(4 * ROWS))
    found = plot_data.coverage_over_time(table, "network", 0.8)
    assert len(found) <= plot_data.MOST and found.index[-1] > 4 * ROWS - 10 and found.index[0] == 99


def test_a_hopeless_baseline_does_not_flatten_the_others_in_the_panel_of_skill() -> None:
    rows = [
        (name, step, skill)
        for name, skill in (("naive", 0.05), ("garch", -0.01), ("ets", 0.04))
        for step in (1, 2)
    ]
    table = pd.DataFrame(
        [*rows, ("seasonal_naive", 1, 0.6)], columns=["baseline", "step", "skill"]
    ).assign(low=np.nan, high=np.nan)
    low, high = plot_data.skill_range(table)
    assert -0.02 < low < -0.01 and 0.05 < high < 0.06
    assert plot_data.skill_range(table.tail(1))[1] > 0.6

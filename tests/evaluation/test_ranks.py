"""Probabilities of ranks are scored as in the M6 competition, by what was known at the time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.evaluation.ranks import (
    COVARIANCE,
    INDEPENDENT,
    PAST,
    UNIFORM,
    groups_of,
    rival_ranks,
    score_ranks,
    summarise_ranks,
)

from ..conftest import real_file

DRAWS = 4_000


def market(days: int, seed: int = 1) -> np.ndarray:
    """Closes of thirty symbols: calm ones, wild ones, and some that move with the market."""
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(days, 30)) * np.repeat([0.004, 0.02, 0.004], 10)
    own[:, 20:] += rng.normal(0, 0.02, (days, 1))
    return np.asarray(100 * np.exp(own.cumsum(axis=0)))


def test_volatilities_beat_uniform_and_what_moves_together_beats_volatilities() -> None:
    closes, rows = market(360), np.arange(60, 360, 20)
    forecasts = [rival_ranks(closes[: row + 1], DRAWS) for row in rows[:-1]]
    returns = closes[rows[1:]] / closes[rows[:-1]] - 1
    days = pd.date_range("2020-01-01", periods=360)
    table = score_ranks(forecasts, returns, days[rows[:-1]], days[rows[1:]])
    summary = summarise_ranks(table).set_index("model")
    assert summary.loc[UNIFORM, "rps"] == pytest.approx(0.16)
    assert summary.loc[COVARIANCE, "rps"] < summary.loc[INDEPENDENT, "rps"] < 0.159
    assert summary.loc[COVARIANCE, "better"] > 11 and summary.loc[COVARIANCE, "periods"] == 14
    assert summary["p"].isna().all(), "no network was scored"


def test_the_probabilities_of_a_wild_symbol_are_those_of_a_normal_among_calm_ones() -> None:
    """Nine symbols that hardly move: the tenth is lowest or highest, each half the time."""
    rng = np.random.default_rng(2)
    steps = rng.normal(size=(61, 10)) * ([1e-5] * 9 + [1e-2])
    ranks = rival_ranks(np.exp(steps.cumsum(axis=0)), DRAWS)[INDEPENDENT]
    assert ranks[-1] == pytest.approx([0.5, 0, 0, 0, 0.5], abs=0.03)


def test_the_rivals_rest_on_the_newest_returns_alone() -> None:
    closes = market(60 + PAST + 1)
    closes[:60] = market(60, seed=2) * np.linspace(1, 50, 60)[:, None]
    recent, whole = rival_ranks(closes[-PAST - 1 :], DRAWS), rival_ranks(closes, DRAWS)
    for name, ranks in recent.items():
        np.testing.assert_array_equal(whole[name], ranks)


def test_few_symbols_have_as_many_ranks_as_there_are() -> None:
    assert [groups_of(symbols) for symbols in (2, 5, 100)] == [2, 5, 5]
    assert rival_ranks(market(90)[:, :3], DRAWS)[UNIFORM].shape == (3, 3)


def test_the_summary_is_that_of_hand_arithmetic() -> None:
    days = pd.date_range("2020-01-01", periods=24, name="begin")
    rows = {NETWORK: 0.15 + 0.001 * (np.arange(24) % 2), UNIFORM: np.full(24, 0.16)}
    table = pd.concat(
        pd.DataFrame({"model": name, "begin": days, "end": days, "rps": rps})
        for name, rps in rows.items()
    )
    own, uniform = summarise_ranks(table).to_dict("records")
    assert own["rps"] == pytest.approx(0.1505) and own["skill"] == pytest.approx(1 - 0.1505 / 0.16)
    assert (own["better"], own["periods"]) == (24, 24) and own["p"] != own["p"]
    assert uniform["p"] < 0.001 and uniform["better"] == 0


def test_the_rows_of_m6_are_reproduced() -> None:
    """100 assets, 12 periods of four weeks, 60 returns.

    Elsewhere .16000, .1585, and .1564 with a covariance that is shrunk by 30 % whatever the sample.
    """
    prices = pd.read_csv(real_file("m6/assets_m6.csv"), parse_dates=["date"])
    closes = prices.pivot_table(index="date", columns="symbol", values="price").ffill()
    ends = [pd.Timestamp("2022-03-04") + pd.Timedelta(days=28 * number) for number in range(13)]
    rows = closes.index.searchsorted(ends, side="right") - 1
    values = closes.bfill().to_numpy(float)
    forecasts = [rival_ranks(values[: row + 1], DRAWS) for row in rows[:-1]]
    returns = values[rows[1:]] / values[rows[:-1]] - 1
    days = pd.DatetimeIndex(closes.index)
    table = score_ranks(forecasts, returns, days[rows[:-1]], days[rows[1:]])
    summary = summarise_ranks(table).set_index("model")
    assert summary.loc[UNIFORM, "rps"] == pytest.approx(0.16, abs=1e-12)
    assert summary.loc[INDEPENDENT, "rps"] == pytest.approx(0.1585, abs=2e-4)
    assert summary.loc[COVARIANCE, "rps"] == pytest.approx(0.1561, abs=2e-4)
    assert summary.loc[COVARIANCE, "better"] == 12

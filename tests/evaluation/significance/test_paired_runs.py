"""Runs are compared on the same origins, steps and outcomes, with the p of textbooks."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.tsa.stattools import diebold_mariano_test

from rnnforecast.errors import DataError, UsageError
from rnnforecast.evaluation.backtest import NAIVE, NETWORK, QUANTILES
from rnnforecast.evaluation.significance.paired_runs import (
    compare_pairs,
    correct,
    mean_losses,
    pair,
    two_sided_p,
)
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import DIRECTION, PRICE

ORIGINS = 120


def backtest(errors: np.ndarray, first: int = 0, actual: float = 100.0) -> pd.DataFrame:
    """Forecasts that are off by so much (origin, step), and a naive that is off by one."""
    origins, steps = errors.shape
    dates = pd.date_range("2024-01-01", periods=first + origins + steps)
    frames = []
    for model, off in ((NETWORK, errors), (NAIVE, np.ones_like(errors))):
        frame = pd.DataFrame(
            {
                "model": model,
                "symbol": "X",
                "origin": np.repeat(dates[first : first + origins], steps),
                "step": np.tile(np.arange(1, steps + 1), origins),
                "last": 100.0,
                "actual": actual,
            }
        )
        frame["date"] = [
            dates[dates.get_loc(o) + s] for o, s in zip(frame["origin"], frame["step"], strict=True)
        ]
        quantiles = actual + off.ravel()[:, None] + np.zeros_like(LEVELS)
        frames.append(pd.concat([frame, pd.DataFrame(quantiles, columns=QUANTILES)], axis=1))
    return pd.concat(frames, ignore_index=True)


def noise(seed: int, scale: float = 1.0, steps: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, (ORIGINS, steps))


def test_means_are_those_of_the_losses_and_skill_is_beside_naive() -> None:
    one, two = noise(1, 0.5, steps=2), noise(2, 2.0, steps=2)
    means = mean_losses(pair({"one": backtest(one), "two": backtest(two)}, PRICE, "mae")).set_index(
        "run"
    )
    assert list(means.index) == ["one", "two", NAIVE]
    assert means.loc["one", "loss"] == pytest.approx(np.abs(one).mean())
    assert means.loc["two", "skill"] == pytest.approx(1 - np.abs(two).mean() / 1.0)
    assert means.loc["one", "low"] < means.loc["one", "skill"] < means.loc["one", "high"]
    rooted = mean_losses(
        pair({"one": backtest(one), "two": backtest(two)}, PRICE, "rmse")
    ).set_index("run")
    assert rooted.loc["two", "loss"] == pytest.approx(math.sqrt((two**2).mean()))
    squared = mean_losses(
        pair({"one": backtest(one), "two": backtest(two)}, PRICE, "mse")
    ).set_index("run")
    assert squared.loc["two", "loss"] == pytest.approx((two**2).mean())
    assert squared.loc["two", "skill"] == pytest.approx(1 - (two**2).mean() / 1.0)


def test_the_crps_of_a_certain_forecast_is_its_absolute_error() -> None:
    one, two = noise(1), noise(2)
    found = pair({"one": backtest(one), "two": backtest(two)}, PRICE, "crps")
    assert found.losses["one"].to_numpy() == pytest.approx(np.abs(one).ravel(), rel=1e-6)


@pytest.mark.parametrize("horizon", [1, 5])
def test_the_p_is_near_that_of_statsmodels_where_nothing_persists(horizon: int) -> None:
    one, two = np.abs(noise(1)).ravel(), np.abs(noise(2, 1.2)).ravel()
    oracle = diebold_mariano_test(
        np.zeros(ORIGINS), one, two, criterion="mae", harvey_adj=True, horizon=horizon
    )
    differences = np.stack([one - two, two - one], axis=1)
    forth, back = two_sided_p(differences, horizon)
    assert forth == pytest.approx(oracle.pvalue, abs=0.1) and forth == pytest.approx(back)


def test_holm_is_the_textbook_one_and_leaves_out_what_was_not_asked() -> None:
    corrected = correct(pd.Series([0.01, math.nan, 0.04, 0.03]), "holm")
    assert corrected.tolist() == pytest.approx([0.03, math.nan, 0.06, 0.06], nan_ok=True)
    assert correct(pd.Series([0.01, 0.04]), "none").tolist() == [0.01, 0.04]
    assert correct(pd.Series([math.nan, math.nan]), "holm").isna().all()
    many = pd.Series(np.random.default_rng(0).uniform(0, 0.1, 40))
    oracle = multipletests(many, method="holm")[1]
    np.testing.assert_allclose(correct(many, "holm"), oracle, rtol=1e-12)


def test_a_better_run_is_found_better_and_an_equal_one_equal() -> None:
    runs = {
        "bad": backtest(noise(1, 3.0)),
        "good": backtest(noise(2, 0.3)),
        "same": backtest(noise(2, 0.3)),
    }
    pairs = compare_pairs(pair(runs, PRICE, "mae"))
    assert [tuple(row) for row in pairs[["run", "other"]].to_numpy()] == [
        ("good", "same"), ("good", "bad"), ("same", "bad"),
    ]  # fmt: skip
    assert pairs["p"][0] == pytest.approx(1) and (pairs["corrected_p"][1:] < 0.01).all()
    assert (pairs["difference"] <= 0).all() and (pairs["corrected_p"][1:] >= pairs["p"][1:]).all()


def test_only_common_origins_and_steps_count() -> None:
    one, two = backtest(noise(1, steps=3)), backtest(noise(2, steps=2), first=20)
    found = pair({"one": one, "two": two}, PRICE, "mae")
    assert found.steps == (1, 2) and len(found.losses) == ORIGINS - 20
    assert (found.first, found.last) == ("2024-01-22", "2024-05-01")
    alone = one[(one["model"] == NETWORK) & (one["step"] < 3) & (one["origin"] >= "2024-01-21")]
    assert found.losses["one"].mean() == pytest.approx(
        (alone["q0.5"] - alone["actual"]).abs().mean()
    )


def test_runs_that_never_forecast_the_same_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"no origin in common \(one 2024-01-01 to 2024-04-29; two 2024-10-27"
    ):
        pair({"one": backtest(noise(1)), "two": backtest(noise(2), first=300)}, PRICE, "mae")


def test_runs_on_revised_prices_are_refused() -> None:
    with pytest.raises(DataError, match="different prices of the same days"):
        pair({"one": backtest(noise(1)), "two": backtest(noise(2), actual=50.0)}, PRICE, "mae")


def test_a_direction_is_compared_by_its_brier_score() -> None:
    tables = {}
    for name, rising in (("one", 0.9), ("two", 0.6)):
        table = backtest(noise(1), actual=101.0).drop(columns=QUANTILES)
        tables[name] = table.assign(rising=np.where(table["model"] == NETWORK, rising, 0.5))
    means = mean_losses(pair(tables, DIRECTION, "crps")).set_index("run")
    assert means["loss"].to_dict() == pytest.approx({"one": 0.01, "two": 0.16, NAIVE: 0.25})
    with pytest.raises(UsageError, match="a direction has no mae"):
        pair(tables, DIRECTION, "mae")

"""A track record is scored like a backtest, and its verdict may be asked for every day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.metrics.distribution import lookup
from rnnforecast.evaluation.significance.sequential import coverage_evidence
from rnnforecast.evaluation.track import ENOUGH, score_track, too_narrow
from rnnforecast.forecast.quantile_levels import LEVELS

NORMAL = stats.norm.ppf(LEVELS)
DEVIATION = 0.01


def resolved(
    days: int = 60, width: float = 1.0, rival: float = 1.5, horizon: int = 1, seed: int = 0
) -> pd.DataFrame:
    """Forecasts of a Gaussian walk by a network and by naive, each with a width of its own."""
    path = np.cumsum(np.random.default_rng(seed).normal(0, DEVIATION, days + horizon))
    day, step = (grid.ravel() for grid in np.mgrid[0:days, 1 : horizon + 1])
    start = pd.Timestamp("2026-01-01")
    common = pd.DataFrame(
        {
            "symbol": "X",
            "origin": start + pd.to_timedelta(day, unit="D"),
            "session": 100 + day,
            "step": step,
            "date": start + pd.to_timedelta(day + step, unit="D"),
            "last": 0.0,
            "actual": path[day + step] - path[day],
        }
    )
    spread = DEVIATION * np.sqrt(step)[:, None] * NORMAL
    return pd.concat(
        [
            common.join(pd.DataFrame(scale * spread, columns=QUANTILES)).assign(model=model)
            for model, scale in (("network", width), ("naive", rival))
        ],
        ignore_index=True,
    )


def network_of(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["model"] == "network"]


def test_the_scores_are_those_of_the_same_backtest() -> None:
    table = resolved()
    network = table[table["model"] == "network"]
    scores = lookup(score_track(table).scores, 1)
    miss = np.abs(network["q0.5"] - network["actual"]).mean()
    held = ((network["q0.1"] <= network["actual"]) & (network["actual"] <= network["q0.9"])).mean()
    assert scores["network", "mae"].value == pytest.approx(miss)
    assert scores["network", "coverage_0.80"].value == pytest.approx(held)


def test_a_few_forecasts_leave_the_promise_open_and_more_show_that_it_is_kept() -> None:
    assert score_track(resolved(ENOUGH - 1)).promise == "open"
    assert score_track(resolved(ENOUGH)).promise == "kept"


def test_intervals_half_as_wide_break_their_promise() -> None:
    assert score_track(resolved(60, width=0.5)).promise == "broken"


def test_intervals_far_too_wide_are_named_so() -> None:
    assert score_track(resolved(150, width=3.0)).promise == "too wide"


def test_looking_every_day_at_200_honest_forecasters_raises_no_more_than_5_in_100_alarms() -> None:
    # The evidence is the largest so far, so the last look sees every alarm that there ever was.
    alarms = [too_narrow(network_of(resolved(250, seed=seed))) >= 20 for seed in range(200)]
    assert np.mean(alarms) <= 0.05


def test_overlapping_steps_raise_no_more_alarms() -> None:
    alarms = [
        score_track(resolved(80, horizon=4, seed=seed)).promise == "broken" for seed in range(60)
    ]
    assert np.mean(alarms) <= 0.05


def test_steps_and_streams_share_one_error_rate() -> None:
    """The first step has half of it, the others share the rest; streams share that of a step."""
    network = network_of(resolved(60, horizon=3))
    far = network["step"] > 1
    network.loc[far, QUANTILES] *= 0.3  # so the strongest evidence is that of a later step
    shares = {1: 1 / 2, 2: 1 / 4, 3: 1 / 4}
    peaks = []
    for step, share in shares.items():
        rows = network[network["step"] == step]
        for stream in range(step):
            bets = rows[rows["session"] % step == stream]
            both = [
                coverage_evidence(
                    bets["actual"].between(bets[f"q{low}"], bets[f"q{high}"]).to_numpy(), coverage
                )
                for low, high, coverage in ((0.1, 0.9, 0.8), (0.025, 0.975, 0.95))
            ]
            peaks.append((share / step * np.mean(both, axis=0).max(), step))
    assert max(peaks)[1] > 1
    assert too_narrow(network) == pytest.approx(max(peaks)[0])


def test_better_than_naive_is_found_and_naive_is_not_found_better() -> None:
    scores = score_track(resolved(200, rival=2.5))
    assert scores.skill["naive"] > 20 and scores.behind["naive"] < 20


def test_an_empty_record_has_no_scores() -> None:
    with pytest.raises(ValueError, match="no forecast has come true"):
        score_track(resolved(3).iloc[:0])

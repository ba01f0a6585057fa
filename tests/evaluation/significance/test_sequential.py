"""Evidence that is looked at every day stays honest, and finds what is broken."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from rnnforecast.evaluation.significance.sequential import (
    coverage_evidence,
    mean_pinball,
    overlap_free,
    pinball_bounds,
    skill_evidence,
)

LEVELS = np.arange(1, 100) / 100
NORMAL = stats.norm.ppf(LEVELS)
DAYS = 500


def share_of_alarms(evidence: list[np.ndarray]) -> float:
    return float(np.mean([path.max() >= 20 for path in evidence]))


@pytest.mark.parametrize("nominal", [0.5, 0.8, 0.95])
def test_a_calibrated_interval_raises_a_false_alarm_in_at_most_5_of_100_though_looked_at_daily(
    nominal: float,
) -> None:
    rng = np.random.default_rng(1)
    paths = [
        coverage_evidence((rng.random(DAYS) < nominal).astype(float), nominal) for _ in range(400)
    ]
    assert share_of_alarms(paths) <= 0.05


def test_an_interval_half_as_wide_is_found_within_weeks() -> None:
    rng = np.random.default_rng(2)
    held = 2 * stats.norm.cdf(stats.norm.ppf(0.9) / 2) - 1
    paths = [coverage_evidence((rng.random(DAYS) < held).astype(float), 0.8) for _ in range(100)]
    days = [int(np.argmax(path >= 20)) + 1 for path in paths]
    assert share_of_alarms(paths) == 1
    # each day adds the Kullback-Leibler divergence, about .25 nats; log(20) and the mixture's price
    assert np.median(days) < 25


def test_the_evidence_on_coverage_is_the_integral_of_the_likelihood_ratio() -> None:
    hits = np.array([1, 0, 1, 0, 0, 1, 0.0])
    expected, _ = integrate.quad(lambda q: q**3 * (1 - q) ** 4 / (0.8**3 * 0.2**4) / 0.8, 0, 0.8)
    assert coverage_evidence(hits, 0.8)[-1] == pytest.approx(expected, rel=1e-3)


def test_evidence_on_coverage_is_expected_to_stay_at_one_while_the_promise_is_held() -> None:
    outcomes = np.array(list(itertools.product([0.0, 1.0], repeat=9)))
    chance = np.prod(np.where(outcomes == 1, 0.8, 0.2), axis=1)
    evidence = [coverage_evidence(hits, 0.8)[-1] for hits in outcomes]
    assert chance @ evidence == pytest.approx(1)


def test_no_outcome_brings_a_gain_beyond_the_bounds() -> None:
    rng = np.random.default_rng(4)
    ours, rival = np.tile(NORMAL, (1, 1)), np.tile(1.3 * NORMAL + 0.1, (1, 1))
    low, high = pinball_bounds(ours, rival, LEVELS)
    outcomes = np.concatenate([rng.standard_cauchy(2000), np.linspace(-4, 4, 2001)])
    gains = np.array(
        [
            (mean_pinball(rival, y, LEVELS) - mean_pinball(ours, y, LEVELS))[0]
            for y in outcomes[:, None]
        ]
    )
    assert low[0] <= gains.min() + 1e-9 and gains.max() <= high[0] + 1e-9
    assert gains.min() == pytest.approx(low[0], rel=0.01)
    assert gains.max() == pytest.approx(high[0], rel=0.01)


def test_two_equally_good_forecasters_are_not_told_apart() -> None:
    rng = np.random.default_rng(5)
    bounds = {
        better: pinball_bounds(NORMAL[None] * ours, NORMAL[None] * rival, LEVELS)[0][0]
        for better, ours, rival in ((True, 1.0, 1.4), (False, 1.4, 1.0))
    }
    paths = []
    for _ in range(200):
        swap = rng.random(DAYS) < 0.5  # who is right changes from day to day: no one is better
        outcomes = rng.normal(size=DAYS)
        good, bad = np.tile(NORMAL, (DAYS, 1)), np.tile(1.4 * NORMAL, (DAYS, 1))
        ours = np.where(swap[:, None], good, bad)
        rival = np.where(swap[:, None], bad, good)
        low = np.where(swap, bounds[True], bounds[False])
        gains = mean_pinball(rival, outcomes, LEVELS) - mean_pinball(ours, outcomes, LEVELS)
        paths.append(skill_evidence(gains, low))
    assert share_of_alarms(paths) <= 0.05


def test_a_rival_with_intervals_far_too_wide_is_found() -> None:
    rng = np.random.default_rng(6)
    outcomes = rng.normal(size=DAYS)
    ours, rival = np.tile(NORMAL, (DAYS, 1)), np.tile(1.6 * NORMAL, (DAYS, 1))
    low, _ = pinball_bounds(ours, rival, LEVELS)
    gains = mean_pinball(rival, outcomes, LEVELS) - mean_pinball(ours, outcomes, LEVELS)
    assert skill_evidence(gains, low).max() > 20
    assert skill_evidence(-gains, pinball_bounds(rival, ours, LEVELS)[0]).max() < 20


def test_two_forecasts_that_are_the_same_teach_nothing() -> None:
    same = np.tile(NORMAL, (30, 1))
    low, high = pinball_bounds(same, same, LEVELS)
    assert not low.any() and not high.any()
    assert (skill_evidence(np.zeros(30), low) == 1).all()


def test_streams_of_overlapping_forecasts_do_not_overlap() -> None:
    sessions = np.array([3, 4, 5, 6, 9, 10, 14])
    streams = overlap_free(sessions, 5)
    assert sorted(np.concatenate(streams)) == list(range(7))
    assert all((np.diff(sessions[stream]) >= 5).all() for stream in streams)

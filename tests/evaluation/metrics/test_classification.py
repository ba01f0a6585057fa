"""Calls are scored as hand arithmetic and scikit-learn say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import precision_recall_fscore_support
from statsmodels.stats.diagnostic import pesaran_timmermann

from rnnforecast.evaluation.metrics.classification import call_scores, independence_p

ROSE = np.array([1, 1, 1, 0, 0, 0, 0, 1, 1, 0], float)
CALLED = np.array([1, 1, 0, 1, 0, 0, 1, 1, 0, 0], float)


def test_precision_recall_and_f1_are_those_of_counting() -> None:
    found = call_scores(ROSE, CALLED)  # 3 right calls of 5, of 5 rises
    assert (found["precision"], found["recall"], found["f1"]) == pytest.approx(
        (3 / 5, 3 / 5, 3 / 5)
    )
    assert (
        call_scores(ROSE, np.ones(10))["recall"] == 1
        and call_scores(ROSE, np.ones(10))["precision"] == 0.5
    )


@pytest.mark.parametrize(("risen", "up"), [(0.5, 0.5), (0.9, 0.2), (0.0, 0.5), (0.5, 0.0), (0, 0)])
def test_scores_of_calls_are_those_of_scikit_learn(risen: float, up: float) -> None:
    rng = np.random.default_rng(1)
    rose, called = (rng.random(200) < risen).astype(float), (rng.random(200) < up).astype(float)
    known = precision_recall_fscore_support(
        rose, called, labels=[1.0], average="macro", zero_division=np.nan
    )
    np.testing.assert_allclose(list(call_scores(rose, called).values()), known[:3])


def table(rose: np.ndarray, called: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"origin": np.arange(len(rose)), "rose": rose, "called": called})


def by_hand(rose: np.ndarray, called: np.ndarray) -> float:
    """Pesaran & Timmermann (1992), equation 6, without the term of order 1 / n^2."""
    n, y, x = len(rose), rose.mean(), called.mean()
    hit, expected = (rose == called).mean(), y * x + (1 - y) * (1 - x)
    of_hit = expected * (1 - expected) / n
    of_expected = (2 * y - 1) ** 2 * x * (1 - x) / n + (2 * x - 1) ** 2 * y * (1 - y) / n
    return float(stats.norm.sf((hit - expected) / math.sqrt(of_hit - of_expected)))


@pytest.mark.parametrize("skill", [0.0, 0.1, 0.3])
def test_independence_is_tested_as_pesaran_and_timmermann_say(skill: float) -> None:
    rng = np.random.default_rng(4)
    rose = (rng.random(400) < 0.55).astype(float)
    called = np.where(rng.random(400) < 0.5 + skill, rose, 1 - rose)
    found = independence_p(table(rose, called), 1)
    known = pesaran_timmermann(2 * rose - 1, 2 * called - 1, alternative="larger").pvalue
    assert found == pytest.approx(by_hand(rose, called), rel=1e-6)
    assert found == pytest.approx(known, rel=1e-9)


def test_calls_that_are_all_the_same_have_no_test_and_none_have_no_scores() -> None:
    assert math.isnan(independence_p(table(np.tile(ROSE, 5), np.ones(50)), 1))
    assert math.isnan(call_scores(ROSE, np.zeros(10))["precision"])
    assert all(math.isnan(value) for value in call_scores(np.empty(0), np.empty(0)).values())


@pytest.mark.parametrize(("horizon", "fewest"), [(1, 20), (5, 100), (20, 400)])
def test_too_few_calls_have_no_test(horizon: int, fewest: int) -> None:
    rng = np.random.default_rng(2)
    rose = (rng.random(fewest) < 0.5).astype(float)
    called = np.where(rng.random(fewest) < 0.9, rose, 1 - rose)
    assert math.isfinite(independence_p(table(rose, called), horizon))
    assert math.isnan(independence_p(table(rose[1:], called[1:]), horizon))


def test_overlapping_calls_that_know_nothing_are_believed_as_often_as_the_level_says() -> None:
    rng, horizon, found = np.random.default_rng(8), 5, []
    for _ in range(200):
        price = np.cumsum(rng.normal(size=305))
        rose = (price[horizon:] > price[:-horizon]).astype(float)
        trend = np.convolve(
            rng.normal(size=304), np.ones(5), "valid"
        )  # calls last for days as well
        found.append(independence_p(table(rose, (trend > 0).astype(float)), horizon))
    assert stats.binomtest(int(np.sum(np.array(found) < 0.05)), 200, 0.05).pvalue > 0.01


def test_overlapping_calls_that_know_something_are_believed() -> None:
    rng = np.random.default_rng(9)
    rose = (np.convolve(rng.normal(size=304), np.ones(5), "valid") > 0).astype(float)
    called = np.where(rng.random(300) < 0.7, rose, 1 - rose)
    assert independence_p(table(rose, called), 5) < 0.01

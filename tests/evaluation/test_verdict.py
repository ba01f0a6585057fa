"""The verdict claims what the tests bear, and no more."""

from __future__ import annotations

import pandas as pd
import pytest

from rnnforecast.evaluation.verdict import find, judge

METRICS = ("mae", "coverage_0.80", "coverage_0.95")
SPAN = ("2024-01-01", "2024-12-31")


def scores(held: float = 0.8) -> pd.DataFrame:
    """A report card of 750 origins."""
    rows = [
        {
            "model": "network",
            "step": step,
            "metric": metric,
            "value": held,
            "low": held - 0.02,
            "high": held + 0.02,
            "n": 750,
        }
        for step in (0, 1, 2)
        for metric in METRICS
    ]
    return pd.DataFrame(rows)


def comparisons(mae: float, rmse: float, crps: float, garch: float | None = 0.3) -> pd.DataFrame:
    """Comparisons with the given p values; None is a GARCH that failed."""
    rows = [
        ("naive", "mae", mae),
        ("naive", "rmse", rmse),
        ("naive", "crps", crps),
        ("garch", "crps", garch),
    ]
    return pd.DataFrame(
        [
            {
                "model": "network",
                "baseline": baseline,
                "step": step,
                "metric": metric,
                "skill": 0.014,
                "p": p,
            }
            for step in (0, 1, 2)
            for baseline, metric, p in rows
            if p is not None
        ]
    )


@pytest.mark.parametrize(
    ("mae", "rmse", "crps", "headline"),
    [
        (0.4, 0.5, 0.6, "No detectable skill"),
        (0.4, 0.5, 0.001, "Skill in the spread (as much as GARCH), none in the price"),
        (0.01, 0.01, 0.001, "Skill in the price and in its spread (as much as GARCH)"),
        (
            0.01,
            0.6,
            0.001,
            "Skill in the spread (as much as GARCH), none in the price",
        ),  # MAE and RMSE disagree: no claim
        (0.01, 0.01, 0.3, "Skill in the price, none in its spread"),
        (0.99, 0.99, 0.99, "Worse than the last close with a constant spread"),
        (0.5, 0.5, 0.99, "Worse than the last close with a constant spread"),
        (float("nan"), float("nan"), float("nan"), "Too few forecasts to tell"),
    ],
)
def test_the_headline_follows_from_the_tests(
    mae: float, rmse: float, crps: float, headline: str
) -> None:
    assert judge(scores(), comparisons(mae, rmse, crps), SPAN).headline == headline


def test_the_sentence_carries_every_figure_with_its_p_and_n() -> None:
    sentence = judge(scores(), comparisons(0.41, 0.6, 0.0002), SPAN).sentence
    assert sentence == (
        "From 750 origins, 1 to 2 steps ahead, 2024-01-01 to 2024-12-31: the median is indistinguishable from the last close "
        "(MAE 1.4 % lower, DM p = 0.41; RMSE 1.4 % lower, DM p = 0.60); the 80 % interval held 80.0 % and the 95 % interval "
        "held 80.0 % (off); the CRPS is better than a constant spread's (1.4 % lower, DM p < 0.001) and indistinguishable "
        "from GARCH(1,1)-t's (1.4 % lower, DM p = 0.30)."
    )


def test_where_absolute_and_squared_errors_disagree_the_sentence_says_so() -> None:
    sentence = judge(scores(), comparisons(0.01, 0.6, 0.0002), SPAN).sentence
    assert (
        "indistinguishable from the last close, for absolute and squared errors disagree (MAE"
        in sentence
    )


@pytest.mark.parametrize(
    ("garch", "words"),
    [(0.01, "(more than GARCH)"), (0.3, "(as much as GARCH)"), (0.99, "(less than GARCH)")],
)
def test_skill_in_the_spread_is_measured_against_garch(garch: float, words: str) -> None:
    assert words in judge(scores(), comparisons(0.4, 0.4, 0.01, garch), SPAN).headline


def test_a_garch_that_failed_is_said_to_have_failed() -> None:
    verdict = judge(scores(), comparisons(0.4, 0.4, 0.01, garch=None), SPAN)
    assert verdict.garch is None and "GARCH(1,1)-t failed" in verdict.sentence


def test_at_five_percent_on_either_side_a_finding_is_made() -> None:
    assert [find(p) for p in (0.049, 0.051, 0.949, 0.951)] == [
        "better",
        "indistinguishable",
        "indistinguishable",
        "worse",
    ]

"""The verdict claims what the tests bear, and no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.evaluation.verdict import find, judge

METRICS = ("mae", "rmse", "crps", "coverage_0.80", "coverage_0.95")


def scores(mae: float, rmse: float, crps: float, held: float = 0.8) -> pd.DataFrame:
    """A report card with the given p values."""
    p = {"mae": mae, "rmse": rmse, "crps": crps}
    rows = [
        {"model": "network", "step": step, "metric": metric, "value": held if "coverage" in metric else 1.0, "low": held - 0.02,
         "high": held + 0.02, "n": 750, "skill": 0.014 if metric in p else np.nan, "p": p.get(metric, np.nan)}
        for step in (0, 1, 2) for metric in METRICS
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("mae", "rmse", "crps", "headline"),
    [
        (0.4, 0.5, 0.6, "No detectable skill"),
        (0.4, 0.5, 0.001, "Skill in the spread, none in the price"),
        (0.01, 0.01, 0.001, "Skill in the price and in its spread"),
        (0.01, 0.6, 0.001, "Skill in the spread, none in the price"),  # MAE and RMSE disagree: no claim
        (0.01, 0.01, 0.3, "Skill in the price, none in its spread"),
        (0.99, 0.99, 0.99, "Worse than the last close with a constant spread"),
        (0.5, 0.5, 0.99, "Worse than the last close with a constant spread"),
        (float("nan"), float("nan"), float("nan"), "No detectable skill"),
    ],
)
def test_the_headline_follows_from_the_tests(mae: float, rmse: float, crps: float, headline: str) -> None:
    assert judge(scores(mae, rmse, crps), "network", "naive", ("2024-01-01", "2024-12-31")).headline == headline


def test_the_sentence_carries_every_figure_with_its_p_and_n() -> None:
    sentence = judge(scores(0.41, 0.6, 0.0002), "network", "naive", ("2024-01-01", "2024-12-31")).sentence
    assert sentence == (
        "From 750 origins, 1 to 2 steps ahead, 2024-01-01 to 2024-12-31: the median is indistinguishable from the last close "
        "(MAE 1.4 % lower, DM p = 0.41; RMSE 1.4 % lower, DM p = 0.60); the 80 % interval held 80.0 % and the 95 % interval "
        "held 80.0 % (off); the CRPS is better than a constant spread's (1.4 % lower, DM p < 0.001)."
    )


def test_at_five_percent_on_either_side_a_finding_is_made() -> None:
    assert [find(p) for p in (0.049, 0.051, 0.949, 0.951)] == [
        "better",
        "indistinguishable",
        "indistinguishable",
        "worse",
    ]

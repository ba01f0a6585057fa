"""What a p says, and when there is none."""

from __future__ import annotations

import math

import pytest

from rnnforecast.evaluation.significance.decisions import (
    Finding,
    agree,
    classify_p,
    is_equivalent,
    minimum_origins,
)


@pytest.mark.parametrize(
    ("p", "finding"),
    [
        (0.049, "better"),
        (0.05, "indistinguishable"),
        (0.95, "indistinguishable"),
        (0.951, "worse"),
        (math.nan, "too few"),
    ],
)
def test_a_p_is_classified_at_five_percent_on_either_side(p: float, finding: Finding) -> None:
    assert classify_p(p) == finding


def test_twenty_forecasts_that_do_not_overlap_are_the_least() -> None:
    assert [minimum_origins(horizon) for horizon in (1, 5, 20)] == [20, 100, 400]


def test_too_few_forecasts_show_no_equivalence() -> None:
    assert is_equivalent(0.01) and not is_equivalent(0.2) and not is_equivalent(math.nan)


def test_two_losses_make_a_finding_only_together() -> None:
    assert agree("better", "better") == "better"
    assert agree("better", "worse") == agree("better", "indistinguishable") == "indistinguishable"

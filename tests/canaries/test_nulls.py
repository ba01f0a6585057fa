"""Where nothing can be forecast, nothing is claimed: a quick part of benchmarks/nulls.py."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest
from scipy.stats import binom

from rnnforecast.evaluation import evidence
from rnnforecast.evaluation.backtest import NAIVE

from ..conftest import REPOSITORY

SEEDS = range(16)
MOST = int(binom.ppf(0.999, len(SEEDS), 0.05))
"""Claims that luck makes at 5 % in all but one of a thousand such tests."""


@pytest.fixture(scope="module")
def nulls() -> ModuleType:
    """The benchmark, where it is part of the distribution."""
    if not (REPOSITORY / "benchmarks" / "nulls.py").exists():
        pytest.skip("benchmarks are not part of this distribution")
    sys.path.insert(0, str(REPOSITORY / "benchmarks"))
    try:
        import nulls
    finally:
        sys.path.remove(str(REPOSITORY / "benchmarks"))
    return nulls


def claimed(nulls: ModuleType, name: str) -> tuple[int, int]:
    """How often skill in the median and in the spread are claimed, one step ahead."""
    made = [nulls.claims(nulls.NULLS[name], 1, seed) for seed in SEEDS]
    return sum(each["point"] for each in made), sum(each["distribution"] for each in made)


@pytest.mark.parametrize(
    "name", ["walk", "garch", "drift", "recency", "volatility", "volatility_wandering"]
)
def test_what_has_learned_nothing_but_a_constant_is_not_called_skilled(
    nulls: ModuleType, name: str
) -> None:
    of_median, of_spread = claimed(nulls, name)
    assert of_median <= MOST and of_spread <= MOST


def test_a_spread_of_the_validation_rows_would_pass_for_skill_without_its_bar(
    nulls: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: naive's spread of all the past alone is too low a bar."""
    monkeypatch.setitem(evidence.SPREAD_BARS, "price", (NAIVE,))
    assert claimed(nulls, "recency")[1] > len(SEEDS) / 2


def test_the_page_says_what_was_measured(nulls: ModuleType) -> None:
    page = (REPOSITORY / "docs" / "canaries.md").read_text("utf-8")
    known = json.loads(nulls.RESULTS.read_text("utf-8"))["counts"]
    assert "\n".join(nulls.table(known)) in page

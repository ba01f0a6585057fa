"""A comparison of runs says no more than its tests show."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from rnnforecast.evaluation.backtest import NAIVE
from rnnforecast.evaluation.significance.paired_runs import Pairing, compare_pairs
from rnnforecast.report.comparison import conclude

STEPS = (1, 2, 3)


def pairing_of(**losses: np.ndarray) -> Pairing:
    """Runs with these losses, three steps ahead."""
    table = pd.DataFrame({**losses, NAIVE: 1.0})
    return Pairing(table, STEPS, "crps", "2024-01-01", "2024-12-31")


@pytest.mark.parametrize(
    ("lead", "words"),
    [(0.5, "it is better than other (50.0 % lower, p < 0.001)"), (0.0, "not shown to differ from")],
)
def test_a_lead_is_called_better_only_where_it_is_shown(lead: float, words: str) -> None:
    rng = np.random.default_rng(3)
    other = rng.normal(1.0, 0.01, 300)
    best = other * (1 - lead) + rng.normal(0, 1e-6, 300)
    pairing = pairing_of(other=other, best=best)
    assert words in conclude(pairing, compare_pairs(pairing))


@pytest.mark.parametrize("origins", [1, 2, 19])
def test_too_few_origins_are_called_that(origins: int) -> None:
    rng = np.random.default_rng(3)
    pairing = pairing_of(best=rng.uniform(0, 1, origins), other=rng.uniform(2, 3, origins))
    pairs = compare_pairs(pairing)
    text = conclude(pairing, pairs)
    assert math.isnan(pairs["p"].iloc[0])
    assert f"From {origins} common origin{'' if origins == 1 else 's'}," in text
    assert "it is not tested against other" in text and "no p from so few origins" in text
    assert "nan" not in text and "p =" not in text


def test_the_same_losses_are_not_called_equal_but_not_shown_to_differ() -> None:
    losses = np.random.default_rng(3).uniform(1, 2, 100)
    text = conclude(pairing := pairing_of(one=losses, two=losses), compare_pairs(pairing))
    assert "it is not shown to differ from two (0.0 % lower" in text
    assert "equal" not in text

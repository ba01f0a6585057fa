"""What the networks of a pool add to it, in words that say no more than was shown."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from rnnforecast.evaluation.backtest import FILTERS, NETWORK
from rnnforecast.evaluation.pool import what_networks_add
from rnnforecast.evaluation.significance.diebold_mariano import COLUMNS


@pytest.mark.parametrize(
    ("skill", "p", "equivalence_p", "sentence"),
    [
        (0.02, 0.01, 0.8, "Its networks change the CRPS of the pool (2.0 % lower, DM p = 0.010)."),
        (-0.02, 0.99, 0.8, "Its networks change the CRPS of the pool (2.0 % higher, DM p = 0.99)."),
        (
            -0.006,
            0.93,
            0.2,
            "Its networks are not shown to change the CRPS of the pool "
            "(0.6 % higher, DM p = 0.93).",
        ),
        (
            0.001,
            0.4,
            0.01,
            "Without its networks the pool would be as good "
            "(within 1 %; 0.1 % lower, DM p = 0.40).",
        ),
        (
            0.03,
            math.nan,
            math.nan,
            "Whether its networks change the CRPS of the pool was not tested (3.0 % lower, no p).",
        ),
    ],
)
def test_the_pool_is_called_as_good_without_networks_only_by_a_test_of_that(
    skill: float, p: float, equivalence_p: float, sentence: str
) -> None:
    row = (NETWORK, FILTERS, 0, "crps", skill, p, math.nan, math.nan, equivalence_p)
    assert what_networks_add(pd.DataFrame([row], columns=COLUMNS)) == sentence

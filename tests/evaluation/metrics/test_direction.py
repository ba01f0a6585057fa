"""Probabilities of a rise are scored beside the share of rises, calls beside always saying up."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from rnnforecast.evaluation.metrics.direction import (
    ALWAYS_UP,
    compare_directions,
    direction_losses,
    judge_directions,
    summarise_directions,
)  # fmt: skip
from rnnforecast.evaluation.metrics.distribution import lookup
from rnnforecast.evaluation.significance.diebold_mariano import comparisons_at

ORIGINS = 500


def odds(skill: float, rate: float = 0.55, still: int = 0, origins: int = ORIGINS) -> pd.DataFrame:
    """One step ahead: probabilities that know the outcome by ``skill``, beside a constant rate."""
    rng = np.random.default_rng(3)
    rose = rng.random(origins) < rate
    last = rng.uniform(90, 110, origins)
    actual = last + np.where(rose, 1.0, -1.0)
    actual[:still] = last[:still]
    frame = pd.DataFrame(
        {
            "symbol": "X",
            "origin": pd.date_range("2020-01-01", periods=origins),
            "step": 1,
            "last": last,
            "actual": actual,
        }
    ).assign(date=lambda table: table["origin"] + pd.Timedelta(days=1))
    known = np.where(rose, 0.95, 0.05)
    network = rate + skill * (known - rate) + rng.normal(0, 0.02, origins)
    tables = [
        frame.assign(model="network", rising=np.clip(network, 0, 1)),
        frame.assign(model="naive", rising=rate),
    ]
    return pd.concat(tables, ignore_index=True)


def test_brier_and_log_loss_are_scikit_learns() -> None:
    table = odds(0.3)
    own = table[table["model"] == "network"]
    rose = (own["actual"] > own["last"]).astype(int)
    found = lookup(summarise_directions(direction_losses(table)), 0)
    assert found["network", "brier"].value == pytest.approx(brier_score_loss(rose, own["rising"]))
    assert found["network", "log_loss"].value == pytest.approx(log_loss(rose, own["rising"]))
    assert found["network", "accuracy"].value == pytest.approx(
        ((own["rising"] > 0.5) == rose).mean()
    )


def test_a_price_that_does_not_move_counts_for_neither_side() -> None:
    found = lookup(summarise_directions(direction_losses(odds(0.3, still=100))), 0)
    assert found["network", "accuracy"].n == found["network", "rose"].n == ORIGINS - 100
    assert found["network", "brier"].n == ORIGINS - 100


def test_calls_are_compared_with_always_up_and_probabilities_with_the_share_of_rises() -> None:
    table = direction_losses(odds(0.3))
    beside = comparisons_at(compare_directions(table), 0)
    rose = table.loc[table["model"] == "network", "rose"]
    miss = table.loc[table["model"] == "network", "miss"].mean()
    assert beside[ALWAYS_UP, "error rate"].skill == pytest.approx(1 - miss / (1 - rose).mean())
    assert beside["naive", "brier"].p < 0.001 and beside["naive", "brier"].low > 0


@pytest.mark.parametrize(
    ("skill", "headline"),
    [(0.6, "Skill in the direction"), (0.0, "No detectable skill"), (-0.5, "Worse than always")],
)
def test_the_verdict_follows_the_tests(skill: float, headline: str) -> None:
    table = direction_losses(odds(skill))
    verdict = judge_directions(
        summarise_directions(table), compare_directions(table), ("2020-01-02", "2021-05-15")
    )
    assert verdict.headline.startswith(headline)
    assert f"From {ORIGINS} origins, 1 step ahead, 2020-01-02 to 2021-05-15" in verdict.sentence


@pytest.mark.parametrize("origins", [2, 10, 19])
def test_nothing_is_claimed_from_too_few(origins: int) -> None:
    table = direction_losses(odds(0.9, origins=origins))
    scores, comparisons = summarise_directions(table), compare_directions(table)
    verdict = judge_directions(scores, comparisons, ("2020-01-02", "2020-01-20"))
    assert verdict.headline == "Too few forecasts to tell"
    assert verdict.point == verdict.distribution == "too few"
    assert f"There are {origins} test forecasts; at least 20 are needed" in verdict.summary
    assert "nan" not in verdict.sentence and "p =" not in verdict.sentence
    assert comparisons["p"].isna().all()
    assert scores.loc[scores["metric"] == "pesaran_timmermann", "value"].isna().all()


def test_calls_that_are_nearly_all_the_same_are_named() -> None:
    table = direction_losses(odds(0.0))
    verdict = judge_directions(summarise_directions(table), compare_directions(table), ("a", "b"))
    assert "nearly every call is the same: " in " ".join(verdict.flags)
    independent = lookup(summarise_directions(table), 0)["network", "pesaran_timmermann"].value
    assert math.isnan(independent) or independent > 0.01


def test_a_certain_surprise_does_not_cost_infinity() -> None:
    table = odds(0.3).assign(rising=0.0)
    assert np.isfinite(direction_losses(table)["log_loss"]).all()

"""What a claim rests on: every bar must be beaten, and the best of many rivals is corrected for."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from rnnforecast.evaluation.evidence import Bar, Evidence, _rival
from rnnforecast.evaluation.metrics.distribution import Score
from rnnforecast.evaluation.significance.diebold_mariano import Comparison
from rnnforecast.quantities import PRICE

WON, EVEN, LOST = Comparison(0.1, 0.001), Comparison(0.0, 0.5), Comparison(-0.1, 0.999)
NONE, EQUAL = Comparison(0.1, math.nan), Comparison(0.0, 0.5, equivalence_p=0.01)


def point(name: str, mae: Comparison, rmse: Comparison | None = None) -> Bar:
    return Bar(name, {"mae": mae, "rmse": rmse or mae})


def evidence(*bars: Bar, origins: int = 100) -> Evidence:
    coverage = {level: Score(level, level, level, origins) for level in (0.8, 0.95)}
    return Evidence(
        PRICE, origins, 1, ("2024-01-02", "2024-06-28"), bars, bars, None, None, coverage
    )


@pytest.mark.parametrize(
    ("mae", "rmse", "finding"),
    [
        (WON, WON, "better"), (WON, EVEN, "indistinguishable"), (LOST, LOST, "worse"),
        (WON, LOST, "indistinguishable"), (WON, NONE, "too few"),
    ],
)  # fmt: skip
def test_losses_that_disagree_make_no_claim(
    mae: Comparison, rmse: Comparison, finding: str
) -> None:
    assert point("naive", mae, rmse).finding == finding


def test_a_claim_needs_every_bar_and_being_worse_only_naive() -> None:
    assert evidence(point("naive", WON), point("drift", WON)).point_finding == "better"
    assert evidence(point("naive", WON), point("drift", EVEN)).point_finding == "indistinguishable"
    assert evidence(point("naive", LOST), point("drift", WON)).point_finding == "worse"
    assert evidence(point("naive", WON), origins=19).point_finding == "too few"


def test_prices_that_never_moved_say_nothing() -> None:
    still = evidence(point("naive", Comparison(-math.inf, 0.999)))
    assert not still.moved and still.point_finding == "indistinguishable"


def rivals(**comparisons: Comparison) -> dict[tuple[str, str], Comparison]:
    bars = {("naive", "crps"): WON, ("recent", "crps"): WON}
    return bars | {(name, "crps"): value for name, value in comparisons.items()}


@pytest.mark.parametrize(
    ("comparisons", "standing", "baseline"),
    [
        ({"garch": WON, "ets": replace(WON, skill=0.2)}, "better", "garch"),
        ({"garch": WON, "ets": EVEN}, "indistinguishable", "ets"),
        ({"garch": WON, "ets": EQUAL}, "equivalent", "ets"),
        ({"garch": WON, "ets": LOST}, "worse", "ets"),
        # at 5 % by itself, but not as the best of two
        ({"garch": WON, "ets": Comparison(-0.1, 0.96)}, "indistinguishable", "ets"),
        ({"garch": Comparison(-0.1, 0.96), "ets": EVEN}, "worse", "garch"),
        ({"garch": NONE}, "too few", "garch"),
    ],
)
def test_the_best_rival_is_compared_with_all_of_them_in_mind(
    comparisons: dict[str, Comparison], standing: str, baseline: str
) -> None:
    rival = _rival(rivals(**comparisons), PRICE)
    assert rival is not None
    assert (rival.standing, rival.baseline) == (standing, baseline)
    assert rival.number == len(comparisons)


def test_without_rivals_there_is_none() -> None:
    assert _rival(rivals(), PRICE) is None

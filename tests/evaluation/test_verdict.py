"""The verdict claims what the tests bear, and no more."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from rnnforecast.evaluation.verdict import Verdict, judge
from rnnforecast.evaluation.wording import possessive
from rnnforecast.quantities import VOLATILITY

METRICS = ("mae", "coverage_0.80", "coverage_0.95")
SPAN = ("2024-01-01", "2024-12-31")
Ps = dict[tuple[str, str], float]


def scores(held: float = 0.8, n: int = 750, steps: int = 2) -> pd.DataFrame:
    """A report card of some origins."""
    ends = {"low": held - 0.02, "high": held + 0.02, "n": n}
    rows = [
        {"model": "network", "step": step, "metric": metric, "value": held, **ends}
        for step in range(steps + 1)
        for metric in METRICS
    ]
    return pd.DataFrame(rows)


def comparisons(ps: Ps, steps: int = 2, skill: float = 0.014, **equivalence: float) -> pd.DataFrame:
    """Comparisons with the given p values by baseline and metric."""
    return pd.DataFrame(
        [
            {
                "model": "network", "baseline": baseline, "step": step, "metric": metric,
                "skill": skill, "p": p, "equivalence_p": equivalence.get(baseline, math.nan),
            }
            for step in range(steps + 1)
            for (baseline, metric), p in ps.items()
        ]
    )  # fmt: skip


def ps_of(mae: float, rmse: float, crps: float, **of_crps: float) -> Ps:
    """p values beside naive, and of the CRPS beside others."""
    own = {("naive", "mae"): mae, ("naive", "rmse"): rmse, ("naive", "crps"): crps}
    return own | {(name, "crps"): p for name, p in of_crps.items()}


def judged(ps: Ps, **settings: float) -> Verdict:
    return judge(scores(), comparisons(ps, **settings), SPAN)


@pytest.mark.parametrize(
    ("mae", "rmse", "crps", "headline"),
    [
        (0.4, 0.5, 0.6, "No detectable skill"),
        (
            0.4,
            0.5,
            0.001,
            "Skill in the spread (not shown to differ from GARCH-t), none in the price",
        ),
        (
            0.01,
            0.01,
            0.001,
            "Skill in the price and in its spread (not shown to differ from GARCH-t)",
        ),
        # MAE and RMSE disagree: no claim
        (
            0.01,
            0.6,
            0.001,
            "Skill in the spread (not shown to differ from GARCH-t), none in the price",
        ),
        (0.01, 0.01, 0.3, "Skill in the price, none in its spread"),
        (0.99, 0.99, 0.99, "Worse than the last close with a constant spread"),
        (0.5, 0.5, 0.99, "A spread worse than a constant one, no skill in the price"),
        (math.nan, math.nan, math.nan, "Too few forecasts to tell"),
    ],
)
def test_the_headline_follows_from_the_tests(
    mae: float, rmse: float, crps: float, headline: str
) -> None:
    assert judged(ps_of(mae, rmse, crps, garch=0.3)).headline == headline


def test_the_sentence_carries_every_figure_with_its_p_and_n() -> None:
    assert judged(ps_of(0.41, 0.6, 0.0002, recent=0.002, garch=0.3)).sentence == (
        "From 750 origins, 1 to 2 steps ahead, 2024-01-01 to 2024-12-31: "
        "the median is not shown to differ from the last close (MAE 1.4 % lower, "
        "one-sided DM p = 0.41; RMSE 1.4 % lower, DM p = 0.60); the 80 % interval contained "
        "80.0 % and the 95 % interval contained 80.0 % (off); the CRPS is better than a "
        "constant spread's (1.4 % lower, DM p < 0.001), better than a recent constant "
        "spread's (1.4 % lower, DM p = 0.002) and not shown to differ from GARCH-t's "
        "(1.4 % lower, DM p = 0.30)."
    )


def test_a_title_in_the_plural_takes_an_apostrophe_alone() -> None:
    titles = ("GARCH-t", "ETS", "HAR on ranges")
    assert [possessive(title) for title in titles] == ["GARCH-t's", "ETS's", "HAR on ranges'"]


def test_where_absolute_and_squared_errors_disagree_the_sentence_says_so() -> None:
    sentence = judged(ps_of(0.01, 0.6, 0.0002)).sentence
    assert "the last close: only the difference in MAE is significant (MAE 1.4 % lower" in sentence


def test_skill_in_the_price_must_beat_the_drift_as_well() -> None:
    """A network that has learned a trend beats the last close, and nothing else."""
    won = ps_of(0.01, 0.01, 0.3)
    drift = {("drift", "mae"): 0.4, ("drift", "rmse"): 0.4}
    verdict = judged(won | drift)
    assert verdict.point == "indistinguishable" and verdict.headline == "No detectable skill"
    assert "better than the last close" in verdict.sentence
    assert "and not shown to differ from the drift of the past" in verdict.sentence
    better = {("drift", "mae"): 0.01, ("drift", "rmse"): 0.01}
    assert judged(won | better).point == "better"


def test_skill_in_the_spread_must_beat_a_constant_as_recent_as_the_calibration() -> None:
    assert judged(ps_of(0.4, 0.4, 0.001, recent=0.4)).distribution == "indistinguishable"
    assert judged(ps_of(0.4, 0.4, 0.001, recent=0.01)).distribution == "better"


def test_skill_in_the_spread_must_beat_the_drift_which_moves_the_whole_distribution() -> None:
    verdict = judged(ps_of(0.4, 0.4, 0.001, recent=0.001, drift=0.4))
    assert verdict.distribution == "indistinguishable" and verdict.rival is None
    assert "not shown to differ from the drift's (1.4 % lower" in verdict.sentence
    assert judged(ps_of(0.4, 0.4, 0.001, recent=0.001, drift=0.01)).distribution == "better"


def test_skill_in_a_price_must_beat_the_moves_of_the_past_as_they_were() -> None:
    """Where moves are skewed, a constant beats naive's spread about the last close."""
    won = ps_of(0.01, 0.01, 0.001, recent=0.001, drift=0.001)
    constant = {("constant", metric): 0.4 for metric in ("mae", "rmse", "crps")}
    verdict = judged(won | constant)
    assert verdict.headline == "No detectable skill"
    assert "not shown to differ from the long-run distribution's" in verdict.sentence


@pytest.mark.parametrize("bar", ["recent", "constant"])
def test_skill_in_a_volatility_must_beat_every_constant(bar: str) -> None:
    won = {
        (name, metric): 0.01
        for name in ("naive", "recent", "constant")
        for metric in ("mae", "rmse", "crps")
    }
    verdict = judge(scores(), comparisons(won), SPAN, VOLATILITY)
    assert (verdict.point, verdict.distribution) == ("better", "better")
    lost = won | {(bar, metric): 0.5 for metric in ("mae", "rmse", "crps")}
    verdict = judge(scores(), comparisons(lost), SPAN, VOLATILITY)
    assert verdict.headline == "No detectable skill"


def test_better_than_the_best_baseline_is_better_than_all_of_them() -> None:
    best = judged(ps_of(0.4, 0.4, 0.001, garch=0.01, har=0.04))
    assert best.against_rival == "better" and "and all others" in best.headline
    assert judged(ps_of(0.4, 0.4, 0.001, garch=0.01, har=0.2)).against_rival == "indistinguishable"


def test_as_good_as_is_said_only_after_a_test_of_equivalence() -> None:
    ps = ps_of(0.4, 0.4, 0.001, garch=0.3)
    assert "(not shown to differ from GARCH-t)" in judged(ps, garch=0.2).headline
    assert "(as good as GARCH-t)" in judged(ps, garch=0.01).headline
    assert "as good as (within 1 %) GARCH-t's" in judged(ps, garch=0.01).sentence


@pytest.mark.parametrize("mae", [0.01, 0.4])
def test_a_headline_never_begins_with_skill_where_a_baseline_is_better(mae: float) -> None:
    verdict = judged(ps_of(mae, mae, 0.001, garch=0.3, har=0.999))
    assert verdict.headline.startswith("Worse than HAR on ranges in the spread, though ")
    assert verdict.against_rival == "worse"


def test_a_baseline_that_is_better_by_the_luck_of_many_is_not_called_better() -> None:
    names = ("garch", "gjr", "egarch", "har", "ewma", "ets")
    verdict = judged(ps_of(0.4, 0.4, 0.001, **dict.fromkeys(names, 0.5), theta=0.97))
    assert verdict.against_rival == "indistinguishable"


def test_what_was_not_asked_for_has_not_failed() -> None:
    ps = ps_of(0.4, 0.4, 0.01)
    assert "not compared with GARCH-t;" in f"{judged(ps).sentence}".replace(".", ";")
    failed = judge(scores(), comparisons(ps), SPAN, failures={"garch": "does not converge"})
    assert "not compared with GARCH-t, which failed" in failed.sentence and failed.garch is None


@pytest.mark.parametrize(("n", "steps"), [(1, 1), (2, 5), (6, 20), (19, 1), (399, 20)])
def test_nothing_is_claimed_from_too_few(n: int, steps: int) -> None:
    ps = ps_of(math.nan, math.nan, math.nan, garch=math.nan)
    verdict = judge(scores(n=n, steps=steps), comparisons(ps, steps), SPAN)
    assert verdict.headline == "Too few forecasts to tell"
    assert verdict.point == verdict.distribution == "too few"
    assert f"From {n} origin{'' if n == 1 else 's'}," in verdict.sentence
    assert "nan" not in verdict.sentence and "equal" not in verdict.sentence
    assert f"There are {n} test forecasts" in verdict.summary


def test_a_price_that_stands_still_bears_no_claim() -> None:
    for skill in (math.nan, -math.inf):
        table = comparisons(ps_of(0.99, 0.99, 0.001, garch=0.001))
        table.loc[table["metric"] != "crps", "skill"] = skill
        verdict = judge(scores(), table, SPAN)
        assert verdict.headline == "Nothing to tell: what was forecast did not move"
        assert "better" not in (verdict.point, verdict.distribution)
        assert "nan" not in verdict.sentence and "inf" not in verdict.sentence


def test_refits_are_named() -> None:
    table = comparisons(ps_of(0.4, 0.4, 0.4))
    assert ", by 3 fits: " in judge(scores(), table, SPAN, fits=3).sentence


@pytest.mark.parametrize(
    ("ps", "words"),
    [
        (
            ps_of(0.4, 0.4, 0.4),
            "not shown to be closer to what came than the last close; no better range",
        ),
        (
            ps_of(0.01, 0.01, 0.01, garch=0.4),
            "but not shown to be better than by GARCH-t, a simple model",
        ),
        (
            ps_of(0.4, 0.4, 0.01, recent=0.3),  # the table beside it says better than naive's
            "no better range was shown than one as wide as outcomes were lately.",
        ),
        (
            ps_of(0.4, 0.4, 0.01, recent=0.01, constant=0.3),
            "no better range was shown than one as wide as outcomes were in all the past.",
        ),
        (
            ps_of(0.4, 0.4, 0.01, recent=0.01, constant=0.01, drift=0.3),
            "no better range was shown than one that follows the past drift.",
        ),
        (
            ps_of(0.4, 0.4, 0.3, recent=0.3),
            "no better range was shown than one that is always the same.",
        ),
        (
            ps_of(0.99, 0.99, 0.99),
            "further from what came than the last close; how far it may move was forecast worse",
        ),
    ],
)
def test_a_line_for_people_comes_without_statistics(ps: Ps, words: str) -> None:
    summary = judged(ps).summary
    assert words in summary and not any(word in summary for word in ("CRPS", "p =", "%"))

"""What called directions were worth, in a headline, in a sentence with figures, in plain words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rnnforecast.evaluation.calls_wording import Calls, headline, sentence, summary
from rnnforecast.evaluation.metrics.distribution import Score
from rnnforecast.evaluation.significance.decisions import Finding
from rnnforecast.evaluation.significance.diebold_mariano import Comparison

CALLS = Calls(
    span=("2024-01-02", "2024-06-28"),
    steps=1,
    accuracy=Score(0.56, 0.48, 0.64, 125),
    rose=Score(0.52, 0.43, 0.61, 125),
    calls=Comparison(0.083, 0.02),
    brier=Comparison(-0.012, 0.7),
    log_loss=Comparison(-0.004, 0.6),
    point="better",
    distribution="indistinguishable",
)


@pytest.mark.parametrize(
    ("point", "distribution", "words"),
    [
        ("better", "better", "Skill in the direction"),
        ("better", "indistinguishable", "Skill in calling the direction, none in its probability"),
        (
            "better",
            "worse",
            "Skill in calling the direction, probabilities worse than the share of rises",
        ),
        (
            "worse",
            "better",
            "Skill in the probability of a rise, calls worse than always saying up",
        ),
        ("indistinguishable", "indistinguishable", "No detectable skill"),
        (
            "worse",
            "indistinguishable",
            "Calls worse than always saying up, no skill in their probability",
        ),
        (
            "indistinguishable",
            "worse",
            "Probabilities worse than the share of rises so far, no skill in the calls",
        ),
        ("worse", "worse", "Worse than always saying up with the share of rises so far"),
        ("too few", "better", "Too few forecasts to tell"),
    ],
)
def test_a_headline_claims_what_was_found(
    point: Finding, distribution: Finding, words: str
) -> None:
    assert headline(replace(CALLS, point=point, distribution=distribution)) == words


def test_a_sentence_has_every_figure_with_its_n() -> None:
    assert sentence(CALLS) == (
        "From 125 origins, 1 step ahead, 2024-01-02 to 2024-06-28: 56.0 % of its calls came true "
        "(48.0–64.0), better than always saying up with 52.0 % (error rate 8.3 % lower, "
        "one-sided DM p = 0.020); its probabilities are not shown to differ from the "
        "share of rises so far (Brier score 1.2 % higher, DM p = 0.70; log loss "
        "0.4 % higher, DM p = 0.60)."
    )


def test_a_summary_needs_no_statistics_and_says_how_many_are_needed() -> None:
    assert summary(CALLS).startswith("Its calls came true more often than always saying up; ")
    assert not any(sign in summary(CALLS) for sign in "%=0123456789")
    few = replace(CALLS, point="too few", steps=5)
    assert summary(few).startswith("There are 125 test forecasts; at least 100 are needed")

"""Findings on called directions in words, as ``wording`` puts those on prices and volatilities."""

from __future__ import annotations

from dataclasses import dataclass

from rnnforecast.evaluation.metrics.distribution import Score
from rnnforecast.evaluation.significance.decisions import Finding, minimum_origins
from rnnforecast.evaluation.significance.diebold_mariano import Comparison
from rnnforecast.evaluation.wording import TOO_FEW, beside, one_sided, opening, percent
from rnnforecast.formatting import format_percent


@dataclass(frozen=True)
class Calls:
    """All that a verdict on called directions rests on.

    Args:
        span: dates of the first and last target.
        steps: ahead.
        accuracy: share of calls that came true.
        rose: share of rises, which is the accuracy of always saying up.
        calls: how the error rate compares with that of always saying up.
        brier: how the Brier score compares with that of the share of rises so far.
        log_loss: the same of the log loss.
        point: what is claimed of the calls.
        distribution: what is claimed of the probabilities.
    """

    span: tuple[str, str]
    steps: int
    accuracy: Score
    rose: Score
    calls: Comparison
    brier: Comparison
    log_loss: Comparison
    point: Finding
    distribution: Finding

    @property
    def enough(self) -> bool:
        """Whether there are enough forecasts to claim anything."""
        return "too few" not in (self.point, self.distribution)


def headline(calls: Calls) -> str:
    """Return the verdict in a few words."""
    if not calls.enough:
        return TOO_FEW
    match calls.point, calls.distribution:
        case "better", "better":
            return "Skill in the direction"
        case "better", "worse":
            return "Skill in calling the direction, probabilities worse than the share of rises"
        case "worse", "better":
            return "Skill in the probability of a rise, calls worse than always saying up"
        case "better", _:
            return "Skill in calling the direction, none in its probability"
        case _, "better":
            return "Skill in the probability of a rise, none in calling the direction"
        case "indistinguishable", "indistinguishable":
            return "No detectable skill"
        case "worse", "worse":
            return "Worse than always saying up with the share of rises so far"
        case "worse", _:
            return "Calls worse than always saying up, no skill in their probability"
        case _:
            return "Probabilities worse than the share of rises so far, no skill in the calls"


def sentence(calls: Calls) -> str:
    """Return the verdict with every figure behind it."""
    low, high = (100 * end for end in (calls.accuracy.low, calls.accuracy.high))
    return one_sided(
        f"{opening(calls.accuracy.n, calls.steps, calls.span)}: "
        f"{format_percent(calls.accuracy.value)} of its calls came true ({low:.1f}–{high:.1f}), "
        f"{beside(calls.point)} always saying up with {format_percent(calls.rose.value)} "
        f"(error rate {percent(calls.calls)}); its probabilities are {beside(calls.distribution)} "
        f"the share of rises so far (Brier score {percent(calls.brier)}; log loss "
        f"{percent(calls.log_loss)})."
    )


def summary(calls: Calls) -> str:
    """Return the verdict for people who know no statistics."""
    if not calls.enough:
        least = minimum_origins(calls.steps)
        return (
            f"There are {calls.accuracy.n} test forecasts; at least {least} are needed before "
            "anything can be said."
        )
    point = {
        "better": "Its calls came true more often than always saying up",
        "worse": "Its calls came true less often than always saying up",
    }.get(calls.point, "No call was shown to be right more often than always saying up")
    chances = {
        "better": "its chances of a rise were closer to what came than the share of rises so far",
        "worse": "its chances of a rise were further from what came than the share of rises so far",
    }.get(
        calls.distribution,
        "its chances of a rise were not shown to say more than the share of rises so far",
    )
    return f"{point}; {chances}."

"""Findings in words: the only place where verdicts and flags become sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rnnforecast.evaluation.backtest import GARCH, NAIVE
from rnnforecast.evaluation.evidence import Bar, Evidence, Rival, Standing
from rnnforecast.evaluation.significance.decisions import (
    EQUIVALENCE_MARGIN,
    classify_p,
    minimum_origins,
)
from rnnforecast.evaluation.significance.diebold_mariano import Comparison
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.formatting import format_p, format_percent

TOO_FEW = "Too few forecasts to tell"
STILL = "Nothing to tell: what was forecast did not move"


def beside(standing: Standing) -> str:
    """Return a standing in words that a noun follows."""
    return {
        "better": "better than",
        "equivalent": f"as good as (within {format_percent(EQUIVALENCE_MARGIN, decimals=0)})",
        "indistinguishable": "not shown to differ from",
        "worse": "worse than",
        "too few": "not tested against",
    }[standing]


def percent(comparison: Comparison) -> str:
    """Return skill and p in words."""
    if not math.isfinite(comparison.skill):
        return "no skill defined: the baseline makes no error"
    direction = "lower" if comparison.skill >= 0 else "higher"
    p = "no p" if math.isnan(comparison.p) else f"DM p {format_p(comparison.p)}"
    return f"{format_percent(abs(comparison.skill))} {direction}, {p}"


def one_sided(sentence: str) -> str:
    """Say of the first p of a sentence that its test is one-sided."""
    return sentence.replace("DM p ", "one-sided DM p ", 1)


def headline(evidence: Evidence) -> str:
    """Return the verdict in a few words; never skill first where a baseline is shown to
    be better."""
    if not evidence.enough:
        return TOO_FEW
    if not evidence.moved:
        return STILL
    quantity, rival = evidence.quantity.name, evidence.rival
    point, spread = evidence.point_finding, evidence.spread_finding
    if point == "too few" or spread == "too few":
        return TOO_FEW
    if rival and rival.standing == "worse" and "better" in (point, spread):
        also = f"skill in the {quantity}" if point == "better" else "better than a constant spread"
        return f"Worse than {model_title(rival.baseline)} in the spread, though {also}"
    match point, spread:
        case "better", "better":
            return f"Skill in the {quantity} and in its spread{_than(rival)}"
        case "better", "worse":
            return f"Skill in the {quantity}, worse than a constant in its spread"
        case "worse", "better":
            naive = evidence.quantity.naive_words
            return f"Skill in the spread{_than(rival)}, but a {quantity} worse than {naive}"
        case "better", _:
            return f"Skill in the {quantity}, none in its spread"
        case _, "better":
            return f"Skill in the spread{_than(rival)}, none in the {quantity}"
        case "indistinguishable", "indistinguishable":
            return "No detectable skill"
        case "worse", "worse":
            return f"Worse than {evidence.quantity.naive_words} with a constant spread"
        case "worse", _:
            naive = evidence.quantity.naive_words
            return f"A {quantity} worse than {naive}, no skill in the spread"
        case _:
            return f"A spread worse than a constant one, no skill in the {quantity}"


def _than(rival: Rival | None) -> str:
    if rival is None or rival.standing == "too few":
        return ""
    if rival.standing == "better":
        number = rival.number
        return (
            f" (better than {model_title(rival.baseline)}{' and all others' if number > 1 else ''})"
        )
    words = {"equivalent": "as good as", "indistinguishable": "not shown to differ from"}
    return f" ({words.get(rival.standing, 'worse than')} {model_title(rival.baseline)})"


def summary(evidence: Evidence) -> str:
    """Return the verdict for people who know no statistics."""
    quantity, naive = evidence.quantity, evidence.quantity.naive_words
    if not evidence.enough:
        least = minimum_origins(evidence.steps)
        return (
            f"There are {evidence.origins} test forecasts; at least {least} are needed before "
            "anything can be said."
        )
    if not evidence.moved:
        return (
            f"The {quantity.name} did not change in the test part, so there was nothing to "
            "forecast."
        )
    finding = evidence.point_finding
    closer = {"better": "was closer to", "worse": "was further from"}.get(
        finding, "was not shown to be closer to"
    )
    bar = evidence.point[0] if finding == "worse" else _unbeaten(evidence.point)
    than = naive if bar.baseline == NAIVE else CONSTANTS[bar.baseline]
    spread = {
        "better": "how far it may move was forecast better than by a range that is always the same",
        "worse": "how far it may move was forecast worse than by a range that is always the same",
    }.get(
        evidence.spread_finding,
        f"no better range was shown than {RANGES[_unbeaten(evidence.spread).baseline]}",
    )
    return (
        f"The forecast {quantity.name} {closer} what came than {than}; "
        f"{spread}{_plain_rival(evidence)}."
    )


def _unbeaten(bars: Sequence[Bar]) -> Bar:
    """Return the first bar that was not beaten; the first of all where there is none."""
    return next((bar for bar in bars if bar.finding != "better"), bars[0])


def _plain_rival(evidence: Evidence) -> str:
    rival = evidence.rival
    if rival is None or rival.standing == "too few":
        return ""
    title = model_title(rival.baseline)
    if rival.standing == "worse":
        return f", and {title}, a simple model, forecasts it better"
    if evidence.spread_finding != "better":
        return ""
    return {
        "better": f", and better than by {title}, the best of the simple models",
        "equivalent": f", and {title}, a simple model, forecasts it as well",
        "indistinguishable": f", but not shown to be better than by {title}, a simple model",
    }[rival.standing]


def opening(origins: int, steps: int, span: tuple[str, str]) -> str:
    """Return what a sentence with figures begins with: from how many forecasts they are.

    Args:
        origins: number of forecasts.
        steps: ahead.
        span: dates of the first and last target.
    """
    number = f"{origins} origin{'' if origins == 1 else 's'}"
    ahead = "1 step" if steps == 1 else f"1 to {steps} steps"
    few = ""
    if origins < (least := minimum_origins(steps)):
        few = f", too few for any test ({least} are needed)"
    return f"From {number}, {ahead} ahead, {span[0]} to {span[1]}{few}"


def sentence(evidence: Evidence) -> str:
    """Return the verdict with every figure behind it."""
    fits = f", by {evidence.fits} fits" if evidence.fits > 1 else ""
    start = f"{opening(evidence.origins, evidence.steps, evidence.span)}{fits}: "
    parts = [
        "the median is " + _listed([_point(evidence, bar) for bar in evidence.point]),
        f"{_coverage(evidence, 0.80)} and {_coverage(evidence, 0.95)}",
        "the CRPS is " + _listed([*map(_spread, evidence.spread), *_rival(evidence)]),
    ]
    return one_sided(start + "; ".join(parts) + ".")


def _listed(parts: Sequence[str]) -> str:
    """Join parts of a sentence by commas, the last by "and"."""
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


def _point(evidence: Evidence, bar: Bar) -> str:
    """Return how the median compares with one baseline, and why no claim is made."""
    naive = evidence.quantity.naive_words if bar.baseline == NAIVE else CONSTANTS[bar.baseline]
    mae, rmse = bar.losses["mae"], bar.losses["rmse"]
    of_mae, of_rmse = (classify_p(loss.p) == "better" for loss in (mae, rmse))
    split = bar.finding == "indistinguishable" and of_mae != of_rmse
    if split and mae.skill * rmse.skill < 0:
        why = ": MAE and RMSE point different ways"
    elif split:
        why = f": only the difference in {'MAE' if of_mae else 'RMSE'} is significant"
    else:
        why = ""
    return f"{beside(bar.finding)} {naive}{why} (MAE {percent(mae)}; RMSE {percent(rmse)})"


CONSTANTS = {
    "drift": "the drift of the past",
    "recent": "the recent constant",
    "constant": "the long-run constant",
}
SPREADS = {
    NAIVE: "a constant spread's",
    "recent": "a recent constant spread's",
    "drift": "the drift's",
    "constant": "the long-run distribution's",
}
RANGES = {
    NAIVE: "one that is always the same",
    "recent": "one as wide as outcomes were lately",
    "constant": "one as wide as outcomes were in all the past",
    "drift": "one that follows the past drift",
}
"""The same for people who know no statistics."""


def _spread(bar: Bar) -> str:
    return f"{beside(bar.finding)} {SPREADS[bar.baseline]} ({percent(bar.losses['crps'])})"


def _rival(evidence: Evidence) -> list[str]:
    """Return how the CRPS compares with the best baseline, and what became of GARCH."""
    words, rival = [], evidence.rival
    if rival:
        many = rival.number > 1 and rival.standing != "too few"
        of = f", the best of {rival.number} baselines" if many else ""
        whose = possessive(model_title(rival.baseline))
        words.append(f"{beside(rival.standing)} {whose}{of} ({percent(rival.comparison)})")
    if evidence.garch and (rival is None or rival.baseline != GARCH):
        finding = beside(classify_p(evidence.garch.p))
        words.append(f"{finding} {model_title(GARCH)}'s ({percent(evidence.garch)})")
    elif evidence.garch is None:
        failed = GARCH in evidence.failures
        words.append(f"not compared with {model_title(GARCH)}{', which failed' if failed else ''}")
    return words


def possessive(title: str) -> str:
    """Return the possessive of a model's title: GARCH-t's, ETS's, HAR on ranges'."""
    return f"{title}'" if title.endswith("s") else f"{title}'s"


def _coverage(evidence: Evidence, level: float) -> str:
    """Return how much an interval contained, and whether that is off."""
    score = evidence.coverage[level]
    off = " (off)" if score.low > level or score.high < level else ""  # NaN is neither
    return f"the {level * 100:.0f} % interval contained {format_percent(score.value)}{off}"


def flag(kind: str, values: dict[str, Any]) -> str:
    """Return a flag in words."""
    return FLAGS[kind].format(**values)


TESTS_OF_FEW = ", and tests err up to twice as often as they say where differences persist"
VANISHED = "those that vanished are missing"
TAUGHT = (
    "{count} without later bars to be scored on taught the networks, and others that vanished are "
    "missing"
)
FLAGS = {
    "few": (
        "few forecasts: with {n} origins a direction of 50 % is uncertain by {half:.1f} points"
        "{tests}"
    ),
    "disagreement": (
        "absolute and squared errors disagree on the median (MAE {mae}, RMSE {rmse}): a few large "
        "days may decide"
    ),
    "influence": (
        "driven by {number} days ({days}): the median's RMSE skill one step ahead is {whole} with "
        "them, {without} without"
    ),
    "lag_copy": (
        "lag copy: the median follows the price {late} late (correlation {likeness:.4f} with the "
        "price {late} before, {own:.4f} with the one it forecasts)"
    ),
    "coverage": "the {level} interval contained {share}: {wide}",
    "shifted": (
        "the {level} interval is shifted: {below} of outcomes fell below it and {above} above, "
        "where {nominal} on either side are meant"
    ),
    "calibration": (
        "calibration {effect}: the 80 % interval contained {share}, {bare} without it, "
        "and the CRPS is {crps} higher"
    ),
    "too_good": (
        "too good to be true: {what} one step ahead. Prices do not give that; look for the answer "
        "among the inputs (rnnforecast audit), and at the dates of other series"
    ),
    "one_sided": "nearly every call is the same: {recall} of the rises were called rises",
    "survivorship": (
        "survivorship: the {number} symbols were chosen today, knowing that they still exist; "
        "{vanished}, so a panel looks better than it was"
    ),
}

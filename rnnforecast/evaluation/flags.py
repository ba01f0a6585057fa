"""What a hostile reader would look for: reasons to doubt a verdict, each with its figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.evaluation import wording
from rnnforecast.evaluation.backtest import MEDIAN_COLUMN, NAIVE, NETWORK, QUANTILES, UNCALIBRATED
from rnnforecast.evaluation.metrics.distribution import Score, crps_of_percentiles, lookup
from rnnforecast.evaluation.significance.decisions import (
    SIGNIFICANT,
    agree,
    classify_p,
    minimum_origins,
)
from rnnforecast.evaluation.significance.diebold_mariano import comparisons_at
from rnnforecast.evaluation.significance.long_run import estimate_means
from rnnforecast.forecast.quantile_levels import PERCENTILES, interval_positions
from rnnforecast.formatting import format_percent
from rnnforecast.quantities import PRICE, Quantity

Kind = Literal[
    "few", "disagreement", "influence", "lag_copy", "coverage", "shifted", "calibration",
    "too_good", "survivorship", "one_sided",
]  # fmt: skip
LARGEST = 2
"""Days that a claim must survive without."""
FEW = 250
"""Fewer origins tell little: 250 leave a direction of 50 % uncertain by 6 points."""
SHIFTS = range(6)
"""Steps by which a forecast may trail the price."""
COVERAGES = (0.80, 0.95)
ONE_SIDED = 0.95
"""Share of rises that were called rises above which, or below the rest of which,
calls hardly vary."""
GOOD_SKILL, GOOD_DIRECTION = 0.05, 0.60
"""Of prices one step ahead: more than is ever seen, whatever the model."""


@dataclass(frozen=True)
class Flag:
    """A reason to doubt a verdict.

    Args:
        kind: what it is about.
        values: its figures by name, and what ``wording`` needs beside them.

    Example:
        >>> print(Flag("few", {"n": 100, "half": 9.8, "tests": ""}))
        few forecasts: with 100 origins a direction of 50 % is uncertain by 9.8 points
    """

    kind: Kind
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return wording.flag(self.kind, self.values)


def flags(
    backtest: pd.DataFrame,
    scores: pd.DataFrame,
    comparisons: pd.DataFrame,
    quantity: Quantity = PRICE,
) -> tuple[Flag, ...]:
    """Return everything that is suspicious about a network's scores.

    Args:
        backtest: of the network and naive.
        scores: of ``distribution.summarise``.
        comparisons: of ``diebold_mariano.compare``.
        quantity: what was forecast; a volatility may well trail the last one, and so may a median
            that beats it.
    """
    overall, beside = lookup(scores, 0), comparisons_at(comparisons, 0)
    errors = (classify_p(beside[NAIVE, metric].p) for metric in ("mae", "rmse"))
    skilled = agree(*errors) == "better"
    lag = _lag_copy(backtest) if quantity.has_direction and not skilled else iter(())
    good = _too_good(scores, comparisons) if quantity.has_direction else iter(())
    doubts = (
        good,
        few(overall[NETWORK, "mae"].n, int(scores["step"].max())),
        _disagreement(comparisons),
        _influence(backtest),
        lag,
        _coverage(overall),
        _shifted(backtest),
        _calibration(backtest, overall),
    )
    return tuple(chain.from_iterable(doubts))


def few(n: int, steps: int) -> Iterator[Flag]:
    """Flag origins that are too few for a claim to be sharp, and for tests to err as they say.

    Args:
        n: number of origins.
        steps: ahead; where so many origins are not tested, nothing is said about tests.
    """
    if n < FEW:
        # ``half`` is half the width of the 95 % interval of a share near 50 %, in points.
        tests = wording.TESTS_OF_FEW if n >= minimum_origins(steps) else ""
        yield Flag("few", {"n": n, "half": 100 * 1.96 * math.sqrt(0.25 / n), "tests": tests})


def survivorship(number: int, teachers: int = 0) -> Flag:
    """Flag symbols that were chosen today.

    Args:
        number: of symbols that are scored.
        teachers: symbols that taught without being scored.
    """
    vanished = wording.TAUGHT.format(count=teachers) if teachers else wording.VANISHED
    return Flag("survivorship", {"number": number, "vanished": vanished})


def one_sided(recall: float) -> Iterator[Flag]:
    """Flag calls that are nearly all the same.

    Args:
        recall: share of the rises that were called rises.
    """
    if recall > ONE_SIDED or recall < 1 - ONE_SIDED:
        yield Flag("one_sided", {"recall": format_percent(recall)})


def _too_good(scores: pd.DataFrame, comparisons: pd.DataFrame) -> Iterator[Flag]:
    """Flag skill one step ahead that no honest forecast of prices has, beyond luck of so few."""
    first, beside = lookup(scores, 1), comparisons_at(comparisons, 1)
    skill = beside[NAIVE, "rmse"].skill
    n = first[NETWORK, "mae"].n
    if skill > max(GOOD_SKILL, 1 / math.sqrt(n)):
        sign = f"the RMSE is {format_percent(skill)} lower than the last close's"
        yield Flag("too_good", {"what": sign, "skill": skill, "n": n})
    direction = first.get((NETWORK, "direction"))
    if direction is None or not direction.n:
        return
    # three standard errors of a coin above 50 % where these are more than ten points
    if direction.value > max(GOOD_DIRECTION, 0.5 + 3 * 0.5 / math.sqrt(direction.n)):
        sign = f"{format_percent(direction.value)} of {direction.n} directions are right"
        yield Flag("too_good", {"what": sign, "direction": direction.value, "n": direction.n})


def _disagreement(comparisons: pd.DataFrame) -> Iterator[Flag]:
    beside = comparisons_at(comparisons, 0)
    mae, rmse = beside[NAIVE, "mae"].skill, beside[NAIVE, "rmse"].skill
    if mae * rmse < 0:
        skills = {"mae": mae, "rmse": rmse}
        yield Flag(
            "disagreement",
            {name: format_percent(skill, signed=True) for name, skill in skills.items()},
        )


def _influence(backtest: pd.DataFrame) -> Iterator[Flag]:
    """Flag skill of the median that turns round without the largest moves and the days after."""
    first = backtest[backtest["step"] == 1]
    errors = {
        model: ((group[MEDIAN_COLUMN] - group["actual"]) ** 2).to_numpy(float)
        for model, group in first.groupby("model")
        if model in (NETWORK, NAIVE)
    }
    network = first[first["model"] == NETWORK]
    moves = (network["actual"] - network["last"]).abs().to_numpy(float)
    if len(moves) <= 2 * LARGEST or not errors[NAIVE].any():
        return
    largest = np.argsort(moves)[-LARGEST:]
    kept = np.ones(len(moves), bool)
    kept[np.concatenate([largest, np.minimum(largest + 1, len(moves) - 1)])] = False
    if not errors[NAIVE][kept].any():
        return
    whole, without = (
        1 - errors[NETWORK][rows].mean() / errors[NAIVE][rows].mean()
        for rows in (np.ones_like(kept), kept)
    )
    if whole > 0 > without:
        dates = pd.to_datetime(network["date"]).iloc[largest]
        yield Flag(
            "influence",
            {
                "number": LARGEST,
                "days": ", ".join(f"{day:%Y-%m-%d}" for day in sorted(dates)),
                "whole": format_percent(whole, signed=True),
                "without": format_percent(without, signed=True),
            },
        )


def _lag_copy(backtest: pd.DataFrame) -> Iterator[Flag]:
    """Flag a median that lies nearer to the price of some steps before than to its own."""
    network = backtest[(backtest["model"] == NETWORK) & (backtest["step"] == 1)]
    median, actual = network[MEDIAN_COLUMN].to_numpy(float), network["actual"].to_numpy(float)
    if len(network) <= 2 * len(SHIFTS) or not (np.ptp(median) and np.ptp(actual)):
        return
    end = len(network)
    # The same medians beside outcomes of ``by`` steps earlier; every shift uses as many rows.
    likeness = [
        float(np.corrcoef(median[max(SHIFTS) :], actual[max(SHIFTS) - by : end - by])[0, 1])
        for by in SHIFTS
    ]
    # The shift 0 is the outcome itself; only a later likeness is a copy.
    if best := int(np.argmax(likeness)):
        late = "1 step" if best == 1 else f"{best} steps"
        yield Flag(
            "lag_copy",
            {"steps": best, "late": late, "likeness": likeness[best], "own": likeness[0]},
        )


def _coverage(overall: dict[tuple[str, str], Score]) -> Iterator[Flag]:
    """Flag intervals that contained too little or too much."""
    for coverage in COVERAGES:
        score = overall[NETWORK, f"coverage_{coverage:.2f}"]
        if score.high < coverage or score.low > coverage:
            wide = "too wide" if score.value > coverage else "too narrow"
            texts = {
                "level": format_percent(coverage, decimals=0),
                "share": format_percent(score.value),
                "wide": wide,
            }
            yield Flag("coverage", texts)


def _shifted(backtest: pd.DataFrame) -> Iterator[Flag]:
    """Flag an interval whose misses lie on one side: it may be as wide as it should be."""
    network = backtest[backtest["model"] == NETWORK].sort_values(["origin", "step"])
    steps = int(network["step"].max())
    actual = network["actual"].to_numpy(float)
    low, high = (network[QUANTILES[at]].to_numpy(float) for at in interval_positions(0.80))
    below, above = (actual < low).astype(float), (actual > high).astype(float)
    lean: Array = (below - above).reshape(-1, steps).mean(axis=1)  # (origin,)
    p = float(estimate_means(lean[:, None], steps).probability_below(0.0)[0])
    # Two-sided; and with many origins a lean too small to matter would be significant as well.
    if min(p, 1 - p) < SIGNIFICANT / 2 and abs(lean.mean()) > 0.05:
        shares = {"below": below.mean(), "above": above.mean(), "level": 0.8, "nominal": 0.1}
        texts = {
            name: format_percent(float(share), decimals=0 if name in ("level", "nominal") else 1)
            for name, share in shares.items()
        }
        yield Flag("shifted", texts)


def _calibration(backtest: pd.DataFrame, overall: dict[tuple[str, str], Score]) -> Iterator[Flag]:
    """Flag a calibration after which the intervals cover less well and the CRPS is higher.

    That it harmed is said only where a test shows the CRPS to be higher.
    """
    if (UNCALIBRATED, "crps") not in overall:
        return
    own, steps = _crps_by_origin(backtest, NETWORK), int(backtest["step"].max())
    if len(own) < minimum_origins(steps):
        return
    gain = (_crps_by_origin(backtest, UNCALIBRATED) - own)[:, None]
    harmed = classify_p(float(estimate_means(gain, steps).probability_below(0.0)[0])) == "worse"
    crps, bare = (overall[model, "crps"].value for model in (NETWORK, UNCALIBRATED))
    share, before = (overall[model, "coverage_0.80"].value for model in (NETWORK, UNCALIBRATED))
    if crps > bare and abs(share - 0.8) > abs(before - 0.8):
        yield Flag(
            "calibration",
            {
                "share": format_percent(share),
                "bare": format_percent(before),
                "crps": format_percent(crps / bare - 1, decimals=2),
                "effect": "harmed the intervals" if harmed else "is not shown to have helped",
            },
        )


def _crps_by_origin(backtest: pd.DataFrame, model: str) -> Array:
    """Return the CRPS of a model, averaged over the steps of each path (origin,)."""
    rows = backtest[backtest["model"] == model]
    crps = crps_of_percentiles(
        rows["actual"].to_numpy(float), rows[QUANTILES].to_numpy(float)[:, PERCENTILES]
    )
    means = pd.Series(crps).groupby(rows["origin"].to_numpy()).mean()
    return np.asarray(means, np.float64)

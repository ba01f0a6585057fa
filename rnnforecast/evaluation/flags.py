"""What a hostile reader would look for: reasons to doubt a verdict, each with its figure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import numpy as np
import pandas as pd

from rnnforecast.evaluation.backtest import MEDIAN_COLUMN, NAIVE, NETWORK
from rnnforecast.evaluation.metrics.distribution import lookup
from rnnforecast.evaluation.significance.diebold_mariano import comparisons_at
from rnnforecast.evaluation.verdict import agree, find
from rnnforecast.formatting import format_percent
from rnnforecast.quantities import PRICE, Quantity

LARGEST = 2
"""Days that a claim must survive without."""
FEW = 250
"""Fewer origins tell little: 250 leave a direction of 50 % uncertain by 6 points."""
SHIFTS = range(6)
"""Steps by which a forecast may trail the price."""
COVERAGES = (0.80, 0.95)


def flags(
    backtest: pd.DataFrame,
    scores: pd.DataFrame,
    comparisons: pd.DataFrame,
    quantity: Quantity = PRICE,
) -> tuple[str, ...]:
    """Everything that is suspicious about a network's scores.

    Args:
        backtest: of the network and naive.
        scores: of ``scores.summarise``.
        comparisons: of ``significance.compare``.
        quantity: what was forecast; a volatility may well trail the last one, and so may a median that beats it.
    """
    found = comparisons_at(comparisons, 0)
    skilled = agree(find(found[NAIVE, "mae"].p), find(found[NAIVE, "rmse"].p)) == "better"
    lag = _lag(backtest) if quantity.has_direction and not skilled else iter(())
    doubts = (
        few(lookup(scores, 0)[NETWORK, "mae"].n),
        _disagreement(comparisons),
        _influence(backtest),
        lag,
        _coverage(scores),
    )
    return tuple(chain.from_iterable(doubts))


def few(n: int) -> Iterator[str]:
    """Whether so many origins are too few for a claim."""
    if n < FEW:
        half = 1.96 * math.sqrt(0.25 / n)
        yield f"few forecasts: with {n} origins a direction of 50 % is uncertain by {format_percent(half)}"


def _disagreement(comparisons: pd.DataFrame) -> Iterator[str]:
    beside = comparisons_at(comparisons, 0)
    mae, rmse = beside[NAIVE, "mae"].skill, beside[NAIVE, "rmse"].skill
    if mae * rmse < 0:
        told = f"MAE {format_percent(mae, signed=True)}, RMSE {format_percent(rmse, signed=True)}"
        yield f"absolute and squared errors disagree on the median ({told}): a few large days decide"


def _influence(backtest: pd.DataFrame) -> Iterator[str]:
    """Skill of the median that turns round without the days of the largest moves and those after them."""
    first = backtest[backtest["step"] == 1]
    errors = {
        model: ((group[MEDIAN_COLUMN] - group["actual"]) ** 2).to_numpy(float)
        for model, group in first.groupby("model")
        if model in (NETWORK, NAIVE)
    }
    own = first[first["model"] == NETWORK]
    moves = (own["actual"] - own["last"]).abs().to_numpy(float)
    if len(moves) <= 2 * LARGEST:
        return
    largest = np.argsort(moves)[-LARGEST:]
    kept = np.ones(len(moves), bool)
    kept[np.concatenate([largest, np.minimum(largest + 1, len(moves) - 1)])] = False
    whole, without = (
        1 - errors[NETWORK][rows].mean() / errors[NAIVE][rows].mean()
        for rows in (np.ones_like(kept), kept)
    )
    if whole > 0 > without:
        days = ", ".join(
            f"{day:%Y-%m-%d}" for day in sorted(pd.to_datetime(own["date"]).iloc[largest])
        )
        told = f"{format_percent(whole, signed=True)} with them, {format_percent(without, signed=True)} without"
        yield f"driven by {LARGEST} days ({days}): the median's RMSE skill one step ahead is {told}"


def _lag(backtest: pd.DataFrame) -> Iterator[str]:
    """A forecast that lies nearer to the price of some steps before than to the one it forecasts."""
    own = backtest[(backtest["model"] == NETWORK) & (backtest["step"] == 1)]
    median, actual = own[MEDIAN_COLUMN].to_numpy(float), own["actual"].to_numpy(float)
    if len(own) <= 2 * len(SHIFTS) or not (np.ptp(median) and np.ptp(actual)):
        return
    end = len(own)
    likeness = [
        float(np.corrcoef(median[max(SHIFTS) :], actual[max(SHIFTS) - by : end - by])[0, 1])
        for by in SHIFTS
    ]
    best = int(np.argmax(likeness))
    if best:
        late = "1 step" if best == 1 else f"{best} steps"
        yield (
            f"lag copy: the median follows the price {late} late (correlation {likeness[best]:.4f} with the price "
            f"{late} before, {likeness[0]:.4f} with the one it forecasts)"
        )


def _coverage(scores: pd.DataFrame) -> Iterator[str]:
    found = lookup(scores, 0)
    for coverage in COVERAGES:
        score = found[NETWORK, f"coverage_{coverage:.2f}"]
        if not score.low <= coverage <= score.high:
            wide = "too wide" if score.value > coverage else "too narrow"
            yield f"the {coverage:.0%} interval held {score.value:.1%}: {wide}".replace("%", " %")

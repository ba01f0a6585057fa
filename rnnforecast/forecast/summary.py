"""A forecast in plain words: what to expect, with what chance, and how far to trust it.

Pure functions on values, so that ``predict``, ``evaluate``, JSON and the page say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.formatting import format_loss, format_percent
from rnnforecast.quantities import DIRECTION, VOLATILITY, Quantity

LARGE_MOVE = 0.05
"""A move that people ask about."""
QUANTILE_COLUMNS = tuple(f"q{level:g}" for level in LEVELS)
"""Of a stored forecast."""
Finding = Literal["better", "indistinguishable", "worse", "too few"]


@dataclass(frozen=True)
class Step:
    """The expectation for one coming session.

    Args:
        date: of the session.
        median: as likely to be exceeded as not; None where only a direction is forecast.
        low_80: lower end of the 80 % interval.
        high_80: upper end.
        move: of the median from the last value, as a share of it.
        low_move: of the interval's lower end.
        high_move: of its upper end.
        probability_up: of a value above the last one.
        probability_large: of a move of more than ``LARGE_MOVE`` either way.
    """

    date: pd.Timestamp
    median: float | None = None
    low_80: float | None = None
    high_80: float | None = None
    move: float | None = None
    low_move: float | None = None
    high_move: float | None = None
    probability_up: float | None = None
    probability_large: float | None = None


@dataclass(frozen=True)
class Summary:
    """A forecast in plain words.

    Args:
        symbol: whose prices.
        quantity: what is forecast.
        last: the last known value (of a direction: the last price).
        steps: the coming sessions.
        answer: what is expected of the first of them.
        trust: how far to believe it.
    """

    symbol: str
    quantity: Quantity
    last: float
    steps: tuple[Step, ...]
    answer: str
    trust: str

    def __str__(self) -> str:
        return f"{self.answer} {self.trust}"

    @property
    def title(self) -> str:
        """Symbol and the dates of the coming sessions."""
        dates = [step.date for step in self.steps]
        return f"{self.symbol}: forecast for {span(dates[0], dates[-1])}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        steps = [{**asdict(step), "date": step.date.isoformat()} for step in self.steps]
        return {"text": str(self), "answer": self.answer, "trust": self.trust, "steps": steps}


def summarise(
    symbol: str,
    quantity: Quantity,
    table: pd.DataFrame,
    last: float,
    verdict: Mapping[str, Any] | None = None,
) -> Summary:
    """Put a forecast into plain words.

    Args:
        symbol: whose prices.
        quantity: what is forecast.
        table: a row for each step, as ``Forecast.table`` makes it or as it is stored: date, median,
            low_80 and high_80; or date and rising. With the quantiles, if any, chances are known.
        last: the last known value.
        verdict: on the test part: its ``point`` and ``distribution``; None before ``evaluate``.
    """
    steps = tuple(_steps(quantity, table, last))
    return Summary(
        symbol,
        quantity,
        last,
        steps,
        _answer(symbol, quantity, steps[0], last),
        trust(quantity, verdict),
    )


def _steps(quantity: Quantity, table: pd.DataFrame, last: float) -> list[Step]:
    dates = list(pd.to_datetime(table["date"]))
    if quantity == DIRECTION:
        return [
            Step(date, probability_up=float(rising))
            for date, rising in zip(dates, table["rising"], strict=True)
        ]
    values = table[["median", "low_80", "high_80"]].to_numpy(float).tolist()
    known = quantity != VOLATILITY and QUANTILE_COLUMNS[0] in table
    rows = table[list(QUANTILE_COLUMNS)].to_numpy(float) if known else [None] * len(dates)
    steps = []
    for date, (median, low, high), quantiles in zip(dates, values, rows, strict=True):
        up, large = None, None
        if quantiles is not None:
            up = probability_above(quantiles, last)
            large = probability_of_move(quantiles, last, LARGE_MOVE)
        move, low_move, high_move = (
            value / last - 1 if last > 0 else None for value in (median, low, high)
        )
        steps.append(Step(date, median, low, high, move, low_move, high_move, up, large))
    return steps


def probability_above(quantiles: Array, value: float) -> float:
    """Return the probability that a forecast gives to values above a threshold.

    Linear between neighbouring quantiles; beyond the outermost ones nothing is known but that less
    than their level lies there, and half of it is taken.

    Args:
        quantiles: at LEVELS, increasing (level,).
        value: the threshold.
    """
    below = np.interp(value, quantiles, LEVELS, left=LEVELS[0] / 2, right=(1 + LEVELS[-1]) / 2)
    return float(1 - below)


def probability_of_move(quantiles: Array, last: float, share: float) -> float:
    """Return the probability of a move of more than a share of the last value, up or down.

    Args:
        quantiles: of the value, at LEVELS, increasing (level,).
        last: the last known value.
        share: of it, such as 0.05.
    """
    up = probability_above(quantiles, last * (1 + share))
    down = 1 - probability_above(quantiles, last * (1 - share))
    return up + down


def large_move_chance(probability: float | None) -> str:
    """Write the probability of a large move, as ``probability_of_move`` returned it.

    Where both thresholds lie beyond the outermost quantiles, all that is known is a bound: less
    than their level on either side.
    """
    if probability is None:
        return ""
    if probability <= LEVELS[0] * (1 + 1e-9):  # half that level on either side was taken
        return f"< {format_percent(2 * LEVELS[0], decimals=0)}"
    return format_percent(probability)


def _answer(symbol: str, quantity: Quantity, step: Step, last: float) -> str:
    """Say in a sentence what is expected of the next session."""
    on = f"{symbol}, {written_date(step.date)}"
    if step.probability_up is not None and step.median is None:
        chance = format_percent(step.probability_up)
        return (
            f"{on}: {article(chance)} {chance} chance of a close above {rounded(last, quantity)}."
        )
    median, low, high = (
        rounded(value, quantity) for value in (step.median, step.low_80, step.high_80)
    )
    if quantity == VOLATILITY:
        return (
            f"{on}: volatility most likely near {median} a bar; an 80 % chance of {low} to {high}."
        )
    moves = ""
    if step.low_move is not None and step.high_move is not None:
        ends = (format_percent(move, signed=True) for move in (step.low_move, step.high_move))
        moves = f" ({' to '.join(ends)})"
    return f"{on}: most likely near {median}; an 80 % chance of {low} to {high}{moves}."


def trust(quantity: Quantity, verdict: Mapping[str, Any] | None) -> str:
    """Say how far to believe a forecast, by the verdict on the test part.

    Args:
        quantity: what is forecast.
        verdict: on the test part: its ``point`` and ``distribution``; None before ``evaluate``.
    """
    if verdict is None:
        return "Not tested yet: evaluate the run to see how far to trust it."
    point: Finding = verdict["point"]
    distribution: Finding = verdict["distribution"]
    if "too few" in (point, distribution):
        return "There are too few test forecasts to tell whether to trust it."
    if not quantity.has_distribution:
        return {
            "better": "The network's probabilities have shown skill on the test data.",
            "worse": "The network's probabilities did worse than the share of rises: do not rely "
            "on them.",
        }.get(distribution, "The network's probabilities have shown no skill: do not act on them.")
    match point, distribution:
        case "better", "better":
            return "The network has shown skill in both the middle and the range."
        case "better", _:
            return f"The network has shown skill in the {quantity}, but not in its range."
        case _, "better":
            subject = "direction" if quantity.has_direction else f"the {quantity} itself"
            return f"The network has shown no skill in {subject}: trust the range, not the middle."
        case "indistinguishable", "indistinguishable":
            return (
                f"The network has shown no detectable skill: expect no more of this than of "
                f"{quantity.naive_words} with its usual range."
            )
        case _:
            return (
                f"The network did worse than {quantity.naive_words} with its usual range: do not "
                "rely on this forecast."
            )


def rounded(value: float | None, quantity: Quantity) -> str:
    """Write a value for a sentence: without decimals where five digits stand before them."""
    if value is None:
        return "unknown"
    return format_loss(value) if quantity != VOLATILITY else quantity.format(value)


def article(number: str) -> str:
    """Return ``a`` or ``an``, as it is read before a percentage."""
    return "an" if number.startswith(("8", "11.", "11 ", "18.", "18 ")) else "a"


def written_date(date: pd.Timestamp) -> str:
    """Write a session as people do: ``Thu 26 Nov 2026``, with its hour where bars have one."""
    hour = "" if date == date.normalize() else f" {date:%H:%M}"
    return f"{date:%a} {date.day} {date:%b %Y}{hour}"


def span(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Write the days from the first session to the last: ``26-30 November 2026``."""
    if first.date() == last.date():
        return f"{last.day} {last:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}-{last.day} {last:%B %Y}"
    year = "" if first.year == last.year else f" {first:%Y}"
    return f"{first.day} {first:%B}{year} to {last.day} {last:%B %Y}"

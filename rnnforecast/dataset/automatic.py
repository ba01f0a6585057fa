"""Settings that a config leaves to the program: ``auto`` becomes what suits the prices at hand.

What was chosen is written into the run's config, so a run never chooses twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.features import MARKET_INPUTS
from rnnforecast.config.types import AUTO
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.volatility import closes_end_bars

FROM_RANGES = (
    "log_return", "abs_log_return", "negative_return", "log_range_volatility_1",
    "log_range_volatility_5", "log_range_volatility_22", "log_ewma_volatility",
)  # fmt: skip
"""Inputs where bars have opens, highs and lows."""
FROM_CLOSES = (
    "log_return", "abs_log_return", "negative_return", "log_volatility_5", "log_volatility_22",
    "log_ewma_volatility",
)  # fmt: skip
"""Inputs where there are closes alone."""
FROM_SIMULATED_CLOSES = ("log_return", "abs_log_return")
"""Inputs that a simulated path can carry on."""
MOST_RANGED = 0.5
"""Share of bars that must have a range."""
MOST_WHOLE = 0.99
"""Share of bars, from the first whole one on, that must have an open, a high and a low."""
FROM_ANY_NUMBERS = ("difference", "abs_difference")
"""Inputs where values are not all positive, so that logs do not exist."""


def resolve(experiment: Experiment, histories: Sequence[PriceHistory]) -> Experiment:
    """Return the experiment with every ``auto`` replaced by what is used.

    Args:
        experiment: as configured.
        histories: the bars that it uses, one of each symbol.
    """
    window = experiment.window
    if window.features == AUTO:
        features = _features(experiment, histories)
        window = window.model_copy(update={"features": features})
    model = experiment.model.model_copy(update={"location": experiment.location})
    data = experiment.data
    if data.market == AUTO:  # a market takes several symbols: see dataset.panel
        data = data.model_copy(update={"market": ()})
    kind = experiment.calibration_kind
    changed = {"data": data, "window": window, "model": model, "calibration": kind}
    return experiment.model_copy(update=changed)


def _features(experiment: Experiment, histories: Sequence[PriceHistory]) -> tuple[str, ...]:
    if not all((history.bars["close"] > 0).all() for history in histories):
        return FROM_ANY_NUMBERS
    if experiment.window.strategy == "recursive":
        return FROM_SIMULATED_CLOSES
    return FROM_RANGES if all(map(has_ranges, histories)) else FROM_CLOSES


def has_ranges(history: PriceHistory) -> bool:
    """Return whether bars hold ranges that were over when they closed.

    Most bars must have an open, and a high above their low, few may lack one once they have begun,
    and closes must end their bars.
    """
    bars = history.bars
    if not {"open", "high", "low"} <= set(bars.columns):
        return False
    whole = (bars[["open", "high", "low"]] > 0).all(axis=1)
    if whole.any() and whole[whole.cummax()].mean() < MOST_WHOLE:
        return False
    ranged = whole & (bars["high"] > bars["low"])
    if not np.mean(ranged) > MOST_RANGED:
        return False
    return closes_end_bars(bars[ranged])


def describe_inputs(experiment: Experiment) -> str:
    """Say in a line which inputs were chosen, and why not others."""
    features = experiment.window.features
    reason = {
        FROM_RANGES: "",
        FROM_CLOSES: "; no bars with ranges up to their close, so none that need highs and lows",
        FROM_SIMULATED_CLOSES: "; simulated paths have closes alone",
        FROM_ANY_NUMBERS: "; values are not all positive, so no logarithms",
    }
    market = experiment.data.market
    beside = f", and {', '.join(MARKET_INPUTS)} of {len(market)} symbols" if market else ""
    return f"inputs: {', '.join(features)}{beside}{reason.get(features, '')}"

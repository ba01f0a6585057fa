"""Why a forecast may not be like those a run was tested on: strange inputs, old networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.pipeline.age import ages, stale_notes
from rnnforecast.pipeline.trained_model import Prediction
from rnnforecast.quantities import PRICE
from rnnforecast.runs import Part, Run

OLD_AFTER = 250
"""Bars since its training after which a run counts as old, where nobody has set an interval."""


def doubts(
    run: Run | Part, predictions: Sequence[Prediction], as_of: str | None = None
) -> list[str]:
    """Return why forecasts may not deserve the trust that their run has earned, a sentence each.

    Args:
        run: that made them.
        predictions: one for each of its parts.
        as_of: the day that is taken for today in a replay; None for now.
    """
    return [*stale_notes(ages(predictions, as_of)), *lasting_doubts(run, predictions)]


def lasting_doubts(run: Run | Part, predictions: Sequence[Prediction]) -> list[str]:
    """Return those of ``doubts`` that do not come with the passing of time alone.

    Args:
        run: that made the forecasts.
        predictions: one for each of its parts.
    """
    strange = [prediction.outside for prediction in predictions if prediction.outside is not None]
    return [*_first_few(strange), *old_networks(run, predictions), *untracked(predictions)]


def outside_training(dataset: Dataset, last_target: str) -> str | None:
    """Say which of today's inputs lies outside all that the networks have learned from.

    Args:
        dataset: that a forecast is made from; its older rows are those of the training.
        last_target: the newest date of the training part (ISO).

    Returns:
        one sentence on the input that lies farthest outside; None where all lie within.
    """
    last = pd.Timestamp(last_target)
    dates = dataset.history.dates.tz_localize(None)
    known = dataset.features[dataset.first_row : int(dates.searchsorted(last, side="right"))]
    today = dataset.features[dataset.newest_origin]
    if not len(known):
        return None
    low, high, deviation = known.min(axis=0), known.max(axis=0), known.std(axis=0)
    beyond = np.maximum(low - today, today - high) / np.where(deviation > 0, deviation, np.inf)
    if not (beyond > 0).any():
        return None
    worst, count = int(np.nanargmax(beyond)), int((beyond > 0).sum())
    distance = abs(today[worst] - known[:, worst].mean()) / deviation[worst]
    others = "" if count == 1 else f"; {count - 1} more inputs lie outside theirs"
    return (
        f"{dataset.history.symbol}: {dataset.names[worst]} is {_plain(today[worst])}, outside the "
        f"{_plain(low[worst])} to {_plain(high[worst])} seen in training, {distance:.1f} standard "
        f"deviations from the mean{others}"
    )


def _plain(value: float) -> str:
    """Return a number in four figures, large ones as whole numbers."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _first_few(notes: Sequence[str], most: int = 3) -> list[str]:
    """Return the first notes, and say how many more there are."""
    more = len(notes) - most
    return [*notes[:most], *([f"{more} more symbols have such inputs"] if more > 0 else [])]


def old_networks(run: Run | Part, predictions: Sequence[Prediction]) -> list[str]:
    """Say where a run was trained so long ago that it should be trained again.

    Args:
        run: that made the forecasts.
        predictions: one for each of its parts.
    """
    since = max(prediction.bars_since for prediction in predictions)
    if since < OLD_AFTER:
        return []
    last = min(part.manifest.data.last for part in run.parts)
    return [
        f"run {run.run.name} has learned from prices up to {last}, {since} bars ago; to "
        f"continue from there: rnnforecast train --from {run.run.name}"
    ]


def bars_since(history: PriceHistory, day: str) -> int:
    """Count the bars of a history after a day (ISO date)."""
    return int((history.dates > pd.Timestamp(day, tz=history.dates.tz)).sum())


def untracked(predictions: Sequence[Prediction]) -> list[str]:
    """Say where forecasts are not kept in the track record."""
    quantity = predictions[0].quantity
    if quantity == PRICE:
        return []
    return [f"forecasts of {quantity.name} are not kept in the track record; those of prices are"]

"""Scores of a track record from its own lines and the served prices: NumPy and pandas only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Recomputed:
    """What other code finds.

    Args:
        scores: by model, metric and step (0 for all), as ``"network crps 1"``.
        resolved: steps that have come true.
    """

    scores: dict[str, float]
    resolved: int


def recompute(
    entries: Sequence[dict[str, Any]], closes: pd.Series, delisted: bool = False
) -> Recomputed:
    """Score a record again.

    Args:
        entries: lines of ``track.jsonl`` as JSON has them.
        closes: by session, as they are served now.
        delisted: whether steps after the last session resolve to the last close.
    """
    rows = [row for entry in entries for row in _rows(entry, closes, delisted)]
    table = pd.DataFrame(rows)
    by_step = table.groupby(["model", "step"])[["crps", "mae", "coverage_0.80", "coverage_0.95"]]
    scores = {
        f"{model} {metric} {step}": float(value)
        for (model, step), means in by_step.mean().iterrows()
        for metric, value in means.items()
    }
    metrics = ["crps", "mae", "coverage_0.80", "coverage_0.95"]
    overall = table.groupby(["model", "origin"])[metrics].mean().groupby("model").mean()
    scores |= {
        f"{model} {metric} 0": float(value)
        for model, means in overall.iterrows()
        for metric, value in means.items()
    }
    return Recomputed(scores, int((table["model"] == "network").sum()))


def _rows(entry: dict[str, Any], closes: pd.Series, delisted: bool) -> list[dict[str, Any]]:
    origin = pd.Timestamp(entry["origin"]).normalize()
    position = closes.index.get_loc(origin)
    later = closes.iloc[position + 1 :]
    rows = []
    for model, quantiles in entry["quantiles"].items():
        for step, values in enumerate(quantiles, 1):
            if step <= len(later):
                outcome = later.iloc[step - 1]
            elif delisted and len(later):
                outcome = later.iloc[-1]
            else:
                continue
            actual = float(np.log(outcome / closes.iloc[position]))
            moves = np.log(np.array(values) / entry["close"])
            rows.append(
                {"model": model, "origin": origin, "step": step}
                | _losses(actual, moves, np.array(entry["levels"]))
            )
    return rows


def _losses(actual: float, moves: np.ndarray, levels: np.ndarray) -> dict[str, float]:
    """Twice the area under the pinball losses, by trapezoids of one per cent."""
    grid = np.arange(1, 100) / 100
    percentiles = np.interp(grid, levels, moves)
    ends = np.r_[percentiles[0], percentiles, percentiles[-1]]
    shares = np.r_[0.0, grid, 1.0]
    pinball = np.maximum(shares * (actual - ends), (shares - 1) * (actual - ends))
    low, middle, high = np.interp([0.1, 0.5, 0.9], levels, moves)
    lowest, highest = np.interp([0.025, 0.975], levels, moves)
    return {
        "crps": float(2 * np.trapezoid(pinball, shares)),
        "mae": abs(float(middle) - actual),
        "coverage_0.80": float(low <= actual <= high),
        "coverage_0.95": float(lowest <= actual <= highest),
    }

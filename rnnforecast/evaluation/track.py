"""Forecasts that have come true, scored as they were made:
log returns, by step, beside baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.evaluation.backtest import NETWORK, QUANTILES
from rnnforecast.evaluation.metrics.density import pit
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.sequential import (
    ALPHA,
    coverage_evidence,
    mean_pinball,
    overlap_free,
    pinball_bounds,
    skill_evidence,
)
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES, interval_positions

PROMISES = (0.80, 0.95)
"""The coverages that a forecast promises, and that its track record is held to."""
ENOUGH = 20
"""Resolved forecasts below which only a broken promise is announced."""

Promise = Literal["kept", "broken", "too wide", "open"]


@dataclass(frozen=True, eq=False)
class TrackScores:
    """The scores of a track record so far.

    Args:
        forecasts: origins with at least one step that has come true.
        first: the oldest of them.
        last: the newest of them.
        scores: model, step (0 for all), metric, value, low, high, n; losses in log returns.
        too_narrow: evidence that the intervals contain less than they promise; 20 is the alarm.
        too_wide: evidence that they hold more.
        skill: baseline to the evidence that the network has a lower CRPS.
        behind: baseline to the evidence that the network has a higher CRPS.
        pit: where the outcomes fell in their distributions, one step ahead (n,).
    """

    forecasts: int
    first: pd.Timestamp
    last: pd.Timestamp
    scores: pd.DataFrame
    too_narrow: float
    too_wide: float
    skill: Mapping[str, float]
    behind: Mapping[str, float]
    pit: Array

    @property
    def promise(self) -> Promise:
        """Whether the intervals hold what they promise, as far as can be said by now."""
        if self.too_narrow >= 1 / ALPHA:
            return "broken"
        if self.too_wide >= 1 / ALPHA:
            return "too wide"
        return "kept" if self.forecasts >= ENOUGH else "open"


def score_track(resolved: pd.DataFrame) -> TrackScores:
    """Score forecasts that have come true.

    Args:
        resolved: a backtest table in log returns since the origin (so ``last`` is 0), with one more
            column ``session``, the number of the origin's session; of one kind, live or replay.

    Returns:
        the scores, and the evidence gathered by tests that may be repeated every day.

    Raises:
        ValueError: if nothing has come true yet.
    """
    if resolved.empty:
        raise ValueError("no forecast has come true yet")
    network = resolved[resolved["model"] == NETWORK]
    rivals = {
        str(model): rows
        for model, rows in resolved.groupby("model", sort=False)
        if model != NETWORK
    }
    evidence = {name: _skill(network, rows) for name, rows in rivals.items()}
    table = losses(resolved.drop(columns="session"))
    next_day = network[network["step"] == 1]
    return TrackScores(
        forecasts=network["origin"].nunique(),
        first=network["origin"].min(),
        last=network["origin"].max(),
        # a record knows no moves in training, so it has no MASE
        scores=summarise(table, scale=float("nan")),
        too_narrow=too_narrow(network),
        too_wide=too_wide(network),
        skill={name: better for name, (better, _) in evidence.items()},
        behind={name: worse for name, (_, worse) in evidence.items()},
        pit=pit(next_day[QUANTILES].to_numpy(float), next_day["actual"].to_numpy(float)),
    )


def _hits(rows: pd.DataFrame, coverage: float) -> Array:
    """Say whether each outcome fell into the central interval (n,)."""
    quantiles, actual = rows[QUANTILES].to_numpy(float), rows["actual"].to_numpy(float)
    low, high = interval_positions(coverage)
    hits: Array = ((quantiles[:, low] <= actual) & (actual <= quantiles[:, high])).astype(float)
    return hits


def too_narrow(network: pd.DataFrame) -> float:
    """Gather the evidence that intervals hold fewer outcomes than they promise.

    Args:
        network: rows of one model, as ``score_track`` takes them.

    Returns:
        the strongest evidence there ever was; from 20 on the promise is broken at 5 %.
    """

    def evidence(rows: pd.DataFrame) -> Array:
        return _mean([coverage_evidence(_hits(rows, share), share) for share in PROMISES])

    return _over_steps(network, evidence)


def too_wide(network: pd.DataFrame) -> float:
    """Gather the evidence that misses are rarer than announced; otherwise as ``too_narrow``."""

    def evidence(rows: pd.DataFrame) -> Array:
        # Misses take the place of hits: they should come as often as announced, at least.
        return _mean([coverage_evidence(1 - _hits(rows, share), 1 - share) for share in PROMISES])

    return _over_steps(network, evidence)


def _mean(evidence: list[Array]) -> Array:
    """Average several bets on the same outcomes, which is a bet as well (n,)."""
    mean: Array = np.mean(evidence, axis=0)
    return mean


def _skill(network: pd.DataFrame, rival: pd.DataFrame) -> tuple[float, float]:
    """Return the evidence that the network's CRPS is lower than a rival's,
    and that it is higher."""
    paired = network.merge(rival, on=["origin", "step", "session"], suffixes=("", "_rival"))
    names = [f"{name}_rival" for name in QUANTILES]

    def better(rows: pd.DataFrame, ours: list[str], theirs: list[str]) -> Array:
        levels = LEVELS[PERCENTILES]
        actual = rows["actual"].to_numpy(float)
        first = rows[ours].to_numpy(float)[:, PERCENTILES]
        second = rows[theirs].to_numpy(float)[:, PERCENTILES]
        gains = mean_pinball(second, actual, levels) - mean_pinball(first, actual, levels)
        return skill_evidence(gains, pinball_bounds(first, second, levels)[0])

    return (
        _over_steps(paired, lambda rows: better(rows, QUANTILES, names)),
        _over_steps(paired, lambda rows: better(rows, names, QUANTILES)),
    )


def _over_steps(rows: pd.DataFrame, evidence_of: Callable[[pd.DataFrame], Array]) -> float:
    """Return the strongest evidence that any step ever gave, corrected for looking at all of them.

    The first step has half of the error rate, since its forecasts do not overlap and say most; the
    others share the rest (Bonferroni).
    """
    strongest = 0.0
    last_step = int(rows["step"].max())
    for step in sorted(map(int, rows["step"].unique())):
        group = rows[rows["step"] == step].sort_values("origin")
        weight = 1.0 if last_step == 1 else 0.5 if step == 1 else 0.5 / (last_step - 1)
        streams = overlap_free(group["session"].to_numpy(int), step)
        peaks = [evidence_of(group.iloc[stream]).max() for stream in streams]
        # The streams of a step share its error rate equally.
        strongest = max(strongest, weight * max(peaks) / step)
    return float(strongest)

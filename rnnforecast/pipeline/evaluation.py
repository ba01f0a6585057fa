"""What evaluating returns, on one symbol and on several. Values, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.evaluation.cross_section import signals
from rnnforecast.evaluation.panel import Scored
from rnnforecast.evaluation.pooling import in_units
from rnnforecast.evaluation.verdict import Verdict
from rnnforecast.quantities import VOLATILITY, Quantity
from rnnforecast.runs.manifest import ProtocolRecord


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The evaluation of one symbol's test part.

    Args:
        symbol: whose.
        quantity: what is forecast.
        backtest: every forecast of every model, beside what happened.
        losses: of each of them.
        scores: their means, by model, step and metric.
        comparisons: the network with each baseline: skill, p and interval.
        verdict: what that means.
        failures: why baselines failed, by name.
        protocol: how the test part was walked through.
        naive: what naive forecasts from the newest row (step,).
        scale: mean absolute one-step change in training, as of the MASE.
        root_scale: root mean square of these changes, as of the RMSSE.
        model_set: the models among which the best one is; None of a direction.
        seeds: each network by itself; None where there is one.
        economics: what trades on the forecasts would have earned; None unless asked for.
        equity: the curves behind that.
    """

    symbol: str
    quantity: Quantity
    backtest: pd.DataFrame
    losses: pd.DataFrame
    scores: pd.DataFrame
    comparisons: pd.DataFrame
    verdict: Verdict
    failures: Mapping[str, str]
    protocol: ProtocolRecord
    naive: Array
    scale: float
    root_scale: float
    model_set: pd.DataFrame | None = None
    seeds: pd.DataFrame | None = None
    economics: Mapping[str, Any] | None = None
    equity: pd.DataFrame | None = None
    ranks: None = None
    cross_section: None = None

    @property
    def symbols(self) -> None:
        """No table of symbols: there is one."""
        return None

    def doubted(self, flags: tuple[str, ...]) -> Evaluation:
        """Return the same with more reasons for doubt."""
        return replace(self, verdict=replace(self.verdict, flags=(*self.verdict.flags, *flags)))

    def scored(self) -> Scored:
        """Return what a verdict on several symbols needs of this one."""
        ranks = self.quantity != VOLATILITY
        return Scored(
            self.symbol,
            in_units(self.losses, self.scale, self.root_scale),
            self.scores,
            self.comparisons,
            self.verdict,
            dict(self.failures),
            self.naive,
            signals(self.backtest) if ranks else None,
        )


@dataclass(frozen=True, eq=False)
class PanelEvaluation:
    """The evaluation of several symbols' test parts together, in units of each one's mean move.

    Args:
        quantity: what is forecast.
        symbols: a row for each symbol, the most skilful first.
        scores, comparisons, model_set, verdict, failures, protocol: as of one symbol.
        ranks: of ``score_ranks``; None unless asked for.
        cross_section: of ``score_sessions``: what the ranking of each session was worth.
    """

    quantity: Quantity
    symbols: pd.DataFrame
    scores: pd.DataFrame
    comparisons: pd.DataFrame
    model_set: pd.DataFrame | None
    verdict: Verdict
    failures: Mapping[str, str]
    protocol: ProtocolRecord
    ranks: pd.DataFrame | None = None
    cross_section: pd.DataFrame | None = None
    seeds: None = None
    economics: None = None

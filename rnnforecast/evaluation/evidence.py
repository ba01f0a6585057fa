"""What a verdict rests on: how the network compares with each baseline that it has to beat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from rnnforecast.evaluation.backtest import GARCH, NAIVE, NETWORK
from rnnforecast.evaluation.metrics.distribution import Score, lookup
from rnnforecast.evaluation.significance.decisions import (
    SIGNIFICANT,
    Finding,
    classify_p,
    is_equivalent,
    minimum_origins,
)
from rnnforecast.evaluation.significance.diebold_mariano import Comparison, comparisons_at
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.quantities import Quantity

Standing = Literal["better", "equivalent", "indistinguishable", "worse", "too few"]
"""A finding, where "equivalent" is shown by a test of its own."""
POINT_BARS: dict[str, tuple[str, ...]] = {
    "price": (NAIVE, "constant", "drift"),
    "volatility": (NAIVE, "recent", "constant"),
}
SPREAD_BARS: dict[str, tuple[str, ...]] = {
    "price": (NAIVE, "recent", "constant", "drift"),
    "volatility": (NAIVE, "recent", "constant"),
}
"""What a claim must beat, each of them, by what is forecast: baselines that know nothing but a
constant. A trend passes for skill in the price where only the last close is asked; a spread that
was learned lately passes for skill in the spread where only that of all the past is asked, and so
does a trend, which moves the whole distribution, and the shape of skewed moves."""
BARS = ("naive", "recent", "constant", "drift")
"""Those that every evaluation computes."""


@dataclass(frozen=True)
class Bar:
    """The network beside one baseline, in all losses that count for a claim.

    Args:
        baseline: its name.
        losses: comparison of each loss by metric.
    """

    baseline: str
    losses: Mapping[str, Comparison]

    @property
    def finding(self) -> Finding:
        """Better or worse only where every loss says so."""
        findings = {classify_p(comparison.p) for comparison in self.losses.values()}
        if "too few" in findings:
            return "too few"
        return findings.pop() if len(findings) == 1 else "indistinguishable"


@dataclass(frozen=True)
class Rival:
    """The network's distribution beside the baselines that model the spread.

    Args:
        baseline: the one with the lowest CRPS, or that the standing is about.
        comparison: with that one.
        standing: better than all of them; worse than at least one, corrected for their number, or
            than GARCH; as good as the best, by a test of equivalence; or none of these.
        number: of baselines.
    """

    baseline: str
    comparison: Comparison
    standing: Standing
    number: int


@dataclass(frozen=True)
class Evidence:
    """All that a verdict rests on.

    Args:
        quantity: what was forecast.
        origins: number of forecasts that were scored.
        steps: ahead.
        span: dates of the first and last target.
        point: how the median compares with each of POINT_BARS that was computed.
        spread: how the CRPS compares with each of SPREAD_BARS that was computed.
        rival: the best baseline; None where no other was computed.
        garch: how the CRPS compares with GARCH's; None where there is none.
        coverage: shares of outcomes within the 80 and 95 % intervals, by coverage.
        failures: baselines that failed, and why.
        fits: number of fits that forecast the test part.
    """

    quantity: Quantity
    origins: int
    steps: int
    span: tuple[str, str]
    point: Sequence[Bar]
    spread: Sequence[Bar]
    rival: Rival | None
    garch: Comparison | None
    coverage: Mapping[float, Score]
    failures: Mapping[str, str] = field(default_factory=dict)
    fits: int = 1

    @property
    def enough(self) -> bool:
        """Whether there are enough forecasts to claim anything."""
        return self.origins >= minimum_origins(self.steps)

    @property
    def moved(self) -> bool:
        """Whether what naive repeats ever failed to come true."""
        return all(math.isfinite(comparison.skill) for comparison in self.point[0].losses.values())

    @property
    def point_finding(self) -> Finding:
        """The claim about the median."""
        return self._of_bars(self.point)

    @property
    def spread_finding(self) -> Finding:
        """The claim about the distribution."""
        return self._of_bars(self.spread)

    def _of_bars(self, bars: Sequence[Bar]) -> Finding:
        """Find better where it beats every bar, worse where it is worse than naive."""
        if not self.enough:
            return "too few"
        if not self.moved:
            return "indistinguishable"
        if all(bar.finding == "better" for bar in bars):
            return "better"
        # Better than naive but not than every bar is no claim (see SPREAD_BARS).
        naive = bars[0].finding
        return "indistinguishable" if naive == "better" else naive


def gather(
    scores: pd.DataFrame,
    comparisons: pd.DataFrame,
    span: tuple[str, str],
    quantity: Quantity,
    failures: Mapping[str, str],
    fits: int,
) -> Evidence:
    """Collect what a verdict rests on; the arguments are those of ``verdict.judge``."""
    overall, beside = lookup(scores, step=0), comparisons_at(comparisons, step=0)
    return Evidence(
        quantity,
        overall[NETWORK, "mae"].n,
        int(scores["step"].max()),
        span,
        _bars(beside, POINT_BARS[quantity.name], ("mae", "rmse")),
        _bars(beside, SPREAD_BARS[quantity.name], ("crps",)),
        _rival(beside, quantity),
        beside.get((GARCH, "crps")),
        {level: overall[NETWORK, f"coverage_{level:.2f}"] for level in (0.80, 0.95)},
        failures,
        fits,
    )


def _bars(
    beside: Mapping[tuple[str, str], Comparison], names: Sequence[str], metrics: Sequence[str]
) -> list[Bar]:
    """Return how the network compares with those of some baselines that were computed."""
    return [
        Bar(name, {metric: beside[name, metric] for metric in metrics})
        for name in names
        if (name, metrics[0]) in beside
    ]


def _rival(beside: Mapping[tuple[str, str], Comparison], quantity: Quantity) -> Rival | None:
    """Compare with every baseline that is no bar, all of them corrected for."""
    bars = SPREAD_BARS[quantity.name]
    rivals = {
        name: comparison
        for (name, metric), comparison in beside.items()
        if metric == "crps" and name in BASELINES and name not in bars
    }
    if not rivals:
        return None
    strongest = min(rivals, key=lambda name: rivals[name].skill)
    standing: Standing = classify_p(rivals[strongest].p)
    if standing != "too few":
        certain = max(comparison.p for comparison in rivals.values())
        # Bonferroni: the best of many baselines is better than its share by luck. GARCH is asked
        # by itself, as the sentence reports it by itself.
        worse = min(1.0, len(rivals) * (1 - certain)) < SIGNIFICANT
        if not worse and GARCH in rivals and classify_p(rivals[GARCH].p) == "worse":
            strongest, standing = GARCH, "worse"
        elif worse:
            strongest, standing = max(rivals, key=lambda name: rivals[name].p), "worse"
        elif certain < SIGNIFICANT:
            standing = "better"
        elif is_equivalent(rivals[strongest].equivalence_p):
            standing = "equivalent"
        else:
            standing = "indistinguishable"
    return Rival(strongest, rivals[strongest], standing, len(rivals))

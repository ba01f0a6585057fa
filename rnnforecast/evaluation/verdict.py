"""What the scores say: findings first, as data; ``wording`` makes sentences of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from rnnforecast.evaluation import wording
from rnnforecast.evaluation.evidence import Standing, gather
from rnnforecast.evaluation.significance.decisions import Finding, classify_p
from rnnforecast.quantities import PRICE, Quantity


@dataclass(frozen=True)
class Verdict:
    """The judgement on a model after its test part.

    Args:
        headline: in a few words.
        sentence: with every figure, its p or interval, and n.
        point: whether its median (or its calls) beats every constant answer: the last close and
            the drift, of a volatility the recent and the long-run one, of a direction always up.
        distribution: whether it beats a constant spread of all the past, one as recent as its
            calibration, and the drift, or its probabilities the share of rises.
        garch: how its distribution compares with GARCH(1,1)-t's; None where there is none.
        origins: number of forecasts that were scored.
        flags: reasons to doubt all this, in words.
        summary: the same for people who know no statistics.
        rival: the baseline with the lowest CRPS; None where there is none.
        against_rival: how it compares with all baselines, the best one above all.
    """

    headline: str
    sentence: str
    point: Finding
    distribution: Finding
    garch: Finding | None
    origins: int
    flags: tuple[str, ...] = ()
    summary: str = ""
    rival: str | None = None
    against_rival: Standing | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def judge(
    scores: pd.DataFrame,
    comparisons: pd.DataFrame,
    span: tuple[str, str],
    quantity: Quantity = PRICE,
    failures: Mapping[str, str] | None = None,
    fits: int = 1,
) -> Verdict:
    """Compute the verdict on the network.

    Args:
        scores: of ``distribution.summarise``.
        comparisons: of ``diebold_mariano.compare``, with naive and as many others as there are.
        span: dates of the first and last target.
        quantity: what was forecast.
        failures: baselines that failed, and why.
        fits: number of fits that forecast the test part.
    """
    evidence = gather(scores, comparisons, span, quantity, failures or {}, fits)
    rival = evidence.rival
    return Verdict(
        wording.headline(evidence),
        wording.sentence(evidence),
        evidence.point_finding,
        evidence.spread_finding,
        classify_p(evidence.garch.p) if evidence.garch else None,
        evidence.origins,
        summary=wording.summary(evidence),
        rival=rival.baseline if rival else None,
        against_rival=rival.standing if rival else None,
    )

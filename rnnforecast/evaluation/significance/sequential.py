"""Evidence that may be looked at every day: test martingales for coverage and for skill.

A p-value is honest for one look at a sample whose size was chosen beforehand. A forecaster that
runs every day is looked at every day. Each test here is a bet against the null hypothesis: a
fortune that starts at 1 and cannot grow in expectation while the null is true. By Ville's
inequality (1939) it ever reaches ``1 / alpha`` with a probability of at most ``alpha``, whenever
and however often one looks.

Sources: Waudby-Smith & Ramdas (2024), "Estimating means of bounded random variables by betting",
JRSS B 86; Arnold, Henzi & Ziegel (2023), "Sequentially valid tests for forecast calibration",
Annals of Applied Statistics 17; Choe & Ramdas (2024), "Comparing sequential forecasters",
Operations Research 72.
"""

from __future__ import annotations

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.dataset.windows import Rows

ALPHA = 0.05
"""The probability of a false alarm, ever."""
BETS = 64
"""Points of the grid over which a bet is spread: the mixture needs no tuning."""


def coverage_evidence(hits: Array, nominal: float) -> Array:
    """Accumulate evidence that an interval holds fewer outcomes than it promises.

    The null is that each outcome falls into its interval with a probability of at least
    ``nominal``, given all that was known when the forecast was made. The bet is a mixture of the
    likelihood ratios of every smaller probability, with equal weights.

    Args:
        hits: 1 where the outcome fell into the interval, else 0, in the order of time (n,).
        nominal: the promised coverage, between 0 and 1.

    Returns:
        the evidence after each outcome (n,); above 20 it speaks against the promise at 5 %.

    Example:
        >>> coverage_evidence(np.zeros(3), 0.8).round(1)
        array([ 3. , 10.3, 39. ])
    """
    hits = np.asarray(hits, float)
    # Midpoints of equal cells of (0, nominal): none is 0, whose logarithm would be infinite.
    smaller = nominal * (np.arange(BETS) + 0.5) / BETS
    # The likelihood ratio of each bet: its mean under the null is at most 1, so the fortune is a
    # supermartingale and reaches 1 / alpha with a probability of at most alpha (Ville 1939).
    hit, miss = np.log(smaller / nominal), np.log((1 - smaller) / (1 - nominal))
    return _mixture(hits[:, None] * hit + (1 - hits[:, None]) * miss)


def skill_evidence(gains: Array, worst: Array) -> Array:
    """Accumulate evidence that one forecaster loses less than another.

    The null is that the expected gain is not positive, given what was known at each origin. Each
    gain is divided by the worst that could have happened, which is known at the origin (see
    ``pinball_bounds``), so a share of the fortune can be staked that is never lost whole.

    Args:
        gains: the rival's loss minus ours, in the order of time (n,).
        worst: the smallest gain that was possible, below 0, by origin (n,); where it is 0, the two
            forecasts are the same and nothing can be learnt.

    Returns:
        the evidence after each gain (n,).
    """
    gains, worst = np.asarray(gains, float), np.asarray(worst, float)
    # At least -1: the worst that could happen costs a whole stake.
    ratio = np.divide(gains, -worst, out=np.zeros_like(gains), where=worst < 0)
    stakes = (np.arange(BETS) + 0.5) / BETS
    # 1 + stake * gain / worst is positive, and at most 1 on average under the null (Waudby-Smith &
    # Ramdas, Journal of the Royal Statistical Society B 86, 2024).
    return _mixture(np.log1p(stakes * np.maximum(ratio, -1.0)[:, None]))


def pinball_bounds(ours: Array, rival: Array, levels: Array) -> tuple[Array, Array]:
    """Find the smallest and the largest gain that any outcome could bring.

    The mean pinball loss of each is piecewise linear in the outcome, with a kink at every quantile
    and a constant difference outside all of them. So the extremes lie at the kinks.

    Args:
        ours: quantiles by origin (n, level).
        rival: quantiles of the other at the same origins (n, level).
        levels: of both (level,).

    Returns:
        the smallest and the largest possible gain of ours over the rival (n,) each.
    """
    kinks = np.concatenate([ours, rival], axis=1)
    order = np.argsort(kinks, axis=1, kind="stable")
    kinks = np.take_along_axis(kinks, order, axis=1)
    losses = [
        _mean_pinball_at(kinks, chosen, quantiles, levels)
        for chosen, quantiles in ((order < ours.shape[1], ours), (order >= ours.shape[1], rival))
    ]
    gains = losses[1] - losses[0]
    # The running sums leave rounding where two forecasts agree; a bound must be exactly 0 there.
    rounding = 1e-12 * np.abs(kinks).max(axis=1, keepdims=True)
    gains = np.where(np.abs(gains) <= rounding, 0.0, gains)
    return gains.min(axis=1), gains.max(axis=1)


def _mean_pinball_at(kinks: Array, chosen: Array, quantiles: Array, levels: Array) -> Array:
    """Compute the mean pinball loss at increasing outcomes (n, kink), by running sums.

    Args:
        kinks: the outcomes (n, kink); among them all the quantiles.
        chosen: which of them are the quantiles (n, kink).
        quantiles: of the forecast (n, level).
        levels: of the quantiles (level,).
    """
    # mean of max(t (y - q), (t - 1)(y - q)) = mean of t (y - q) + mean of max(q - y, 0)
    slope = levels.mean() * kinks - (quantiles @ levels / len(levels))[:, None]
    # The sum and the number of the quantiles above each kink, whose excess over it is averaged.
    above = quantiles.sum(axis=1, keepdims=True) - np.cumsum(chosen * kinks, axis=1)
    count = len(levels) - np.cumsum(chosen, axis=1)
    losses: Array = 2 * (slope + (above - count * kinks) / len(levels))
    return losses


def mean_pinball(quantiles: Array, outcomes: Array, levels: Array) -> Array:
    """Average twice the pinball loss over the levels: the CRPS as the levels grow dense.

    Args:
        quantiles: by origin (n, level).
        outcomes: what came true (n,).
        levels: of the quantiles (level,).

    Returns:
        the losses (n,), in the unit of the outcomes.
    """
    missed = outcomes[:, None] - quantiles
    losses: Array = 2 * np.maximum(levels * missed, (levels - 1) * missed).mean(axis=1)
    return losses


def overlap_free(sessions: Rows, step: int) -> list[Rows]:
    """Divide origins into streams whose forecasts do not overlap.

    Bets on consecutive origins are not fair where their forecasts overlap, but those on every
    ``step``-th origin are: each of ``step`` streams is a martingale of its own. The probability
    that any of them ever reaches ``step / alpha`` is at most ``alpha`` (Bonferroni).

    Args:
        sessions: the number of each origin's session, increasing (n,).
        step: how many sessions ahead the forecasts look.

    Returns:
        positions into ``sessions``, one array for each stream that has any.
    """
    streams = [np.flatnonzero(sessions % step == first) for first in range(step)]
    return [stream for stream in streams if len(stream)]


def _mixture(log_growth: Array) -> Array:
    """Average the fortunes of many bets (n, bet), each held from the first outcome on (n,)."""
    fortunes = np.cumsum(log_growth, axis=0)
    # Relative to the largest, no exponential overflows (log-sum-exp).
    largest = fortunes.max(axis=1, keepdims=True, initial=-np.inf)
    evidence: Array = np.exp(largest[:, 0]) * np.exp(fortunes - largest).mean(axis=1)
    return evidence

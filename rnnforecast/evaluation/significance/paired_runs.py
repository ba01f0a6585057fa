"""Runs against runs: the same origins, the same steps, the same outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.errors import DataError, UsageError
from rnnforecast.evaluation.backtest import NAIVE, NETWORK
from rnnforecast.evaluation.metrics import distribution
from rnnforecast.evaluation.metrics.direction import direction_losses
from rnnforecast.evaluation.significance.diebold_mariano import skill_figures
from rnnforecast.evaluation.significance.long_run import estimate_means
from rnnforecast.quantities import Quantity

Metric = Literal["crps", "mae", "mse", "rmse"]
Correction = Literal["holm", "none"]

LOSSES: dict[Metric, str] = {
    "crps": "crps",
    "mae": "absolute",
    "mse": "squared",
    "rmse": "squared",
}
"""The loss that each metric is a mean of; the CRPS of a probability is its Brier score."""
MEANS = ["run", "loss", "skill", "low", "high"]
PAIRS = ["run", "other", "difference", "percent", "p", "corrected_p"]


@dataclass(frozen=True, eq=False)
class Pairing:
    """Losses of several runs that can be compared.

    Args:
        losses: mean over the common steps, one column for each run and one for naive (origin,).
        steps: that all of them forecast.
        metric: what the losses are of.
        first: date of the oldest target.
        last: date of the newest target.
    """

    losses: pd.DataFrame
    steps: tuple[int, ...]
    metric: Metric
    first: str
    last: str

    @property
    def runs(self) -> list[str]:
        """Names of the runs."""
        return [str(name) for name in self.losses.columns if name != NAIVE]

    @property
    def horizon(self) -> int:
        """Steps ahead of the furthest forecast, which is how far neighbouring origins overlap."""
        return max(self.steps)


def pair(backtests: Mapping[str, pd.DataFrame], quantity: Quantity, metric: Metric) -> Pairing:
    """Return the losses of runs at the origins and steps that all of them have forecast.

    Args:
        backtests: name of the run to its table of ``backtest_table`` or ``probability_table``, of
            one symbol.
        quantity: what all of them forecast.
        metric: what to compare; of a direction there is only the CRPS, its Brier score.

    Raises:
        UsageError: if a direction is to be compared by errors.
        DataError: if there are no common origins, or they had different outcomes.
    """
    if not quantity.has_distribution and metric != "crps":
        raise UsageError(
            f"a direction has no {metric}",
            "use --metric crps: of a probability that is the Brier score",
        )
    tables = {name: _keyed(backtest, NETWORK, quantity) for name, backtest in backtests.items()}
    tables[NAIVE] = _keyed(next(iter(backtests.values())), NAIVE, quantity)
    common = sorted(set.intersection(*(set(table.index) for table in tables.values())))
    if not common:
        spans = "; ".join(f"{name} {_span(backtest)}" for name, backtest in backtests.items())
        raise DataError(
            f"the runs have no origin in common ({spans})",
            "train and evaluate them on the same dates",
        )
    shared = {name: table.loc[common] for name, table in tables.items()}
    _check_outcomes(pd.DataFrame({name: table["actual"] for name, table in shared.items()}))
    lost = pd.DataFrame({name: table[LOSSES[metric]] for name, table in shared.items()})
    losses, dates = lost.groupby("origin").mean().dropna(), next(iter(shared.values()))["date"]
    steps = tuple(sorted({step for _, step in common}))
    return Pairing(losses, steps, metric, f"{dates.min():%Y-%m-%d}", f"{dates.max():%Y-%m-%d}")


def _keyed(backtest: pd.DataFrame, model: str, quantity: Quantity) -> pd.DataFrame:
    """Return the outcomes and losses of one model, by origin and step."""
    rows = backtest[backtest["model"] == model]
    if not quantity.has_distribution:
        scored = direction_losses(rows).rename(columns={"brier": "crps"})
    else:
        scored = distribution.losses(rows, quantity)
    known = [name for name in dict.fromkeys(LOSSES.values()) if name in scored]
    columns = ["origin", "step", "date", *known]
    return scored[columns].assign(actual=rows["actual"]).set_index(["origin", "step"])


def _span(backtest: pd.DataFrame) -> str:
    return f"{backtest['origin'].min():%Y-%m-%d} to {backtest['origin'].max():%Y-%m-%d}"


def _check_outcomes(actual: pd.DataFrame) -> None:
    """Check that the outcomes of one origin and step are one number in all runs."""
    if not np.allclose(
        # rounding may differ; a split, a dividend or a revision changes prices by far more
        actual.to_numpy(float),
        actual.iloc[:, :1].to_numpy(float),
        rtol=1e-9,
        atol=0,
    ):
        raise DataError(
            "the runs were evaluated on different prices of the same days, by later splits, "
            "dividends or revisions",
            "train them again on the prices of today",
        )


def mean_losses(pairing: Pairing) -> pd.DataFrame:
    """Compute how good each run is, beside naive.

    Returns:
        one row for each run, best first, then naive: run, loss (of rmse the root), skill on
        naive's, and low and high, its 95 % interval (NaN of naive, and where there are too few
        origins).
    """
    runs, naive = pairing.runs, pairing.losses[[NAIVE]].to_numpy(float)
    figures = skill_figures(
        pairing.losses[runs].to_numpy(float),
        np.repeat(naive, len(runs), axis=1),
        roots=np.full(len(runs), pairing.metric == "rmse"),
        horizon=pairing.horizon,
    )
    rows = [
        (run, _mean(pairing.losses[run], pairing.metric), float(skill), float(low), float(high))
        for run, (skill, _, low, high, _) in zip(runs, figures, strict=True)
    ]
    rows.sort(key=lambda row: row[1])
    rows.append((NAIVE, _mean(pairing.losses[NAIVE], pairing.metric), 0.0, math.nan, math.nan))
    return pd.DataFrame(rows, columns=MEANS)


def compare_pairs(pairing: Pairing, correction: Correction = "holm") -> pd.DataFrame:
    """Compare every run with every other one, by two-sided tests of Diebold & Mariano (1995).

    Args:
        pairing: of at least two runs.
        correction: for asking several questions at once: ``holm`` (1979) or ``none``.

    Returns:
        one row for each pair: run, other (the better one first), difference (loss of the run less
        that of the other, of rmse the roots), percent (of the other's loss), p and corrected_p;
        NaN where there are too few origins.
    """
    better_first = [name for name in mean_losses(pairing)["run"] if name != NAIVE]
    names = list(combinations(better_first, 2))
    differences = np.stack(
        [(pairing.losses[run] - pairing.losses[other]).to_numpy(float) for run, other in names],
        axis=1,
    )
    p_values = two_sided_p(differences, pairing.horizon)
    rows = []
    for (run, other), p in zip(names, p_values, strict=True):
        ours, theirs = (_mean(pairing.losses[name], pairing.metric) for name in (run, other))
        rows.append((run, other, ours - theirs, (ours - theirs) / theirs, float(p)))
    pairs = pd.DataFrame(rows, columns=PAIRS[:-1])
    return pairs.assign(corrected_p=correct(pairs["p"], correction))


def two_sided_p(differences: Array, horizon: int) -> Array:
    """Return the probability of a mean this far from zero, either way, if it were zero.

    Args:
        differences: of losses in order of time (origin, pair).
        horizon: steps ahead.
    """
    below = estimate_means(differences, horizon).probability_below(0.0)
    return 2 * np.minimum(below, 1 - below)


def correct(p: pd.Series, correction: Correction) -> pd.Series:
    """Correct the p of each of several questions for their number; NaN is no question.

    Source: Holm, "A simple sequentially rejective multiple test procedure", 1979. statsmodels has
    it too, and collects garbage at each call, which takes longer than all else.
    """
    if correction == "none":
        return p
    asked = p.dropna().sort_values()
    questions = np.arange(len(asked), 0, -1)  # as many as the smallest p is one of, and so on
    corrected = np.minimum(np.maximum.accumulate(asked.to_numpy() * questions), 1.0)
    return pd.Series(corrected, asked.index).reindex(p.index)


def _mean(losses: pd.Series, metric: Metric) -> float:
    mean = float(losses.mean())
    return math.sqrt(mean) if metric == "rmse" else mean

"""The verdict on several symbols together, and a line for each.

Markets move together, so symbols are no independent trials: they are averaged at each session
first, and what is tested is the series of these means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.evaluation.backtest import GARCH, NAIVE, NETWORK, UNCALIBRATED
from rnnforecast.evaluation.cross_section import FEWEST, score_sessions
from rnnforecast.evaluation.flags import few, survivorship
from rnnforecast.evaluation.metrics.direction import (
    compare_directions,
    judge_directions,
    summarise_directions,
)
from rnnforecast.evaluation.metrics.distribution import lookup, summarise
from rnnforecast.evaluation.pooling import Pooling, origins_of, sessions_of
from rnnforecast.evaluation.significance.decisions import SIGNIFICANT, classify_p
from rnnforecast.evaluation.significance.diebold_mariano import compare, comparisons_at
from rnnforecast.evaluation.significance.model_confidence_set import (
    model_confidence_set,
    origin_losses,
)
from rnnforecast.evaluation.significance.paired_runs import correct
from rnnforecast.evaluation.verdict import Verdict, judge
from rnnforecast.formatting import format_percent
from rnnforecast.quantities import Quantity

UNITS_OF_MOVE = "losses in units of each symbol's mean move in training"


@dataclass(frozen=True, eq=False)
class Scored:
    """The results of one symbol's test part.

    Args:
        symbol: whose.
        losses: of ``in_units``.
        scores: of every metric.
        comparisons: with every baseline.
        verdict: on this symbol alone.
        failures: baselines that failed, and why.
        naive: what naive forecasts from the newest row (step,).
        signals: what was said of its returns, and what came; None where nothing ranks symbols.
    """

    symbol: str
    losses: pd.DataFrame
    scores: pd.DataFrame
    comparisons: pd.DataFrame
    verdict: Verdict
    failures: dict[str, str]
    naive: NDArray[np.float64]
    signals: pd.DataFrame | None = None


def by_symbol(scored: Sequence[Scored]) -> pd.DataFrame:
    """Return a row for each symbol, the most skilful first.

    Returns:
        symbol, origins; skill, low, high, p of the spread (CRPS, or Brier score) on naive's, and
        corrected_p by Holm for the number of symbols; garch_skill, garch_p; point_skill, point_p of
        the MAE (or error rate);
        coverage_80, coverage_95; headline.
    """
    return _ranked([_row(result) for result in scored])


def _ranked(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    table.insert(6, "corrected_p", correct(table["p"], "holm"))
    return table.sort_values("skill", ascending=False, ignore_index=True)


def _row(scored: Scored) -> dict[str, object]:
    compared, scores = comparisons_at(scored.comparisons, 0), lookup(scored.scores, 0)
    spread = compared[NAIVE, "crps" if (NAIVE, "crps") in compared else "brier"]
    point = next(compared[key] for key in compared if key[1] in ("mae", "error rate"))
    garch = compared.get((GARCH, "crps"))
    held = {level: scores.get((NETWORK, f"coverage_{level / 100:.2f}")) for level in (80, 95)}
    return {
        "symbol": scored.symbol,
        "origins": scored.verdict.origins,
        "skill": spread.skill, "low": spread.low, "high": spread.high, "p": spread.p,
        "garch_skill": garch.skill if garch else np.nan, "garch_p": garch.p if garch else np.nan,
        "point_skill": point.skill, "point_p": point.p,
        **{f"coverage_{level}": score.value if score else np.nan for level, score in held.items()},
        "headline": scored.verdict.headline,
    }  # fmt: skip


def counted(table: pd.DataFrame) -> str:
    """Say on how many symbols the spread, or the probability of a rise, beats naive's.

    Args:
        table: of ``by_symbol``.
    """
    better, worse = (
        (table["p"].map(classify_p) == finding).sum() for finding in ("better", "worse")
    )
    certain = (table["corrected_p"] < SIGNIFICANT).sum()
    median = format_percent(float(table["skill"].median()), signed=True)
    of_spread = table["coverage_80"].notna().any()  # probabilities of a rise have no intervals
    claim = (
        "spread is better than naive's"
        if of_spread
        else "probability of a rise is better than the share of rises so far"
    )
    return (
        f"of {len(table)} symbols the {claim} on {better} "
        f"({certain} after Holm's correction), "
        f"worse on {worse}; the median skill is {median}"
    )


@dataclass(frozen=True, eq=False)
class Pool:
    """The results of all symbols' test parts together.

    Args:
        symbols: of ``by_symbol``.
        scores: as of one symbol, in units of each one's mean move.
        comparisons: the same.
        model_set: the models among which the best one is; None of a direction.
        verdict: on all.
        failures: why baselines failed, and on which symbol, by name.
        naive: what naive forecasts from each symbol's newest row (step,), by symbol.
        sessions: of ``score_sessions``: what the ranking of each session was worth; None of too
            few symbols, and of volatilities.
    """

    symbols: pd.DataFrame
    scores: pd.DataFrame
    comparisons: pd.DataFrame
    model_set: pd.DataFrame | None
    verdict: Verdict
    failures: dict[str, str]
    naive: dict[str, NDArray[np.float64]]
    sessions: pd.DataFrame | None


class PanelScores:
    """Takes symbols one after another, and keeps of each what the verdict on all needs.

    Args:
        quantity: that is forecast.
        sessions: of ``sessions_of`` all symbols.
        teachers: how many symbols taught the networks without being scored.
    """

    def __init__(self, quantity: Quantity, sessions: pd.DatetimeIndex, teachers: int = 0) -> None:
        self.quantity, self.pooling, self.teachers = quantity, Pooling(sessions), teachers
        self.rows: list[dict[str, object]] = []
        self.dates: list[pd.Timestamp] = []
        self.failures: dict[str, str] = {}
        self.naive: dict[str, NDArray[np.float64]] = {}
        self.calls: list[pd.DataFrame] = []
        self.signals: list[pd.DataFrame] = []

    def add(self, scored: Scored) -> None:
        """Take the next symbol; sums depend on the order in the last digit."""
        self.rows.append(_row(scored))
        self.pooling.add(scored.losses)
        self.dates += [scored.losses["date"].min(), scored.losses["date"].max()]
        self.naive[scored.symbol] = scored.naive
        self.failures |= {name: f"{scored.symbol}: {why}" for name, why in scored.failures.items()}
        if not self.quantity.has_distribution:
            self.calls.append(scored.losses)
        if scored.signals is not None:
            self.signals.append(scored.signals)

    def judge(self) -> Pool:
        """Return the verdict on all symbols, and the tables that it is computed from."""
        pooled, models = self.pooling.table(), None
        span = (f"{min(self.dates):%Y-%m-%d}", f"{max(self.dates):%Y-%m-%d}")
        if not self.quantity.has_distribution:
            scores, comparisons = _pool_directions(self.calls, pooled)
            verdict = judge_directions(scores, comparisons, span)
        else:
            baselines = [
                str(model)
                for model in pooled["model"].unique()
                if model not in (NETWORK, UNCALIBRATED)
            ]
            scores = summarise(pooled.drop(columns="called", errors="ignore"), 1.0)
            scores = scores[scores["metric"] != "mase"]  # in these units the MAE is one
            comparisons = compare(pooled, NETWORK, baselines)
            models = model_confidence_set(
                origin_losses(pooled[pooled["model"] != UNCALIBRATED]), int(pooled["step"].max())
            )
            verdict = judge(scores, comparisons, span, self.quantity, self.failures)
        count = len(self.rows)
        doubts = (
            *map(str, few(verdict.origins, int(scores["step"].max()))),
            str(survivorship(count, self.teachers)),
        )
        units = f", {UNITS_OF_MOVE}" if self.quantity.has_distribution else ""
        opening = f"{count} symbols{units}, averaged at each of {verdict.origins} sessions."
        return Pool(
            _ranked(self.rows),
            scores,
            comparisons,
            models,
            replace(verdict, sentence=f"{opening} {verdict.sentence}", flags=doubts),
            self.failures,
            self.naive,
            score_sessions(self.signals) if len(self.signals) >= FEWEST else None,
        )


def judge_pool(scored: Sequence[Scored], quantity: Quantity) -> Pool:
    """Return the verdict on symbols that are all in memory."""
    panel = PanelScores(quantity, sessions_of([origins_of(result.losses) for result in scored]))
    for result in scored:
        panel.add(result)
    return panel.judge()


def _pool_directions(
    tables: Sequence[pd.DataFrame], pooled: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score and compare calls; symbols that move together leave no test
    of their calls as if apart."""
    calls = pd.concat(tables, ignore_index=True)
    scores = summarise_directions(pooled, calls)
    scores.loc[scores["metric"] == "pesaran_timmermann", "value"] = np.nan
    return scores, compare_directions(pooled)

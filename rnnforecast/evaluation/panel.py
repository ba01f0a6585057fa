"""Several symbols' losses as one: each in units of its own moves, then their mean at every session.

Markets move together, so symbols are no independent trials: they are averaged at each session
first, and what is tested is the series of these means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.evaluation.backtest import GARCH, NAIVE, NETWORK, UNCALIBRATED
from rnnforecast.evaluation.flags import few, survivorship
from rnnforecast.evaluation.metrics.direction import (
    compare_directions,
    judge_directions,
    summarise_directions,
)
from rnnforecast.evaluation.metrics.distribution import lookup, summarise
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

KEYS = ["model", "origin", "step"]
SQUARED, LOGARITHMIC = ("squared",), ("log_score",)
UNITLESS = ("relative", "crps_relative", "direction", "rose", "called", "miss", "brier", "log_loss")
"""Losses that are the same in every unit; shares of hits are too."""
UNITS_OF_MOVE = "losses in units of each symbol's mean move in training"


def in_units(table: pd.DataFrame, scale: float, root_scale: float) -> pd.DataFrame:
    """Losses of one symbol in units of its own moves.

    Args:
        table: of ``scores.losses`` or ``directions.direction_losses``.
        scale: mean absolute one-step change in training, as of the MASE.
        root_scale: root mean square of these changes, as of the RMSSE.
    """
    scaled = table.copy()
    for name in scaled.columns.difference([*KEYS, "symbol", "date", *UNITLESS]):
        if name in SQUARED:
            scaled[name] /= root_scale**2
        elif name in LOGARITHMIC:
            scaled[name] -= np.log(scale)  # of a density in these units
        elif not name.startswith("coverage"):
            scaled[name] /= scale
    return scaled


def pool(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Average the losses of symbols at every session and step, each symbol with equal weight.

    Sessions are the origins of the symbol that trades least often: what another one did in between
    belongs to the next session. The mean of the pool is that of the symbols' means. A symbol that
    lacks sessions counts for more in those it has: what is weighted is its distance from its own
    mean, so that sessions that some lack do not look like a change of level, which would pass for
    persistence and widen every interval.

    Args:
        tables: of ``in_units``, one of each symbol.

    Returns:
        one row for each model, session (called origin) and step of the models that every symbol
        has. With n sessions of which symbol i of k has n(i), with losses x(i, t), a row is the mean
        of the symbols' means plus the sum over i of n / (k n(i)) (x(i, t) - mean of x(i)).
    """
    models = set.intersection(*(set(table["model"]) for table in tables))
    values = [
        table[table["model"].isin(models)].set_index(KEYS).drop(columns=["symbol", "date"])
        for table in in_sessions(tables)
    ]
    groups = ["model", "step"]
    rows = values[0].index
    for table in values[1:]:
        rows = rows.union(table.index)
    known = [table.notna().reindex(rows, fill_value=False) for table in values]
    sessions = np.logical_or.reduce(known)
    number = pd.DataFrame(sessions, rows, known[0].columns).groupby(level=groups).transform("sum")
    symbols = reduce(pd.DataFrame.add, (_of_group(mask, "max") for mask in known))
    pooled = pd.DataFrame(0.0, rows, known[0].columns)
    for table, mask in zip(values, known, strict=True):
        own = table.reindex(rows)
        mean = own.groupby(level=groups).transform("mean")
        share = (mean + number / _of_group(mask, "sum") * (own - mean).fillna(0.0)) / symbols
        pooled += share.fillna(0.0)  # of a symbol that has no such loss at all
    pooled = pooled.where(sessions)
    order = [model for model in tables[0]["model"].unique() if model in models]
    return pd.concat(
        [pooled.xs(model, level="model", drop_level=False) for model in order]
    ).reset_index()


def _of_group(mask: pd.DataFrame, how: Literal["max", "sum"]) -> pd.DataFrame:
    """Return what a model and step has of something, at each of its rows."""
    return mask.astype(float).groupby(level=["model", "step"]).transform(how)


def in_sessions(tables: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Move every origin to the next session of the symbol that trades least often.

    Origins of one symbol that fall into the same session are averaged.

    Args:
        tables: of ``in_units``, one of each symbol.
    """
    sessions = _sessions([pd.DatetimeIndex(table["origin"].unique()) for table in tables])
    moved = []
    for table in tables:
        places = sessions.searchsorted(pd.DatetimeIndex(table["origin"]))
        inside = table.assign(origin=sessions[np.minimum(places, len(sessions) - 1)])
        if inside.duplicated(KEYS).any():
            means = inside.drop(columns=["symbol", "date"]).groupby(KEYS, sort=False)
            ends = inside.groupby(KEYS, sort=False)[["symbol", "date"]].last()
            inside = means.mean().join(ends).reset_index()
        moved.append(inside)
    return moved


def _sessions(calendars: Sequence[pd.DatetimeIndex]) -> pd.DatetimeIndex:
    """Return the days of the sparsest calendar, and before and after it those of denser ones."""
    gaps = [(days.max() - days.min()) / max(len(days) - 1, 1) for days in calendars]
    order = sorted(range(len(calendars)), key=lambda number: gaps[number], reverse=True)
    sessions = calendars[order[0]].sort_values()
    for number in order[1:]:
        days = calendars[number]
        outside = days[(days < sessions[0]) | (days > sessions[-1])]
        sessions = pd.DatetimeIndex(sessions.append(outside)).sort_values()
    return sessions


@dataclass(frozen=True, eq=False)
class Scored:
    """What the test part of one symbol says.

    Args:
        symbol: whose.
        losses: of ``in_units``.
        scores: of every metric.
        comparisons: with every baseline.
        verdict: on this symbol alone.
        failures: baselines that failed, and why.
        naive: what naive forecasts from the newest row (step,).
    """

    symbol: str
    losses: pd.DataFrame
    scores: pd.DataFrame
    comparisons: pd.DataFrame
    verdict: Verdict
    failures: dict[str, str]
    naive: NDArray[np.float64]


def by_symbol(scored: Sequence[Scored]) -> pd.DataFrame:
    """A row for each symbol, the most skilful first.

    Returns:
        symbol, origins; skill, low, high, p of the spread (CRPS, or Brier score) on naive's, and
        corrected_p by Holm for the number of symbols; garch_skill, garch_p; point_skill, point_p of
        the MAE (or error rate);
        coverage_80, coverage_95; headline.
    """
    table = pd.DataFrame([_row(result) for result in scored])
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
    """On how many symbols the spread beats naive's, in words.

    Args:
        table: of ``by_symbol``.
    """
    better, worse = (
        (table["p"].map(classify_p) == finding).sum() for finding in ("better", "worse")
    )
    certain = (table["corrected_p"] < SIGNIFICANT).sum()
    median = format_percent(float(table["skill"].median()), signed=True)
    return (
        f"of {len(table)} symbols the spread is better than naive's on {better} "
        f"({certain} after Holm's correction), "
        f"worse on {worse}; the median skill is {median}"
    )


@dataclass(frozen=True, eq=False)
class Pool:
    """What the test parts of all symbols say together.

    Args:
        scores: as of one symbol, in units of each one's mean move.
        comparisons: the same.
        model_set: the models among which the best one is; None of a direction.
        verdict: on all.
    """

    scores: pd.DataFrame
    comparisons: pd.DataFrame
    model_set: pd.DataFrame | None
    verdict: Verdict


def judge_pool(scored: Sequence[Scored], quantity: Quantity) -> Pool:
    """The verdict on all symbols, and the tables that it is computed from."""
    tables = [result.losses for result in scored]
    pooled = pool(tables)
    span = (
        f"{min(losses['date'].min() for losses in tables):%Y-%m-%d}",
        f"{max(losses['date'].max() for losses in tables):%Y-%m-%d}",
    )
    models = None
    if not quantity.has_distribution:
        scores, comparisons = _pool_directions(tables, pooled)
        verdict = judge_directions(scores, comparisons, span)
    else:
        baselines = [
            str(model) for model in pooled["model"].unique() if model not in (NETWORK, UNCALIBRATED)
        ]
        scores, comparisons = (
            summarise(pooled.drop(columns="called", errors="ignore"), 1.0),
            compare(pooled, NETWORK, baselines),
        )
        scores = scores[scores["metric"] != "mase"]  # in these units the MAE is one
        models = model_confidence_set(
            origin_losses(pooled[pooled["model"] != UNCALIBRATED]), int(pooled["step"].max())
        )
        verdict = judge(scores, comparisons, span, quantity, _failures(scored))
    sentence = (
        f"{len(scored)} symbols, {UNITS_OF_MOVE}, averaged at each session. {verdict.sentence}"
    )
    return Pool(
        scores,
        comparisons,
        models,
        replace(
            verdict,
            sentence=sentence,
            flags=(
                *map(str, few(verdict.origins, int(scores["step"].max()))),
                str(survivorship(len(scored))),
            ),
        ),
    )


def _failures(scored: Sequence[Scored]) -> dict[str, str]:
    """Return the baselines that failed on any symbol, and why."""
    return {
        name: f"{result.symbol}: {why}"
        for result in scored
        for name, why in result.failures.items()
    }


def _pool_directions(
    tables: Sequence[pd.DataFrame], pooled: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score and compare calls; symbols that move together leave no test of their calls as if
    apart."""
    calls = pd.concat(tables, ignore_index=True)
    scores = summarise_directions(pooled, calls)
    scores.loc[scores["metric"] == "pesaran_timmermann", "value"] = np.nan
    return scores, compare_directions(pooled)

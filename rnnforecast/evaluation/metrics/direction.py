"""Probabilities of a rise to scores: beside the share of rises so far, and calls beside always saying up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rnnforecast.evaluation.backtest import NAIVE, NETWORK
from rnnforecast.evaluation.flags import few
from rnnforecast.evaluation.metrics.classification import call_scores
from rnnforecast.evaluation.metrics.distribution import COLUMNS, lookup, wilson
from rnnforecast.evaluation.significance.diebold_mariano import (
    LossPair,
    LossPaths,
    compare_paths,
    comparisons_at,
)
from rnnforecast.evaluation.verdict import Finding, Verdict, agree, beside, find, percent
from rnnforecast.formatting import format_percent

ALWAYS_UP = "always up"
SMALLEST = 1e-6
"""A probability nearer to 0 or 1 is scored as this, so that one surprise does not cost infinity."""
LOSSES = {
    "brier": (NAIVE, "brier"),
    "log_loss": (NAIVE, "log_loss"),
    "miss": (ALWAYS_UP, "error rate"),
}
"""Losses that are compared: with what, and under which metric's name."""


def direction_losses(backtest: pd.DataFrame) -> pd.DataFrame:
    """The losses of each forecast; NaN where the price does not move, since no direction came true.

    Args:
        backtest: of ``probability_table``.

    Returns:
        the same rows with model, symbol, origin, step, date and
        rose: whether the price lies above the last close;
        called: whether a rise was called more likely than not;
        miss: whether the call was wrong; brier: (probability - rose)^2; log_loss: - log of what came true.
    """
    move = np.sign(backtest["actual"].to_numpy(float) - backtest["last"].to_numpy(float))
    rose = np.where(move == 0, np.nan, move > 0)
    rising = np.clip(backtest["rising"].to_numpy(float), SMALLEST, 1 - SMALLEST)
    called = (rising > 0.5).astype(float)
    return backtest[["model", "symbol", "origin", "step", "date"]].assign(
        rose=rose,
        called=called,
        miss=np.abs(called - rose),
        brier=(backtest["rising"] - rose) ** 2,
        log_loss=-np.where(np.isnan(rose), np.nan, np.log(np.where(rose == 1, rising, 1 - rising))),
    )


def summarise_directions(table: pd.DataFrame) -> pd.DataFrame:
    """Metrics of each model and step (0 for all): value, low and high (95 % Wilson interval of shares), n origins.

    Precision, recall, F1 and Pesaran-Timmermann are those of ``calls.call_scores``.
    """
    rows = [
        {"model": model, "step": step, **row}
        for step, part in [(0, table), *table.groupby("step")]
        for model, group in part.groupby("model", sort=False)
        for row in _metrics(group.dropna(subset="rose"))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _metrics(group: pd.DataFrame) -> Iterator[dict[str, object]]:
    means = group.assign(hit=1 - group["miss"]).groupby("origin").mean(numeric_only=True)
    yield {"metric": "accuracy", **wilson(means["hit"])}
    yield {"metric": "rose", **wilson(means["rose"])}
    for name, value in call_scores(
        group["rose"].to_numpy(float), group["called"].to_numpy(float)
    ).items():
        yield {"metric": name, "value": value, "n": len(means)}
    for name in ("brier", "log_loss"):
        yield {"metric": name, "value": float(means[name].mean()), "n": len(means)}


def compare_directions(table: pd.DataFrame) -> pd.DataFrame:
    """Skill of the network's probabilities over the share of rises, of its calls over always saying up.

    Returns:
        as ``significance.compare``.
    """
    up = table[table["model"] == NETWORK].assign(model=ALWAYS_UP)
    losses, pairs = pd.concat([table, up.assign(miss=1 - up["rose"])]), []
    for loss, (baseline, metric) in LOSSES.items():
        ours, theirs = (LossPaths.of(losses, name, loss) for name in (NETWORK, baseline))
        pairs.append(LossPair(metric, baseline, ours, theirs))
    return compare_paths(NETWORK, pairs)


def judge_directions(
    scores: pd.DataFrame, comparisons: pd.DataFrame, span: tuple[str, str]
) -> Verdict:
    """The verdict on calls and probabilities.

    Args:
        scores: of ``summarise_directions``.
        comparisons: of ``compare_directions``.
        span: dates of the first and last target.
    """
    overall, with_ = lookup(scores, 0), comparisons_at(comparisons, 0)
    accuracy, rose = overall[NETWORK, "accuracy"], overall[NETWORK, "rose"]
    brier, log_loss, calls = (
        with_[NAIVE, "brier"],
        with_[NAIVE, "log_loss"],
        with_[ALWAYS_UP, "error rate"],
    )
    point, distribution = find(calls.p), agree(find(brier.p), find(log_loss.p))
    steps = int(scores["step"].max())
    ahead = "1 step" if steps == 1 else f"1 to {steps} steps"
    interval = f"{100 * accuracy.low:.1f}–{100 * accuracy.high:.1f}"
    sentence = (
        f"From {accuracy.n} origins, {ahead} ahead, {span[0]} to {span[1]}: "
        f"{format_percent(accuracy.value)} of its calls came true ({interval}), {beside(point)} always saying up with "
        f"{format_percent(rose.value)} (error rate {percent(calls)}); its probabilities are {beside(distribution)} the "
        f"share of rises so far (Brier score {percent(brier)}; log loss {percent(log_loss)})."
    )
    doubts = (*few(accuracy.n), *_one_sided(overall[NETWORK, "recall"].value))
    return Verdict(
        _headline(point, distribution), sentence, point, distribution, None, accuracy.n, doubts
    )


def _headline(point: Finding, distribution: Finding) -> str:
    match point, distribution:
        case "better", "better":
            return "Skill in the direction"
        case "better", _:
            return "Skill in calling the direction, none in its probability"
        case _, "better":
            return "Skill in the probability of a rise, none in calling the direction"
        case "indistinguishable", "indistinguishable":
            return "No detectable skill"
        case _:
            return "Worse than always saying up with the share of rises so far"


def _one_sided(recall: float) -> Iterator[str]:
    if recall > 0.95 or recall < 0.05:
        yield f"nearly every call is the same: {format_percent(recall)} of the rises were called rises"

"""Probabilities of a rise to scores: beside the share of rises so far, calls beside always up."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from rnnforecast.evaluation.backtest import NAIVE, NETWORK
from rnnforecast.evaluation.flags import few
from rnnforecast.evaluation.metrics.classification import call_rows
from rnnforecast.evaluation.metrics.distribution import COLUMNS, lookup
from rnnforecast.evaluation.metrics.shares import with_shares
from rnnforecast.evaluation.significance.diebold_mariano import (
    LossPair,
    LossPaths,
    compare_paths,
    comparisons_at,
)
from rnnforecast.evaluation.verdict import Finding, Verdict, agree, find
from rnnforecast.evaluation.wording import TOO_FEW, beside, percent
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
        miss: whether the call was wrong; brier: (probability - rose)^2;
        log_loss: - log of the probability of what came true.
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


def summarise_directions(table: pd.DataFrame, calls: pd.DataFrame | None = None) -> pd.DataFrame:
    """Compute the metrics of each model and step (0 for all).

    Args:
        table: of ``direction_losses``, or their means over several symbols.
        calls: of ``direction_losses`` with each call by itself, where the table has means.

    Returns:
        model, step, metric, value, low and high (95 % interval, of shares), n origins. Precision,
        recall, F1 and the independence of calls are those of ``classification.call_rows``.
    """
    rows: list[dict[str, object]] = []
    hits: dict[int, pd.Series] = {}
    horizons: dict[int, int] = {}
    last = int(table["step"].max())
    calls = table if calls is None else calls
    for step, part in [(0, table), *table.groupby("step")]:
        apart = calls if step == 0 else calls[calls["step"] == step]
        for model, group in part.groupby("model", sort=False):
            moved, horizon = group.dropna(subset="rose"), int(step) or last
            named = {"model": model, "step": step}
            moved = moved.assign(hit=1 - moved["miss"])
            means = moved.groupby("origin").mean(numeric_only=True)
            for metric, column in (("accuracy", "hit"), ("rose", "rose")):
                hits[len(rows)], horizons[len(rows)] = means[column], horizon
                rows.append(named | {"metric": metric})
            rows += [named | row for row in call_rows(apart[apart["model"] == model], horizon)]
            for metric in ("brier", "log_loss"):
                value = float(means[metric].mean())
                rows.append(named | {"metric": metric, "value": value, "n": len(means)})
    return pd.DataFrame(with_shares(rows, hits, horizons), columns=COLUMNS)


def compare_directions(table: pd.DataFrame) -> pd.DataFrame:
    """Compare the probabilities with the share of rises, and the calls with always saying up.

    Returns:
        as ``diebold_mariano.compare``.
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
        f"{format_percent(accuracy.value)} of its calls came true ({interval}), "
        f"{beside(point)} always saying up with {format_percent(rose.value)} "
        f"(error rate {percent(calls)}); its probabilities are {beside(distribution)} the "
        f"share of rises so far (Brier score {percent(brier)}; log loss {percent(log_loss)})."
    )
    doubts = (*map(str, few(accuracy.n)), *_one_sided(overall[NETWORK, "recall"].value))
    headline = TOO_FEW if math.isnan(brier.p) else _headline(point, distribution)
    return Verdict(headline, sentence, point, distribution, None, accuracy.n, doubts)


def _headline(point: Finding, distribution: Finding) -> str:
    match point, distribution:
        case "better", "better":
            return "Skill in the direction"
        case "better", _:
            return "Skill in calling the direction, none in its probability"
        case _, "better":
            return "Skill in the probability of a rise, none in calling the direction"
        case "too few", _:
            return TOO_FEW
        case "indistinguishable", "indistinguishable":
            return "No detectable skill"
        case _:
            return "Worse than always saying up with the share of rises so far"


def _one_sided(recall: float) -> Iterator[str]:
    if recall > 0.95 or recall < 0.05:
        called = f"{format_percent(recall)} of the rises were called rises"
        yield f"nearly every call is the same: {called}"

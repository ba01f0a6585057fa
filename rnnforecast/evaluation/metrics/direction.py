"""Probabilities of a rise to scores: beside the share of rises so far, calls beside always up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnforecast.evaluation import calls_wording
from rnnforecast.evaluation.backtest import NAIVE, NETWORK
from rnnforecast.evaluation.calls_wording import Calls
from rnnforecast.evaluation.flags import few, one_sided
from rnnforecast.evaluation.metrics.classification import call_rows
from rnnforecast.evaluation.metrics.distribution import COLUMNS, lookup
from rnnforecast.evaluation.metrics.shares import with_shares
from rnnforecast.evaluation.significance.decisions import agree, classify_p
from rnnforecast.evaluation.significance.diebold_mariano import (
    LossPair,
    LossPaths,
    compare_paths,
    comparisons_at,
)
from rnnforecast.evaluation.verdict import Verdict

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
    """Compute the losses of each forecast; NaN where the price stood still: no direction came true.

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
    # Always saying up misses exactly the outcomes that did not rise; NaN stays NaN.
    up = table[table["model"] == NETWORK].assign(model=ALWAYS_UP)
    losses, pairs = pd.concat([table, up.assign(miss=1 - up["rose"])]), []
    for loss, (baseline, metric) in LOSSES.items():
        ours, theirs = (LossPaths.of(losses, name, loss) for name in (NETWORK, baseline))
        pairs.append(LossPair(metric, baseline, ours, theirs))
    return compare_paths(NETWORK, pairs)


def judge_directions(
    scores: pd.DataFrame, comparisons: pd.DataFrame, span: tuple[str, str]
) -> Verdict:
    """Compute the verdict on calls and probabilities.

    Args:
        scores: of ``summarise_directions``.
        comparisons: of ``compare_directions``.
        span: dates of the first and last target.
    """
    overall, beside = lookup(scores, 0), comparisons_at(comparisons, 0)
    brier, log_loss = beside[NAIVE, "brier"], beside[NAIVE, "log_loss"]
    calls = Calls(
        span=span,
        steps=int(scores["step"].max()),
        accuracy=overall[NETWORK, "accuracy"],
        rose=overall[NETWORK, "rose"],
        calls=beside[ALWAYS_UP, "error rate"],
        brier=brier,
        log_loss=log_loss,
        point=classify_p(beside[ALWAYS_UP, "error rate"].p),
        distribution=agree(classify_p(brier.p), classify_p(log_loss.p)),
    )
    doubts = (*few(calls.accuracy.n, calls.steps), *one_sided(overall[NETWORK, "recall"].value))
    return Verdict(
        calls_wording.headline(calls),
        calls_wording.sentence(calls),
        calls.point,
        calls.distribution,
        None,
        calls.accuracy.n,
        tuple(map(str, doubts)),
        calls_wording.summary(calls),
    )

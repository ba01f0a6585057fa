"""From a run on one symbol to scores and a verdict."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rnnforecast import runs
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.backtest import NAIVE, NETWORK, UNCALIBRATED
from rnnforecast.evaluation.walkforward import Protocol, folds
from rnnforecast.pipeline.refit import fold_forecasters
from rnnforecast.quantities import DIRECTION
from rnnforecast.runs import Run
from rnnforecast.runs.manifest import now

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rnnforecast.dataset.dataset import Dataset
    from rnnforecast.evaluation.trading import Trading
    from rnnforecast.evaluation.verdict import Verdict
    from rnnforecast.evaluation.walkforward import Fold
    from rnnforecast.forecast.forecaster import Forecaster
    from rnnforecast.quantities import Quantity

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Request:
    """What an evaluation is asked for.

    Args:
        protocol: how the test part is walked through.
        baselines: names of those to compare with; None for every one that suits.
        trading: how to trade on the calls, where that is asked.
        mape: whether to tell the mean absolute percentage error.
        tell: what is being done, how many parts of it are done, of how many.
    """

    protocol: Protocol = field(default_factory=Protocol)
    baselines: Sequence[str] | None = None
    trading: Trading | None = None
    mape: bool = False
    tell: Callable[[str, int, int], None] = lambda what, done, total: None


class Evaluation(NamedTuple):
    """What the test part says."""

    backtest: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    verdict: Verdict
    failures: dict[str, str]


def score(run: Run, dataset: Dataset, request: Request) -> Evaluation:
    """Score the test part beside baselines, and write tables and verdict to the run.

    Raises:
        RunError: if the run is incomplete.
        UsageError: if the test part does not have what is asked for.
    """
    if run.whole != run and request.protocol.refit_every is not None:
        raise UsageError(
            f"the networks of {run.name} learn from several symbols, and are not fitted anew in an evaluation",
            "leave --refit-every out, or train on one symbol",
        )
    parts = folds(dataset, request.protocol)
    forecasters = fold_forecasters(run, dataset, parts, request.tell)
    direction = dataset.experiment.window.quantity == DIRECTION
    found = (_score_probabilities if direction else _score_quantiles)(
        run, dataset, parts, forecasters, request
    )
    for name in (runs.SEEDS, runs.MODEL_SET, runs.EQUITY, runs.ECONOMICS):
        if name not in found.tables and not (name == runs.ECONOMICS and request.trading):
            (run.path / name).unlink(missing_ok=True)  # of an earlier evaluation
    log.info(
        "scored %d forecasts of %d models", len(found.backtest), found.backtest["model"].nunique()
    )
    runs.write_backtest(run, found.backtest)
    write_scores(run, found.tables, found.verdict)
    record_look(run, request.protocol, len(parts), found.failures)
    return found


def write_scores(run: Run, tables: Mapping[str, pd.DataFrame], verdict: Verdict) -> None:
    """Write what an evaluation found."""
    for name, table in tables.items():
        run.write(name, table.to_csv(index=False))
    run.write(runs.VERDICT, json.dumps(verdict.to_dict(), indent=1))


def _score_quantiles(
    run: Run,
    dataset: Dataset,
    parts: Sequence[Fold],
    forecasters: Sequence[Forecaster],
    request: Request,
) -> Evaluation:
    """Distributions of prices or volatilities, beside every baseline."""
    from rnnforecast.evaluation.backtest import backtest_table
    from rnnforecast.evaluation.flags import flags
    from rnnforecast.evaluation.metrics.distribution import losses, summarise
    from rnnforecast.evaluation.significance.diebold_mariano import compare
    from rnnforecast.evaluation.significance.model_confidence_set import (
        model_confidence_set,
        origin_losses,
    )
    from rnnforecast.evaluation.verdict import judge
    from rnnforecast.pipeline.baseline_cache import kept_path
    from rnnforecast.pipeline.baselines import baseline_quantiles

    window = dataset.experiment.window
    names = _names(request.baselines, window.quantity)
    baselines, failures = baseline_quantiles(
        dataset, parts, names, kept_path(run.root), request.tell
    )
    own = _quantiles(dataset, parts, forecasters)
    models = {NETWORK: own, **_uncalibrated(dataset, parts, forecasters), **baselines}
    origins = np.concatenate([fold.origins for fold in parts])
    backtest = backtest_table(dataset, models, origins)
    table = losses(backtest, window.quantity)
    scores = summarise(table, dataset.naive_scale(), dataset.naive_root_scale(), mape=request.mape)
    comparisons = compare(table, NETWORK, list(baselines))
    verdict = judge(scores, comparisons, span(backtest), window.quantity, failures, len(parts))
    doubts = (*map(str, flags(backtest, scores, comparisons, window.quantity)), *tried(run))
    rivals = origin_losses(table[table["model"] != UNCALIBRATED])
    tables = {
        runs.SCORES: scores,
        runs.COMPARISONS: comparisons,
        runs.MODEL_SET: model_confidence_set(rivals, window.horizon),
        **_seeds(dataset, parts, forecasters, table),
    }
    if request.trading:
        tables[runs.EQUITY] = _trade(run, dataset, backtest, request.trading)
    return Evaluation(backtest, tables, replace(verdict, flags=doubts), failures)


def _names(wanted: Sequence[str] | None, quantity: Quantity) -> tuple[str, ...]:
    """The baselines to compare with; those that a claim must beat always."""
    from rnnforecast.evaluation.verdict import BARS
    from rnnforecast.forecast.baselines.registry import baselines_of

    suited = baselines_of(quantity)
    for name in wanted or ():
        if name not in suited:
            raise UsageError(
                f"no baseline of a {quantity} is called {name!r}", f"use: {', '.join(suited)}"
            )
    return tuple(name for name in suited if wanted is None or name in (*BARS, *wanted))


def _quantiles(dataset: Dataset, parts: Sequence[Fold], forecasters: Sequence[Forecaster]) -> Array:
    """Forecasts of every fold in one array (window, step, level)."""
    found = (
        one.quantiles(dataset, fold.origins) for one, fold in zip(forecasters, parts, strict=True)
    )
    return np.concatenate(list(found))


def _uncalibrated(
    dataset: Dataset, parts: Sequence[Fold], forecasters: Sequence[Forecaster]
) -> dict[str, Array]:
    """The networks' own distributions, to show what calibration did; a point has none."""
    window, model = dataset.experiment.window, dataset.experiment.model
    if forecasters[0].calibration is None or window.strategy != "direct" or model.head == "point":
        return {}
    bare = [replace(forecaster, calibration=None) for forecaster in forecasters]
    return {UNCALIBRATED: _quantiles(dataset, parts, bare)}


def _seeds(
    dataset: Dataset, parts: Sequence[Fold], forecasters: Sequence[Forecaster], table: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """How much the seed matters: each member by itself, beside naive."""
    import pandas as pd

    from rnnforecast.evaluation.backtest import backtest_table
    from rnnforecast.evaluation.metrics.distribution import losses
    from rnnforecast.evaluation.significance.diebold_mariano import skills_of

    window = dataset.experiment.window
    members = [forecaster.members() for forecaster in forecasters]
    if window.strategy != "direct" or len(members[0]) < 2:
        return {}
    origins, rows = np.concatenate([fold.origins for fold in parts]), []
    for number in range(len(members[0])):
        quantiles = _quantiles(dataset, parts, [of_fold[number] for of_fold in members])
        scored = losses(backtest_table(dataset, {NETWORK: quantiles}, origins), window.quantity)
        both = pd.concat([scored, table[table["model"] == NAIVE]])
        rows += [{"member": number + 1, **skill} for skill in skills_of(both, NETWORK, NAIVE)]
    return {runs.SEEDS: pd.DataFrame(rows)}


def _trade(run: Run, dataset: Dataset, backtest: pd.DataFrame, trading: Trading) -> pd.DataFrame:
    """Trade on the calls, and write what that would have earned; returns the curves."""
    import pandas as pd

    from rnnforecast.evaluation.trading import assess, equity_curves, trade

    trades = trade(backtest, dataset.history.bars, dataset.naive_return(), trading)
    own = [tried for tried in run.tradings() if tried["trading"] != asdict(trading)]
    trials = [*own, *(tried for other in runs.rivals(run) for tried in other.tradings())]
    others = [tried["sharpe"] for tried in trials if tried["sharpe"] is not None]
    earned = assess(trades, trading, others).to_dict()
    run.write(runs.ECONOMICS, json.dumps(earned, indent=1))
    latest = {"trading": earned["trading"], "sharpe": earned["sharpe"]}
    record = {**run.record(), "tradings": [*own, latest]}
    run.write(runs.RECORD, json.dumps(record, indent=1))
    strategy, holding = equity_curves(trades, trading)
    return pd.DataFrame({"date": trades["date"], "strategy": strategy, "buy_and_hold": holding})


def tried(run: Run) -> tuple[str, ...]:
    """A reason to doubt the best of many."""
    others = sum(bool(other.record()["test_touched"]) for other in runs.rivals(run))
    if not others:
        return ()
    symbol = run.record()["data"]["symbol"]
    return (
        f"one of {others + 1} configurations scored on {symbol} here: the best of many looks better than it is "
        f"(rnnforecast leaderboard {symbol})",
    )


def _score_probabilities(
    run: Run,
    dataset: Dataset,
    parts: Sequence[Fold],
    forecasters: Sequence[Forecaster],
    request: Request,
) -> Evaluation:
    """Probabilities of a rise, beside the share of rises and always saying up."""
    from rnnforecast.evaluation.backtest import probability_table
    from rnnforecast.evaluation.metrics import direction
    from rnnforecast.forecast.baselines.naive import base_rate

    if request.trading:
        raise UsageError(
            "trades need forecasts of prices, not of a direction", "leave --economics out"
        )
    origins = np.concatenate([fold.origins for fold in parts])
    probabilities = {
        NETWORK: np.concatenate(
            [
                one.own_quantiles(dataset, fold.origins)[..., 0]
                for one, fold in zip(forecasters, parts, strict=True)
            ]
        ),
        NAIVE: np.concatenate(
            [base_rate(replace(dataset, given_splits=fold.splits), fold.origins) for fold in parts]
        ),
    }
    backtest = probability_table(dataset, probabilities, origins)
    table = direction.direction_losses(backtest)
    scores, comparisons = direction.summarise_directions(table), direction.compare_directions(table)
    verdict = direction.judge_directions(scores, comparisons, span(backtest))
    verdict = replace(verdict, flags=(*verdict.flags, *tried(run)))
    return Evaluation(backtest, {runs.SCORES: scores, runs.COMPARISONS: comparisons}, verdict, {})


def span(backtest: pd.DataFrame) -> tuple[str, str]:
    """Dates of the first and last target."""
    return f"{backtest['date'].min():%Y-%m-%d}", f"{backtest['date'].max():%Y-%m-%d}"


def record_look(run: Run, protocol: Protocol, fits: int, failures: dict[str, str]) -> None:
    """Note that the test part has been looked at: every look makes the next one less of a test."""
    record = run.record()
    record["failed_baselines"] = failures
    record["test_touched"] = [*record["test_touched"], now()]
    record["protocol"] = {**asdict(protocol), "fits": fits}
    run.write(runs.RECORD, json.dumps(record, indent=1))

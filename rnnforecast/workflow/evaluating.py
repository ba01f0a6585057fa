"""From a run to scores and a verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rnnforecast import runs
from rnnforecast.dataset.preparation import Dataset, prepare
from rnnforecast.errors import DataError
from rnnforecast.runs import Run
from rnnforecast.workflow.forecasting import settle_median
from rnnforecast.workflow.record import now

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from rnnforecast.dataset.windows import Rows
    from rnnforecast.evaluation.verdict import Verdict
    from rnnforecast.forecast.forecasting import Forecaster


def evaluate(run: Run) -> Verdict:
    """Score the test part beside naive, and write tables and verdict to the run.

    Raises:
        RunError: if the run is incomplete.
    """
    forecaster = run.forecaster()
    dataset = prepare(forecaster.experiment, run.history(), run.exogenous())
    direction = forecaster.experiment.window.quantity == "direction"
    found = _score_odds(forecaster, dataset) if direction else _score_quantiles(forecaster, dataset)
    found.backtest.to_parquet(run.path / runs.BACKTEST)
    run.write(runs.SCORES, found.scores.to_csv(index=False))
    run.write(runs.COMPARISONS, found.comparisons.to_csv(index=False))
    run.write(runs.VERDICT, json.dumps(found.verdict.to_dict(), indent=1))
    _record_touch(run, found.failures)
    settle_median(run)
    return found.verdict


class _Evaluation(NamedTuple):
    """What the test part says."""

    backtest: pd.DataFrame
    scores: pd.DataFrame
    comparisons: pd.DataFrame
    verdict: Verdict
    failures: dict[str, str]


def _score_quantiles(forecaster: Forecaster, dataset: Dataset) -> _Evaluation:
    """Distributions of prices or volatilities, beside every baseline."""
    from rnnforecast.evaluation.flags import flags
    from rnnforecast.evaluation.scores import losses, summarise
    from rnnforecast.evaluation.significance import compare
    from rnnforecast.evaluation.verdict import judge
    from rnnforecast.evaluation.walkforward import NETWORK, backtest_table

    origins = dataset.splits.origins("test")
    baselines, failures = _baselines(dataset, origins)
    backtest = backtest_table(dataset, {NETWORK: forecaster.quantiles(dataset, origins), **baselines})
    quantity = forecaster.experiment.window.quantity
    table = losses(backtest, quantity)
    scores, comparisons = summarise(table, dataset.naive_scale()), compare(table, NETWORK, list(baselines))
    verdict = judge(scores, comparisons, _span(backtest), quantity)
    doubts = flags(backtest, scores, comparisons, quantity)
    return _Evaluation(backtest, scores, comparisons, replace(verdict, flags=doubts), failures)


def _score_odds(forecaster: Forecaster, dataset: Dataset) -> _Evaluation:
    """Probabilities of a rise, beside the share of rises and always saying up."""
    from rnnforecast.evaluation import directions
    from rnnforecast.evaluation.walkforward import NAIVE, NETWORK, odds_table
    from rnnforecast.forecast.baselines import naive_odds

    origins = dataset.splits.origins("test")
    odds = {NETWORK: forecaster.own_quantiles(dataset, origins)[..., 0], NAIVE: naive_odds(dataset, origins)}
    backtest = odds_table(dataset, odds)
    table = directions.direction_losses(backtest)
    scores, comparisons = directions.summarise_directions(table), directions.compare_directions(table)
    verdict = directions.judge_directions(scores, comparisons, _span(backtest))
    return _Evaluation(backtest, scores, comparisons, verdict, {})


def _span(backtest: pd.DataFrame) -> tuple[str, str]:
    """Dates of the first and last target."""
    return f"{backtest['date'].min():%Y-%m-%d}", f"{backtest['date'].max():%Y-%m-%d}"


def _baselines(dataset: Dataset, origins: Rows) -> tuple[dict[str, NDArray[np.float64]], dict[str, str]]:
    """The quantiles of every baseline that can be had, and the reasons of those that cannot."""
    from rnnforecast.evaluation.walkforward import GARCH, NAIVE
    from rnnforecast.forecast.baselines import naive_quantiles
    from rnnforecast.forecast.garch import garch_quantiles

    found, failures = {NAIVE: naive_quantiles(dataset, origins)}, {}
    try:
        found[GARCH] = garch_quantiles(dataset, origins)
    except DataError as error:
        failures[GARCH] = str(error)
    return found, failures


def _record_touch(run: Run, failures: dict[str, str]) -> None:
    """Note that the test part has been looked at: every look makes the next one less of a test."""
    record = run.record()
    record["failed_baselines"] = failures
    record["test_touched"] = [*record["test_touched"], now()]
    run.write(runs.RECORD, json.dumps(record, indent=1))

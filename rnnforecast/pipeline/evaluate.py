"""From a run to a verdict: on its symbol, or on each of several and on all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rnnforecast import runs
from rnnforecast.parallel import spread
from rnnforecast.pipeline.predict import naive_answer, settle_median, write_forecasts
from rnnforecast.pipeline.refit import dataset_of
from rnnforecast.pipeline.score import Request, record_look, score, tried, write_scores
from rnnforecast.quantities import DIRECTION
from rnnforecast.runs import Run

if TYPE_CHECKING:
    from rnnforecast.evaluation.panel import Scored
    from rnnforecast.evaluation.verdict import Verdict
    from rnnforecast.quantities import Quantity


def evaluate(run: Run, request: Request | None = None) -> Verdict:
    """Score the test part beside baselines, and write tables and verdict to the run.

    Of a run on several symbols, each is scored by itself, spread over the cores; the verdict is on all of them.

    Raises:
        RunError: if the run is incomplete.
        UsageError: if the test part does not have what is asked for.
    """
    request = request or Request()
    if run.symbols:
        return _evaluate_all(run, request)
    dataset = dataset_of(run)
    found = score(run, dataset, request)
    settle_median(run, dataset.experiment.window.quantity, naive_answer(dataset))
    return found.verdict


def _evaluate_all(run: Run, request: Request) -> Verdict:
    """Each symbol by itself, then all of them."""
    from rnnforecast.evaluation.panel import by_symbol, judge_pool

    quantity, parts = run.experiment().window.quantity, [part.path for part in run.parts]
    jobs = [(path, replace(request, tell=_tell)) for path in parts]
    scored: list[Scored] = []
    for one in spread(_score_part, jobs):
        scored.append(one)
        request.tell("symbols", len(scored), len(jobs))
    order = {path.name: number for number, path in enumerate(parts)}
    scored.sort(key=lambda one: order[one.symbol])
    pool = judge_pool(scored, quantity)
    verdict = replace(pool.verdict, flags=(*pool.verdict.flags, *tried(run)))
    tables = {
        runs.SCORES: pool.scores,
        runs.COMPARISONS: pool.comparisons,
        runs.PANEL: by_symbol(scored),
    }
    write_scores(
        run,
        tables if pool.model_set is None else {**tables, runs.MODEL_SET: pool.model_set},
        verdict,
    )
    failures = {
        name: f"{one.symbol}: {why}" for one in scored for name, why in one.failures.items()
    }
    record_look(run, request.protocol, 1, failures)
    _settle(run, scored, quantity)
    return verdict


def _tell(what: str, done: int, total: int) -> None:
    """Progress of a process that has no terminal."""


def _score_part(path: Path, request: Request) -> Scored:
    """Score one symbol, in a process of its own."""
    from rnnforecast.evaluation.metrics.direction import direction_losses
    from rnnforecast.evaluation.metrics.distribution import losses
    from rnnforecast.evaluation.panel import Scored, in_units

    part = Run(path)
    dataset = dataset_of(part)
    found, quantity = score(part, dataset, request), dataset.experiment.window.quantity
    table = (
        direction_losses(found.backtest)
        if quantity == DIRECTION
        else losses(found.backtest, quantity)
    )
    return Scored(
        path.name,
        in_units(table, dataset.naive_scale(), dataset.naive_root_scale()),
        found.tables[runs.SCORES],
        found.tables[runs.COMPARISONS],
        found.verdict,
        found.failures,
        naive_answer(dataset),
    )


def _settle(run: Run, scored: Sequence[Scored], quantity: Quantity) -> None:
    """Let the forecasts of all symbols follow the verdict on all."""
    tables = []
    for part, one in zip(run.parts, scored, strict=True):
        settle_median(part, quantity, one.naive)
        table = part.table(runs.FORECAST)
        assert table is not None  # training has written it
        tables.append(table.assign(symbol=one.symbol))
    write_forecasts(run, tables)

"""From a run to a verdict: on its symbol, or on each of several and on all of them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from rnnforecast import runs
from rnnforecast.config.searched import Searched
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.errors import RunError, UsageError
from rnnforecast.evaluation.panel import Scored, by_symbol, judge_pool
from rnnforecast.evaluation.trading import Trading
from rnnforecast.evaluation.walkforward import Fold, folds
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.parallel import spread
from rnnforecast.pipeline.baseline_cache import kept_path
from rnnforecast.pipeline.evaluation import Evaluation, PanelEvaluation
from rnnforecast.pipeline.evaluation_storage import (
    gather_forecasts,
    record_look,
    save_evaluation,
    save_panel_evaluation,
    settle_forecast,
    tradings_of,
)
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.refit import fold_forecasters
from rnnforecast.pipeline.rivals import Rivals, best_of_many, best_of_search
from rnnforecast.pipeline.score import Case, Request, score
from rnnforecast.quantities import Quantity
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment
from rnnforecast.runs.manifest import ProtocolRecord


def evaluate(run: Run | Part, request: Request | None = None) -> Evaluation | PanelEvaluation:
    """Score the test part beside baselines, and write what it says into the run.

    Of a run on several symbols, each is scored by itself, spread over the cores; the verdict is on
    all of them.

    Raises:
        RunError: if the run is incomplete.
        UsageError: if the test part does not have what is asked for.
    """
    request = request or Request()
    with runs.evaluating(run.run):
        if isinstance(run, Run) and run.is_panel:
            return _evaluate_panel(run, request)
        (part,) = run.parts
        rivals = rivals_of(part, request.trading)
        evaluation = evaluate_part(part, request, rivals, record_look)
        with part.together():
            save_evaluation(part, evaluation)
            settle_forecast(part, evaluation.naive, evaluation.quantity, evaluation.verdict)
        return evaluation


def evaluate_part(
    part: Part,
    request: Request,
    rivals: Rivals,
    before_look: Callable[[Part], None] = lambda part: None,
) -> Evaluation:
    """Score one symbol; networks that are fitted for it are kept, nothing else is written.

    Args:
        part: which symbol.
        request: what is asked for.
        rivals: other configurations that were scored on the same prices.
        before_look: called once nothing but the test part itself is left to be looked at.
    """
    if part.run.is_panel and request.protocol.refit_every is not None:
        raise UsageError(
            f"the networks of {part.name} learn from several symbols, and an evaluation does not "
            "fit them again",
            "leave --refit-every out, or train on one symbol",
        )
    dataset = dataset_of(part)
    parts = folds(dataset, request.protocol)
    case = Case(dataset, parts, _forecasters(part, dataset, parts, request))
    before_look(part)
    return score(case, request, rivals, kept_path(part.root))


def _forecasters(
    part: Part, dataset: Dataset, stretches: Sequence[Fold], request: Request
) -> list[Forecaster]:
    """Return the networks of every stretch, fitting those that the run does not have yet."""
    warm = request.protocol.warm
    return fold_forecasters(part, dataset, stretches, request.tell, warm=warm)


def rivals_of(
    run: Run | Part, trading: Trading | None = None, among: Sequence[Run] | None = None
) -> Rivals:
    """Return what else was scored on the prices of a run.

    Args:
        run: that is evaluated.
        trading: that is asked for now; other ways of trading the same run are trials too.
        among: the runs of its home, where they are known, so that each is read only once.
    """
    others = runs.rivals(run, among)
    asked = asdict(trading) if trading is not None else None
    trials = [trial for trial in tradings_of(run) if trial.trading != asked]
    for other in others:
        with suppress(RunError):  # what is wrong with another run is not this one's matter
            trials += tradings_of(other)
    return Rivals(
        sum(bool(other.manifest.test_touched) for other in others),
        tuple(trial.sharpe for trial in trials if trial.sharpe is not None),
    )


def _evaluate_panel(run: Run, request: Request) -> PanelEvaluation:
    """Score each symbol by itself, then all of them."""
    quiet, known = replace(request, tell=_silent), runs.all_runs(run.root)
    jobs = [
        (run.path, part.symbol, quiet, rivals_of(part, request.trading, known))
        for part in run.parts
    ]
    record_look(run)
    scored: list[Scored] = []
    for result in spread(_score_part, jobs):
        scored.append(result)
        request.tell("symbols", len(scored), len(jobs))
    scored.sort(key=lambda result: run.symbols.index(result.symbol))
    experiment = load_experiment(run)
    evaluation = judge_panel(
        scored,
        experiment.window.quantity,
        request,
        rivals_of(run, among=known),
        run.manifest.data.symbol,
        experiment.searched,
    )
    with run.together():
        save_panel_evaluation(run, evaluation)
        for part, result in zip(run.parts, scored, strict=True):
            settle_forecast(part, result.naive, evaluation.quantity, evaluation.verdict)
    gather_forecasts(run)
    return evaluation


def judge_panel(
    scored: Sequence[Scored],
    quantity: Quantity,
    request: Request,
    rivals: Rivals,
    title: str,
    searched: Searched | None = None,
) -> PanelEvaluation:
    """Return what the test parts of several symbols say together.

    Args:
        scored: each symbol by itself.
        quantity: what is forecast.
        request: what was asked for.
        rivals: other configurations that were scored on the same prices.
        title: of the symbols.
        searched: the search that found the settings, if there was one.
    """
    pool = judge_pool(scored, quantity)
    doubts = (*pool.verdict.flags, *best_of_many(rivals, title), *best_of_search(searched))
    failures = {
        name: f"{result.symbol}: {why}"
        for result in scored
        for name, why in result.failures.items()
    }
    return PanelEvaluation(
        quantity=quantity,
        parts=tuple(scored),
        symbols=by_symbol(scored),
        scores=pool.scores,
        comparisons=pool.comparisons,
        model_set=pool.model_set,
        verdict=replace(pool.verdict, flags=doubts),
        failures=failures,
        protocol=ProtocolRecord(**asdict(request.protocol)),
    )


def _silent(what: str, done: int, total: int) -> None:
    """Take progress in a process that has no terminal."""


def _score_part(path: Path, symbol: str, request: Request, rivals: Rivals) -> Scored:
    """Score and save one symbol, in a process of its own."""
    part = Run(path).part(symbol)
    evaluation = evaluate_part(part, request, rivals, record_look)
    with part.together():
        save_evaluation(part, evaluation)
    return evaluation.scored()

"""From a run to a verdict: on its symbol, or on each of several and on all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from rnnforecast import runs
from rnnforecast.cluster import on_cluster
from rnnforecast.errors import RunError, UsageError
from rnnforecast.evaluation.panel import PanelScores, Scored
from rnnforecast.evaluation.pooling import origins_of, sessions_of
from rnnforecast.evaluation.walkforward import folds, scored_origins
from rnnforecast.model.inference import Ensemble
from rnnforecast.parallel import spread
from rnnforecast.pipeline.baseline_cache import MOST as MOST_KEPT
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
from rnnforecast.pipeline.ranks import check_ranked, evaluate_ranks
from rnnforecast.pipeline.refit import fold_forecasters
from rnnforecast.pipeline.rivals import Rivals, best_of_many, best_of_search
from rnnforecast.pipeline.score import Case, Request, score
from rnnforecast.quantities import Quantity
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment, load_forecaster, load_networks
from rnnforecast.runs.manifest import ProtocolRecord
from rnnforecast.runs.packed_backtest import pack


def evaluate(run: Run | Part, request: Request | None = None) -> Evaluation | PanelEvaluation:
    """Score the test part beside baselines, and write what it says into the run.

    Of a run on several symbols, each is scored by itself, spread over the cores; the verdict is on
    all of them.

    Raises:
        RunError: if the run is incomplete.
        UsageError: if the run or its test part does not have what is asked for.
    """
    request = request or Request()
    if request.ranks:
        check_ranked(run)
    with runs.evaluating(run.run):
        if isinstance(run, Run) and run.is_panel:
            return _evaluate_panel(run, request)
        (part,) = run.parts
        rivals = rivals_of(part, request)
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
    case = case_of(part, request)
    before_look(part)
    return score(case, request, rivals, kept_path(part.root))


def case_of(part: Part, request: Request, networks: Ensemble | None = None) -> Case:
    """Return what there is to score of one symbol, fitting the networks that are missing.

    Args:
        part: which symbol.
        request: what is asked for.
        networks: of the run, where they are open already.

    Raises:
        UsageError: if the run cannot be scored as asked.
    """
    _check_refits(part, request)
    dataset = dataset_of(part)
    stretches = folds(dataset, request.protocol)
    if request.protocol.refit_every is None:
        return Case(dataset, stretches, [load_forecaster(part, networks)])
    warm = request.protocol.warm
    return Case(
        dataset, stretches, fold_forecasters(part, dataset, stretches, request.tell, warm=warm)
    )


def _check_refits(part: Part, request: Request) -> None:
    """Refuse to fit the networks of several symbols again.

    Raises:
        UsageError: where that is asked for.
    """
    several = part.run.is_panel or part.run.teachers
    if several and request.protocol.refit_every is not None:
        raise UsageError(
            f"the networks of {part.name} learn from several symbols, and an evaluation does not "
            "fit them again",
            "leave --refit-every out, or train on one symbol",
        )


def rivals_of(run: Run | Part, request: Request, among: Sequence[Run] | None = None) -> Rivals:
    """Return what else was scored on the prices of a run.

    Args:
        run: that is evaluated.
        request: what is asked for; other ways of trading the same run, on other origins or by
            other fits too, are trials.
        among: the runs of its home, where they are known, so that each is read only once.
    """
    others = runs.rivals(run, among)
    scored = [other for other in others if other.manifest.test_touched]
    trading = None if request.trading is None else asdict(request.trading)
    protocol = ProtocolRecord(**asdict(request.protocol))
    trials = [trial for trial in tradings_of(run) if not trial.is_of(trading, protocol)]
    for other in others:
        with suppress(RunError):  # what is wrong with another run is not this one's matter
            trials += tradings_of(other)
    return Rivals(
        len(scored),
        tuple(trial.sharpe for trial in trials if trial.sharpe is not None),
        _shared_symbol(run, scored),
        run.manifest.searched,
    )


def _shared_symbol(run: Run | Part, others: Sequence[Run | Part]) -> str:
    """Return the first symbol of a run that another one is on too; its own first without one."""
    theirs = {symbol.casefold() for other in others for symbol in other.symbols}
    shared = [symbol for symbol in run.symbols if symbol.casefold() in theirs]
    return (shared or list(run.symbols))[0]


def _evaluate_panel(run: Run, request: Request) -> PanelEvaluation:
    """Score each symbol by itself, then all of them."""
    sessions = sessions_of([_origins(part, request) for part in run.parts])
    panel = PanelScores(load_experiment(run).window.quantity, sessions, len(run.teachers))
    record_look(run)
    for scored in _in_order(_score_each(run, request), run.symbols):
        panel.add(scored)
    evaluation = judged(panel, request, rivals_of(run, request), run.manifest.data.symbol)
    if request.ranks:
        request.tell("ranks", 0, 0)
        evaluation = replace(evaluation, ranks=evaluate_ranks(run, request.protocol))
    with run.together():
        save_panel_evaluation(run, evaluation)
        for part in run.parts:
            naive = panel.naive[part.symbol]
            settle_forecast(part, naive, evaluation.quantity, evaluation.verdict)
    gather_forecasts(run)
    return evaluation


def _origins(part: Part, request: Request) -> pd.DatetimeIndex:
    """Return the origins from which a symbol is scored.

    Raises:
        UsageError: if the run cannot be scored as asked.
    """
    _check_refits(part, request)
    dataset = dataset_of(part)
    return dataset.history.dates[scored_origins(dataset, request.protocol)]


def _score_each(run: Run, request: Request) -> Iterator[Scored]:
    """Score symbols side by side and save each; they come as they are done."""
    # baselines of a few symbols are worth keeping; a worker of a cluster has no disk of ours
    few = len(run.parts) <= MOST_KEPT // 2 and not on_cluster()
    cache = kept_path(run.root) if few else None
    results = spread(score_symbol, _cases(run, request), shared=(cache,))
    for done, (evaluation, backtest, scored) in enumerate(results, 1):
        part = run.part(scored.symbol)
        with part.together():
            save_evaluation(part, evaluation, backtest)
        request.tell("symbols", done, len(run.parts))
        yield scored


def _in_order(results: Iterator[Scored], symbols: Sequence[str]) -> Iterator[Scored]:
    """Return results in the order of their symbols, holding those that came too early."""
    early = {}
    coming = iter(symbols)
    due = next(coming)
    for result in results:
        early[result.symbol] = result
        while due in early:
            yield early.pop(due)
            due = next(coming, "")


def judge_panel(
    scored: Sequence[Scored],
    quantity: Quantity,
    request: Request,
    rivals: Rivals,
    title: str,
) -> PanelEvaluation:
    """Return what the test parts of several symbols say together.

    Args:
        scored: each symbol by itself.
        quantity: what is forecast.
        request: what was asked for.
        rivals: other configurations that were scored on the same prices.
        title: of the symbols.
    """
    panel = PanelScores(quantity, sessions_of([origins_of(result.losses) for result in scored]))
    for result in scored:
        panel.add(result)
    return judged(panel, request, rivals, title)


def judged(panel: PanelScores, request: Request, rivals: Rivals, title: str) -> PanelEvaluation:
    """Return what the test parts of several symbols say together.

    Args:
        panel: that has taken each of them.
        request: what was asked for.
        rivals: other configurations that were scored on the same prices.
        title: of the symbols.
    """
    pool = panel.judge()
    many = (*best_of_many(rivals, title), *best_of_search(rivals.searched))
    return PanelEvaluation(
        quantity=panel.quantity,
        symbols=pool.symbols,
        scores=pool.scores,
        comparisons=pool.comparisons,
        model_set=pool.model_set,
        verdict=replace(pool.verdict, flags=(*pool.verdict.flags, *many)),
        failures=pool.failures,
        protocol=ProtocolRecord(**asdict(request.protocol)),
        cross_section=pool.sessions,
    )


def _silent(stage: str, done: int, total: int) -> None:
    """Take progress in a process that has no terminal."""


def _cases(run: Run, request: Request) -> Iterator[tuple[Case, Request, Rivals]]:
    """Return what there is to score of each symbol, read when its turn comes."""
    quiet, known = replace(request, tell=_silent), runs.all_runs(run.root)
    networks = load_networks(run, len(run.manifest.seeds))
    for part in run.parts:
        case = case_of(part, request, networks)
        rivals = rivals_of(part, request, known)
        record_look(part)
        yield case, quiet, rivals


def score_symbol(
    cache: Path | None, case: Case, request: Request, rivals: Rivals
) -> tuple[Evaluation, bytes, Scored]:
    """Score one symbol: values in, values out, on whatever machine.

    Args:
        cache: folder of baselines' forecasts that were computed before; None keeps none.
        case: what is scored.
        request: what is asked for.
        rivals: other configurations that were scored on the same prices.

    Returns:
        what its test part says, without its forecasts; these, packed; and what a verdict on all
        symbols needs.
    """
    evaluation = score(case, request, rivals, cache)
    light = replace(
        evaluation, backtest=evaluation.backtest.head(0), losses=evaluation.losses.head(0)
    )
    return light, pack(evaluation.backtest), evaluation.scored()

"""From a run to a verdict: on its symbol, or on each of several and on all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from rnnforecast import runs
from rnnforecast.errors import RunError, UsageError
from rnnforecast.evaluation.panel import Scored, by_symbol, judge_pool
from rnnforecast.evaluation.trading import Trading
from rnnforecast.evaluation.walkforward import folds
from rnnforecast.model.inference import Ensemble
from rnnforecast.parallel import on_cluster, spread
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
from rnnforecast.pipeline.score import Case, Request, Rivals, best_of_many, score
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
    if part.run.is_panel and request.protocol.refit_every is not None:
        raise UsageError(
            f"the networks of {part.name} learn from several symbols, and an evaluation does not "
            "fit them again",
            "leave --refit-every out, or train on one symbol",
        )
    dataset = dataset_of(part)
    stretches = folds(dataset, request.protocol)
    if request.protocol.refit_every is None:
        return Case(dataset, stretches, [load_forecaster(part, networks)])
    warm = request.protocol.warm
    return Case(
        dataset, stretches, fold_forecasters(part, dataset, stretches, request.tell, warm=warm)
    )


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
    record_look(run)
    scored: list[Scored] = []
    # baselines of a few symbols are worth keeping; a worker of a cluster has no disk of ours
    few = len(run.parts) <= MOST_KEPT // 2 and not on_cluster()
    cache = kept_path(run.root) if few else None
    for evaluated, backtest in spread(score_symbol, _cases(run, request), shared=(cache,)):
        part = run.part(evaluated.symbol)
        with part.together():
            save_evaluation(part, evaluated, backtest)
        scored.append(evaluated.scored())
        request.tell("symbols", len(scored), len(run.parts))
    scored.sort(key=lambda result: run.symbols.index(result.symbol))
    evaluation = judge_panel(
        scored,
        load_experiment(run).window.quantity,
        request,
        rivals_of(run),
        run.manifest.data.symbol,
    )
    if request.ranks:
        request.tell("ranks", 0, 0)
        evaluation = replace(evaluation, ranks=evaluate_ranks(run, request.protocol))
    with run.together():
        save_panel_evaluation(run, evaluation)
        for part, result in zip(run.parts, scored, strict=True):
            settle_forecast(part, result.naive, evaluation.quantity, evaluation.verdict)
    gather_forecasts(run)
    return evaluation


def judge_panel(
    scored: Sequence[Scored], quantity: Quantity, request: Request, rivals: Rivals, title: str
) -> PanelEvaluation:
    """Return what the test parts of several symbols say together.

    Args:
        scored: each symbol by itself.
        quantity: what is forecast.
        request: what was asked for.
        rivals: other configurations that were scored on the same prices.
        title: of the symbols.
    """
    pool = judge_pool(scored, quantity)
    doubts = (*pool.verdict.flags, *best_of_many(rivals, title))
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


def _cases(run: Run, request: Request) -> Iterator[tuple[Case, Request, Rivals]]:
    """Return what there is to score of each symbol, read when its turn comes."""
    quiet, known = replace(request, tell=_silent), runs.all_runs(run.root)
    networks = load_networks(run, len(run.manifest.seeds))
    for part in run.parts:
        case = case_of(part, request, networks)
        rivals = rivals_of(part, request.trading, known)
        record_look(part)
        yield case, quiet, rivals


def score_symbol(
    cache: Path | None, case: Case, request: Request, rivals: Rivals
) -> tuple[Evaluation, bytes]:
    """Score one symbol: values in, values out, on whatever machine.

    Args:
        cache: folder of baselines' forecasts that were computed before; None keeps none.
        case: what is scored.
        request: what is asked for.
        rivals: other configurations that were scored on the same prices.

    Returns:
        what its test part says, without its forecasts; and these, packed.
    """
    evaluation = score(case, request, rivals, cache)
    return replace(evaluation, backtest=evaluation.backtest.head(0)), pack(evaluation.backtest)

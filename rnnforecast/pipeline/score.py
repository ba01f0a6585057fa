"""From a dataset and networks to scores and a verdict; values in, values out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.backtest import (
    FILTERS,
    NAIVE,
    NETWORK,
    NETWORKS_ALONE,
    SHOWN_ONLY,
    UNCALIBRATED,
    backtest_table,
    probability_table,
)
from rnnforecast.evaluation.evidence import BARS
from rnnforecast.evaluation.flags import flags
from rnnforecast.evaluation.metrics.direction import (
    compare_directions,
    direction_losses,
    judge_directions,
    summarise_directions,
)
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.pool import what_networks_add
from rnnforecast.evaluation.significance.diebold_mariano import (
    compare,
    skills_of,
)
from rnnforecast.evaluation.significance.model_confidence_set import (
    model_confidence_set,
    origin_losses,
)
from rnnforecast.evaluation.trading import Trading, assess, equity_curves, trade
from rnnforecast.evaluation.verdict import judge
from rnnforecast.evaluation.walkforward import Fold, Protocol
from rnnforecast.forecast.baselines.naive import base_rate
from rnnforecast.forecast.baselines.registry import baselines_of
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.pool import average
from rnnforecast.pipeline.baselines import baseline_quantiles
from rnnforecast.pipeline.evaluation import Evaluation
from rnnforecast.pipeline.predict import naive_answer
from rnnforecast.pipeline.rivals import Rivals, best_of_many, best_of_search
from rnnforecast.quantities import DIRECTION, Quantity
from rnnforecast.runs.manifest import ProtocolRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """The settings of one evaluation.

    Args:
        protocol: how the test part is walked through.
        baselines: names of those to compare with; None for every one that suits.
        trading: how to trade on the forecasts, where that is asked.
        mape: whether to compute the mean absolute percentage error.
        ranks: whether to score probabilities of the symbols' ranks.
        tell: called with what is being done, how many parts of it are done, of how many.
    """

    protocol: Protocol = field(default_factory=Protocol)
    baselines: Sequence[str] | None = None
    trading: Trading | None = None
    mape: bool = False
    ranks: bool = False
    tell: Callable[[str, int, int], None] = lambda stage, done, total: None


@dataclass(frozen=True, eq=False)
class Case:
    """A case to be scored: the networks of every fold, on one dataset.

    Args:
        dataset: with the test part.
        folds: stretches of it that the same networks forecast.
        forecasters: those networks, one for each fold.
    """

    dataset: Dataset
    folds: Sequence[Fold]
    forecasters: Sequence[Forecaster]

    @property
    def origins(self) -> Any:
        """The origins of all folds (window,)."""
        return np.concatenate([fold.origins for fold in self.folds])

    def quantiles(self, forecasters: Sequence[Forecaster] | None = None) -> Array:
        """Return the networks' forecasts from all origins (window, step, level).

        Args:
            forecasters: one for each fold, instead of the case's own.
        """
        pairs = zip(forecasters or self.forecasters, self.folds, strict=True)
        return np.concatenate(
            [forecaster.network_quantiles(self.dataset, fold.origins) for forecaster, fold in pairs]
        )

    def filters(self) -> list[Array]:
        """Return the forecasts of each part of the pool besides the networks, from all origins."""
        pairs = zip(self.forecasters, self.folds, strict=True)
        by_fold = [
            forecaster.part_quantiles(self.dataset, fold.origins) for forecaster, fold in pairs
        ]
        common = [name for name in by_fold[0] if all(name in parts for parts in by_fold)]
        return [np.concatenate([parts[name] for parts in by_fold]) for name in common]

    def probabilities(self) -> Array:
        """Return the probabilities of a rise from all origins (window, step)."""
        pairs = zip(self.forecasters, self.folds, strict=True)
        return np.concatenate(
            [
                forecaster.own_quantiles(self.dataset, fold.origins)[..., 0]
                for forecaster, fold in pairs
            ]
        )


def score(
    case: Case, request: Request, rivals: Rivals | None = None, cache: Path | None = None
) -> Evaluation:
    """Score a test part beside baselines.

    Args:
        case: what is scored.
        request: what is asked for.
        rivals: other configurations that were scored on the same prices; by default none.
        cache: folder of baselines' forecasts that were computed before.

    Raises:
        UsageError: if the test part, or the quantity, does not have what is asked for.
    """
    rivals = rivals or Rivals()
    quantity = case.dataset.experiment.window.quantity
    if quantity == DIRECTION:
        evaluation = _score_probabilities(case, request)
    else:
        evaluation = _score_quantiles(case, request, rivals, cache)
    models = evaluation.backtest["model"].nunique()
    log.info("scored %d forecasts of %d models", len(evaluation.backtest), models)
    symbol, searched = case.dataset.history.symbol, case.dataset.experiment.searched
    return evaluation.doubted((*best_of_many(rivals, symbol), *best_of_search(searched)))


def _score_quantiles(
    case: Case, request: Request, rivals: Rivals, cache: Path | None
) -> Evaluation:
    """Score distributions of prices or volatilities beside every baseline."""
    models = _delivered(case, case.filters())
    evaluation = score_forecasts(
        case.dataset, case.folds, models.pop(NETWORK), models, request, cache
    )
    return replace(
        evaluation,
        seeds=_seeds(case, evaluation.losses),
        **_trade(case.dataset, evaluation.backtest, request.trading, rivals),
    )


def score_forecasts(
    dataset: Dataset,
    folds: Sequence[Fold],
    own: Array,
    others: Mapping[str, Array],
    request: Request,
    cache: Path | None = None,
) -> Evaluation:
    """Score quantiles beside those of other models and of baselines.

    Args:
        dataset: whose prices or volatilities are forecast.
        folds: the origins, and what baselines may learn from.
        own: quantiles that are judged (window, step, level).
        others: quantiles that stand beside them, by name of the model.
        request: what is asked for.
        cache: folder of baselines' forecasts that were computed before.
    """
    window = dataset.experiment.window
    names = _names(request.baselines, window.quantity)
    baselines, failures = baseline_quantiles(dataset, folds, names, cache, request.tell)
    origins = np.concatenate([fold.origins for fold in folds])
    backtest = backtest_table(dataset, {NETWORK: own, **others, **baselines}, origins)
    table = losses(backtest, window.quantity)
    scale, root_scale = dataset.naive_scale(), dataset.naive_root_scale()
    scores = summarise(table, scale, root_scale, mape=request.mape)
    contenders = [name for name in (*others, *baselines) if name not in SHOWN_ONLY]
    comparisons = compare(table, NETWORK, contenders)
    verdict = judge(scores, comparisons, span(backtest), window.quantity, failures, len(folds))
    doubts = tuple(map(str, flags(backtest, scores, comparisons, window.quantity)))
    rivals = origin_losses(table[~table["model"].isin(SHOWN_ONLY)])
    if FILTERS in others:
        added = compare(table, NETWORK, [FILTERS])
        comparisons = pd.concat([comparisons, added], ignore_index=True)
        verdict = replace(verdict, sentence=f"{verdict.sentence} {what_networks_add(added)}")
    return Evaluation(
        symbol=dataset.history.symbol,
        quantity=window.quantity,
        backtest=backtest,
        losses=table,
        scores=scores,
        comparisons=comparisons,
        verdict=replace(verdict, flags=doubts),
        failures=failures,
        protocol=_protocol_record(request.protocol, folds),
        naive=naive_answer(dataset),
        scale=scale,
        root_scale=root_scale,
        model_set=model_confidence_set(rivals, window.horizon),
    )


def _score_probabilities(case: Case, request: Request) -> Evaluation:
    """Score probabilities of a rise beside the share of rises and always saying up."""
    if request.trading:
        raise UsageError(
            "trades need forecasts of prices, not of a direction", "leave --economics out"
        )
    dataset = case.dataset
    rates = [
        base_rate(replace(dataset, given_splits=fold.splits), fold.origins) for fold in case.folds
    ]
    probabilities = {NETWORK: case.probabilities(), NAIVE: np.concatenate(rates)}
    backtest = probability_table(dataset, probabilities, case.origins)
    table = direction_losses(backtest)
    scores, comparisons = summarise_directions(table), compare_directions(table)
    return Evaluation(
        symbol=dataset.history.symbol,
        quantity=DIRECTION,
        backtest=backtest,
        losses=table,
        scores=scores,
        comparisons=comparisons,
        verdict=judge_directions(scores, comparisons, span(backtest)),
        failures={},
        protocol=_protocol_record(request.protocol, case.folds),
        naive=naive_answer(dataset),
        scale=dataset.naive_scale(),
        root_scale=dataset.naive_root_scale(),
    )


def _names(wanted: Sequence[str] | None, quantity: Quantity) -> tuple[str, ...]:
    """Return the baselines to compare with; those that a claim must beat always."""
    suited = baselines_of(quantity)
    for name in wanted or ():
        if name not in suited:
            raise UsageError(
                f"no baseline of a {quantity} is called {name!r}", f"use: {', '.join(suited)}"
            )
    return tuple(name for name in suited if wanted is None or name in (*BARS, *wanted))


def _delivered(case: Case, filters: Sequence[Array]) -> dict[str, Array]:
    """Return what is delivered, and what it is made of: its parts, and itself uncalibrated."""
    networks = case.quantiles()
    models = {NETWORK: average([networks, *filters])}
    if (bare := _uncalibrated(case)) is not None:
        models[UNCALIBRATED] = average([bare, *filters])
    if filters:
        models |= {NETWORKS_ALONE: networks, FILTERS: average(filters)}
    return models


def _uncalibrated(case: Case) -> Array | None:
    """Return the networks' own distributions, to show what calibration did; a point has none."""
    window, model = case.dataset.experiment.window, case.dataset.experiment.model
    calibrated = case.forecasters[0].calibration is not None
    if not calibrated or window.strategy != "direct" or model.head == "point":
        return None
    return case.quantiles(
        [replace(forecaster, calibration=None) for forecaster in case.forecasters]
    )


def _seeds(case: Case, table: pd.DataFrame) -> pd.DataFrame | None:
    """Score each member by itself beside naive, to show how much the seed matters."""
    window = case.dataset.experiment.window
    members = [forecaster.members() for forecaster in case.forecasters]
    if window.strategy != "direct" or len(members[0]) < 2:
        return None
    rows = []
    for number in range(len(members[0])):
        quantiles = case.quantiles([of_fold[number] for of_fold in members])
        backtest = backtest_table(case.dataset, {NETWORK: quantiles}, case.origins)
        losses_of_both = pd.concat(
            [losses(backtest, window.quantity), table[table["model"] == NAIVE]]
        )
        rows += [
            {"member": number + 1, **skill} for skill in skills_of(losses_of_both, NETWORK, NAIVE)
        ]
    return pd.DataFrame(rows)


def _trade(
    dataset: Dataset, backtest: pd.DataFrame, trading: Trading | None, rivals: Rivals
) -> dict[str, Any]:
    """Return what trades on the forecasts would have earned, and the curves; empty unless asked."""
    if trading is None:
        return {}
    trades = trade(backtest, dataset.history.bars, dataset.naive_return(), trading)
    strategy, holding = equity_curves(trades, trading)
    curves = {"date": trades["date"], "strategy": strategy, "buy_and_hold": holding}
    searched = dataset.experiment.searched
    economics = assess(trades, trading, rivals.sharpes, searched.trials if searched else 1)
    return {"economics": economics.to_dict(), "equity": pd.DataFrame(curves)}


def span(backtest: pd.DataFrame) -> tuple[str, str]:
    """Return the dates of the first and the last target."""
    return f"{backtest['date'].min():%Y-%m-%d}", f"{backtest['date'].max():%Y-%m-%d}"


def _protocol_record(protocol: Protocol, folds: Sequence[Fold]) -> ProtocolRecord:
    return ProtocolRecord(**asdict(protocol), fits=len(folds))

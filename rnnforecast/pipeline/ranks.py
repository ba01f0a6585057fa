"""From a run on several symbols to probabilities of their ranks over the test part, scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.evaluation.ranks import DRAWS, SEED, groups_of, rival_ranks, score_ranks
from rnnforecast.evaluation.walkforward import Protocol, scored_origins
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.joint import Copula, normal_scores, rank_probabilities
from rnnforecast.pipeline.joint import PAST
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.quantities import PRICE
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment, load_forecaster, load_networks


@dataclass(frozen=True, eq=False)
class Outlook:
    """The forecasts of one symbol.

    Args:
        ends: quantiles of the return over the whole path, by the day on which it was forecast
            (origin, level).
        came: the ``return`` that came true and its last day ``end``, by the same days.
        scores: where each one-step outcome fell in its forecast, by the day of the outcome.
        closes: by day.
    """

    ends: pd.DataFrame
    came: pd.DataFrame
    scores: pd.Series
    closes: pd.Series


def check_ranked(run: Run | Part) -> None:
    """Refuse a run whose symbols cannot be ranked by their returns.

    Raises:
        UsageError: if the run is on one symbol, or does not forecast prices.
    """
    is_panel = isinstance(run, Run) and run.is_panel
    if not is_panel or load_experiment(run).window.quantity != PRICE:
        raise UsageError(
            f"run {run.name} does not forecast the prices of several symbols, so nothing is ranked",
            "leave --ranks out, or train on several: rnnforecast train --symbol AAPL --symbol MSFT",
        )


def evaluate_ranks(run: Run, protocol: Protocol) -> pd.DataFrame:
    """Score probabilities of ranks over the test part, beside forecasts that need no network.

    A period is as long as the path, the newest ends with the test part, and none overlaps another.
    Symbols are tied by a copula of the surprises of the last PAST days before each period.

    Args:
        run: on several symbols.
        protocol: whose number of origins limits the test part.

    Returns:
        the table of ``score_ranks``.

    Raises:
        UsageError: if no day of the test part is common to all symbols.
        DataError: if too few days before the test part are common to all symbols.
    """
    networks = load_networks(run, len(run.manifest.seeds))
    protocol, outlooks = replace(protocol, step=1), []
    for part in run.parts:
        dataset = dataset_of(part)
        origins = scored_origins(dataset, protocol)
        outlooks.append(outlook(load_forecaster(part, networks), dataset, origins))
    return score_outlooks(outlooks, load_experiment(run).window.horizon)


def outlook(forecaster: Forecaster, dataset: Dataset, origins: Rows) -> Outlook:
    """Forecast one symbol from some origins, and from the PAST days before them.

    Args:
        forecaster: of the symbol.
        dataset: of the symbol.
        origins: rows from which periods may begin, in order (origin,).
    """
    rows = np.arange(max(dataset.first_origin, int(origins[0]) - PAST), int(origins[-1]) + 1)
    quantiles = forecaster.quantiles(dataset, rows)
    days, closes = dataset.history.dates.tz_localize(None).normalize(), dataset.closes
    last, ahead = closes[origins], origins + quantiles.shape[1]
    ends = quantiles[origins - rows[0], -1] / last[:, None] - 1
    came = pd.DataFrame({"return": closes[ahead] / last - 1, "end": days[ahead]}, days[origins])
    scores = normal_scores(quantiles[:, 0], closes[rows + 1])
    by_day = pd.DataFrame(ends, days[origins])
    return Outlook(
        by_day[_last_of_day(by_day)],
        came[_last_of_day(came)],
        pd.Series(scores, days[rows + 1]).groupby(level=0).last(),
        pd.Series(closes, days).groupby(level=0).last(),
    )


def _last_of_day(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows are the last of their day, where bars are shorter than one (row,)."""
    return ~table.index.duplicated(keep="last")


def score_outlooks(outlooks: Sequence[Outlook], horizon: int) -> pd.DataFrame:
    """Score the ranks of several symbols in periods that do not overlap.

    Args:
        outlooks: of the symbols.
        horizon: length of a period in sessions.
    """
    common = outlooks[0].ends.index
    for other in outlooks[1:]:
        common = common.intersection(other.ends.index)
    begins = pd.DatetimeIndex(common.sort_values()[::-horizon][::-1])
    if not len(begins):
        raise UsageError(
            "no day of the test part is common to all symbols, so nothing can be ranked",
            "leave --ranks out, or train on symbols with a longer common past",
        )
    scores = pd.concat([symbol.scores for symbol in outlooks], axis=1, join="inner").dropna()
    closes = pd.concat([symbol.closes for symbol in outlooks], axis=1, join="inner")
    forecasts, returns, ends = [], [], []
    for day in begins:
        own = np.stack([symbol.ends.loc[day].to_numpy(float) for symbol in outlooks])
        copula = Copula.fit(scores[:day].to_numpy(float)[-PAST:])
        ranks = rank_probabilities(copula.sample(own, DRAWS, SEED), groups_of(len(outlooks)))
        forecasts.append({NETWORK: ranks, **rival_ranks(closes[:day].to_numpy(float))})
        returns.append([symbol.came.loc[day, "return"] for symbol in outlooks])
        ends.append(pd.DatetimeIndex([symbol.came.loc[day, "end"] for symbol in outlooks]).max())
    return score_ranks(forecasts, np.array(returns, float), begins, pd.DatetimeIndex(ends))

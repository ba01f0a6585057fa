"""Several symbols that the same networks learn from: cut at the same days, their windows in one."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnforecast.config.custom_features import files_of
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.types import AUTO
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.automatic import FROM_RANGES, resolve
from rnnforecast.dataset.cleaning import Cleaning
from rnnforecast.dataset.dataset import Dataset, Scalers, prepare, used_bars
from rnnforecast.dataset.features import MARKET
from rnnforecast.dataset.market import choose_members, market_of
from rnnforecast.dataset.roles import prepare_each
from rnnforecast.dataset.unfit import Unfit
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.workers import WORTH_STARTING

Learned = Literal["train", "validation"]

UNUSABLE = "with unusable prices"
"""What is wrong with symbols that no dataset can be made of."""


@dataclass(frozen=True, eq=False)
class Series:
    """The bars of one symbol, and of those beside it.

    Args:
        history: as stored.
        exogenous: those of ``data.exogenous``, as stored, and the market where there is one.
        members: symbols of the market that are none of the experiment's own, as stored. Their
            prices have to be checked, since nobody else checks them.
    """

    history: PriceHistory
    exogenous: Mapping[str, PriceHistory]
    members: tuple[PriceHistory, ...] = ()

    def until(self, day: str) -> Series:
        """Cut every series after a day (ISO date), which is still included.

        Raises:
            DataError: if a symbol has no bar by then.
        """
        exogenous = {name: other.between(end=day) for name, other in self.exogenous.items()}
        members = tuple(member.between(end=day) for member in self.members)
        return Series(self.history.between(end=day), exogenous, members)


@dataclass(frozen=True, eq=False)
class Windows:
    """What networks learn from: scaled windows of one or several symbols, gathered from the rows
    when they are due.

    Args:
        experiment: whose networks these are.
        inputs: every row, those of a symbol after those of the one before (row, feature).
        targets: the target path after every row (row, step); NaN where it is not known.
        origins: of each part, the last rows of the windows that it owns (window,).
    """

    experiment: Experiment
    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]
    origins: Mapping[Learned, Rows]

    def telling(self, count: int) -> NDArray[np.float32]:
        """Return inputs on which two ways of computing a network would differ first.

        Args:
            count: how many windows with the largest absolute input, and how many random ones.

        Returns:
            training and validation windows (window, lookback, feature), unknown inputs as zeros.
        """
        lookback, inputs = self.experiment.window.lookback, np.nan_to_num(self.inputs)
        origins = np.concatenate([self.origins[part] for part in ("train", "validation")])
        magnitude, largest = np.abs(inputs).max(axis=1), np.zeros(len(origins), np.float32)
        # The largest input of each window, one step back at a time: no window is gathered for it.
        for back in range(lookback):
            np.maximum(largest, magnitude[origins - back], out=largest)
        extreme = np.argsort(-largest, kind="stable")[:count]
        anything = np.random.default_rng(0).integers(len(origins), size=count)
        chosen = origins[np.union1d(extreme, anything)]
        return inputs[chosen[:, None] + np.arange(1 - lookback, 1)]


def series_of(experiment: Experiment, bars: Mapping[str, PriceHistory]) -> list[Series]:
    """Put beside each symbol's bars those that it is read with.

    Args:
        experiment: with its ``data.market`` resolved.
        bars: of its symbols and teachers, where these are wanted, and of ``experiment.others``, as
            stored.

    Raises:
        DataError: if the members of the market do not suit.
    """
    others, members = read_beside(experiment, bars)
    symbols = [symbol for symbol in experiment.data.learned if symbol in bars]
    first, *rest = symbols  # members are the same for all, and are checked once
    return [
        Series(bars[first], others, members), *(Series(bars[symbol], others) for symbol in rest)
    ]  # fmt: skip


def read_beside(
    experiment: Experiment, bars: Mapping[str, PriceHistory]
) -> tuple[dict[str, PriceHistory], tuple[PriceHistory, ...]]:
    """Return what every symbol is read with, and the market's members that nobody else checks.

    Args:
        experiment: with its ``data.market`` resolved.
        bars: of ``experiment.others``, as stored.

    Raises:
        DataError: if the members of the market do not suit.
    """
    data = experiment.data
    others = {symbol: bars[symbol] for symbol in data.exogenous}
    if data.market_members:
        others[MARKET] = market_of(experiment, bars)
    members = tuple(bars[name] for name in data.market_members if name not in data.symbol)
    return others, members


def with_market(
    experiment: Experiment, series: Sequence[Series]
) -> tuple[Experiment, list[Series]]:
    """Return an experiment with its market resolved, and each series with the market beside it.

    Args:
        experiment: of all.
        series: one of each of its symbols; where it has the market already, that one stands.

    Raises:
        DataError: if bars of a member are missing, or do not suit.
    """
    histories = {bars.history.symbol: bars.history for bars in series}
    teachers = experiment.data.teachers
    # what a vanished company did is no part of the market that is read today
    scored = [bars for symbol, bars in histories.items() if symbol not in teachers]
    members = choose_members(experiment, scored)
    data = experiment.data.model_copy(update={"market": members})
    experiment = experiment.model_copy(update={"data": data})
    if not members or all(MARKET in bars.exogenous for bars in series):
        return experiment, list(series)
    market = {MARKET: market_of(experiment, histories)}
    return experiment, [Series(bars.history, {**bars.exogenous, **market}) for bars in series]


@dataclass(frozen=True, eq=False)
class Panel:
    """The datasets of one or several symbols, cut at the same days.

    Args:
        datasets: of the symbols that are forecast and scored.
        scalers: of each of them, learned from its training rows.
        teachers: of those whose training windows teach, and nothing else.
        taught: the scalers of the teachers.
    """

    datasets: tuple[Dataset, ...]
    scalers: tuple[Scalers, ...]
    teachers: tuple[Dataset, ...] = ()
    taught: tuple[Scalers, ...] = ()


def prepare_panel(
    experiment: Experiment, series: Sequence[Series], unfit: Unfit | None = None
) -> Panel:
    """Prepare a dataset of each symbol.

    Several are cut at the same days, so that none teaches on a day that another is tested on:
    markets move together. The days follow from the symbols that are scored.

    Args:
        experiment: of all.
        series: one of each of its symbols, and of its teachers.
        unfit: takes the symbols that do not suit; by default none may be left out.

    Raises:
        DataError: if prices do not suit, or a symbol has no window in a part that it needs.
    """
    unfit = unfit or Unfit(len(series))
    beside = {bars.history.symbol: bars.exogenous for bars in series}
    if len(series) == 1:
        unfit.refuse()
        _check_scored(experiment, beside)
        dataset = prepare(experiment, series[0].history, series[0].exogenous)
        return Panel((dataset,), (dataset.fit_scalers(),))
    experiment, used = _used(experiment, series, unfit)
    bars = {symbol: (*used[symbol], beside[symbol]) for symbol in used}
    experiment, made = prepare_each(
        experiment, bars, skip=unfit.skip, least=least_spread(experiment)
    )
    fitting = unfit.kept(UNUSABLE, made.items())
    unfit.refuse()
    teaching = experiment.data.teachers
    _check_scored(experiment, fitting)
    scored = [pair for symbol, pair in fitting.items() if symbol not in teaching]
    teachers = [pair for symbol, pair in fitting.items() if symbol in teaching]
    return Panel(
        tuple(dataset for dataset, _ in scored),
        tuple(scalers for _, scalers in scored),
        tuple(dataset for dataset, _ in teachers),
        tuple(scalers for _, scalers in teachers),
    )


def _check_scored(experiment: Experiment, symbols: Collection[str]) -> None:
    """Refuse symbols that all would only teach.

    Raises:
        DataError: if there is none to forecast.
    """
    if set(symbols) <= set(experiment.data.teachers):
        raise DataError(
            "every symbol would only teach, so there is nothing to forecast",
            "name one that still trades in data.symbol",
        )


def least_spread(experiment: Experiment) -> float:
    """Return from how many symbols on other cores help to prepare them; never where the user's own
    code takes part, which runs in this process alone."""
    return math.inf if files_of(experiment) else WORTH_STARTING


def _used(
    experiment: Experiment, series: Sequence[Series], unfit: Unfit
) -> tuple[Experiment, dict[str, tuple[PriceHistory, Cleaning]]]:
    """Return the experiment with every ``auto`` resolved, and the bars that it uses by symbol."""
    clean = {
        bars.history.symbol: partial(used_bars, history=bars.history)
        for bars in series
    }  # fmt: skip
    used = unfit.sift(UNUSABLE, {name: partial(use, experiment) for name, use in clean.items()})
    if not used:
        unfit.refuse()
    resolved = resolve(experiment, [history for history, _ in used.values()])
    if experiment.window.features == AUTO and resolved.window.features != FROM_RANGES:
        # some were cleaned for ranges that nothing reads, since others have none
        again = {name: partial(clean[name], resolved) for name in used}
        used = unfit.sift(UNUSABLE, again)
    return resolved, used


def windows_of(datasets: Sequence[Dataset], scalers: Sequence[Scalers]) -> Windows:
    """Join the windows of one or several symbols.

    Args:
        datasets: of the symbols.
        scalers: learned from each one's own training rows.
    """
    lengths = [len(dataset.history) for dataset in datasets]
    # The rows of all symbols stand below one another: row i of a symbol is row start + i of all.
    starts = np.cumsum([0, *lengths[:-1]])
    # filled symbol by symbol: of thousands, a second copy of all would be gigabytes
    inputs = np.empty((sum(lengths), len(datasets[0].names)), np.float32)
    targets = np.empty((sum(lengths), datasets[0].experiment.answered), np.float32)
    for start, length, dataset, scaler in zip(starts, lengths, datasets, scalers, strict=True):
        inputs[start : start + length] = dataset.scaled_features(scaler.inputs)
        targets[start : start + length] = scaler.targets.apply(dataset.targets)
    return Windows(
        datasets[0].experiment,
        inputs,
        targets,
        {part: _origins(datasets, starts, part) for part in ("train", "validation")},
    )


def _origins(datasets: Sequence[Dataset], starts: NDArray[np.int64], part: Learned) -> Rows:
    """Return the origins of a part among the rows of all symbols (window,)."""
    return np.concatenate(
        [
            start + dataset.splits.origins(part)
            for start, dataset in zip(starts, datasets, strict=True)
            if part == "train" or not dataset.experiment.only_teaches
        ]
    )

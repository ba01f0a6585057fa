"""Several symbols that the same networks learn from: cut at the same days, their windows in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.automatic import resolve
from rnnforecast.dataset.dataset import Dataset, Scalers, prepare, used_bars
from rnnforecast.dataset.features import MARKET
from rnnforecast.dataset.market import choose_members, market_of
from rnnforecast.dataset.windows import Rows, first_rows
from rnnforecast.errors import DataError

Value = TypeVar("Value")
Made = TypeVar("Made")
Learned = Literal["train", "validation"]

MOST = 40
"""Symbols that a message names."""


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
        bars: of its symbols, and of ``experiment.others``, as stored.

    Raises:
        DataError: if the members of the market do not suit.
    """
    data = experiment.data
    others = {symbol: bars[symbol] for symbol in data.exogenous}
    if data.market_members:
        others[MARKET] = market_of(experiment, bars)
    members = tuple(bars[name] for name in data.market_members if name not in data.symbol)
    first, *rest = data.symbol  # members are the same for all, and are checked once
    return [
        Series(bars[first], others, members), *(Series(bars[symbol], others) for symbol in rest)
    ]  # fmt: skip


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
    members = choose_members(experiment, list(histories.values()))
    data = experiment.data.model_copy(update={"market": members})
    experiment = experiment.model_copy(update={"data": data})
    if not members or all(MARKET in bars.exogenous for bars in series):
        return experiment, list(series)
    market = {MARKET: market_of(experiment, histories)}
    return experiment, [Series(bars.history, {**bars.exogenous, **market}) for bars in series]


def prepare_panel(experiment: Experiment, series: Sequence[Series]) -> list[Dataset]:
    """Prepare a dataset of each symbol.

    Several are cut at the same days, so that none teaches on a day that another is tested on:
    markets move together.

    Args:
        experiment: of all.
        series: one of each of its symbols.

    Raises:
        DataError: if a symbol's prices do not suit, or it has no window in one of the parts.
    """
    if len(series) == 1:
        return [prepare(experiment, series[0].history, series[0].exogenous)]
    used = _each(
        lambda bars: used_bars(experiment, bars.history)[0],
        {bars.history.symbol: bars for bars in series},
    )
    experiment = resolve(experiment, used)
    datasets = _each(
        lambda bars: prepare(experiment.only(bars.history.symbol), bars.history, bars.exogenous),
        {bars.history.symbol: bars for bars in series},
    )
    validation, test = _days(experiment, datasets)
    split = experiment.split.model_copy(update={"validation_from": validation, "test_from": test})
    return _each(
        lambda dataset: _cut(
            replace(dataset, experiment=dataset.experiment.model_copy(update={"split": split}))
        ),
        {dataset.history.symbol: dataset for dataset in datasets},
    )


def _cut(dataset: Dataset) -> Dataset:
    """Return the dataset if every part of it has a window."""
    _ = dataset.splits
    return dataset


def _each(work: Callable[[Value], Made], values: Mapping[str, Value]) -> list[Made]:
    """Do the same with each symbol; the refusals of all are reported at once."""
    made, refused = list[Made](), dict[str, DataError]()
    for symbol, value in values.items():
        try:
            made.append(work(value))
        except DataError as error:
            refused[symbol] = error
    if len(refused) == 1:
        raise next(iter(refused.values()))
    if refused:
        first, names = next(iter(refused.values())), list(refused)
        named = ", ".join(names[:MOST]) + (
            f" and {len(names) - MOST} more" if len(names) > MOST else ""
        )
        raise DataError(
            f"{len(refused)} of {len(values)} symbols do not suit ({first.problem}): {named}",
            "leave them out of data.symbol, or set other days or a smaller window.lookback",
        )
    return made


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
    targets = np.empty((sum(lengths), datasets[0].targets.shape[1]), np.float32)
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
        ]
    )


def _days(experiment: Experiment, datasets: Sequence[Dataset]) -> tuple[date, date]:
    """Return the first days of validation and test: those of the experiment,
    or those that its shares of all days with a bar lead to."""
    split = experiment.split
    if split.validation_from is not None and split.test_from is not None:
        return split.validation_from, split.test_from
    stamps = [
        dataset.history.dates.tz_localize(None).to_numpy().astype("datetime64[D]")
        for dataset in datasets
    ]
    days = np.unique(np.concatenate(stamps))
    validation, test = first_rows(len(days), validation=split.validation, test=split.test)
    return days[validation].item(), days[test].item()

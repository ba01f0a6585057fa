"""From an experiment and prices to a plan: datasets, scalers and manifests; nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from rnnforecast.config.data import title_of
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.memory import check_memory
from rnnforecast.config.types import AUTO
from rnnforecast.data.history_calendar import coming_dates
from rnnforecast.data.store import Store
from rnnforecast.dataset import panel
from rnnforecast.dataset.dataset import Dataset, Scalers, prepare
from rnnforecast.dataset.panel import (
    Series,
    prepare_panel,
    read_beside,
    series_of,
    with_market,
)
from rnnforecast.dataset.unfit import Unfit, none_refused
from rnnforecast.errors import DataError
from rnnforecast.forecast.pool import Part as PoolMember
from rnnforecast.forecast.pool import fit_parts
from rnnforecast.parallel import spread_values
from rnnforecast.pipeline.price_checks import check_series
from rnnforecast.pipeline.trained_model import Plan, Teacher
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_exogenous, load_experiment, load_history
from rnnforecast.runs.provenance import describe
from rnnforecast.workers import WORTH_STARTING

MOST = 12
"""Symbols whose reasons a warning gives."""


def stored(experiment: Experiment, store: Store, *, teachers: bool = False) -> list[Series]:
    """Load the bars of each symbol, those of the others that are inputs, and the market.

    Args:
        experiment: that will use them.
        store: that has them.
        teachers: whether to load the symbols that only teach, too.

    Raises:
        DataError: if they are not stored.
    """
    return list(each_stored(experiment, store, teachers=teachers))


def each_stored(
    experiment: Experiment, store: Store, *, teachers: bool = False
) -> Iterator[Series]:
    """Load the same one after the other, each when it is asked for.

    Raises:
        DataError: if one is not stored, which is found out before any is loaded.
    """
    data, interval = experiment.data, experiment.data.interval
    symbols = data.learned if teachers else data.symbol
    for symbol in symbols:
        store.record(symbol, interval)
    bars = {symbol: store.load(symbol, interval) for symbol in experiment.others}
    others, members = read_beside(experiment, bars)
    for symbol in symbols:
        history = bars.pop(symbol, None)
        yield Series(store.load(symbol, interval) if history is None else history, others, members)
        members = ()  # the same for all, and checked once


def make_plan(
    experiment: Experiment,
    series: Store | Sequence[Series],
    argv: Sequence[str] = (),
    note: Callable[[str], None] = lambda line: None,
) -> Plan:
    """Prepare what networks learn from; refuse prices that do not suit, before TensorFlow loads.

    Args:
        experiment: what to train on what.
        series: the bars of each of its symbols and teachers, or the store that has them.
        argv: the command line, for the manifest.
        note: called with each thing to know about the prices, as soon as it is known.

    Raises:
        DataError: if the prices are too few or unfit.
    """
    unfit = Unfit(len(experiment.data.learned), experiment.data.skip_unfit)
    if isinstance(series, Store):
        series = _load(experiment, series, unfit)
    series = _check(experiment, series, unfit, note)
    experiment, series = with_market(experiment, series)
    lengths = [len(member.history) for member in series]
    check_memory(experiment, sum(lengths), max(lengths))
    prepared = prepare_panel(experiment, series, unfit)
    pools, left_out = [], []
    strict = experiment.pool != AUTO  # what was asked for by name is refused, not left out
    for parts, without in _filters(prepared.datasets, strict):
        pools.append(parts)
        left_out.append(without)
    datasets = tuple(map(_pooled, prepared.datasets, pools))
    for dataset in datasets:  # a calendar without dates for the forecast is refused now, not later
        coming_dates(dataset.history, dataset.experiment.window.horizon)
    by_symbol = {member.history.symbol: member for member in series}
    members = [by_symbol[dataset.history.symbol] for dataset in datasets]
    manifests = (
        describe(dataset, member.history, member.exogenous, argv).replace(left_out=without)
        for dataset, member, without in zip(datasets, members, left_out, strict=True)
    )
    return Plan(
        _of_all(experiment, datasets, prepared.teachers),
        tuple(members),
        datasets,
        prepared.scalers,
        tuple(manifests),
        tuple(pools),
        tuple(
            _teacher(by_symbol[dataset.history.symbol], dataset, scalers, argv)
            for dataset, scalers in zip(prepared.teachers, prepared.taught, strict=True)
        ),
        unfit.skipped,
    )


def _load(experiment: Experiment, store: Store, unfit: Unfit) -> list[Series]:
    """Load the bars of every symbol that is learned from, and of the others."""
    interval = experiment.data.interval
    loads = {name: partial(store.load, name, interval) for name in experiment.data.learned}
    bars = unfit.sift("not stored", loads)
    if not bars:
        unfit.refuse()
    others = {name: store.load(name, interval) for name in experiment.others if name not in bars}
    return series_of(experiment, {**others, **bars})


def _check(
    experiment: Experiment, series: Sequence[Series], unfit: Unfit, note: Callable[[str], None]
) -> list[Series]:
    """Return the symbols without errors in their prices, and say what there is to know of each."""
    names = [bars.history.symbol for bars in series]
    least = panel.least_spread(experiment)
    checks = spread_values(_checked, series, shared=(experiment,), least=least)
    lines = unfit.kept("with errors in their prices", zip(names, checks, strict=True))
    if not lines:
        unfit.refuse()
    for line in (line for notes in lines.values() for line in notes):
        note(line)
    return [bars for bars in series if bars.history.symbol in lines]


def _checked(experiment: Experiment, bars: Series) -> list[str] | DataError:
    """Return what there is to know about the prices of one symbol, or why they are refused."""
    symbol = bars.history.symbol
    alone = experiment if experiment.data.symbol == (symbol,) else experiment.only(symbol)
    try:
        return check_series(alone, [bars])
    except DataError as error:
        return error


def _filters(
    datasets: Sequence[Dataset], strict: bool
) -> list[tuple[dict[str, PoolMember], dict[str, str]]]:
    """Fit the filters of each symbol, many of them on all cores.

    Raises:
        DataError: if ``strict`` and one cannot be fitted.
    """
    return none_refused(spread_values(_fit, datasets, shared=(strict,), least=WORTH_STARTING))


def _fit(
    strict: bool, dataset: Dataset
) -> tuple[dict[str, PoolMember], dict[str, str]] | DataError:
    """Fit the filters of one symbol, or say why not."""
    try:
        return fit_parts(dataset, strict=strict)
    except DataError as error:
        return error


def _pooled(dataset: Dataset, parts: Mapping[str, PoolMember]) -> Dataset:
    """Return a dataset whose experiment says what its pool came to be."""
    pool = {"pool": ("network", *parts)}
    return replace(dataset, experiment=dataset.experiment.model_copy(update=pool))


def _of_all(
    experiment: Experiment, datasets: Sequence[Dataset], teachers: Sequence[Dataset]
) -> Experiment:
    """Return the experiment of all symbols: they are cut at the same days, which each one's config
    names."""
    whole = datasets[0].experiment
    names = {
        "symbol": tuple(dataset.history.symbol for dataset in datasets),
        "teachers": tuple(dataset.history.symbol for dataset in teachers),
    }
    data = whole.data.model_copy(update=names)
    return whole.model_copy(update={"data": data, "pool": _shared_pool(experiment, datasets)})


def _teacher(bars: Series, dataset: Dataset, scalers: Scalers, argv: Sequence[str]) -> Teacher:
    return Teacher(bars, dataset, scalers, describe(dataset, bars.history, bars.exogenous, argv))


def losses(plan: Plan) -> Iterator[str]:
    """Say which symbols were left out, and which only teach."""
    total = len(plan.datasets) + len(plan.teachers) + len(plan.skipped)
    if plan.skipped:
        reasons, more = list(plan.skipped.values())[:MOST], len(plan.skipped) - MOST
        rest = f"; and {more} more, which run.json lists" if more > 0 else ""
        yield f"left out {len(plan.skipped)} of {total} symbols: {'; '.join(reasons)}{rest}"
    if plan.teachers:
        names = title_of([teacher.dataset.history.symbol for teacher in plan.teachers])
        yield (
            f"{len(plan.teachers)} of {total} symbols only teach, and are not forecast or scored: "
            f"{names}"
        )


def _shared_pool(experiment: Experiment, datasets: Sequence[Dataset]) -> tuple[str, ...]:
    """Return the pool of all symbols; as it was asked for where they differ."""
    pools = {dataset.experiment.pool for dataset in datasets}
    return pools.pop() if len(pools) == 1 else experiment.pool


def dataset_of(run: Run | Part) -> Dataset:
    """Prepare the dataset of one symbol that a run was trained on, whatever the store holds today.

    This runs the user's own feature files, if the config names any.
    """
    return prepare(load_experiment(run), load_history(run), load_exogenous(run))

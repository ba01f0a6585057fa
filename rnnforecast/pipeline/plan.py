"""From an experiment and prices to a plan: datasets, scalers and manifests; nothing is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.memory import check_memory
from rnnforecast.config.types import AUTO
from rnnforecast.data.history_calendar import coming_dates
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import Series, prepare_panel, series_of, with_market
from rnnforecast.forecast.pool import fit_parts
from rnnforecast.pipeline.price_checks import check_series
from rnnforecast.pipeline.trained_model import Plan
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_exogenous, load_experiment, load_history
from rnnforecast.runs.provenance import describe


def stored(experiment: Experiment, store: Store) -> list[Series]:
    """Load the bars of each symbol, those of the others that are inputs, and the market.

    Raises:
        DataError: if they are not stored.
    """
    data = experiment.data
    names = dict.fromkeys((*experiment.others, *data.symbol))
    bars = {symbol: store.load(symbol, data.interval) for symbol in names}
    return series_of(experiment, bars)


def make_plan(experiment: Experiment, series: Sequence[Series], argv: Sequence[str] = ()) -> Plan:
    """Prepare what networks learn from; refuse prices that do not suit, before TensorFlow loads.

    Args:
        experiment: what to train on what.
        series: the bars of each of its symbols.
        argv: the command line, for the manifest.

    Raises:
        DataError: if the prices are too few or unfit.
    """
    check_series(experiment, series)
    experiment, series = with_market(experiment, series)
    lengths = [len(member.history) for member in series]
    check_memory(experiment, sum(lengths), max(lengths))
    strict = experiment.pool != AUTO  # what was asked for by name is refused, not left out
    datasets, pools, left_out = [], [], []
    for dataset in prepare_panel(experiment, series):
        parts, without = fit_parts(dataset, strict=strict)
        pool = {"pool": ("network", *parts)}
        pooled = dataset.experiment.model_copy(update=pool)
        datasets.append(replace(dataset, experiment=pooled))
        pools.append(parts)
        left_out.append(without)
    scalers = tuple(dataset.fit_scalers() for dataset in datasets)
    for dataset in datasets:  # a calendar without dates for the forecast is refused now, not later
        coming_dates(dataset.history, dataset.experiment.window.horizon)
    # where there are several, all are cut at the same days, which the first one's config names
    whole = datasets[0].experiment
    symbols = tuple(member.history.symbol for member in series)
    data = whole.data.model_copy(update={"symbol": symbols})
    return Plan(
        whole.model_copy(update={"data": data, "pool": _shared_pool(experiment, datasets)}),
        tuple(series),
        tuple(datasets),
        scalers,
        tuple(
            describe(dataset, member.history, member.exogenous, argv).replace(left_out=without)
            for dataset, member, without in zip(datasets, series, left_out, strict=True)
        ),
        tuple(pools),
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

"""Which symbols of a panel are scored and which only teach, and the days that all are cut at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TypeAlias

import numpy as np

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.cleaning import Cleaning
from rnnforecast.dataset.dataset import Dataset, Scalers, prepare_used
from rnnforecast.dataset.windows import first_rows
from rnnforecast.errors import DataError
from rnnforecast.parallel import at_work, spread_values

Bars: TypeAlias = tuple[PriceHistory, Cleaning, Mapping[str, PriceHistory]]
"""Of a symbol: as used, what was cleaned, and the series beside it."""
Prepared: TypeAlias = tuple[Dataset, Scalers]

SCORED = ("validation", "test")
"""Parts in which a symbol that is scored needs a window; one that only teaches needs none."""


def prepare_each(
    experiment: Experiment, bars: Mapping[str, Bars], *, skip: bool, least: float
) -> tuple[Experiment, dict[str, Prepared | DataError]]:
    """Prepare each symbol of a panel, all cut at the same days.

    The days follow from the symbols that are scored. Where symbols may be left out, those that
    have no window to be scored on teach instead, by their training windows; without them the days
    may be others, and then all are prepared again.

    Args:
        experiment: of all symbols.
        bars: of each symbol.
        skip: whether symbols that do not suit are left out, rather than refused.
        least: from how many symbols on other cores help.

    Returns:
        the experiment with the days and the symbols that only teach; what was prepared of each
        symbol, or why it does not suit.
    """
    histories = {symbol: history for symbol, (history, _, _) in bars.items()}
    made, late = dict[str, Prepared | DataError](), list[str]()
    days: tuple[date, date] | None = None
    while True:
        before, days = days, _days(experiment, histories)
        dated = _cut_at(experiment, *days)
        again = late if days == before else list(bars)
        jobs = [bars[symbol] for symbol in again]
        done = spread_values(_prepare, jobs, shared=(dated,), least=least)
        for symbol, result in zip(again, done, strict=True):
            made[symbol] = _with_bars(result, histories[symbol])
        late = [symbol for symbol, result in made.items() if _lacks_scored(result)]
        teaching = {*experiment.data.teachers, *late}
        if not skip or not late or teaching >= set(bars):
            return dated, made
        teachers = tuple(symbol for symbol in bars if symbol in teaching)
        data = experiment.data.model_copy(update={"teachers": teachers})
        experiment = experiment.model_copy(update={"data": data})


def _prepare(experiment: Experiment, bars: Bars) -> Prepared | DataError:
    """Prepare one symbol of a panel, or say why it does not suit."""
    history, cleaning, exogenous = bars
    try:
        dataset = prepare_used(experiment.only(history.symbol), history, cleaning, exogenous)
        scalers = dataset.fit_scalers()
    except DataError as error:
        return error
    # whoever asked has the bars: another copy of them need not come back
    return (replace(dataset, history=history.newest(1)) if at_work() else dataset), scalers


def _with_bars(result: Prepared | DataError, history: PriceHistory) -> Prepared | DataError:
    """Give what a worker has prepared its bars back."""
    if isinstance(result, DataError):
        return result
    dataset, scalers = result
    return replace(dataset, history=history), scalers


def _lacks_scored(result: Prepared | DataError) -> bool:
    """Return whether a symbol has no window in a part on which it would be scored."""
    return isinstance(result, DataError) and result.details.get("lacks") in SCORED


def _cut_at(experiment: Experiment, validation: date, test: date) -> Experiment:
    """Return an experiment with the first days of validation and test."""
    split = experiment.split.model_copy(update={"validation_from": validation, "test_from": test})
    return experiment.model_copy(update={"split": split})


def _days(experiment: Experiment, histories: Mapping[str, PriceHistory]) -> tuple[date, date]:
    """Return the first days of validation and test: those of the experiment, or those that its
    shares of all days with a bar of a scored symbol lead to."""
    split, teachers = experiment.split, experiment.data.teachers
    if split.validation_from is not None and split.test_from is not None:
        return split.validation_from, split.test_from
    scored = [history for symbol, history in histories.items() if symbol not in teachers]
    stamps = [
        history.dates.tz_localize(None).to_numpy().astype("datetime64[D]")
        for history in scored or histories.values()
    ]
    days = np.unique(np.concatenate(stamps))
    validation, test = first_rows(len(days), validation=split.validation, test=split.test)
    return days[validation].item(), days[test].item()

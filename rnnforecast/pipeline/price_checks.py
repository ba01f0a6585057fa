"""What a user should know about the prices and the calendar behind a run, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.sessions import calendar_notes, coming_dates
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.panel import Series
from rnnforecast.dataset.price_gate import check_prices, sentences
from rnnforecast.pipeline.predict import stored
from rnnforecast.pipeline.refit import dataset_of
from rnnforecast.runs import Run


def forecast_notes(
    datasets: Sequence[Dataset], dates: Sequence[pd.DatetimeIndex] | None = None
) -> list[str]:
    """What to know about forecasts: of several symbols, what is said of all of them once.

    Args:
        datasets: that they are made from.
        dates: of the coming bars; by default those after the newest bar.
    """
    horizon = datasets[0].experiment.window.horizon
    dates = dates or [coming_dates(dataset.history, horizon) for dataset in datasets]
    said: dict[str, list[str]] = {}
    for dataset, days in zip(datasets, dates, strict=True):
        for note in calendar_notes(dataset.history, days):
            said.setdefault(note, []).append(dataset.history.symbol)
    return [_of_whom(note, symbols, len(datasets)) for note, symbols in said.items()]


def check_series(experiment: Experiment, series: Sequence[Series]) -> list[str]:
    """What to know about the prices that an experiment would use, a line for each finding.

    Raises:
        DataError: if one of them has errors; see ``dataset.price_gate``.
    """
    lines: list[str] = []
    for one in series:
        only = experiment.only(one.history.symbol) if len(series) > 1 else experiment
        findings = check_prices(only, one.history, one.exogenous)
        lines += sentences(one.history.symbol, findings)
    return lines


def stored_notes(experiment: Experiment, store: Store) -> list[str]:
    """The same, about stored prices, before anything is trained on them."""
    return check_series(experiment, stored(experiment, store))


def run_notes(run: Run) -> list[str]:
    """The same, about the prices that a run keeps."""
    return forecast_notes([dataset_of(part) for part in run.parts])


def _of_whom(note: str, symbols: Sequence[str], count: int) -> str:
    """A note with the symbols it is about, where there are several."""
    if count == 1:
        return note
    more = f" and {len(symbols) - 3} more" if len(symbols) > 3 else ""
    return f"{', '.join(symbols[:3])}{more}: {note}"

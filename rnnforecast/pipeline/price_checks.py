"""What a user should know about the prices and the calendar behind a run, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.sessions import calendar_notes, coming_dates
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.panel import Series
from rnnforecast.dataset.price_gate import check_prices, sentences
from rnnforecast.forecast.promises import unpromised
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
        if promise := _promise(dataset):
            said.setdefault(promise, []).append(dataset.history.symbol)
    return [_of_whom(note, symbols, len(datasets)) for note, symbols in said.items()]


def _promise(dataset: Dataset) -> str:
    """What the calibration of a dataset cannot promise."""
    if dataset.experiment.calibration == "none":
        return ""
    windows = len(dataset.splits.origins("validation"))
    return unpromised(windows, dataset.experiment.window.horizon)


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


def run_notes(run: Run) -> list[str]:
    """What to know about the newest forecasts of a run, and the calendar behind them."""
    return forecast_notes([dataset_of(part) for part in run.parts])


def run_price_notes(run: Run) -> list[str]:
    """What to know about the prices that a run keeps; errors too, since it is trained already."""
    experiment = allowing_bad(run.experiment())
    return check_series(
        experiment, [Series(part.history(), part.exogenous()) for part in run.parts]
    )


def allowing_bad(experiment: Experiment) -> Experiment:
    """The same experiment, whatever is wrong with its prices."""
    data = experiment.data.model_copy(update={"allow_bad": True})
    return experiment.model_copy(update={"data": data})


def _of_whom(note: str, symbols: Sequence[str], count: int) -> str:
    """A note with the symbols it is about, where there are several."""
    if count == 1:
        return note
    more = f" and {len(symbols) - 3} more" if len(symbols) > 3 else ""
    return f"{', '.join(symbols[:3])}{more}: {note}"

"""What a user should know about the prices and the calendar behind a run, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rnnforecast.data.sessions import calendar_notes, coming_dates
from rnnforecast.dataset.dataset import Dataset
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


def run_notes(run: Run) -> list[str]:
    """The same, about the prices that a run keeps."""
    return forecast_notes([dataset_of(part) for part in run.parts])


def _of_whom(note: str, symbols: Sequence[str], count: int) -> str:
    """A note with the symbols it is about, where there are several."""
    if count == 1:
        return note
    more = f" and {len(symbols) - 3} more" if len(symbols) > 3 else ""
    return f"{', '.join(symbols[:3])}{more}: {note}"

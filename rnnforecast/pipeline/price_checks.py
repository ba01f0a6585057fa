"""What a user should know about the prices and the calendar behind a run, a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sessions import calendar_notes, coming_dates
from rnnforecast.dataset.dataset import used_bars
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_history, read_experiment


def forecast_notes(
    histories: Sequence[PriceHistory], dates: Sequence[pd.DatetimeIndex]
) -> list[str]:
    """Return what to know about forecasts: of several symbols, what holds for all of them once.

    Args:
        histories: that they are made from, as used.
        dates: of the coming bars of each.
    """
    notes: dict[str, list[str]] = {}
    for history, days in zip(histories, dates, strict=True):
        for note in calendar_notes(history, days):
            notes.setdefault(note, []).append(history.symbol)
    return [_of_whom(note, symbols, len(histories)) for note, symbols in notes.items()]


def run_notes(run: Run | Part) -> list[str]:
    """Return the same about the prices that a run keeps."""
    experiment = read_experiment(run)
    used = [used_bars(experiment, load_history(part))[0] for part in run.parts]
    return forecast_notes(
        used, [coming_dates(history, experiment.window.horizon) for history in used]
    )


def _of_whom(note: str, symbols: Sequence[str], count: int) -> str:
    """A note with the symbols it is about, where there are several."""
    if count == 1:
        return note
    more = f" and {len(symbols) - 3} more" if len(symbols) > 3 else ""
    return f"{', '.join(symbols[:3])}{more}: {note}"

"""What a user should know about the prices and the calendar behind a run, a sentence each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history_calendar import calendar_notes, coming_dates
from rnnforecast.dataset.dataset import used_bars
from rnnforecast.dataset.panel import Series
from rnnforecast.dataset.price_gate import check_prices, sentences
from rnnforecast.forecast.promises import unpromised
from rnnforecast.quantities import DIRECTION
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_history, load_series, read_experiment


def forecast_notes(notes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what to know about forecasts: of several symbols, what holds for all of them once.

    Args:
        notes: of each symbol, as ``calendar_notes`` returned them.
    """
    symbols: dict[str, list[str]] = {}
    for symbol, lines in notes.items():
        for note in lines:
            symbols.setdefault(note, []).append(symbol)
    return [_of_whom(note, whose, len(notes)) for note, whose in symbols.items()]


def check_series(
    experiment: Experiment, series: Sequence[Series], *, trained_until: str | None = None
) -> list[str]:
    """Return what to know about the prices that an experiment would use, a line for each finding.

    Args:
        experiment: that will use them.
        series: the bars of each of its symbols, as stored.
        trained_until: of a trained run, the newest day (ISO) that it knows.

    Raises:
        DataError: if one of them has errors; see ``dataset.price_gate``.
    """
    lines: list[str] = []
    for bars in series:
        symbol = bars.history.symbol
        only = experiment.only(symbol) if len(series) > 1 else experiment
        findings = check_prices(
            only, bars.history, bars.exogenous, members=bars.members, trained_until=trained_until
        )
        lines += sentences(symbol, findings)
    return lines


def run_price_notes(run: Run | Part) -> list[str]:
    """Return the same about the prices that a run keeps;
    errors too, since it is trained already."""
    experiment = allowing_bad(read_experiment(run))
    series = [load_series(part) for part in run.parts]
    return check_series(experiment, series)


def allowing_bad(experiment: Experiment) -> Experiment:
    """Return the same experiment, whatever is wrong with its prices."""
    data = experiment.data.model_copy(update={"allow_bad": True})
    return experiment.model_copy(update={"data": data})


def run_notes(run: Run | Part) -> list[str]:
    """Return the same about the prices that a run keeps, and what its intervals cannot promise."""
    experiment = read_experiment(run)
    used = [used_bars(experiment, load_history(part))[0] for part in run.parts]
    notes = {
        history.symbol: calendar_notes(history, coming_dates(history, experiment.window.horizon))
        for history in used
    }
    return [*forecast_notes(notes), *promised_notes(run, experiment)]


def promised_notes(run: Run | Part, experiment: Experiment) -> list[str]:
    """Return which intervals the calibration of a run cannot promise."""
    if experiment.calibration_kind == "none" or experiment.window.quantity == DIRECTION:
        return []
    notes: dict[str, list[str]] = {}
    for part in run.parts:
        windows = part.manifest.splits["validation"].windows
        if note := unpromised(windows, experiment.window.horizon):
            notes.setdefault(note, []).append(read_experiment(part).data.title)
    return [_of_whom(note, symbols, len(run.parts)) for note, symbols in notes.items()]


def _of_whom(note: str, symbols: Sequence[str], count: int) -> str:
    """Add to a note the symbols that it is about, where there are several."""
    if count == 1:
        return note
    more = f" and {len(symbols) - 3} more" if len(symbols) > 3 else ""
    return f"{', '.join(symbols[:3])}{more}: {note}"

"""Forecasts on the screen and in JSON: the answer first, then a row for each session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rnnforecast.cli.console import note, say, table
from rnnforecast.cli.context import Settings
from rnnforecast.formatting import format_percent
from rnnforecast.quantities import DIRECTION, PRICE, VOLATILITY

if TYPE_CHECKING:
    from rnnforecast.forecast.forecaster import Forecast, RiseProbability
    from rnnforecast.forecast.summary import Step, Summary
    from rnnforecast.pipeline.trained_model import Prediction
    from rnnforecast.runs import Part, Run

NOT_TESTED = "Not tested yet. To see how far to trust it: rnnforecast evaluate"
OPTIONAL = (("95 % from", "to "), ("over 5 %",), ("rise", "move"))
"""Columns that a narrow terminal leaves out, the first group first; JSON always has them."""


def show_forecast(
    forecast: Forecast | RiseProbability, summary: Summary, target: str, evaluated: bool
) -> None:
    """Print what to expect in plain words, then the coming sessions as a table.

    Args:
        forecast: to show.
        summary: of it.
        target: what the price is, such as close.
        evaluated: whether the run has a verdict.
    """
    say(summary.answer)
    say(summary.trust if evaluated else NOT_TESTED)
    say("")
    columns = _columns(forecast, summary.steps)
    days = (forecast.dates == forecast.dates.normalize()).all()
    dates = forecast.dates.strftime("%a %Y-%m-%d" if days else "%a %Y-%m-%d %H:%M")
    rows = [list(row) for row in zip(dates, *columns.values(), strict=True)]
    table(["session", *columns], rows, title=_title(forecast, target), optional=OPTIONAL)


def _title(forecast: Forecast | RiseProbability, target: str) -> str:
    volatility = getattr(forecast, "quantity", DIRECTION) == VOLATILITY
    unit = f" {forecast.currency}" if forecast.currency and not volatility else ""
    value = "recent volatility a bar" if volatility else target
    last = (VOLATILITY if volatility else PRICE).format(forecast.last)
    return f"{forecast.symbol}: {value} {last}{unit} on {forecast.origin:%a %Y-%m-%d}"


def _columns(
    forecast: Forecast | RiseProbability, steps: Sequence[Step]
) -> dict[str, Sequence[str]]:
    """Return what is shown of every step, by heading."""
    from rnnforecast.forecast.forecaster import RiseProbability
    from rnnforecast.forecast.summary import large_move_chance

    if isinstance(forecast, RiseProbability):
        return {"above that": [DIRECTION.format(value) for value in forecast.probabilities]}
    written = forecast.quantity.format
    (low_80, high_80), (low_95, high_95) = forecast.interval(0.80), forecast.interval(0.95)
    median = "up to then" if forecast.quantity == VOLATILITY else "median"
    columns: dict[str, Sequence[str]] = {
        median: list(map(written, forecast.median)),
        "move": [_percent(step.move, signed=True) for step in steps],
        "80 % from": list(map(written, low_80)),
        "to": list(map(written, high_80)),
        "95 % from": list(map(written, low_95)),
        "to ": list(map(written, high_95)),
        "rise": [_percent(step.probability_up) for step in steps],
        "over 5 %": [large_move_chance(step.probability_large) for step in steps],
    }
    if forecast.quantity == VOLATILITY:
        del columns["move"]
    return {name: cells for name, cells in columns.items() if any(cells)}


def _percent(share: float | None, *, signed: bool = False) -> str:
    return "" if share is None else format_percent(share, signed=signed)


def show_ends(
    run: Run | Part, predictions: Sequence[Prediction], summaries: Sequence[Summary], tested: bool
) -> None:
    """Print what to expect of each of several symbols at the end of its path."""
    import pandas as pd

    from rnnforecast.forecast.summary import large_move_chance
    from rnnforecast.pipeline.model_storage import forecast_table
    from rnnforecast.report.tables.forecasts import forecasts_sheet

    forecasts = pd.concat([forecast_table(prediction.forecast) for prediction in predictions])
    quantity = predictions[0].quantity
    headings, rows = forecasts_sheet(forecasts.reset_index(drop=True), quantity)
    ends = [summary.steps[-1] for summary in summaries]
    if quantity == PRICE:
        extra = {
            "move": [_percent(step.move, signed=True) for step in ends],
            "rise": [_percent(step.probability_up) for step in ends],
            "over 5 %": [large_move_chance(step.probability_large) for step in ends],
        }
        headings = [*headings, *extra]
        added = zip(*extra.values(), strict=True)
        rows = [[*row, *more] for row, more in zip(rows, added, strict=True)]
    say(summaries[0].trust if tested else NOT_TESTED)
    say("")
    every_step = f"every step of one: rnnforecast predict {run.name}/{run.symbols[0]}"
    title = f"{len(predictions)} symbols; {every_step}"
    optional = (*OPTIONAL[:2], ("on",), ("rise", "move"))
    table(headings, rows, title=title, optional=optional)


def tell_whose(forecast: Forecast | RiseProbability, settings: Settings) -> None:
    """Say where naive's answer stands in the network's place."""
    from rnnforecast.forecast.forecaster import RiseProbability

    if isinstance(forecast, RiseProbability):
        if forecast.of == "naive":
            note(
                "The probabilities shown are the share of rises so far, because the network's own "
                "showed no skill on the test data (--raw shows them)",
                settings,
            )
    elif forecast.median_of == "naive":
        note(
            f"The median shown is {forecast.quantity.naive_words}, because the network's own "
            "median showed no skill on the test data (--raw shows it)",
            settings,
        )


def forecast_document(forecast: Forecast | RiseProbability, summary: Summary) -> dict[str, Any]:
    """Return a forecast as JSON values, its summary first."""
    from rnnforecast.forecast.forecaster import RiseProbability

    steps = forecast.table().assign(
        date=lambda steps: steps["date"].map(lambda date: date.isoformat())
    )
    rows = steps.drop(columns="rising", errors="ignore").reset_index().to_dict("records")
    for row, step in zip(rows, summary.steps, strict=True):
        row |= {"move": step.move, "probability_up": step.probability_up}
        row["probability_large"] = step.probability_large
    common = {
        "summary": {"answer": summary.answer, "trust": summary.trust},
        "symbol": forecast.symbol,
        "origin": forecast.origin.isoformat(),
        "last": forecast.last,
        "currency": forecast.currency,
        "steps": rows,
    }
    if isinstance(forecast, RiseProbability):
        return {**common, "quantity": DIRECTION.name, "probability_of": forecast.of}
    return {
        **common,
        "quantity": forecast.quantity.name,
        "calibrated": forecast.calibrated,
        "median_of": forecast.median_of,
    }

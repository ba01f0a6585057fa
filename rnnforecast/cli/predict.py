"""``predict``: the newest run and the newest prices to a forecast."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.options import NewestRun
from rnnforecast.quantities import DIRECTION, PRICE, VOLATILITY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rnnforecast.dataset.dataset import Dataset
    from rnnforecast.forecast.forecaster import Forecast, RiseProbability
    from rnnforecast.quantities import Quantity
    from rnnforecast.runs import Run

STALE_DAYS = 7


@app.command()
def predict(
    context: typer.Context,
    run: NewestRun = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Draw history and intervals as a PNG.")
    ] = False,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="The network's own median, even where it was found to have no skill."
        ),
    ] = False,
) -> None:
    """Forecast the coming sessions: median, 80 % and 95 % intervals; or the probability of a rise.

    For example: rnnforecast predict --plot, or of an older run: rnnforecast predict AAPL_gru
    """
    from rnnforecast import pipeline, runs

    settings = settings_of(context)
    found = runs.find(settings.runs, run)
    answers = pipeline.predict(found, settings.store, raw=raw)
    pairs = zip(found.parts, answers, strict=True)
    pictures = (
        [pipeline.draw_forecast(part, dataset) for part, (_, dataset) in pairs] if plot else []
    )
    datasets, dates = [data for _, data in answers], [forecast.dates for forecast, _ in answers]
    notes = pipeline.forecast_notes(datasets, dates)
    if settings.json:
        told = [
            {"picture": str(picture) if picture else None, **_plain(forecast)}
            for (forecast, _), picture in zip_longest(answers, pictures)
        ]
        document(
            {
                "schema": 1,
                "run": found.name,
                **({"symbols": told} if found.symbols else told[0]),
                "warnings": notes,
            }
        )
        return
    if found.symbols:
        _show_ends(found, answers)
    else:
        show_forecast(answers[0][0], answers[0][1].history.target)
    _tell_whose(
        answers[0][0], pipeline.evaluated(found.whole) or pipeline.evaluated(found), settings
    )
    oldest, dataset = min(answers, key=lambda answer: answer[0].origin)
    _warn_if_stale(oldest, dataset.history.provenance.get("source"), settings)
    for line in notes:
        note(line, settings)
    for picture in pictures:
        say(f"picture: {picture}")


def _show_ends(run: Run, answers: list[tuple[Forecast | RiseProbability, Dataset]]) -> None:
    """Print where each of several symbols is forecast to stand at the end of its path."""
    from rnnforecast import runs
    from rnnforecast.report.panel import forecasts_sheet

    forecasts = run.table(runs.FORECAST)
    assert forecasts is not None  # predict has just written it
    quantity = answers[0][1].experiment.window.quantity
    title = f"{len(answers)} symbols; every step of one: rnnforecast predict {run.name}/{run.symbols[0]}"
    table(*forecasts_sheet(forecasts, quantity), title=title)


def show_forecast(forecast: Forecast | RiseProbability, target: str = "close") -> None:
    """Print the coming sessions as a table."""
    form = (
        "%a %Y-%m-%d"
        if (forecast.dates == forecast.dates.normalize()).all()
        else "%a %Y-%m-%d %H:%M"
    )
    columns, quantity = _columns(forecast)
    rows = [
        [date, *(quantity.format(value) for value in row)]
        for date, row in zip(
            forecast.dates.strftime(form), zip(*columns.values(), strict=True), strict=True
        )
    ]
    unit = f" {forecast.currency}" if forecast.currency and quantity != VOLATILITY else ""
    what = "recent volatility a bar" if quantity == VOLATILITY else target
    last = (VOLATILITY if quantity == VOLATILITY else PRICE).format(forecast.last)
    title = f"{forecast.symbol}: {what} {last}{unit} on {forecast.origin:%a %Y-%m-%d}"
    table(["session", *columns], rows, title=title)


def _columns(
    forecast: Forecast | RiseProbability,
) -> tuple[dict[str, NDArray[np.float64]], Quantity]:
    """What is shown of every step, by heading, and what it is about."""
    from rnnforecast.forecast.forecaster import RiseProbability

    if isinstance(forecast, RiseProbability):
        return {"above that": forecast.rising}, DIRECTION
    median = "up to then" if forecast.quantity == VOLATILITY else "median"
    (low_80, high_80), (low_95, high_95) = forecast.interval(0.80), forecast.interval(0.95)
    values = {
        median: forecast.median,
        "80 % from": low_80,
        "to": high_80,
        "95 % from": low_95,
        "to ": high_95,
    }
    return values, forecast.quantity


def _tell_whose(forecast: Forecast | RiseProbability, evaluated: bool, settings: Settings) -> None:
    """Say whether the median, or the probability, can be believed."""
    from rnnforecast.forecast.forecaster import RiseProbability

    if not evaluated:
        note("whether to believe it is not known yet: rnnforecast evaluate", settings)
    elif isinstance(forecast, RiseProbability):
        if forecast.of == "naive":
            note(
                "these are the shares of rises so far: the network had no skill in the test part (--raw)",
                settings,
            )
    elif forecast.median_of == "naive":
        last = forecast.quantity.naive_words
        note(
            f"the median is {last}: the network's had no skill in the test part (--raw shows it)",
            settings,
        )


def _plain(forecast: Forecast | RiseProbability) -> dict[str, object]:
    """A forecast as JSON values."""
    from rnnforecast.forecast.forecaster import RiseProbability

    steps = forecast.table().assign(
        date=lambda steps: steps["date"].map(lambda date: date.isoformat())
    )
    common = {
        "symbol": forecast.symbol,
        "origin": forecast.origin.isoformat(),
        "last": forecast.last,
        "currency": forecast.currency,
        "steps": steps.reset_index().to_dict("records"),
    }
    if isinstance(forecast, RiseProbability):
        return {**common, "quantity": DIRECTION.name, "odds_of": forecast.of}
    about = {
        "quantity": forecast.quantity.name,
        "calibrated": forecast.calibrated,
        "median_of": forecast.median_of,
    }
    return {**common, **about}


def _warn_if_stale(
    forecast: Forecast | RiseProbability, source: object, settings: Settings
) -> None:
    import pandas as pd

    age = (pd.Timestamp.now("UTC").tz_localize(None) - forecast.origin.tz_localize(None)).days
    if age > STALE_DAYS:
        newer = (
            "import a newer file" if source == "file" else f"rnnforecast fetch {forecast.symbol}"
        )
        note(
            f"the newest stored price of {forecast.symbol} is {age} days old; newer: {newer}",
            settings,
        )

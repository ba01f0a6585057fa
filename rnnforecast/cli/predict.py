"""``predict``: the newest run and the newest prices to a forecast."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, notes, say, table, warn_on_failure
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.options import AllowBad, NewestRun
from rnnforecast.quantities import DIRECTION, PRICE, VOLATILITY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rnnforecast.forecast.forecaster import Forecast, RiseProbability
    from rnnforecast.pipeline.trained_model import Prediction
    from rnnforecast.quantities import Quantity
    from rnnforecast.runs import Part, Run

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
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Replay: forecast as if this day (YYYY-MM-DD) were the newest that is stored.",
        ),
    ] = None,
    joint: Annotated[
        bool,
        typer.Option(
            "--joint", help="Of a run on several symbols: the probability of each rank, together."
        ),
    ] = False,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --joint: a CSV of symbol and weight, for the risk of that portfolio.",
        ),
    ] = None,
    allow_bad: AllowBad = False,
) -> None:
    """Forecast the coming sessions: median, 80 % and 95 % intervals; or the probability of a rise.

    For example: rnnforecast predict --plot, or of an older run: rnnforecast predict AAPL_gru

    Each forecast of prices is kept; what became of it: rnnforecast track
    """
    if joint or weights is not None:
        from rnnforecast.cli.joint import show_joint

        show_joint(settings_of(context), run, weights)
        return

    from rnnforecast import runs
    from rnnforecast.data.symbols import check_day
    from rnnforecast.pipeline.model_storage import save_forecasts
    from rnnforecast.pipeline.plan import stored
    from rnnforecast.pipeline.predict import draw_forecast, evaluated
    from rnnforecast.pipeline.predict import predict as predict_run
    from rnnforecast.pipeline.price_checks import (
        allowing_bad,
        check_series,
        forecast_notes,
        promised_notes,
    )
    from rnnforecast.pipeline.track_storage import keep_forecasts
    from rnnforecast.runs.artifacts import read_experiment

    settings = settings_of(context)
    found = runs.find(settings.runs, run)
    day = None if as_of is None else check_day(as_of)
    predictions = predict_run(found, settings.store, raw=raw, allow_bad=allow_bad, as_of=day)
    with warn_on_failure("the forecast could not be stored"):
        if day is None:
            save_forecasts(found, predictions)
        if not raw:  # what is delivered is what is kept and scored
            keep_forecasts(found, predictions, kind="live" if day is None else "replay")
    pictures: list[Path] = []
    if plot:
        with warn_on_failure("the picture could not be drawn"):
            for part, prediction in zip(found.parts, predictions, strict=True):
                pictures.append(draw_forecast(part, prediction))
    experiment = read_experiment(found)
    warnings = [
        *check_series(allowing_bad(experiment), stored(experiment, settings.store)),
        *forecast_notes(
            [prediction.dataset.history for prediction in predictions],
            [prediction.forecast.dates for prediction in predictions],
        ),
        *promised_notes(found, experiment),
    ]
    if settings.json:
        forecasts = [
            {"picture": str(picture) if picture else None, **_plain(prediction.forecast)}
            for prediction, picture in zip_longest(predictions, pictures)
        ]
        body = {"symbols": forecasts} if found.is_panel else forecasts[0]
        document({"schema": 2, "run": found.name, **body, "warnings": warnings})
        return
    first = predictions[0]
    if found.is_panel:
        _show_ends(found, predictions)
    else:
        show_forecast(first.forecast, first.dataset.history.target)
    _tell_whose(first.forecast, evaluated(found), settings)
    oldest = min(predictions, key=lambda prediction: prediction.forecast.origin)
    _warn_if_stale(oldest.forecast, oldest.dataset.history.provenance.get("source"), settings)
    notes(warnings, settings)
    for picture in pictures:
        say(f"picture: {picture}")


def _show_ends(run: Run | Part, predictions: list[Prediction]) -> None:
    """Print where each of several symbols is forecast to stand at the end of its path."""
    import pandas as pd

    from rnnforecast.pipeline.model_storage import forecast_table
    from rnnforecast.report.panel import forecasts_sheet

    forecasts = pd.concat([forecast_table(prediction.forecast) for prediction in predictions])
    quantity = predictions[0].dataset.experiment.window.quantity
    every_step = f"every step of one: rnnforecast predict {run.name}/{run.symbols[0]}"
    sheet = forecasts_sheet(forecasts.reset_index(drop=True), quantity)
    table(*sheet, title=f"{len(predictions)} symbols; {every_step}")


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
    steps = steps.rename(columns={"rising": "probability_up"})
    common = {
        "symbol": forecast.symbol,
        "origin": forecast.origin.isoformat(),
        "last": forecast.last,
        "currency": forecast.currency,
        "steps": steps.reset_index().to_dict("records"),
    }
    if isinstance(forecast, RiseProbability):
        return {**common, "quantity": DIRECTION.name, "probability_of": forecast.of}
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

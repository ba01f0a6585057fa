"""``predict``: the newest run and the newest prices to a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.settings import Settings, settings_of
from rnnforecast.formatting import format_price

if TYPE_CHECKING:
    from rnnforecast.forecast.forecasting import Forecast

STALE_DAYS = 7


@app.command()
def predict(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help="A run's name or a part of it; by default the newest.")] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw history and intervals as a PNG.")] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="The network's own median, even where it was found to have no skill.")
    ] = False,
) -> None:
    """Forecast the coming sessions: median, 80 % and 95 % intervals."""
    from rnnforecast import runs, workflow

    settings = settings_of(context)
    found = runs.find(settings.runs, run)
    forecast, dataset = workflow.predict(found, settings.store, raw=raw)
    picture = workflow.draw_forecast(found, dataset) if plot else None
    if settings.json:
        document({"schema": 1, "run": found.name, "picture": str(picture) if picture else None, **_plain(forecast)})
        return
    show_forecast(forecast, dataset.history.target)
    _tell_whose_median(forecast, workflow.evaluated(found), settings)
    _warn_if_stale(forecast, dataset.history.provenance.get("source"), settings)
    if picture:
        say(f"picture: {picture}")


def show_forecast(forecast: Forecast, target: str = "close") -> None:
    """Print the coming sessions as a table."""
    prices = (forecast.median, *forecast.interval(0.80), *forecast.interval(0.95))
    form = "%a %Y-%m-%d" if (forecast.dates == forecast.dates.normalize()).all() else "%a %Y-%m-%d %H:%M"
    rows = [
        [date, *map(format_price, row)]
        for date, row in zip(forecast.dates.strftime(form), zip(*prices, strict=True), strict=True)
    ]
    unit = f" {forecast.currency}" if forecast.currency else ""
    title = f"{forecast.symbol}: {target} {format_price(forecast.last_close)}{unit} on {forecast.origin:%a %Y-%m-%d}"
    table(["session", "median", "80 % from", "to", "95 % from", "to"], rows, title=title)


def _tell_whose_median(forecast: Forecast, evaluated: bool, settings: Settings) -> None:
    """Say whether the median can be believed."""
    if not evaluated:
        note("whether to believe it is not known yet: rnnforecast evaluate", settings)
    elif forecast.median_of == "naive":
        note("the median is the last close: the network's had no skill in the test part (--raw shows it)", settings)


def _plain(forecast: Forecast) -> dict[str, object]:
    """A forecast as JSON values."""
    steps = forecast.table().assign(date=lambda steps: steps["date"].map(lambda date: date.isoformat()))
    return {
        "symbol": forecast.symbol,
        "origin": forecast.origin.isoformat(),
        "last_close": forecast.last_close,
        "currency": forecast.currency,
        "calibrated": forecast.calibrated,
        "median_of": forecast.median_of,
        "steps": steps.reset_index().to_dict("records"),
    }


def _warn_if_stale(forecast: Forecast, source: object, settings: Settings) -> None:
    import pandas as pd

    age = (pd.Timestamp.now("UTC").tz_localize(None) - forecast.origin.tz_localize(None)).days
    if age > STALE_DAYS:
        newer = "import a newer file" if source == "file" else f"rnnforecast fetch {forecast.symbol}"
        note(f"the newest stored price is {age} days old; newer: {newer}", settings)

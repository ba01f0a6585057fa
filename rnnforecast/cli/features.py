"""``features``: the inputs that a config may name, and what they look like."""

from __future__ import annotations

from typing import Annotated

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, table
from rnnforecast.cli.context import settings_of
from rnnforecast.cli.options import Interval, Symbol

features_app = typer.Typer(
    name="features",
    help="List the inputs that a config can name, and preview their values.",
    no_args_is_help=True,
)
app.add_typer(features_app)


@features_app.command("list")
def list_features(context: typer.Context) -> None:
    """List the inputs: name, bars in the window, meaning.

    \b
    For example:
      rnnforecast features list

    Append another window to the name: rsi_21. A function in a file of yours is a feature too:
    mine.py:spread.
    """
    from rnnforecast.config.features import FEATURES
    from rnnforecast.dataset.indicators import describe

    if settings_of(context).json:
        listed = [
            {"name": name, "window": window, "what": describe(name)}
            for name, window in FEATURES.items()
        ]
        document({"schema": 1, "features": listed})
        return
    rows = [[name, str(window or ""), describe(name)] for name, window in FEATURES.items()]
    table(["feature", "bars", "what it is"], rows, prose=["what it is"])


@features_app.command()
def preview(
    context: typer.Context,
    symbol: Symbol,
    features: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FEATURE...",
            help="Features; by default all that the bars allow.",
            autocompletion=completion.features,
        ),
    ] = None,
    interval: Interval = "1d",
    rows: Annotated[int, typer.Option(metavar="N", min=1, help="Newest rows to print.")] = 5,
) -> None:
    """Print the newest values of inputs for a stored series.

    \b
    For example:
      rnnforecast features preview BTC-USD rsi log_return mine.py:spread
    """
    from rnnforecast.config.features import FEATURES, check_feature
    from rnnforecast.dataset.features import feature_table
    from rnnforecast.errors import DataError, UsageError

    settings = settings_of(context)
    history = settings.store.load(symbol, interval).adjusted()
    for name in features or []:
        try:
            check_feature(name)
        except ValueError as error:
            problem, _, remedy = str(error).partition("; ")
            raise UsageError(problem, remedy) from None
    columns = {}
    for name in features or FEATURES:
        try:
            columns[name] = feature_table(history, [name])[name].tail(rows)
        except DataError:
            if features:
                raise  # asked for by name
    dates = [
        f"{day:%Y-%m-%d %H:%M}" if history.intraday else f"{day:%Y-%m-%d}"
        for day in history.dates[-rows:]
    ]
    if settings.json:
        values = {
            name: [None if value != value else value for value in column]
            for name, column in columns.items()
        }
        document({"schema": 1, "symbol": symbol, "dates": dates, "features": values})
        return
    table(
        ["feature", *dates],
        [[name, *(f"{value:.5g}" for value in column)] for name, column in columns.items()],
    )

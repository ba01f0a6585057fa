"""``fetch``: prices from Yahoo, or from the embedded sample, into the store."""

from __future__ import annotations

from typing import Annotated

import typer

from rnnforecast.cli.console import say
from rnnforecast.cli.main import app
from rnnforecast.cli.settings import settings_of
from rnnforecast.errors import UsageError


@app.command()
def fetch(
    context: typer.Context,
    symbols: Annotated[list[str], typer.Argument(help="In Yahoo's spelling: BTC-USD AAPL ^GSPC EURUSD=X ...")],
    source: Annotated[str, typer.Option(help="yahoo, or sample (S&P 500 1999-2018, no network).")] = "yahoo",
) -> None:
    """Fetch daily prices into the store."""
    from rnnforecast.data.sample import sample

    settings = settings_of(context)
    if source != "sample":
        raise UsageError(f"no source is called {source!r}", "use yahoo or sample")
    for symbol in symbols:
        history = sample(symbol)
        settings.store.save(history)
        say(str(history))

"""``fetch``: prices from Yahoo, or from the embedded sample, into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnforecast.cli.console import document, progress, table
from rnnforecast.cli.main import app
from rnnforecast.cli.settings import settings_of

if TYPE_CHECKING:
    from rnnforecast.data.history import PriceHistory


@app.command()
def fetch(
    context: typer.Context,
    symbols: Annotated[list[str], typer.Argument(help="In Yahoo's spelling: BTC-USD AAPL ^GSPC EURUSD=X ...")],
    start: Annotated[str | None, typer.Option(help="First bar, as YYYY-MM-DD; by default the oldest there is.")] = None,
    end: Annotated[str | None, typer.Option(help="Last bar, included; by default the newest that is finished.")] = None,
    interval: Annotated[str, typer.Option(help="Length of a bar: 1d 1wk 1mo 1h 30m ...")] = "1d",
    source: Annotated[
        Literal["yahoo", "sample"], typer.Option(help="sample: S&P 500 1999-2018, no network.")
    ] = "yahoo",
    max_retries: Annotated[int, typer.Option(min=0, help="Further tries after a failed one.")] = 3,
    retry_wait: Annotated[
        float, typer.Option(min=0, help="Seconds before the first of them; doubles each time.")
    ] = 2.0,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for each request.")] = 10.0,
) -> None:
    """Fetch prices into the store.

    For example: rnnforecast fetch BTC-USD, or offline: rnnforecast fetch ^GSPC --source sample
    """
    from rnnforecast.data.history import check_day, check_interval, check_symbol
    from rnnforecast.data.sample import sample
    from rnnforecast.data.yahoo import Patience
    from rnnforecast.data.yahoo import fetch as fetch_yahoo

    settings = settings_of(context)
    for symbol in symbols:
        check_symbol(symbol)
    check_interval(interval)
    check_day(start)
    check_day(end)
    patience = Patience(tries=max_retries + 1, timeout_s=timeout, wait_s=retry_wait)
    fetched = []
    with progress(settings) as display:
        task = display.add_task("fetching", total=len(symbols), detail="")
        for symbol in symbols:
            display.update(task, detail=symbol)
            if source == "sample":
                history = sample(symbol).between(start, end)
            else:
                history = fetch_yahoo(symbol, interval, start, end, patience)
            settings.store.save(history)
            fetched.append(history)
            display.advance(task)
    if settings.json:
        document({"schema": 1, "fetched": [settings.store.record(one.symbol, one.interval) for one in fetched]})
    else:
        table(["symbol", "interval", "rows", "first", "last", "sessions"], [_row(one) for one in fetched], left=2)


def _row(history: PriceHistory) -> list[str]:
    days = (f"{history.first:%Y-%m-%d}", f"{history.last:%Y-%m-%d}")
    return [history.symbol, history.interval, f"{len(history):,}", *days, history.sessions]

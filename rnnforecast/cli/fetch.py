"""``fetch``: prices from Yahoo, or from the embedded sample, into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, progress, table, warn
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.options import SymbolsFile, listed
from rnnforecast.errors import DataError, NetworkError, RnnForecastError, UsageError

if TYPE_CHECKING:
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.data.update import Ask, Outcome, Request
    from rnnforecast.data.yahoo.client import Patience

RANGE, HOW, SAFETY = "Range", "Patience", "What may be stored"


@app.command()
def fetch(
    context: typer.Context,
    symbols: Annotated[
        list[str] | None,
        typer.Argument(help="In Yahoo's spelling: BTC-USD AAPL ^GSPC EURUSD=X ..."),
    ] = None,
    symbols_file: SymbolsFile = None,
    interval: Annotated[
        str, typer.Option(help="Length of a bar: 1d 1wk 1mo 1h 30m ...", rich_help_panel=RANGE)
    ] = "1d",
    start: Annotated[
        str | None,
        typer.Option(
            help="First bar, as YYYY-MM-DD; by default the oldest there is.", rich_help_panel=RANGE
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            help="Last bar, included; by default the newest finished one.", rich_help_panel=RANGE
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="The oldest there is, whatever was asked for before.",
            rich_help_panel=RANGE,
        ),
    ] = False,
    source: Annotated[
        Literal["yahoo", "sample"], typer.Option(help="sample: S&P 500 1999-2018, no network.")
    ] = "yahoo",
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Refuse prices with missing sessions.", rich_help_panel=SAFETY
        ),
    ] = False,
    accept_revision: Annotated[
        bool,
        typer.Option(
            "--accept-revision",
            help="Replace stored bars even where many vanish or change.",
            rich_help_panel=SAFETY,
        ),
    ] = False,
    include_live: Annotated[
        bool,
        typer.Option(
            "--include-live", help="Keep the bar that is not finished.", rich_help_panel=SAFETY
        ),
    ] = False,
    max_retries: Annotated[
        int, typer.Option(min=0, help="Tries after a failed one.", rich_help_panel=HOW)
    ] = 3,
    retry_wait: Annotated[
        float,
        typer.Option(
            min=0, help="Seconds before the first of them; doubles each time.", rich_help_panel=HOW
        ),
    ] = 2.0,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds for each request.", rich_help_panel=HOW)
    ] = 10.0,
    pace: Annotated[
        float, typer.Option(min=0, help="Seconds between two symbols.", rich_help_panel=HOW)
    ] = 1.0,
) -> None:
    """Fetch prices into the store.

    For example: rnnforecast fetch BTC-USD, or offline: rnnforecast fetch ^GSPC --source sample

    Daily and longer bars are fetched whole each time, compared with those stored and replaced whole; the last column
    says what changed. Where stored bars vanish or many of them change, the old ones are kept.
    """
    from rnnforecast.data.update import Request, stored_outcome
    from rnnforecast.data.yahoo.client import Patience

    settings = settings_of(context)
    wanted = listed(symbols, symbols_file)
    if not wanted:
        raise UsageError("no symbol to fetch", "name one, for example: rnnforecast fetch BTC-USD")
    request = Request(interval, start, end, full, accept_revision, strict)
    patience = Patience(tries=max_retries + 1, timeout_s=timeout, wait_s=retry_wait)
    if settings.offline and source == "yahoo":
        outcomes = [stored_outcome(settings.store, symbol, interval) for symbol in wanted]
    else:
        ask = _sample if source == "sample" else _yahoo(patience, include_live)
        outcomes = _refresh(settings, wanted, request, ask, 0.0 if source == "sample" else pace)
    if len(outcomes) == 1 and outcomes[0].error:
        raise outcomes[0].error
    _show(settings, outcomes, interval)


def _yahoo(patience: Patience, include_live: bool) -> Ask:
    from rnnforecast.data.yahoo.client import fetch as fetch_yahoo

    return lambda symbol, interval, start, end: fetch_yahoo(
        symbol, interval, start, end, patience, include_live=include_live
    )


def _sample(symbol: str, interval: str, start: str | None, end: str | None) -> PriceHistory:
    from rnnforecast.data.sample import sample

    if interval != "1d":
        raise UsageError(f"the sample has daily bars, not {interval}", "leave out --interval")
    return sample(symbol).between(start, end)


def _refresh(
    settings: Settings, symbols: list[str], request: Request, ask: Ask, pace: float
) -> list[Outcome]:
    """Fetch the symbols, those first that were fetched longest ago: after a rate limit the same command goes on."""
    from rnnforecast.data.update import refresh_all

    due = sorted(symbols, key=lambda symbol: _retrieved_at(settings, symbol, request.interval))
    outcomes: dict[str, Outcome] = {}
    with progress(settings) as display:
        task = display.add_task("fetching", total=len(due), detail=due[0])
        for outcome in refresh_all(settings.store, due, request, ask, pace):
            outcomes[due[len(outcomes)]] = outcome
            display.update(task, advance=1, detail=due[min(len(outcomes), len(due) - 1)])
    return [outcomes[symbol] for symbol in symbols]


def _retrieved_at(settings: Settings, symbol: str, interval: str) -> str:
    try:
        return str(
            settings.store.record(symbol.upper(), interval)["provenance"].get("retrieved_at", "")
        )
    except DataError:
        return ""


def _show(settings: Settings, outcomes: list[Outcome], interval: str) -> None:
    """Say what was stored, what failed and what is left.

    Raises:
        DataError, NetworkError: if anything did.
    """
    failed = [outcome for outcome in outcomes if outcome.error]
    left = [outcome.symbol for outcome in outcomes if outcome.left]
    stored = [settings.store.record(one.symbol, interval) for one in outcomes if one.history]
    errors = [{"symbol": one.symbol, **_described(one.error)} for one in failed if one.error]
    found = {"fetched": stored, "failed": errors, "left": left}
    if not settings.json:
        headings = ["symbol", "bars", "first", "last", "change"]
        table(headings, [_row(outcome) for outcome in outcomes], prose=["change"])
    elif not failed and not left:
        document({"schema": 1, **found})
    for outcome in outcomes:
        for warning in outcome.warnings:
            note(f"{outcome.symbol}: {warning}", settings)
    for outcome in failed:
        warn(f"error: {outcome.error}")
    if failed or left:
        unreached = left or any(isinstance(outcome.error, NetworkError) for outcome in failed)
        several = f"{len(failed)} of {len(outcomes)} symbols failed"
        remedy = (
            f"run the same command again for the {len(left)} that are left: {', '.join(left)}"
            if left
            else ""
        )
        raise (NetworkError if unreached else DataError)(several, remedy, found)


def _described(error: RnnForecastError) -> dict[str, Any]:
    return {"error": error.problem, "remedy": error.remedy, "exit_code": error.exit_code}


def _row(outcome: Outcome) -> list[str]:
    history, change = outcome.history, outcome.change
    if history is None or change is None:
        return [outcome.symbol, "", "", "", "left" if outcome.left else "failed"]
    days = (f"{history.first:%Y-%m-%d}", f"{history.last:%Y-%m-%d}")
    return [history.symbol, f"{len(history):,}", *days, change.summary()]

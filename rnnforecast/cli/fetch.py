"""``fetch``: prices from Yahoo, Binance or the embedded sample into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, notes, progress, table, warn
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.options import SymbolsFile, check_words, listed
from rnnforecast.data import sources
from rnnforecast.errors import DataError, NetworkError, RnnForecastError, UsageError

if TYPE_CHECKING:
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.data.sources.patience import Patience
    from rnnforecast.data.update import Ask, Outcome, Request

RANGE, HOW, SAFETY = "Range", "Retries and rate limits", "What is stored"


@app.command()
def fetch(
    context: typer.Context,
    symbols: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SYMBOL...", help="As the source spells them: BTC-USD AAPL ^GSPC EURUSD=X ..."
        ),
    ] = None,
    symbols_file: SymbolsFile = None,
    interval: Annotated[
        str,
        typer.Option(
            metavar="LENGTH",
            help="Length of a bar: 1d 1wk 1mo 1h 30m ...",
            rich_help_panel=RANGE,
        ),
    ] = "1d",
    start: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="First bar, YYYY-MM-DD; by default the oldest available.",
            rich_help_panel=RANGE,
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Last bar, included; by default the newest finished one.",
            rich_help_panel=RANGE,
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="Fetch the whole history, ignoring the stored range.",
            rich_help_panel=RANGE,
        ),
    ] = False,
    source: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="yahoo; binance: crypto pairs such as BTCUSDT, hourly since 2017; sample: "
            "the S&P 500 of 1999-2018, offline.",
            autocompletion=sources.names,
        ),
    ] = "yahoo",
    sessions: Annotated[
        str | None,
        typer.Option(
            metavar="CALENDAR",
            help="When it trades: XNYS, XLON, 24/7, 24/5 ...; by default derived from exchange, "
            "name and dates.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Refuse prices that lack sessions.", rich_help_panel=SAFETY),
    ] = False,
    accept_revision: Annotated[
        bool,
        typer.Option(
            "--accept-revision",
            help="Replace stored bars even if many disappear or change.",
            rich_help_panel=SAFETY,
        ),
    ] = False,
    include_live: Annotated[
        bool,
        typer.Option(
            "--include-live",
            help="Keep the bar of the current, unfinished session.",
            rich_help_panel=SAFETY,
        ),
    ] = False,
    max_retries: Annotated[
        int, typer.Option(metavar="N", min=0, help="Retries per symbol.", rich_help_panel=HOW)
    ] = 3,
    retry_wait: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="Wait before the first retry; it doubles each time.",
            rich_help_panel=HOW,
        ),
    ] = 2.0,
    timeout: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.1, help="Timeout of each request.", rich_help_panel=HOW
        ),
    ] = 10.0,
    pace: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="Pause between two symbols; by default what the source tolerates.",
            rich_help_panel=HOW,
        ),
    ] = None,
) -> None:
    """Download prices into the store.

    \b
    For example:
      rnnforecast fetch BTC-USD
      rnnforecast fetch ^GSPC --source sample

    Daily and longer bars are downloaded in full each time, compared with the stored ones, and
    replaced; the last column says what changed. A few bars that the source no longer has are kept.
    If many disappear, or prices change that no split or dividend explains, nothing is replaced.
    """
    from rnnforecast.data.calendars import check_calendar
    from rnnforecast.data.sources.patience import Patience
    from rnnforecast.data.update import Request, stored_outcome

    settings = settings_of(context)
    check_words(symbols, settings)
    wanted = listed(symbols, symbols_file)
    if not wanted:
        raise UsageError("no symbol to fetch", "name one, for example: rnnforecast fetch BTC-USD")
    place = sources.source(source)
    if sessions is not None:
        check_calendar(sessions)
    request = Request(
        interval, start, end, full, accept_revision, strict, sessions,
        tuple(place.windows.items()), place.title,
    )  # fmt: skip
    patience = Patience(tries=max_retries + 1, timeout_s=timeout, wait_s=retry_wait)
    if settings.offline and place.networked:
        outcomes = [stored_outcome(settings.store, symbol, interval) for symbol in wanted]
    else:
        ask = _asking(place, patience, include_live)
        paced = place.pace_s if pace is None else pace
        outcomes = _refresh(settings, wanted, request, ask, paced)
    if len(outcomes) == 1 and outcomes[0].error:
        raise outcomes[0].error
    _show(settings, outcomes, interval)


def _asking(place: sources.Source, patience: Patience, include_live: bool) -> Ask:
    """Make a function that asks one source."""

    def ask(symbol: str, interval: str, start: str | None, end: str | None) -> PriceHistory:
        question = sources.Question(symbol, interval, start, end, patience, include_live)
        return place.history(question)

    return ask


def _refresh(
    settings: Settings, symbols: list[str], request: Request, ask: Ask, pace: float
) -> list[Outcome]:
    """Fetch the symbols, those first that were fetched longest ago.

    After a rate limit the same command goes on.
    """
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
        record = settings.store.record(symbol.upper(), interval)
    except DataError:
        return ""
    return str(record["provenance"].get("retrieved_at", ""))


def _show(settings: Settings, outcomes: list[Outcome], interval: str) -> None:
    """Say what was stored, what failed and what is left.

    Raises:
        DataError: if a symbol failed.
        NetworkError: if one could not be reached, or was not asked for.
    """
    from rnnforecast.data.quality import sentences

    failed = [outcome for outcome in outcomes if outcome.error]
    left = [outcome.symbol for outcome in outcomes if outcome.left]
    stored = [
        settings.store.record(outcome.symbol, interval) for outcome in outcomes if outcome.history
    ]
    errors = [
        {"symbol": outcome.symbol, **_described(outcome.error)}
        for outcome in failed
        if outcome.error
    ]
    warnings = [
        {"symbol": outcome.symbol, "warning": warning}
        for outcome in outcomes
        for warning in outcome.warnings
    ]
    findings = [
        sentence
        for outcome in outcomes
        if outcome.history
        for sentence in sentences(outcome.history)
    ]
    warnings_and_findings = [
        *warnings,
        *(dict(zip(("symbol", "warning"), line.split(": ", 1), strict=True)) for line in findings),
    ]
    documented = {"fetched": stored, "failed": errors, "left": left}
    documented["warnings"] = warnings_and_findings
    if not settings.json:
        headings = ["symbol", "bars", "first", "last", "change"]
        table(headings, [_row(outcome) for outcome in outcomes], prose=["change"])
    elif not failed and not left:
        document({"schema": 1, **documented})
    for entry in warnings:
        note(f"{entry['symbol']}: {entry['warning']}", settings)
    notes(findings, settings)
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
        raise (NetworkError if unreached else DataError)(several, remedy, documented)


def _described(error: RnnForecastError) -> dict[str, Any]:
    return {"error": error.problem, "remedy": error.remedy, "exit_code": error.exit_code}


def _row(outcome: Outcome) -> list[str]:
    history, change = outcome.history, outcome.change
    if history is None or change is None:
        return [outcome.symbol, "", "", "", "left" if outcome.left else "failed"]
    days = (f"{history.first:%Y-%m-%d}", f"{history.last:%Y-%m-%d}")
    return [history.symbol, f"{len(history):,}", *days, change.summary()]

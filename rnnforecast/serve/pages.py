"""The dashboard: every symbol at a glance, and one symbol with its fan and its track record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from rnnforecast.errors import DataError, RnnForecastError
from rnnforecast.forecast.forecaster import Forecast, RiseProbability
from rnnforecast.formatting import format_percent, format_price
from rnnforecast.pipeline.track import Track
from rnnforecast.quantities import DIRECTION
from rnnforecast.report.track import track_sentences
from rnnforecast.runs import Part
from rnnforecast.serve.guard import unavailable
from rnnforecast.serve.outlook import History, Outlook
from rnnforecast.serve.service import Service
from rnnforecast.serve.svg import fan_chart, spark

ON_A_PAGE = 50
"""Symbols of one page; the first look at each takes part of a second."""
METRICS = {
    "crps": "CRPS %",
    "mae": "MAE %",
    "direction": "direction %",
    "coverage_0.80": "80 % coverage",
    "coverage_0.95": "95 % coverage",
}


@dataclass(frozen=True)
class Glance:
    """A row of the overview, as text.

    Args:
        symbol: whose forecast.
        href: of its own page.
        last, day: the newest close, and when it was.
        old: how old that is, where it is older than people expect.
        tomorrow: the 80 % interval of the next session, or the probability of a rise.
        change: the same in percent of the last close.
        figure: as SVG.
        promise: how well intervals kept to their level.
        problem: why there is nothing to show; empty where there is.
    """

    symbol: str
    href: str
    last: str = ""
    day: str = ""
    old: str = ""
    tomorrow: str = ""
    change: str = ""
    figure: str = ""
    promise: str = ""
    problem: str = ""


def add_pages(app: FastAPI, service: Service) -> None:
    """Add the pages and their style sheet; they stand beside the interface,
    not in its description."""

    @app.get("/", include_in_schema=False)
    async def overview(page: int = Query(default=1, ge=1, le=10_000)) -> Response:
        return await run_in_threadpool(_or_why_not, partial(_overview, service, page))

    @app.get("/symbols/{symbol}", include_in_schema=False)
    async def symbol_page(symbol: str, run: str | None = None) -> Response:
        return await run_in_threadpool(_or_why_not, partial(_symbol_page, service, symbol, run))

    @app.get("/style.css", include_in_schema=False)
    async def style() -> Response:
        return Response(style_sheet(), media_type="text/css")


@cache
def style_sheet() -> str:
    """Return the report's style sheet, and what the dashboard adds to it."""
    sheets = (("rnnforecast.report", "page.css"), ("rnnforecast.serve", "dashboard.css"))
    return "".join((files(name) / "assets" / sheet).read_text("utf-8") for name, sheet in sheets)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("rnnforecast.serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: str, status: int = 200, **values: Any) -> Response:
    text = _environment().get_template(template).render(**values)
    return HTMLResponse(text, status, headers={"cache-control": "no-cache"})


def _or_why_not(page: Callable[[], Response]) -> Response:
    """Return a page, or one that says what the machine has refused."""
    try:
        return page()
    except (OSError, MemoryError) as error:
        problem = unavailable(error).sentence
        return _render("problem.html", 503, title="Not now", problem=problem)


def _overview(service: Service, page: int) -> Response:
    index = service.library.index()
    parts = sorted(index.newest.values(), key=lambda part: part.symbol)
    pages = max(1, -(-len(parts) // ON_A_PAGE))
    shown = parts[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    glances = [_glance(service, part) for part in shown]
    damaged = [error.sentence for error in index.damaged]
    counts = {"page": page, "pages": pages, "count": len(parts)}
    return _render("overview.html", glances=glances, damaged=damaged, **counts)


def _glance(service: Service, part: Part) -> Glance:
    href = f"/symbols/{quote(part.symbol, safe='')}"
    try:
        outlook = service.outlook(part)
        promise = _promise(service.history(service.records(part)).track)
    except RnnForecastError as error:
        return Glance(part.symbol, href, problem=error.sentence)
    (tomorrow, change), age = _tomorrow(outlook), outlook.newest.age()
    return Glance(
        symbol=part.symbol,
        href=href,
        last=format_price(float(outlook.closes.iloc[-1])),
        day=f"{outlook.forecast.origin:%d %b %Y}",
        old=f"{age.days} days old" if age.stale else "",
        tomorrow=tomorrow,
        change=change,
        figure=Markup(spark(outlook)),  # our own, of numbers only
        promise=promise,
    )


def _tomorrow(outlook: Outlook) -> tuple[str, str]:
    """Write the next session in words, and in percent of the last close."""
    forecast = outlook.forecast
    if isinstance(forecast, RiseProbability):
        return f"{DIRECTION.format(float(forecast.probabilities[0]))} chance of a rise", ""
    low, high = (float(end[0]) for end in forecast.interval(0.80))
    words = f"{forecast.quantity.format(low)} to {forecast.quantity.format(high)}"
    if forecast.quantity.in_percent:
        return f"volatility {words}", ""
    moves = [format_percent(end / forecast.last - 1, signed=True) for end in (low, high)]
    return words, " to ".join(moves) if forecast.last > 0 else ""


def _promise(track: Track) -> str:
    """Say how well the 80 % intervals of a track record kept to their level."""
    if track.scores is None:
        return "no forecast has come true yet"
    share = _overall(track, "network", "coverage_0.80")
    words = {"kept": "kept", "broken": "BROKEN", "too wide": "too wide", "open": "too few to tell"}
    covered = f"{format_percent(share, decimals=0)} of outcomes in the 80 %"
    return f"{words[track.scores.promise]}: {covered}, {track.scores.forecasts} forecasts"


def _overall(track: Track, model: str, metric: str) -> float:
    assert track.scores is not None
    table = track.scores.scores
    rows = table[(table["step"] == 0) & (table["model"] == model) & (table["metric"] == metric)]
    return float(rows["value"].iloc[0]) if len(rows) else float("nan")


def _symbol_page(service: Service, symbol: str, run: str | None) -> Response:
    try:
        part = service.part(symbol, run)
    except RnnForecastError as error:
        status = 400 if isinstance(error, DataError) else 404
        return _render("problem.html", status, title="Not found", problem=error.sentence)
    try:
        outlook = service.outlook(part)
        history = service.history(service.records(part, run))
    except RnnForecastError as error:
        return _render("problem.html", 409, title=part.symbol, problem=error.sentence)
    forecast = outlook.forecast
    return _render(
        "symbol.html",
        symbol=part.symbol,
        run=part.run.name,
        last=format_price(float(outlook.closes.iloc[-1])),
        currency=forecast.currency or "",
        day=f"{forecast.origin:%a %d %b %Y}",
        tomorrow=_tomorrow(outlook),
        promise=_promise(history.track),
        notes=[*_doubts(outlook), *outlook.warnings],
        figure=Markup(fan_chart(outlook, history.fans)),  # our own, of numbers only
        past=len(history.fans),
        steps=_steps(forecast),
        sentences=track_sentences(history.track),
        scores=_scores(history.track),
        earlier=_earlier(history, outlook),
    )


def _doubts(outlook: Outlook) -> list[str]:
    """Say what keeps one from believing a forecast."""
    forecast = outlook.forecast
    doubts = []
    age = outlook.newest.age()
    if age.stale:
        doubts.append(f"The newest stored price is {age.days} days old; {age.remedy}.")
    of = forecast.of if isinstance(forecast, RiseProbability) else forecast.median_of
    if not outlook.evaluated:
        doubts.append("Not evaluated yet. To see how far to trust it: rnnforecast evaluate")
    elif of == "naive":
        whose = (
            "probability is the share of rises"
            if isinstance(forecast, RiseProbability)
            else f"median is {forecast.quantity.naive_words}"
        )
        doubts.append(f"The {whose}: the network's own had no skill in the test part.")
    return doubts


def _steps(forecast: Forecast | RiseProbability) -> list[list[str]]:
    """Return the coming sessions as rows, with a heading."""
    days = [f"{date:%a %d %b %Y}" for date in forecast.dates]
    if isinstance(forecast, RiseProbability):
        rising = [DIRECTION.format(float(value)) for value in forecast.probabilities]
        return [["session", "chance of a rise"], *map(list, zip(days, rising, strict=True))]
    ends = [end for coverage in (0.80, 0.95) for end in forecast.interval(coverage)]
    rows = zip(days, forecast.median, *ends, strict=True)
    shown = [[day, *(forecast.quantity.format(float(v)) for v in values)] for day, *values in rows]
    return [["session", "median", "80 % from", "to", "95 % from", "to"], *shown]


def _scores(track: Track) -> list[list[str]]:
    """Return each model's scores over all steps, with a heading;
    nothing where nothing came true."""
    if track.scores is None:
        return []
    models = list(dict.fromkeys(track.scores.scores["model"]))
    rows = [
        [model, *(f"{100 * _overall(track, model, metric):.2f}" for metric in METRICS)]
        for model in models
    ]
    return [["model", *METRICS.values()], *rows]


def _earlier(history: History, outlook: Outlook) -> list[Sequence[str]]:
    """Return the figure's earlier forecasts, and what came: first step only, with a heading."""
    closes = outlook.closes
    rows = []
    for fan in reversed(history.fans):
        came = closes.get(fan.dates[0])
        low, high = float(fan.quantiles[0, 1]), float(fan.quantiles[0, 3])
        inside = "" if came is None else "yes" if low <= float(came) <= high else "no"
        actual = "" if came is None else format_price(float(came))
        day = f"{fan.dates[0]:%a %d %b %Y}"
        rows.append([day, format_price(low), format_price(high), actual, inside])
    return [["session", "80 % from", "to", "came", "inside"], *rows] if rows else []

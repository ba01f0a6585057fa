"""The interface: paths to questions, failures to documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from rnnforecast import __version__
from rnnforecast.errors import DataError, RnnForecastError, RunError, UsageError
from rnnforecast.serve.documents import (
    MOST_LEVELS,
    ErrorDocument,
    ForecastDocument,
    HealthDocument,
    RunsDocument,
    SymbolsDocument,
    TrackDocument,
)
from rnnforecast.serve.guard import Guard, error_response, unavailable
from rnnforecast.serve.options import ServeOptions
from rnnforecast.serve.pages import add_pages
from rnnforecast.serve.service import HEALTH, Body, Question, Service, body_of

DESCRIPTION = (
    "Calibrated forecasts of prices from trained runs, and what became of earlier ones. "
    "Read-only: only GET and HEAD are answered."
)
PERCENT = "(?:[2468]|[1-9][02468]|95|99)"
"""A coverage that is forecast; a leading zero is read too, but not described."""
SymbolPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=100,
        description="As stored, for example BTC-USD.",
        # what ``check_symbol`` accepts; it answers 400 with a remedy where a pattern only says no
        json_schema_extra={"pattern": r"^(?!.*\.\.)\^?[A-Za-z0-9][A-Za-z0-9.\-=&_]{0,31}$"},
    ),
]
RunQuery = Annotated[
    str | None,
    Query(max_length=255, description="Name of a run; by default the newest on the symbol."),
]
LevelsQuery = Annotated[
    str | None,
    Query(
        max_length=100,
        description="Percent of central intervals, for example 50,90.",
        json_schema_extra={"pattern": f"^{PERCENT}(?:,{PERCENT}){{0,{MOST_LEVELS - 1}}}$"},
    ),
]


def _failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ErrorDocument} for status in statuses}


ANYWHERE = _failures(401, 405, 413, 414, 421, 431, 503)
"""Failures that every path may answer with."""


def create_app(
    options: ServeOptions,
    service: Service | None = None,
    asked: Callable[[str, str | None, str | None], None] = lambda symbol, run, levels: None,
) -> ASGIApp:
    """Return the server's application.

    Args:
        options: the home, and who may ask.
        service: that answers; by default one of its own.
        asked: called with each forecast that could be made: symbol, run and levels.

    Example:
        >>> app = create_app(ServeOptions(Path("home")))
    """
    app = FastAPI(
        title="rnnforecast",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,  # these pages would load scripts from elsewhere
        redoc_url=None,
        responses=ANYWHERE,
    )
    service = service or Service(options)
    _add_api(app, service, asked)
    add_pages(app, service)
    app.add_exception_handler(HTTPException, _not_there)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(OSError, _refused)
    app.add_exception_handler(MemoryError, _refused)
    app.add_exception_handler(Exception, _bug)
    return Guard(app, options)


def _add_api(
    app: FastAPI, service: Service, asked: Callable[[str, str | None, str | None], None]
) -> None:
    """Add the documents."""

    @app.get(
        "/v1/forecasts/{symbol}",
        response_model=ForecastDocument,
        responses=_failures(400, 404, 409, 422),
    )
    async def forecast(
        request: Request, symbol: SymbolPath, run: RunQuery = None, levels: LevelsQuery = None
    ) -> Response:
        """Forecast the coming sessions of a symbol from its newest stored price."""
        answer = await _answer(request, service, lambda: service.forecast(symbol, run, levels))
        if answer.status_code < 400:
            asked(symbol, run, levels)
        return answer

    @app.get(
        "/v1/track/{symbol}", response_model=TrackDocument, responses=_failures(400, 404, 409, 422)
    )
    async def track(request: Request, symbol: SymbolPath, run: RunQuery = None) -> Response:
        """Score what was forecast for a symbol against the prices that have come since."""
        return await _answer(request, service, lambda: service.track(symbol, run))

    @app.get("/v1/runs", response_model=RunsDocument, responses=_failures(409))
    async def runs(request: Request) -> Response:
        """List every run, oldest first."""
        return await _answer(request, service, service.runs)

    @app.get("/v1/symbols", response_model=SymbolsDocument, responses=_failures(409))
    async def symbols(request: Request) -> Response:
        """List every symbol that a run forecasts."""
        return await _answer(request, service, service.symbols)

    @app.get("/health", response_model=HealthDocument)
    async def health(request: Request) -> Response:
        """Say that the server answers; needs no token."""
        return _send(request, healthy)

    healthy = body_of(HEALTH)


async def _answer(request: Request, service: Service, ask: Callable[[], Question]) -> Response:
    """Answer from memory at once, or compute aside while others are answered."""
    try:
        question = ask()
    except RnnForecastError as error:
        return error_response(404 if isinstance(error, RunError) else 400, error)
    try:
        body = service.known(question)
        if body is None:
            body = await run_in_threadpool(service.answer, question)
    except RnnForecastError as error:
        return error_response(409, error)
    return _send(request, body)


def _send(request: Request, body: Body) -> Response:
    headers = {"etag": body.tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == body.tag:
        return Response(status_code=304, headers=headers)
    return Response(body.content, headers=headers, media_type="application/json")


async def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        missing = DataError("there is nothing at this address", "see /openapi.json")
        return error_response(404, missing)
    return error_response(error.status_code, UsageError(str(error.detail), "see /openapi.json"))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][-1])
    return error_response(422, UsageError(f"{name}: {first['msg']}", "see /openapi.json"))


async def _refused(request: Request, error: Exception) -> Response:
    """Say what the machine has refused: a full disk, a permission, memory."""
    assert isinstance(error, OSError | MemoryError)
    return error_response(503, unavailable(error))


async def _bug(request: Request, error: Exception) -> Response:
    """Say no more than that there is a bug: its traceback is in the server's log."""
    return error_response(500, RnnForecastError("the server has failed", "its log says more"))

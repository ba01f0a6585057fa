"""The documents that the interface answers with, as its OpenAPI description shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rnnforecast.errors import RnnForecastError, UsageError
from rnnforecast.forecast.forecaster import Forecast, RiseProbability
from rnnforecast.pipeline.age import Age, stale_notes
from rnnforecast.pipeline.track import Track
from rnnforecast.quantities import DIRECTION
from rnnforecast.report.track import track_sentences

COVERAGES = (80, 95)
"""Percent of the intervals that are sent unless others are asked for."""
MOST_LEVELS = 20


class Document(BaseModel):
    """A document of this interface."""

    model_config = ConfigDict(frozen=True)

    schema_version: int = Field(default=1, serialization_alias="schema")


class Step(BaseModel):
    """One coming session: its median and intervals, or the probability of a rise."""

    step: int
    date: str
    median: float | None = None
    intervals: dict[str, tuple[float, float]] | None = Field(
        default=None, description="Percent covered to the lower and the upper end."
    )
    probability_up: float | None = None


class ForecastDocument(Document):
    """The forecast of a symbol from its newest stored price."""

    symbol: str
    run: str
    quantity: str
    origin: str = Field(description="Date of the newest price.")
    last: float
    age_days: int = Field(description="Whole days since the newest price.")
    stale: bool = Field(description="Whether the newest price is older than people expect.")
    currency: str | None
    calibrated: bool | None
    answer_of: Literal["network", "naive"] = Field(
        description="Whose median or probability it is: naive's where the network had no skill."
    )
    evaluated: bool
    steps: list[Step]
    warnings: list[str]


class TrackDocument(Document):
    """What a run has forecast for a symbol, beside what came true."""

    symbol: str
    run: str
    forecasts: int
    pending_steps: int
    delisted_steps: int
    last_price: str | None = Field(
        description="Day of the last price there was, where the symbol counts as delisted."
    )
    lost_origins: list[str]
    unit: str
    summary: list[str]
    promise: str
    evidence: dict[str, Any] | None
    scores: list[dict[str, Any]]


class RunsDocument(Document):
    """Every run, oldest first."""

    runs: list[dict[str, Any]]
    damaged: list[str]


class SymbolEntry(BaseModel):
    """A symbol that can be forecast."""

    symbol: str
    run: str
    interval: str
    first: str | None = None
    last: str | None = None
    rows: int | None = None
    currency: str | None = None


class SymbolsDocument(Document):
    """Every symbol that a run holds."""

    symbols: list[SymbolEntry]


class HealthDocument(Document):
    """Whether the server answers."""

    status: Literal["ok"] = "ok"
    version: str


class ErrorDetail(BaseModel):
    """What is wrong, and what to do."""

    kind: str
    problem: str
    remedy: str


class ErrorDocument(Document):
    """A request that cannot be answered."""

    error: ErrorDetail


def error_document(error: RnnForecastError) -> ErrorDocument:
    """Return a failure as a document."""
    detail = ErrorDetail(kind=type(error).__name__, problem=error.problem, remedy=error.remedy)
    return ErrorDocument(error=detail)


def parse_levels(text: str | None) -> tuple[int, ...]:
    """Read ``levels=50,90``: percent of central intervals.

    Raises:
        UsageError: if one is not among those that are forecast.
    """
    if text is None:
        return COVERAGES
    words = text.split(",")
    if len(words) > MOST_LEVELS:
        raise UsageError(f"{len(words)} levels", f"ask for {MOST_LEVELS} at most")
    return tuple(sorted({_level(word) for word in words}))


def _level(word: str) -> int:
    known = {*range(2, 100, 2), 95, 99}
    if word.isascii() and word.isdigit() and len(word) <= 2 and int(word) in known:
        return int(word)
    raise UsageError(
        f"{word!r} is not a level that is forecast",
        "use even percentages from 2 to 98, 95 or 99, such as levels=50,90",
    )


def forecast_document(
    forecast: Forecast | RiseProbability,
    run: str,
    coverages: Sequence[int],
    *,
    evaluated: bool,
    warnings: Sequence[str],
    age: Age,
) -> ForecastDocument:
    """Return a forecast as a document, with intervals at some coverages in percent."""
    calibrated: bool | None
    if isinstance(forecast, RiseProbability):
        quantity, calibrated, answer_of = DIRECTION.name, None, forecast.of
    else:
        quantity, calibrated = forecast.quantity.name, forecast.calibrated
        answer_of = forecast.median_of
    return ForecastDocument(
        symbol=forecast.symbol,
        run=run,
        quantity=quantity,
        origin=forecast.origin.isoformat(),
        last=forecast.last,
        age_days=age.days,
        stale=age.stale,
        currency=forecast.currency,
        calibrated=calibrated,
        answer_of=answer_of,
        evaluated=evaluated,
        steps=[
            _step(forecast, number, date.isoformat(), coverages)
            for number, date in enumerate(forecast.dates)
        ],
        warnings=[*stale_notes([age]), *warnings],
    )


def _step(
    forecast: Forecast | RiseProbability, number: int, date: str, coverages: Sequence[int]
) -> Step:
    if isinstance(forecast, RiseProbability):
        rising = float(forecast.probabilities[number])
        return Step(step=number + 1, date=date, probability_up=rising)
    ends = {coverage: forecast.interval(coverage / 100) for coverage in coverages}
    return Step(
        step=number + 1,
        date=date,
        median=float(forecast.median[number]),
        intervals={
            str(coverage): (float(low[number]), float(high[number]))
            for coverage, (low, high) in ends.items()
        },
    )


def track_document(track: Track, run: str) -> TrackDocument:
    """Return a track record as a document."""
    scores = track.scores
    evidence: dict[str, Any] | None = None
    rows: list[dict[str, Any]] = []
    if scores is not None:
        evidence = {
            "too_narrow": scores.too_narrow,
            "too_wide": scores.too_wide,
            "better_than": dict(scores.skill),
            "worse_than": dict(scores.behind),
        }
        table = scores.scores.astype(object).where(scores.scores.notna(), None)
        rows = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    return TrackDocument(
        symbol=track.symbol,
        run=run,
        forecasts=len(track.entries),
        pending_steps=track.pending,
        delisted_steps=track.delisted,
        last_price=None if track.last_price is None else track.last_price.isoformat(),
        lost_origins=list(track.lost),
        unit=track.unit,
        summary=track_sentences(track),
        promise="open" if scores is None else scores.promise,
        evidence=evidence,
        scores=rows,
    )

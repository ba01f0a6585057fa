"""What a day has brought that somebody may want to hear of, in one message."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnnforecast.config.watch import Occasion
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.formatting import format_percent
from rnnforecast.pipeline.daily import DayResult


@dataclass(frozen=True)
class Message:
    """A notification.

    Args:
        title: its first line.
        body: a line for each symbol and occasion.
    """

    title: str
    body: str


def message_of(
    results: Sequence[DayResult], on: Collection[Occasion], before: Mapping[str, Any] | None = None
) -> Message | None:
    """Put what is new today into a message; None where there is nothing to report.

    A promise that is broken and a source that is down are reported once, when that begins, so that
    a second call on the same day says nothing.

    Args:
        results: of the day.
        on: the occasions that are wanted.
        before: the summary of the call before, as it stands in ``latest.json``.
    """
    known = before or {}
    broken = set(known.get("broken", ()))
    gone = set(known.get("delisted", ()))
    down = {
        entry["symbol"]
        for entry in known.get("symbols", ())
        if entry.get("unfetched") or entry.get("unrefitted")
    }
    lines: dict[Occasion, list[str]] = {
        "broken": [
            _broken(result) for result in results if result.broken and result.symbol not in broken
        ],
        "down": [
            f"{result.symbol}: {result.failure}"
            for result in results
            if result.status == "failed"
            or (result.failure is not None and result.symbol not in down)
        ]
        + [
            f"{result.symbol}: delisted; no price after {result.delisted:%Y-%m-%d}"
            for result in results
            if result.delisted is not None and result.symbol not in gone
        ],
        "move": [
            line for result in results if result.status == "new" and (line := unusual_move(result))
        ],
        "new": [
            line for result in results if result.status == "new" and (line := _forecast(result))
        ],
    }
    wanted = {occasion: lines[occasion] for occasion in lines if occasion in on and lines[occasion]}
    if not wanted:
        return None
    counted = ", ".join(f"{len(wanted[occasion])} {TITLES[occasion]}" for occasion in wanted)
    return Message(
        f"rnnforecast: {counted}", "\n".join(line for some in wanted.values() for line in some)
    )


TITLES: Mapping[Occasion, str] = {
    "broken": "promise broken",
    "down": "without new prices",
    "move": "unusual move",
    "new": "new forecast",
}


def _broken(result: DayResult) -> str:
    scores = result.track.scores if result.track else None
    assert scores is not None
    return (
        f"{result.symbol}: the intervals contain less than they promise "
        f"({scores.forecasts} forecasts, evidence {scores.too_narrow:.3g})"
    )


def _forecast(result: DayResult) -> str:
    """Write the next session of a symbol as a line."""
    forecast = result.prediction.forecast if result.prediction else None
    if not isinstance(forecast, Forecast):
        return ""
    low, high = (forecast.quantity.format(float(end[0])) for end in forecast.interval(0.8))
    return f"{result.symbol}: {forecast.dates[0]:%a %Y-%m-%d} {low} to {high} (80 %)"


def unusual_move(result: DayResult) -> str:
    """Say where the newest close left the 99 % interval that was forecast for it; else nothing."""
    if result.track is None or result.track.scores is None or result.prediction is None:
        return ""
    rows = result.track.resolved
    newest = rows["date"] == result.prediction.forecast.origin
    rows = rows[newest & (rows["model"] == NETWORK) & (rows["step"] == 1)]
    if rows.empty:
        return ""
    actual, low, high = (float(rows[name].iloc[-1]) for name in ("actual", "q0.005", "q0.995"))
    if low <= actual <= high:
        return ""
    move, lowest, highest = (format_percent(value, signed=True) for value in (actual, low, high))
    return f"{result.symbol}: moved {move}, outside its 99 % interval of {lowest} to {highest}"

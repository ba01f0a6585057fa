"""Match the forecasts of a track record with the prices that have come since, and score them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.data.history import PriceHistory
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.track import TrackScores, score_track
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.runs.track_record import Kind, TrackEntry

SILENCE = pd.Timedelta(days=30)
"""How long a symbol must have had no bar, by the source's own last answer, to count as delisted."""

Unit = Literal["log return", "return"]


@dataclass(frozen=True, eq=False)
class Track:
    """A run's track record on one symbol, beside what came true.

    Args:
        symbol: whose prices.
        kind: live forecasts, or a replay.
        entries: the forecasts that were made, oldest first.
        resolved: those steps that have come true, as ``score_track`` takes them.
        unit: of the losses.
        pending: steps that have not come true yet.
        delisted: steps that were resolved by the last price there ever was.
        lost: origins whose session is no longer among the stored prices.
        scores: None while nothing has come true.
    """

    symbol: str
    kind: Kind
    entries: tuple[TrackEntry, ...]
    resolved: pd.DataFrame
    unit: Unit
    pending: int
    delisted: int
    lost: tuple[str, ...]
    scores: TrackScores | None


def track(entries: Sequence[TrackEntry], history: PriceHistory, kind: Kind = "live") -> Track:
    """Match forecasts with the prices that have come since.

    Each step is matched by its number of sessions after the origin, never by the date that was
    expected: a session that did not take place gives way to the next. Moves are measured from the
    close of the origin, in the forecast from the close as it was known then, in the outcome from
    the close as it is stored now; so later splits and dividends do not disturb.

    Args:
        entries: of the track record of one run on one symbol.
        history: the newest prices of that symbol, in the same kind of price that was forecast.
        kind: which entries count; a replay is never mixed with what was said live.

    Returns:
        the matched and scored record.
    """
    chosen = tuple(entry for entry in entries if entry.kind == kind)
    unit = _unit(chosen, history)
    rows = history.dates.get_indexer(pd.DatetimeIndex([entry.origin for entry in chosen]))
    known = [(entry, int(row)) for entry, row in zip(chosen, rows, strict=True) if row >= 0]
    outcomes = [_outcomes(history, entry, row, unit) for entry, row in known]
    tables = [
        _in_moves(entry, row, outcome, unit)
        for (entry, row), outcome in zip(known, outcomes, strict=True)
        if len(outcome)
    ]
    resolved = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return Track(
        symbol=history.symbol,
        kind=kind,
        entries=chosen,
        resolved=resolved,
        unit=unit,
        pending=sum(len(entry.dates) for entry, _ in known) - sum(map(len, outcomes)),
        delisted=int(sum(outcome["delisted"].sum() for outcome in outcomes)),
        lost=tuple(entry.origin for entry, row in zip(chosen, rows, strict=True) if row < 0),
        scores=score_track(resolved) if len(resolved) else None,
    )


def _unit(entries: Sequence[TrackEntry], history: PriceHistory) -> Unit:
    """Log returns, unless some price or quantile is not positive."""
    lowest = min((row[0] for entry in entries for rows in _all(entry) for row in rows), default=1.0)
    positive = lowest > 0 and bool((history.bars["close"] > 0).all())
    return "log return" if positive else "return"


def _all(entry: TrackEntry) -> list[tuple[tuple[float, ...], ...]]:
    return list(entry.quantiles.values())


def _outcomes(history: PriceHistory, entry: TrackEntry, row: int, unit: Unit) -> pd.DataFrame:
    """What came true of one forecast: step, date, actual, delisted; steps to come are left out.

    Args:
        history: the newest prices.
        entry: the forecast.
        row: of its origin in the history.
        unit: of the moves.
    """
    closes, newest = history.bars["close"].to_numpy(float), len(history) - 1
    steps = np.arange(1, len(entry.dates) + 1)
    gone = _is_delisted(history)
    came = np.full(len(steps), True) if gone else row + steps <= newest
    targets = np.minimum(row + steps, newest)
    if gone and row == newest:
        came[:] = False  # nothing was traded after the forecast: there is no outcome
    table = pd.DataFrame(
        {
            "step": steps,
            "date": history.dates[targets],
            "actual": _move(closes[targets], closes[row], unit),
            "delisted": row + steps > newest,
        }
    )
    return table[came]


def _is_delisted(history: PriceHistory) -> bool:
    """Whether the source had answered for a month without a newer bar when it was last asked."""
    asked = history.provenance.get("retrieved_at")
    if not asked:
        return False
    return bool(_naive(pd.Timestamp(asked)) - _naive(history.last) > SILENCE)


def _naive(instant: pd.Timestamp) -> pd.Timestamp:
    return instant if instant.tz is None else instant.tz_convert("UTC").tz_localize(None)


def _move(values: Array, base: float, unit: Unit) -> Array:
    """The move from a base price to each value, of any shape."""
    moved: Array = np.log(values / base) if unit == "log return" else (values - base) / abs(base)
    return moved


def _in_moves(entry: TrackEntry, row: int, outcome: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """One forecast beside its outcomes, every model's quantiles as moves from the close it knew."""
    positions = outcome["step"].to_numpy(int) - 1
    known_on_that_day = LEVELS if len(entry.levels) == len(LEVELS) else np.array(entry.levels)
    common = outcome.drop(columns="delisted").assign(
        symbol=entry.symbol, origin=pd.Timestamp(entry.origin), session=row, last=0.0
    )
    tables = []
    for model, quantiles in entry.quantiles.items():
        moves = _move(np.array(quantiles)[positions], entry.close, unit)
        at_levels = [np.interp(LEVELS, known_on_that_day, move) for move in moves]
        frame = pd.DataFrame(at_levels, columns=QUANTILES, index=common.index)
        tables.append(common.join(frame).assign(model=model))
    return pd.concat(tables, ignore_index=True)

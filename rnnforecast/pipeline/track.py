"""Match the forecasts of a track record with the prices that have come since, and score them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.arrays import Array
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.silence import is_delisted
from rnnforecast.dataset.windows import Rows
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.track import TrackScores, score_track
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.runs.track_record import Kind, TrackEntry

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
        last_price: its day, where the symbol counts as delisted; else None.
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
    last_price: pd.Timestamp | None
    lost: tuple[str, ...]
    scores: TrackScores | None


def track(entries: Sequence[TrackEntry], history: PriceHistory, kind: Kind = "live") -> Track:
    """Match forecasts with the prices that have come since.

    Each step is matched by its number of sessions after the origin, never by the date that was
    expected: a session that did not take place gives way to the next. Moves are measured from the
    close of the origin, in the forecast from the close as it was known then, in the outcome from
    the close as it is stored now; so later splits and dividends do not disturb. Once a symbol
    counts as delisted (see ``data.silence``), its last price stands in for all that do not come; a
    forecast after which nothing was traded has no outcome, and waits for none.

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
    gone = is_delisted(history)
    matched = [_match(history, entry, row, unit, gone) for entry, row in known]
    resolved = _table(history, matched, unit)
    return Track(
        symbol=history.symbol,
        kind=kind,
        entries=chosen,
        resolved=resolved,
        unit=unit,
        pending=0 if gone else sum(len(match.entry.dates) - len(match.steps) for match in matched),
        delisted=sum(int(match.delisted.sum()) for match in matched),
        last_price=history.last if gone else None,
        lost=tuple(entry.origin for entry, row in zip(chosen, rows, strict=True) if row < 0),
        scores=score_track(resolved) if len(resolved) else None,
    )


@dataclass(frozen=True, eq=False)
class _Match:
    """The steps of one forecast that came true; steps to come are left out.

    Args:
        entry: the forecast.
        row: of its origin in the history.
        steps: that have come true, from 1 (n,).
        rows: of their outcomes in the history (n,).
        actual: the move from the close of the origin (n,).
        delisted: whether the last price there ever was stands in for an outcome (n,).
    """

    entry: TrackEntry
    row: int
    steps: Rows
    rows: Rows
    actual: Array
    delisted: NDArray[np.bool_]


def _unit(entries: Sequence[TrackEntry], history: PriceHistory) -> Unit:
    """Log returns, unless some price or quantile is not positive."""
    lowest = min((row[0] for entry in entries for rows in _all(entry) for row in rows), default=1.0)
    positive = lowest > 0 and bool((history.bars["close"] > 0).all())
    return "log return" if positive else "return"


def _all(entry: TrackEntry) -> list[tuple[tuple[float, ...], ...]]:
    return list(entry.quantiles.values())


def _match(history: PriceHistory, entry: TrackEntry, row: int, unit: Unit, gone: bool) -> _Match:
    """Match one forecast with the sessions that came after its origin."""
    closes, newest = history.bars["close"].to_numpy(float), len(history) - 1
    steps = np.arange(1, len(entry.dates) + 1)
    if not gone:
        steps = steps[row + steps <= newest]
    elif row == newest:
        steps = steps[:0]  # nothing was traded after the forecast: there is no outcome
    rows = np.minimum(row + steps, newest)
    actual = _move(closes[rows], closes[row], unit)
    return _Match(entry, row, steps, rows, actual, row + steps > newest)


def _move(values: Array, base: float, unit: Unit) -> Array:
    """Return the move from a base price to each value, of any shape."""
    moved: Array = np.log(values / base) if unit == "log return" else (values - base) / abs(base)
    return moved


def _table(history: PriceHistory, matched: Sequence[_Match], unit: Unit) -> pd.DataFrame:
    """Tabulate every forecast beside its outcomes, as moves from the close it knew,
    a block a model."""
    matched = [match for match in matched if len(match.steps)]
    models = dict.fromkeys(model for match in matched for model in match.entry.quantiles)
    blocks = []
    for model in models:
        having = [match for match in matched if model in match.entry.quantiles]
        quantiles = np.concatenate([_quantiles(match, model, unit) for match in having])
        counts = [len(match.steps) for match in having]
        columns = {
            "step": np.concatenate([match.steps for match in having]),
            "date": history.dates[np.concatenate([match.rows for match in having])],
            "actual": np.concatenate([match.actual for match in having]),
            "symbol": np.repeat([match.entry.symbol for match in having], counts),
            "origin": history.dates[np.repeat([match.row for match in having], counts)],
            "session": np.repeat([match.row for match in having], counts),
            "last": 0.0,
            "model": model,
        }
        block = pd.DataFrame(columns).join(pd.DataFrame(quantiles, columns=QUANTILES))
        blocks.append(block)
    return pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame()


def _quantiles(match: _Match, model: str, unit: Unit) -> Array:
    """Return a model's quantiles of the steps that came true, as moves (step, level)."""
    entry = match.entry
    moves = _move(np.array(entry.quantiles[model])[match.steps - 1], entry.close, unit)
    levels = np.array(entry.levels)
    if np.array_equal(levels, LEVELS):
        return moves
    interpolated: Array = np.array([np.interp(LEVELS, levels, move) for move in moves])
    return interpolated

"""What is shown of one symbol: its forecast and its track record, small enough to be kept."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rnnforecast import runs
from rnnforecast.arrays import Array
from rnnforecast.data.store import Store
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.model.inference import Ensemble
from rnnforecast.pipeline.age import Newest
from rnnforecast.pipeline.drift import lasting_doubts
from rnnforecast.pipeline.predict import evaluated, predict
from rnnforecast.pipeline.price_checks import promised_notes
from rnnforecast.pipeline.track import Track
from rnnforecast.pipeline.track_loading import load_track, outcomes_of
from rnnforecast.pipeline.trained_model import AnyForecast
from rnnforecast.quantities import PRICE
from rnnforecast.runs import MEMBERS, Part, Run
from rnnforecast.runs.artifacts import load_networks, read_experiment
from rnnforecast.runs.track_record import TRACK
from rnnforecast.serve.index import stamp_of

SHOWN = 90
"""Newest bars that pages show."""
PAST_FANS = 8
"""Earlier forecasts that a figure shows at most."""
FAN_LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])


@dataclass(frozen=True, eq=False)
class Outlook:
    """The forecast of a symbol, and the newest prices before it.

    Args:
        forecast: from the newest stored price.
        closes: the newest of them, by date, as they were used.
        evaluated: whether the run has a verdict.
        warnings: about prices, calendar and calibration.
        newest: the price that it starts from, whose age grows.
    """

    forecast: AnyForecast
    closes: pd.Series
    evaluated: bool
    warnings: tuple[str, ...]
    newest: Newest


@dataclass(frozen=True, eq=False)
class PastFan:
    """An earlier forecast, in today's price units.

    Args:
        origin: date of the last close that it knew.
        close: that close.
        dates: of its steps (step,).
        quantiles: at ``FAN_LEVELS`` (step, level).
    """

    origin: pd.Timestamp
    close: float
    dates: pd.DatetimeIndex
    quantiles: Array


@dataclass(frozen=True, eq=False)
class History:
    """The track record of a symbol, and its earlier forecasts as a figure shows them."""

    track: Track
    fans: tuple[PastFan, ...]


def stamps_of(part: Part, store: Store) -> Hashable:
    """Return what changes with any file that a forecast is made from."""
    data = part.manifest.data
    symbols = [part.symbol]
    for record in data.exogenous:
        symbols += record.provenance.get("members", [record.symbol])
    files = [
        *(store.folder(symbol) / f"{data.interval}.json" for symbol in symbols),
        part.path / runs.CONFIG,
        part.path / runs.SCALERS,
        part.path / runs.CALIBRATION,
        part.path / runs.VERDICT,
        part.run.path / runs.MANIFEST,
        part.run.path / runs.VERDICT,
    ]
    return (part.path, *map(stamp_of, files))


def track_stamps_of(parts: Sequence[Part], store: Store) -> Hashable:
    """Return what changes with any file that a track record is scored from."""
    prices = store.folder(parts[-1].symbol) / f"{parts[-1].manifest.data.interval}.json"
    records = tuple((part.path, stamp_of(part.path / TRACK)) for part in parts)
    return (records, stamp_of(prices))


def network_stamps_of(run: Run) -> Hashable:
    """Return what changes with any of a run's networks."""
    return tuple((path.name, stamp_of(path)) for path in sorted((run.path / MEMBERS).glob("*")))


def open_networks(run: Run) -> Ensemble:
    """Open the networks of a run, each for one thread: many of them are kept at a time.

    Raises:
        RunError: if one is missing or cannot be opened.
    """
    return load_networks(run, len(run.manifest.seeds), threads=1)


def look_ahead(part: Part, store: Store, networks: Ensemble) -> Outlook:
    """Forecast one symbol.

    Args:
        part: of a run.
        store: with the newest prices.
        networks: of that run.

    Raises:
        DataError: if its prices are not stored, or have errors.
        RunError: if the run is incomplete.
    """
    [prediction] = predict(part, store, networks=networks)
    history, experiment = prediction.history, read_experiment(part)
    warnings = [
        *lasting_doubts(part, [prediction]),
        *prediction.notes,
        *prediction.calendar_notes,
        *promised_notes(part, experiment),
    ]
    closes = history.bars["close"].iloc[-SHOWN:].astype(float).copy()
    forecast = prediction.forecast
    newest = Newest.of(history, forecast.origin)
    return Outlook(forecast, closes, evaluated(part), tuple(dict.fromkeys(warnings)), newest)


def look_back(parts: Sequence[Part], store: Store) -> History:
    """Score what was forecast for one symbol.

    Args:
        parts: whose records are read as one, oldest first.
        store: with the newest prices.

    Raises:
        DataError: if its prices are not stored.
        RunError: if the record was altered or is damaged.
    """
    track = load_track(parts, store)
    closes = outcomes_of(parts[-1], store).bars["close"].astype(float)
    return History(track, past_fans(track, closes))


def past_fans(track: Track, closes: pd.Series) -> tuple[PastFan, ...]:
    """Choose earlier forecasts of prices that do not overlap, beginning with the newest but one.

    Quantiles are moves from the close that was known on that day, so that a later split does not
    displace them.

    Args:
        track: the record.
        closes: as stored now, by date.
    """
    fans: list[PastFan] = []
    dates, free = pd.DatetimeIndex(closes.index), len(closes) - 1
    for entry in reversed(track.entries):
        row = int(dates.get_indexer(pd.DatetimeIndex([entry.origin]))[0])
        if row < 0 or entry.quantity != PRICE.name or row >= free or len(fans) == PAST_FANS:
            continue
        if not fans or row + len(entry.dates) <= free:
            close = float(closes.iloc[row])
            rows = np.array(entry.quantiles["network"]) * (close / entry.close)
            levels = LEVELS if len(entry.levels) == len(LEVELS) else np.array(entry.levels)
            quantiles = np.array([np.interp(FAN_LEVELS, levels, values) for values in rows])
            coming = _coming(dates, row, entry.dates)
            fans.append(PastFan(dates[row], close, coming, quantiles))
            free = row
    return tuple(reversed(fans))


def _coming(dates: pd.DatetimeIndex, row: int, expected: tuple[str, ...]) -> pd.DatetimeIndex:
    """Return the sessions of one forecast that took place, and those still expected."""
    came = dates[row + 1 : row + 1 + len(expected)]
    return pd.DatetimeIndex([*came, *map(pd.Timestamp, expected[len(came) :])])

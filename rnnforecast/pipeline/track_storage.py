"""Keep each forecast in its run's track record, beside what baselines would have said that day."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from rnnforecast import runs
from rnnforecast.atomic import read_regular
from rnnforecast.errors import RunError
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.pipeline.trained_model import Prediction
from rnnforecast.quantities import PRICE
from rnnforecast.runs import MEMBERS, Part, Run
from rnnforecast.runs.provenance import code_digest
from rnnforecast.runs.track_record import TRACK, Kind, TrackEntry, TrackRecord

log = logging.getLogger(__name__)

OWN = "own"
"""The network's own answer, where naive's median was delivered instead."""


def track_record(part: Part) -> TrackRecord:
    """Return the record of what was forecast for one symbol."""
    return TrackRecord(part.path / TRACK)


def entries_of(part: Part) -> list[TrackEntry]:
    """Read what a run has forecast for one symbol, oldest first.

    Raises:
        RunError: if the record was altered or is damaged, or is that of another run or symbol: its
            chain of hashes holds, but its forecasts are not this run's.
    """
    record = track_record(part)
    entries, networks = record.entries(), _digest(part.run)
    for number, entry in enumerate(entries, start=1):
        if entry.symbol.casefold() != part.symbol.casefold():
            raise RunError(
                f"{record.path}: line {number} is a forecast of {entry.symbol}, not of "
                f"{part.symbol}",
                "the record of another run was put here; restore the file from a backup",
            )
        if networks and entry.model and entry.model != networks:
            raise RunError(
                f"{record.path}: line {number} was made by other networks than the run's",
                "the record of another run was put here; restore the file from a backup",
            )
    return entries


def keep_forecasts(
    run: Run | Part, predictions: Sequence[Prediction], *, kind: Kind = "live"
) -> int:
    """Append forecasts of prices to the track record of each symbol; a day counts once.

    Args:
        run: that made them.
        predictions: one for each of its parts.
        kind: live, or a replay of a day in the past.

    Returns:
        how many were new.

    Raises:
        RunError: if a record was altered, is damaged, or is that of another run.
    """
    made_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    model, code = _digest(run.run) or "", code_digest()
    added = 0
    for part, prediction in zip(run.parts, predictions, strict=True):
        forecast, record = prediction.forecast, track_record(part)
        if not isinstance(forecast, Forecast) or forecast.quantity != PRICE:
            continue
        key = (kind, forecast.symbol, forecast.origin.isoformat())
        if all(entry.key != key for entry in entries_of(part)):
            added += record.append(_entry(prediction, forecast, made_at, kind, code, model))
    return added


def succession(part: Part, among: Iterable[Run] | None = None) -> tuple[Part, ...]:
    """Return the parts that have forecast a symbol one after the other, as ``daily`` trains them.

    Args:
        part: the newest of them, or any other.
        among: the runs of the same folder, where they are known.

    Returns:
        the parts on the same symbol of all runs with the same label, oldest first.
    """
    label = runs.label_of(part.run)
    if among is None:
        among = runs.labelled_runs(part.root, label)
    parts: list[Part] = []
    for run in among:
        if runs.label_of(run) != label:
            continue
        try:
            parts += [other for other in run.parts if other.symbol == part.symbol]
        except RunError as error:
            log.warning("%s is left out: %s", run.name, error)
    return tuple(parts)


def _entry(
    prediction: Prediction, forecast: Forecast, made_at: str, kind: Kind, code: str, model: str
) -> TrackEntry:
    """Return a forecast as the record keeps it."""
    quantiles = {"network": forecast.quantiles, **prediction.rivals}
    if forecast.median_of == "naive" and isinstance(prediction.own, Forecast):
        quantiles[OWN] = prediction.own.quantiles
    return TrackEntry(
        made_at=made_at,
        kind=kind,
        symbol=forecast.symbol,
        interval=prediction.history.interval,
        quantity=forecast.quantity.name,
        currency=forecast.currency,
        origin=forecast.origin.isoformat(),
        close=forecast.last,
        dates=tuple(date.isoformat() for date in forecast.dates),
        levels=tuple(map(float, LEVELS)),
        quantiles={
            name: tuple(tuple(map(float, row)) for row in rows) for name, rows in quantiles.items()
        },
        calibrated=forecast.calibrated,
        median_of=forecast.median_of,
        code=code,
        model=model,
    )


def _digest(run: Run) -> str | None:
    """Return a digest of the trained networks, as they forecast; None where a file is missing."""
    members = run.path / MEMBERS
    paths = sorted(members.glob("*.onnx")) or sorted(members.glob("*.npz"))
    if len(paths) != len(run.manifest.seeds):
        return None
    return _digest_of(tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=64)
def _digest_of(files: tuple[tuple[Path, int], ...]) -> str:
    """Return a digest of files, which runs on many symbols ask for again and again."""
    sha = hashlib.sha256()
    for path, _ in files:
        sha.update(read_regular(path))
    return sha.hexdigest()[:16]

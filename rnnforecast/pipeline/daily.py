"""One day of a watch list: train when due, forecast, keep the forecasts, score earlier ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from rnnforecast import runs
from rnnforecast.config.loading import load
from rnnforecast.config.watch import Watched
from rnnforecast.data.silence import is_delisted
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError, RnnForecastError, RunError, reason_of
from rnnforecast.pipeline.drift import doubts
from rnnforecast.pipeline.evaluation_storage import gather_forecasts
from rnnforecast.pipeline.model_storage import save_forecasts
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.track import Track
from rnnforecast.pipeline.track_loading import load_track
from rnnforecast.pipeline.track_storage import keep_forecasts, succession, track_record
from rnnforecast.pipeline.trained_model import Prediction
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_networks

log = logging.getLogger(__name__)

Status = Literal["new", "unchanged", "failed"]
Train = Callable[[Watched, "Run | None"], Run]
"""Trains a run for a watched symbol; goes on from the networks of another one, where given."""


@dataclass(frozen=True, eq=False)
class DayResult:
    """The result for one symbol today.

    Args:
        symbol: that is followed.
        status: a new forecast, none since no new price has come, or a failure.
        part: of the run that forecasts, where there is one.
        trained: whether it was trained today.
        prediction: the forecast.
        track: what became of the run's earlier ones.
        error: why it failed.
        unfetched: why there are no newer prices, where the source failed.
        unrefitted: why networks that were due to be trained again were not; the run before
            forecasts in their place.
        head: how many forecasts the run's record holds, and the hash of the last.
        delisted: the day of the last price, where the symbol counts as delisted.
        warnings: why the forecast may not deserve the usual trust.
    """

    symbol: str
    status: Status
    part: Part | None = None
    trained: bool = False
    prediction: Prediction | None = None
    track: Track | None = None
    error: RnnForecastError | None = None
    unfetched: RnnForecastError | None = None
    unrefitted: RnnForecastError | None = None
    head: tuple[int, str] | None = None
    delisted: pd.Timestamp | None = None
    warnings: tuple[str, ...] = ()

    @property
    def failure(self) -> RnnForecastError | None:
        """The failure, if any; that no prices come of a delisted symbol is no failure."""
        unfetched = None if self.delisted is not None else self.unfetched
        return unfetched or self.error or self.unrefitted

    @property
    def broken(self) -> bool:
        """Whether the intervals contain less than they promise."""
        scores = self.track.scores if self.track else None
        return scores is not None and scores.promise == "broken"


def follow(watched: Watched, store: Store, root: Path, train: Train) -> list[DayResult]:
    """Do today's work on the symbols of one entry; the failure of each is its own result.

    Calling it again on the same day changes nothing: the newest price is forecast once.

    Args:
        watched: what is followed.
        store: with the newest prices.
        root: folder of the runs.
        train: makes a run where none is there yet, or the newest is due to be refitted.

    Returns:
        a result for each symbol.
    """
    try:
        run, trained = _due_run(watched, store, root, train)
    except (RnnForecastError, OSError) as error:
        log.warning("%s: %s", watched.title, error)
        return _without_refit(watched, store, root, _expected(error))
    return _follow_by(run, watched.symbols, store, trained=trained)


def _without_refit(
    watched: Watched, store: Store, root: Path, error: RnnForecastError
) -> list[DayResult]:
    """Forecast by the run before, as far as it knows the symbols; the others have failed."""
    run = newest_run(root, watched, whole=False)
    known = () if run is None else tuple(map(str.upper, run.symbols))
    results = {
        name: DayResult(name, "failed", error=error)
        for name in watched.symbols
        if name.upper() not in known
    }
    if run is not None:
        log.warning("%s forecasts in its place", run.name)
        for result in _follow_by(run, watched.symbols, store, trained=False):
            results[result.symbol] = replace(result, unrefitted=error)
    return [results[name] for name in watched.symbols]


def _follow_by(run: Run, symbols: Sequence[str], store: Store, *, trained: bool) -> list[DayResult]:
    """Forecast those symbols of a run, keep the forecasts and score the earlier ones."""
    names = {symbol.upper(): symbol for symbol in symbols}
    try:
        results = [
            replace(_result(part, prediction, store, trained=trained), symbol=names[known])
            for part, prediction in zip(run.parts, _predict_each(run, store), strict=True)
            if (known := part.symbol.upper()) in names
        ]
    except (RnnForecastError, OSError) as error:
        log.warning("%s: %s", run.name, error)
        parts = (part.symbol.upper() for part in run.parts)
        return [
            DayResult(names[known], "failed", error=_expected(error))
            for known in parts
            if known in names
        ]
    try:
        if run.is_panel:
            gather_forecasts(run)
    except (RnnForecastError, OSError) as error:  # each symbol has its own
        log.warning("%s: the forecasts of all are not in one table: %s", run.name, error)
    return results


def _expected(error: RnnForecastError | OSError) -> RnnForecastError:
    """Return a failure of the system as one of ours: it is this symbol's alone."""
    if isinstance(error, RnnForecastError):
        return error
    return RunError(reason_of(error), "free some space, and make the home writable")


def _due_run(watched: Watched, store: Store, root: Path, train: Train) -> tuple[Run, bool]:
    """Return the run that forecasts today, and whether it was trained for that.

    Raises:
        DataError: if there is no run yet, and a symbol's prices are missing or have ended.
    """
    experiment = load(watched.config, watched.overrides)
    run = newest_run(root, watched)
    if run is not None and sessions_since(run, store) < watched.refit_every:
        return run, False
    for symbol in experiment.data.symbol if run is None else ():
        history = store.load(symbol, experiment.data.interval)
        if is_delisted(history):
            raise DataError(
                f"{symbol} counts as delisted: there is no price after {history.last:%Y-%m-%d}",
                "take it off the watch list",
            )
    log.info("%s: training", watched.title)
    return train(watched, run if watched.warm else None), True


def _predict_each(run: Run, store: Store) -> list[Prediction | RnnForecastError]:
    """Forecast every symbol, at once where all of them can be forecast."""
    try:
        return [*predict(run, store)]
    except RnnForecastError as error:
        if not run.is_panel:
            raise
        log.warning("%s: each symbol is forecast by itself: %s", run.name, error)
    networks = load_networks(run, len(run.manifest.seeds))
    predictions: list[Prediction | RnnForecastError] = []
    for part in run.parts:
        try:
            predictions += predict(part, store, networks=networks)
        except RnnForecastError as error:
            predictions.append(error)
    return predictions


def _result(
    part: Part, prediction: Prediction | RnnForecastError, store: Store, *, trained: bool
) -> DayResult:
    """Keep a symbol's forecast, and score the earlier ones."""
    symbol = part.symbol
    if isinstance(prediction, RnnForecastError):
        log.warning("%s: %s", symbol, prediction)
        return DayResult(symbol, "failed", trained=trained, error=prediction)
    history = store.load(symbol, part.manifest.data.interval)
    delisted = history.last if is_delisted(history) else None
    try:
        save_forecasts(part, [prediction.forecast])
        added = keep_forecasts(part, [prediction])
        track = load_track(succession(part), store)
        head = track_record(part).head()
    except (RnnForecastError, OSError) as error:  # it was computed, so it is shown
        log.warning("%s: the forecast cannot be kept: %s", symbol, error)
        failure = _expected(error)
        return DayResult(
            symbol, "failed", part, trained, prediction, error=failure, delisted=delisted
        )
    status: Status = "new" if added else "unchanged"
    log.info("%s: %s forecast by %s", symbol, status, part.name)
    warnings = tuple(doubts(part, [prediction]))
    return DayResult(
        symbol, status, part, trained, prediction, track, head=head,
        delisted=delisted, warnings=warnings,
    )  # fmt: skip


def lost_forecasts(result: DayResult, before: Mapping[str, Any]) -> str | None:
    """Say where forecasts have gone from a record since the day before; a chain of hashes alone
    does not show that its newest lines are missing.

    Args:
        result: of today.
        before: the summary of the call before, as ``summary_of`` has made it.
    """
    entries = {entry.get("symbol"): entry for entry in before.get("symbols", ())}
    entry = entries.get(result.symbol) or {}
    known = entry.get("record")
    if result.part is None or not known or entry.get("run") != result.part.name:
        return None
    record = track_record(result.part)
    if record.holds_still(int(known["forecasts"]), str(known["last_hash"])):
        return None
    return (
        f"{record.path} has lost forecasts: {known['forecasts']} were there when it was followed "
        "last; restore the file from a backup"
    )


def newest_run(root: Path, watched: Watched, *, whole: bool = True) -> Run | None:
    """Return the newest finished run of an entry's symbols and its config.

    Args:
        root: folder of the runs.
        watched: the entry.
        whole: whether it has exactly these symbols; else one of them is enough.
    """
    names = {symbol.upper() for symbol in watched.symbols}
    for run in reversed(runs.labelled_runs(root, watched.label)):
        try:
            known = {symbol.upper() for symbol in run.symbols}
            if known == names or (not whole and known & names):
                return run
        except RunError as error:
            log.warning("%s is left out: %s", run.name, error)
    return None


def sessions_since(run: Run, store: Store) -> int:
    """Count the bars that have come since a run was trained, of the symbol that has most."""
    counts = [0]
    for part in run.parts:
        with suppress(RnnForecastError):  # what is wrong with its prices is said by its forecast
            dates = store.load(part.symbol, part.manifest.data.interval).dates
            counts.append(int((dates > pd.Timestamp(part.manifest.data.last)).sum()))
    return max(counts)


def summary_of(results: list[DayResult]) -> dict[str, Any]:
    """Put the results of a day into plain JSON values."""
    return {
        "schema": 1,
        "new": sum(result.status == "new" for result in results),
        "unchanged": sum(result.status == "unchanged" for result in results),
        "failed": sum(result.status == "failed" for result in results),
        "broken": [result.symbol for result in results if result.broken],
        "delisted": [result.symbol for result in results if result.delisted is not None],
        "symbols": [_plain(result) for result in results],
    }


def _plain(result: DayResult) -> dict[str, Any]:
    """Return one symbol's result as JSON values."""
    body: dict[str, Any] = {
        "symbol": result.symbol,
        "status": result.status,
        "run": result.part.name if result.part else None,
        "trained": result.trained,
        "warnings": list(result.warnings),
        "error": result.error.to_dict() if result.error else None,
        "unfetched": result.unfetched.to_dict() if result.unfetched else None,
        "unrefitted": result.unrefitted.to_dict() if result.unrefitted else None,
        "last_price": None if result.delisted is None else result.delisted.isoformat(),
    }
    if result.head is not None:
        body["record"] = {"forecasts": result.head[0], "last_hash": result.head[1]}
    if result.prediction is not None:
        forecast = result.prediction.forecast
        steps = forecast.table().reset_index()
        steps["date"] = [date.isoformat() for date in steps["date"]]
        body |= {
            "origin": forecast.origin.isoformat(),
            "last": forecast.last,
            "steps": steps.to_dict("records"),
        }
    if result.track is not None and result.track.scores is not None:
        scores = result.track.scores
        body |= {
            "forecasts_scored": scores.forecasts,
            "promise": scores.promise,
            "evidence_too_narrow": scores.too_narrow,
        }
    return body

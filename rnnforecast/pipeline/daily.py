"""One day of a watched symbol: train when due, forecast, keep the forecast,
score those of the past."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from rnnforecast.pipeline.model_storage import save_forecasts
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.track import Track
from rnnforecast.pipeline.track_storage import keep_forecasts, load_track, succession, track_record
from rnnforecast.pipeline.trained_model import Prediction
from rnnforecast.runs import Run

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
        run: that forecasts, where there is one.
        trained: whether it was trained today.
        prediction: the forecast.
        track: what became of the run's earlier ones.
        error: why it failed.
        unfetched: why there are no newer prices, where the source failed.
        head: how many forecasts the run's record holds, and the hash of the last.
        delisted: the day of the last price, where the symbol counts as delisted.
        warnings: why the forecast may not deserve the usual trust.
    """

    symbol: str
    status: Status
    run: Run | None = None
    trained: bool = False
    prediction: Prediction | None = None
    track: Track | None = None
    error: RnnForecastError | None = None
    unfetched: RnnForecastError | None = None
    head: tuple[int, str] | None = None
    delisted: pd.Timestamp | None = None
    warnings: tuple[str, ...] = ()

    @property
    def failure(self) -> RnnForecastError | None:
        """The failure, if any; that no prices come of a delisted symbol is no failure."""
        return (None if self.delisted is not None else self.unfetched) or self.error

    @property
    def broken(self) -> bool:
        """Whether the intervals contain less than they promise."""
        scores = self.track.scores if self.track else None
        return scores is not None and scores.promise == "broken"


def follow(watched: Watched, store: Store, root: Path, train: Train) -> DayResult:
    """Do today's work on one symbol; its failure is its own result.

    Calling it again on the same day changes nothing: the newest price is forecast once.

    Args:
        watched: what is followed.
        store: with the newest prices.
        root: folder of the runs.
        train: makes a run where none is there yet, or the newest is due to be refitted.
    """
    try:
        return _follow(watched, store, root, train)
    except (RnnForecastError, OSError) as error:
        log.warning("%s: %s", watched.symbol, error)
        return DayResult(watched.symbol, "failed", error=_expected(error))


def _expected(error: RnnForecastError | OSError) -> RnnForecastError:
    """Return a failure of the system as one of ours: it is this symbol's alone."""
    if isinstance(error, RnnForecastError):
        return error
    return RunError(reason_of(error), "free some space, and make the home writable")


def _follow(watched: Watched, store: Store, root: Path, train: Train) -> DayResult:
    experiment = load(watched.config, watched.overrides)
    history = store.load(experiment.data.symbol[0], experiment.data.interval)
    run = newest_run(root, watched)
    delisted = history.last if is_delisted(history) else None
    if run is None and delisted is not None:
        raise DataError(
            f"{watched.symbol} counts as delisted: there is no price after {delisted:%Y-%m-%d}",
            "take it off the watch list",
        )
    trained = run is None or sessions_since(run, history.dates) >= watched.refit_every
    if trained:
        log.info("%s: training", watched.symbol)
        run = train(watched, run if watched.warm else None)
    assert run is not None
    [prediction] = predict(run, store)
    try:
        save_forecasts(run, [prediction])
        added = keep_forecasts(run, [prediction])
    except OSError as error:  # it was computed, so it is shown
        log.warning("%s: the forecast cannot be kept: %s", watched.symbol, error)
        failure = _expected(error)
        return DayResult(
            watched.symbol, "failed", run, trained, prediction, error=failure, delisted=delisted
        )
    status: Status = "new" if added else "unchanged"
    log.info("%s: %s forecast by %s", watched.symbol, status, run.name)
    track = load_track(succession(run.parts[0]), store)
    warnings = tuple(doubts(run, [prediction]))
    head = track_record(run.parts[0]).head()
    return DayResult(
        watched.symbol, status, run, trained, prediction, track, head=head,
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
    if result.run is None or not known or entry.get("run") != result.run.name:
        return None
    record = track_record(result.run.parts[0])
    if record.holds_still(int(known["forecasts"]), str(known["last_hash"])):
        return None
    return (
        f"{record.path} has lost forecasts: {known['forecasts']} were there when it was followed "
        "last; restore the file from a backup"
    )


def newest_run(root: Path, watched: Watched) -> Run | None:
    """Return the newest whole run of a watched symbol and its config."""
    for run in reversed(runs.labelled_runs(root, watched.label)):
        try:
            if not run.is_panel and run.manifest.data.symbol.upper() == watched.symbol.upper():
                return run
        except RunError as error:
            log.warning("%s is left out: %s", run.name, error)
    return None


def sessions_since(run: Run, dates: pd.DatetimeIndex) -> int:
    """Count the bars that have come since a run was trained."""
    return int((dates > pd.Timestamp(run.manifest.data.last)).sum())


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
        "run": result.run.name if result.run else None,
        "trained": result.trained,
        "warnings": list(result.warnings),
        "error": result.error.to_dict() if result.error else None,
        "unfetched": result.unfetched.to_dict() if result.unfetched else None,
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

"""``daily``: one day of a watch list: fetch, train what is due, forecast, score the past."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import filelock
import typer

from rnnforecast.atomic import read_regular, write_atomic
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, progress, say, table, warn, warn_on_failure
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.logs import logged_to
from rnnforecast.errors import (
    DataError,
    NetworkError,
    PartialFailure,
    PromiseError,
    RnnForecastError,
    RunError,
    UsageError,
    reason_of,
)

if TYPE_CHECKING:
    from rnnforecast.config.watch import Notify, Watched
    from rnnforecast.pipeline.daily import DayResult, Train

FOLDER, SUMMARY, PAGE, LOG, LOCK = "daily", "latest.json", "latest.html", "daily.log", ".lock"
DAY_FORMAT = "%a %Y-%m-%d"


@app.command()
def daily(
    context: typer.Context,
    watch: Annotated[
        Path, typer.Option("--watch", metavar="FILE", help="The watch list, a YAML file.")
    ] = Path("watch.yaml"),
    no_fetch: Annotated[
        bool, typer.Option("--no-fetch", help="Forecast from the stored prices; download nothing.")
    ] = False,
) -> None:
    """Process a watch list once a day: fetch, train what is due, forecast, score earlier forecasts.

    \b
    For example:
      rnnforecast daily --watch watch.yaml

    Made for a scheduler. Running it again on the same day changes nothing; two at once take turns;
    if one symbol fails, the others go on. It writes a summary to daily/latest.json and
    daily/latest.html in the home, and a log to daily/daily.log. Exit code: 0 done, 3 if intervals
    contain less than they promise, 7 if some symbols failed, 4 or 5 if all did.
    """
    from rnnforecast.config.watch import load_notify, load_watch_list
    from rnnforecast.pipeline.daily import summary_of

    settings = settings_of(context)
    watched, notify = load_watch_list(watch), load_notify(watch)
    folder = settings.home / FOLDER
    with _alone(folder), logged_to(folder / LOG):
        before = _summary_before(folder / SUMMARY)
        unfetched = {} if no_fetch or settings.offline else _fetch(watched, settings)
        results = [
            _beside(before, replace(result, unfetched=unfetched.get(result.symbol.upper())))
            for result in _follow_all(watched, settings)
        ]
        summary = summary_of(results)
        _notify(results, notify, before)
        if not settings.json:
            _show(results)
        with warn_on_failure("the summary was not written"):
            write_atomic(folder / SUMMARY, (json.dumps(summary, indent=1) + "\n").encode())
            write_atomic(folder / PAGE, _page(results).encode())
            note(f"summary: {folder / PAGE}", settings)
    _raise_for(results, summary)
    if settings.json:
        document(summary)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process follows a list of this home.

    Raises:
        RunError: if another one does for ten minutes.
    """
    lock = filelock.FileLock(folder / LOCK, timeout=600)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise RunError(f"another process holds {folder / LOCK}", "wait for it, or end it") from None
    except OSError as error:  # where nothing can be written, nobody is in the way
        warn(f"warning: nothing can be kept: {reason_of(error)}")
    try:
        yield
    finally:
        lock.release()


def _summary_before(path: Path) -> dict[str, Any]:
    """Read the summary of the call before; empty where there is none that can be read."""
    try:
        summary = json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return summary if isinstance(summary, dict) and summary.get("schema") == 1 else {}


def _beside(before: dict[str, Any], result: DayResult) -> DayResult:
    """Return a result with what shows only beside the day before."""
    from rnnforecast.pipeline.daily import lost_forecasts

    try:
        lost = lost_forecasts(result, before)
    except (RnnForecastError, AttributeError, KeyError, TypeError, ValueError):
        return result  # its record cannot be read, which is told; or somebody wrote the summary
    if lost is None:
        return result
    logging.getLogger("rnnforecast.daily").warning("%s", lost)
    warn(f"warning: {lost}")
    return replace(result, warnings=(*result.warnings, lost))


def _notify(results: list[DayResult], notify: Notify, before: dict[str, Any]) -> None:
    """Notify those who asked of what the day has brought; a failure costs no forecast.

    It comes before the summary is written: what a killed process has sent is sent again.
    """
    if not notify.to:
        return
    from rnnforecast.notify.messages import message_of
    from rnnforecast.notify.sending import send

    message = message_of(results, notify.on, before)
    if message is None:
        return
    try:
        failed = send(message, notify.to)
        problem = f"not reached: {', '.join(failed)}" if failed else ""
    except UsageError as error:
        problem = str(error)
    if problem:
        logging.getLogger("rnnforecast.daily").warning("notification: %s", problem)
        warn(f"warning: no notification: {problem}")


def _fetch(watched: list[Watched], settings: Settings) -> dict[str, RnnForecastError]:
    """Ask for newer prices of every symbol; what fails is forecast from what is stored.

    Returns:
        why, for each symbol that was not fetched.
    """
    from rnnforecast.config import load
    from rnnforecast.pipeline.newest_prices import refresh_stored

    log = logging.getLogger("rnnforecast.daily")
    unfetched: dict[str, RnnForecastError] = {}
    by_interval: dict[str, list[str]] = {}
    for entry in watched:
        experiment = load(entry.config, entry.overrides)
        for symbol in (*experiment.data.symbol, *experiment.others):
            names = by_interval.setdefault(experiment.data.interval, [])
            if symbol not in names:
                names.append(symbol)
    for interval, symbols in by_interval.items():
        for outcome in refresh_stored(settings.store, symbols, interval):
            if outcome.error:
                unfetched[outcome.symbol.upper()] = outcome.error
                log.warning("%s was not fetched: %s", outcome.symbol, outcome.error)
                note(f"{outcome.symbol} was not fetched: {outcome.error}", settings)
    return unfetched


def _follow_all(watched: list[Watched], settings: Settings) -> Iterator[DayResult]:
    """Do today's work on every entry, one after the other."""
    from rnnforecast.pipeline.daily import follow

    with progress(settings) as display:
        task = display.add_task("following", total=len(watched), detail="")
        for entry in watched:
            display.update(task, detail=entry.title)
            yield from follow(entry, settings.store, settings.runs, _training(settings))
            display.update(task, advance=1)


def _training(settings: Settings) -> Train:
    """Make a function that trains a run for a watched symbol."""
    from rnnforecast.config import load
    from rnnforecast.pipeline.train import train_run
    from rnnforecast.pipeline.warm import shortened
    from rnnforecast.runs import Run

    log = logging.getLogger("rnnforecast.daily")

    def train(watched: Watched, continues: Run | None) -> Run:
        experiment = load(watched.config, watched.overrides)
        place, label = (settings.store, settings.runs), watched.label
        if continues is not None:
            short = shortened(experiment)
            try:
                return train_run(short, *place, label=label, argv=sys.argv, continues=continues)
            except UsageError as error:  # the config has changed since
                log.warning("%s: a warm start is not possible: %s", watched.title, error)
                note(f"{watched.title} is trained from scratch: {error.problem}", settings)
        return train_run(experiment, *place, label=label, argv=sys.argv)

    return train


def _show(results: list[DayResult]) -> None:
    """Print a line for each symbol."""
    from rnnforecast.report.daily import quantity_of

    rows = []
    for result in results:
        if result.prediction is None:
            rows.append([result.symbol, "", "", "", f"failed: {result.error}"])
            continue
        forecast = result.prediction.forecast
        steps = forecast.table()
        values = [
            quantity_of(forecast).format(float(steps[name].iloc[0]))
            for name in ("median", "low_80", "high_80")
            if name in steps
        ]
        day = f"{forecast.dates[0]:{DAY_FORMAT}}"
        interval = f"{values[1]} to {values[2]}" if len(values) == 3 else ""
        rows.append([result.symbol, day, values[0] if values else "", interval, _words(result)])
    say("")
    table(["symbol", "session", "median", "80 % interval", "status"], rows, prose=["status"])


def _words(result: DayResult) -> str:
    """Say what happened to a symbol, in a few words."""
    if result.error is not None:
        return f"not kept: {result.error}"
    words = ["new forecast" if result.status == "new" else "unchanged"]
    words += ["trained"] if result.trained else []
    if result.unrefitted is not None:
        words.append("not trained again")
    if result.delisted is not None:
        words.append(f"delisted: no price after {result.delisted:%Y-%m-%d}")
    elif result.unfetched:
        words.append("not fetched")
    if result.track is not None and result.track.scores is not None:
        words.append(f"promise {result.track.scores.promise}")
    return ", ".join(words)


def _page(results: list[DayResult]) -> str:
    """Write today's summary as a page."""
    from rnnforecast.report.daily import daily_page

    return daily_page(results)


def _raise_for(results: list[DayResult], summary: dict[str, Any]) -> None:
    """End with the exit code of what went wrong; the summary goes with it, as one document.

    Raises:
        NetworkError: if no symbol could be fetched.
        DataError: if every symbol failed.
        PromiseError: if intervals contain less than they promise.
        PartialFailure: if some symbols failed, were not fetched, or were not trained again.
    """
    failed = [result for result in results if result.failure]
    errors = [error for result in failed if (error := result.failure)]
    broken = [result.symbol for result in results if result.broken]
    lost = [result.symbol for result in failed if result.failure is not result.unrefitted]
    counted = f"{len(lost)} of {len(results)} symbols failed"
    if len(lost) == len(results):
        unreached = all(isinstance(error, NetworkError) for error in errors)
        raise (NetworkError if unreached else DataError)(counted, errors[0].sentence, summary)
    problems = [f"{counted} ({', '.join(lost)})"] if lost else []
    if len(failed) > len(lost):
        unrefitted = [result.symbol for result in failed if result.unrefitted]
        problems.append(f"{len(unrefitted)} were not trained again ({', '.join(unrefitted)})")
    partial = PartialFailure(", ".join(problems), errors[0].sentence if errors else "", summary)
    if broken:
        raise PromiseError(
            f"the intervals of {', '.join(broken)} contain less than they promise",
            "see: rnnforecast track; another config begins a record of its own",
            summary,
            [partial] if failed else [],
        )
    if failed:
        raise partial

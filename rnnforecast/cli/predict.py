"""``predict``: the newest run and the newest prices to a forecast."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, notes, say, warn_on_failure
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import AllowBad, NewestRun
from rnnforecast.cli.show import open_file, say_file
from rnnforecast.errors import UsageError
from rnnforecast.workers import WORTH_STARTING, expect

if TYPE_CHECKING:
    from rnnforecast.config.experiment import Experiment
    from rnnforecast.forecast.summary import Summary
    from rnnforecast.pipeline.age import Age
    from rnnforecast.pipeline.trained_model import Prediction
    from rnnforecast.runs import Part, Run

FILES = "Files"


@app.command()
def predict(
    context: typer.Context,
    run: NewestRun = None,
    plot: Annotated[
        bool, typer.Option("--plot", help="Also draw history and intervals as a PNG.")
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Draw that picture and show it.")] = False,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Show the network's own median, even if it has shown no skill."),
    ] = False,
    fetch: Annotated[
        bool,
        typer.Option(
            "--fetch", help="Download newer prices first; if that fails, nothing is forecast."
        ),
    ] = False,
    symbol: Annotated[
        str | None,
        typer.Option(
            metavar="SYMBOL",
            help="Forecast a symbol the run was not trained on: on its own scale, uncalibrated.",
            autocompletion=completion.symbols,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Replay: forecast as if this day (YYYY-MM-DD) were the newest one stored.",
        ),
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option(
            metavar="AGE", help="Exit with code 4 if the newest price is older than this: 3d, 12h."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write the forecast (with --joint: the ranks) to .csv, .parquet or .json.",
            rich_help_panel=FILES,
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(
            metavar="PERCENT,...",
            help="With --out: the intervals to write, in percent; by default 80,95.",
            rich_help_panel=FILES,
        ),
    ] = None,
    layout: Annotated[
        Literal["wide", "long", "nixtla"],
        typer.Option(
            help="With --out: one row per session (wide), one per quantile (long), or the columns "
            "of Nixtla's libraries.",
            rich_help_panel=FILES,
        ),
    ] = "wide",
    joint: Annotated[
        bool,
        typer.Option(
            "--joint",
            help="For a run on several symbols: joint ranks, the probability that each one comes "
            "first, second ...",
        ),
    ] = False,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --joint: a CSV of symbol and weight, to get the risk of that portfolio.",
        ),
    ] = None,
    allow_bad: AllowBad = False,
) -> None:
    """Forecast the coming sessions: what to expect, the chance of a rise, 80 and 95 % intervals.

    \b
    For example:
      rnnforecast predict --plot
      rnnforecast predict AAPL_gru --out forecast.csv --level 50,90
      rnnforecast predict AAPL_gru --fetch --symbol MSFT

    Every forecast of prices is recorded; rnnforecast track scores it once the prices have come.
    """
    if joint or weights is not None:
        from rnnforecast.cli.joint import show_joint

        show_joint(settings_of(context), run, weights, out, max_age)
        return

    from rnnforecast.cli.forecast_view import show_ends, show_forecast, tell_whose
    from rnnforecast.cli.table_files import check_ending, write_table
    from rnnforecast.data.symbols import check_day
    from rnnforecast.library.forecast_files import forecast_file_table, parse_coverages
    from rnnforecast.pipeline.age import ages, parse_age, refuse_old
    from rnnforecast.pipeline.drift import doubts
    from rnnforecast.pipeline.model_storage import save_forecasts
    from rnnforecast.pipeline.predict import evaluated, summary_of
    from rnnforecast.pipeline.predict import predict as predict_run
    from rnnforecast.pipeline.price_checks import forecast_notes, promised_notes
    from rnnforecast.pipeline.track_storage import keep_forecasts
    from rnnforecast.runs.artifacts import read_experiment

    settings = settings_of(context)
    coverages, limit = parse_coverages(level), None if max_age is None else parse_age(max_age)
    if out is not None:
        check_ending(out)
    elif level is not None:
        raise UsageError(
            f"--level {level} says which intervals a file gets, and no file is named",
            "add --out forecast.csv",
        )
    chosen = find_named(settings, run)
    if len(chosen.symbols) >= WORTH_STARTING:
        expect()
    day = None if as_of is None else check_day(as_of)
    if symbol is not None and symbol.upper() in map(str.upper, chosen.symbols):
        chosen, symbol = next(p for p in chosen.parts if p.symbol.upper() == symbol.upper()), None
    experiment = read_experiment(chosen)
    if fetch:
        _fetch(settings, [symbol] if symbol else chosen.symbols, experiment)
    if symbol is not None:
        _predict_new(settings, chosen, symbol, out, layout, coverages, day, allow_bad)
        return
    predictions = predict_run(chosen, settings.store, raw=raw, allow_bad=allow_bad, as_of=day)
    known = ages(predictions, day)
    if limit is not None and max_age is not None:
        refuse_old(known, limit, max_age)
    with warn_on_failure("the forecast could not be stored"):
        if day is None:
            save_forecasts(chosen, [prediction.forecast for prediction in predictions])
        if not raw:  # what is delivered is what is kept and scored
            keep_forecasts(chosen, predictions, kind="live" if day is None else "replay")
    pictures: list[Path] = []
    if plot or show:
        from rnnforecast.pipeline.forecast_figure import draw_forecast

        with warn_on_failure("the picture could not be drawn"):
            for part, prediction in zip(chosen.parts, predictions, strict=True):
                pictures.append(draw_forecast(part, prediction))
    if out is not None:
        delivered = [prediction.forecast for prediction in predictions]
        write_table(forecast_file_table(delivered, layout, coverages), out)
    if show and pictures:
        open_file(pictures[0], settings)
    warnings = [
        *doubts(chosen, predictions, day),
        *(line for prediction in predictions for line in prediction.notes),
        *forecast_notes(
            {prediction.history.symbol: prediction.calendar_notes for prediction in predictions}
        ),
        *promised_notes(chosen, experiment),
    ]
    summaries = [
        summary_of(part, prediction)
        for part, prediction in zip(chosen.parts, predictions, strict=True)
    ]
    if settings.json:
        forecasts = _documents(predictions, summaries, known, pictures)
        body = {"symbols": forecasts} if chosen.is_panel else forecasts[0]
        file = {"file": None if out is None else str(out)}
        document({"schema": 2, "run": chosen.name, **body, **file, "warnings": warnings})
        return
    first, tested = predictions[0], evaluated(chosen)
    if chosen.is_panel:
        show_ends(chosen, predictions, summaries, tested)
    else:
        show_forecast(first.forecast, summaries[0], first.history.target, tested)
    if tested:
        tell_whose(first.forecast, settings)
    notes(warnings, settings)
    for picture in pictures:
        say_file("picture", picture)
    if out is not None:
        say_file("file", out)
    else:
        note("to save it as a file: rnnforecast predict --out forecast.csv", settings)


def _fetch(settings: Settings, symbols: Sequence[str], experiment: Experiment) -> None:
    """Fetch newer prices of what is forecast, and of the other series that it is forecast from.

    Raises:
        NetworkError: if the source could not be asked.
        DataError: if it does not know a symbol.
        UsageError: if nobody may be asked.
    """
    from rnnforecast.pipeline.newest_prices import refresh_stored

    if settings.offline:
        raise UsageError("--fetch asks a source, --offline asks nobody", "leave out one of them")
    wanted = list(dict.fromkeys((*symbols, *experiment.others)))
    for outcome in refresh_stored(settings.store, wanted, experiment.data.interval):
        if outcome.error is not None:
            raise outcome.error
        for warning in outcome.warnings:
            note(f"{outcome.symbol}: {warning}", settings)


def _predict_new(
    settings: Settings,
    run: Run | Part,
    symbol: str,
    out: Path | None,
    layout: Literal["wide", "long", "nixtla"],
    coverages: Sequence[float],
    day: str | None,
    allow_bad: bool,
) -> None:
    """Forecast a symbol that the run has never seen, and say what that means."""
    from rnnforecast.cli.forecast_view import show_forecast
    from rnnforecast.cli.table_files import write_table
    from rnnforecast.forecast.summary import summarise
    from rnnforecast.library.forecast_files import forecast_file_table
    from rnnforecast.pipeline.age import ages, stale_notes
    from rnnforecast.pipeline.model_storage import forecast_table
    from rnnforecast.pipeline.new_symbol import new_symbol_note, predict_new

    prediction = predict_new(run, symbol, settings.store, allow_bad=allow_bad, as_of=day)
    forecast, known = prediction.forecast, ages([prediction], day)
    table = forecast_table(forecast).set_index("step")
    summary = summarise(forecast.symbol, prediction.quantity, table, forecast.last, None)
    warnings = [new_symbol_note(run, symbol), *stale_notes(known)]
    if out is not None:
        write_table(forecast_file_table([forecast], layout, coverages), out)
    if settings.json:
        [body] = _documents([prediction], [summary], known, [])
        file = {"file": None if out is None else str(out)}
        document({"schema": 2, "run": run.name, **body, **file, "warnings": warnings})
        return
    show_forecast(forecast, summary, prediction.history.target, False)
    notes(warnings, settings)
    if out is not None:
        say(f"file: {out}")


def _documents(
    predictions: list[Prediction],
    summaries: list[Summary],
    known: list[Age],
    pictures: list[Path],
) -> list[dict[str, Any]]:
    """Return each symbol's forecast as JSON values."""
    from rnnforecast.cli.forecast_view import forecast_document

    return [
        {
            **forecast_document(prediction.forecast, summary),
            "age_days": age.days,
            "stale": age.stale,
            "picture": str(picture) if picture else None,
        }
        for prediction, summary, age, picture in zip_longest(
            predictions, summaries, known, pictures
        )
    ]

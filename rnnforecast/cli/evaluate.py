"""``evaluate``: a run's test part, scored beside every baseline, with a verdict and a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import apart, document, narrow, note, progress, records, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.options import NewestRun, OtherSymbols
from rnnforecast.cli.train import train_run
from rnnforecast.errors import UsageError
from rnnforecast.runs import Run

if TYPE_CHECKING:
    from rnnforecast.evaluation.verdict import Verdict
    from rnnforecast.pipeline import Request

WALK, TRADES = "Walk-forward", "Economics"


@app.command()
def evaluate(
    context: typer.Context,
    run: NewestRun = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            help="Train this config first, then score it.",
            autocompletion=completion.presets,
        ),
    ] = None,
    symbols: OtherSymbols = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="With --config: override a setting."),
    ] = None,
    baselines: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help="Compare with these only, separated by commas: naive,garch"
        ),
    ] = None,
    mape: Annotated[
        bool, typer.Option("--mape", help="Tell the mean absolute percentage error as well.")
    ] = False,
    origins: Annotated[
        int | None, typer.Option(min=1, help="Score the newest origins only.", rich_help_panel=WALK)
    ] = None,
    step: Annotated[
        int, typer.Option(min=1, help="Bars from one origin to the next.", rich_help_panel=WALK)
    ] = 1,
    refit_every: Annotated[
        int | None,
        typer.Option(
            min=1, help="Fit networks and baselines anew after so many bars.", rich_help_panel=WALK
        ),
    ] = None,
    window: Annotated[
        Literal["expanding", "sliding"],
        typer.Option(
            help="Fits anew learn from all bars before, or from as many as the first.",
            rich_help_panel=WALK,
        ),
    ] = "expanding",
    purge: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Bars left out before validation, besides those windows straddle.",
            rich_help_panel=WALK,
        ),
    ] = None,
    embargo: Annotated[
        int | None,
        typer.Option(
            min=0, help="Bars left out before each stretch of test.", rich_help_panel=WALK
        ),
    ] = None,
    economics: Annotated[
        bool,
        typer.Option(
            "--economics", help="Also trade on the calls, after costs.", rich_help_panel=TRADES
        ),
    ] = False,
    position: Annotated[
        Literal["sign", "volatility"],
        typer.Option(help="All in, or scaled by the forecast spread.", rich_help_panel=TRADES),
    ] = "sign",
    execution: Annotated[
        Literal["open", "close"],
        typer.Option(help="Trade at the next bar's open or close.", rich_help_panel=TRADES),
    ] = "open",
    cost: Annotated[
        float, typer.Option(help="Cost in basis points of what is traded.", rich_help_panel=TRADES)
    ] = 5.0,
    slippage: Annotated[
        float, typer.Option(help="The same, for slippage.", rich_help_panel=TRADES)
    ] = 2.0,
) -> None:
    """Score the test part beside naive, GARCH and others, and say what that means.

    For example: rnnforecast evaluate, or with networks fitted anew every year:
    rnnforecast evaluate --refit-every 250

    Each look at the test part is recorded in the run.
    """
    from rnnforecast import runs
    from rnnforecast.evaluation.trading import Trading
    from rnnforecast.evaluation.walkforward import Protocol

    settings = settings_of(context)
    if config is None and (symbols or overrides):
        raise UsageError(
            "--symbol and --set change a config, but none is named",
            "add --config gru, or leave them out",
        )
    if config is not None and run is not None:
        raise UsageError(
            f"run {run} is trained already, --config {config} would be trained", "name one of them"
        )
    protocol = Protocol(origins, step, refit_every, window, purge, embargo)
    trading = Trading(position, execution, cost, slippage) if economics else None
    names = (
        None
        if baselines is None
        else tuple(name.strip() for name in baselines.split(",") if name.strip())
    )
    found = (
        runs.find(settings.runs, run)
        if config is None
        else train_run(settings, config, symbols, overrides or [])
    )
    from rnnforecast.pipeline import Request

    evaluate_run(settings, found, Request(protocol, names, trading, mape))


def evaluate_run(settings: Settings, run: Run, request: Request | None = None) -> None:
    """Score, report, and print the report card, the verdict and where the report is."""
    from rnnforecast import pipeline

    with _progress(settings) as tell:
        verdict = pipeline.evaluate(run, replace(request or pipeline.Request(), tell=tell))
        tell("drawing the report", 0, 0)
        page = pipeline.write_report(run)
    if settings.json:
        document(_plain(run, verdict, str(page)))
        return
    _show(run, verdict, settings)
    say(f"report: {page}")


def _show(run: Run, verdict: Verdict, settings: Settings) -> None:
    """Print the report card and the verdict."""
    from rnnforecast import runs
    from rnnforecast.forecast.baselines.registry import model_title
    from rnnforecast.report.tables.scorecard import (
        economics_card,
        models_card,
        report_card,
        seeds_line,
    )

    scores, comparisons = run.table(runs.SCORES), run.table(runs.COMPARISONS)
    assert scores is not None and comparisons is not None  # evaluate has just written them
    for sheet in report_card(scores, comparisons):
        table(*sheet)
        apart()
    _show_symbols(run)
    if (models := models_card(scores, comparisons, run.table(runs.MODEL_SET))) is not None:
        table(*models)
        apart()
    if (earned := run.economics()) is not None:
        table(*economics_card(earned))
        apart()
    for name, reason in run.record()["failed_baselines"].items():
        note(f"baseline {model_title(name)} failed: {reason}", settings)
    if line := seeds_line(run.table(runs.SEEDS)):
        say(line)
    say(f"{verdict.headline}. {verdict.sentence}")
    for flag in verdict.flags:
        say(f"- {flag}")


def _show_symbols(run: Run) -> None:
    """Print a line for each of several symbols."""
    from rnnforecast import runs
    from rnnforecast.evaluation.panel import counted
    from rnnforecast.report.panel import symbols_sheet

    if (symbols := run.table(runs.PANEL)) is not None:
        table(*symbols_sheet(symbols, brief=narrow()), prose=["verdict"])
        say(counted(symbols))
        apart()


def _plain(run: Run, verdict: Verdict, page: str) -> dict[str, object]:
    """An evaluation as JSON values."""
    from rnnforecast import runs

    tables = {
        "scores": runs.SCORES,
        "comparisons": runs.COMPARISONS,
        "model_set": runs.MODEL_SET,
        "seeds": runs.SEEDS,
    }
    if run.symbols:
        tables["symbols"] = runs.PANEL
    rows = {key: run.table(name) for key, name in tables.items()}
    found = {key: [] if frame is None else records(frame) for key, frame in rows.items()}
    record = run.record()
    about = {"protocol": record["protocol"], "failed_baselines": record["failed_baselines"]}
    return {
        "schema": 1, "run": run.name, "verdict": verdict.to_dict(), **found, "economics": run.economics(), **about,
        "report": page,
    }  # fmt: skip


@contextmanager
def _progress(settings: Settings) -> Iterator[Callable[[str, int, int], None]]:
    """Shows how many fits are done."""
    with progress(settings) as display:
        task = display.add_task("evaluating", total=None, detail="")

        def tell(what: str, done: int, total: int) -> None:
            display.update(task, description=what, completed=done, total=total or None)

        yield tell

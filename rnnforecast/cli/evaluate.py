"""``evaluate``: a run's test part, scored beside every baseline, with a verdict and a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import (
    apart,
    document,
    note,
    notes,
    progress,
    say,
    table,
    warn_on_failure,
)
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.evaluation_document import plain_evaluation
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import Cluster, Device, NewestRun, OtherSymbols, use_device
from rnnforecast.cli.panel_view import show_cross_section, show_symbols
from rnnforecast.cli.show import open_file, say_file
from rnnforecast.cli.train import train_run
from rnnforecast.cluster import cluster as on_cluster_at
from rnnforecast.errors import UsageError
from rnnforecast.runs import Part, Run
from rnnforecast.workers import EVALUATIONS, expect

if TYPE_CHECKING:
    from rnnforecast.pipeline.evaluation import Evaluation, PanelEvaluation
    from rnnforecast.pipeline.score import Request

WALK, TRADES = "Walk-forward", "Economics"


def _walk(purpose: str, *, metavar: str = "BARS", min: int = 0) -> Any:
    """Make an option of the walk through the test part that takes a whole number."""
    return typer.Option(metavar=metavar, min=min, help=purpose, rich_help_panel=WALK)


RANKS_TITLE = "probabilities of ranks, ranked probability score (lower is better)"


def _price_of_trading(cost: str) -> Any:
    purpose = f"{cost} of each trade in basis points."
    return typer.Option(metavar="BP", help=purpose, rich_help_panel=TRADES)


@app.command()
def evaluate(
    context: typer.Context,
    run: NewestRun = None,
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            "-c",
            metavar="CONFIG",
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
            metavar="NAMES",
            help="Compare with these baselines only, separated by commas: naive,garch.",
        ),
    ] = None,
    mape: Annotated[
        bool, typer.Option("--mape", help="Also report MAPE, the mean absolute percentage error.")
    ] = False,
    ranks: Annotated[
        bool,
        typer.Option(
            "--ranks",
            help="For several symbols: also score the probabilities of their ranks.",
        ),
    ] = False,
    standardised: Annotated[
        bool,
        typer.Option(
            "--standardised",
            help="Print only the errors that published benchmarks report: MSE and MAE in z-scores.",
        ),
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Print every table: all metrics, models and seeds.")
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Show the report in the browser.")] = False,
    origins: Annotated[
        int | None,
        _walk("Score the newest N origins only.", metavar="N", min=1),
    ] = None,
    step: Annotated[
        int,
        _walk("Bars from one origin to the next.", min=1),
    ] = 1,
    refit_every: Annotated[
        int | None,
        _walk("Refit networks and baselines every so many bars.", min=1),
    ] = None,
    window: Annotated[
        Literal["expanding", "sliding"],
        typer.Option(
            help="Refits use all earlier bars (expanding) or a rolling window of fixed length "
            "(sliding).",
            rich_help_panel=WALK,
        ),
    ] = "expanding",
    purge: Annotated[
        int | None,
        _walk("Extra bars skipped before validation; windows that straddle it are always skipped."),
    ] = None,
    embargo: Annotated[
        int | None,
        _walk("Bars skipped before each test block."),
    ] = None,
    warm: Annotated[
        bool,
        typer.Option(
            "--warm",
            help="Refits continue from the previous networks, with fewer epochs.",
            rich_help_panel=WALK,
        ),
    ] = False,
    economics: Annotated[
        bool,
        typer.Option(
            "--economics",
            help="Also simulate trading the forecast direction, after costs.",
            rich_help_panel=TRADES,
        ),
    ] = False,
    position: Annotated[
        Literal["sign", "volatility"],
        typer.Option(
            help="Fully invested, or scaled by the forecast spread.", rich_help_panel=TRADES
        ),
    ] = "sign",
    execution: Annotated[
        Literal["open", "close"],
        typer.Option(help="Trade at the next bar's open or close.", rich_help_panel=TRADES),
    ] = "open",
    cost: Annotated[float, _price_of_trading("Cost")] = 5.0,
    slippage: Annotated[float, _price_of_trading("Slippage")] = 2.0,
    cluster: Cluster = None,
    device: Device = None,
) -> None:
    """Score the test part beside naive, GARCH and others, and give a verdict.

    \b
    For example:
      rnnforecast evaluate
      rnnforecast evaluate --full --refit-every 250

    The run records every look at its test part.
    """
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
    protocol = Protocol(origins, step, refit_every, window, purge, embargo, warm)
    trading = Trading(position, execution, cost, slippage) if economics else None
    names = (
        None
        if baselines is None
        else tuple(name.strip() for name in baselines.split(",") if name.strip())
    )
    use_device(device, cluster)
    with on_cluster_at(cluster):
        chosen: Run | Part
        chosen = (
            find_named(settings, run)
            if config is None
            else train_run(settings, config, symbols, overrides or [])
        )
        if chosen.is_panel or refit_every is not None:
            expect(*EVALUATIONS)
        if standardised:
            from rnnforecast.cli.standardised import show_standardised

            show_standardised(settings, chosen)
            return
        from rnnforecast.pipeline.score import Request

        request = Request(protocol, names, trading, mape, ranks)
        page = evaluate_run(settings, chosen, request, full=full)
    if show and page is not None:
        open_file(page, settings)


def evaluate_run(
    settings: Settings, run: Run | Part, request: Request | None = None, *, full: bool = False
) -> Path | None:
    """Score, report, and print the verdict, the report card and where the report is.

    Returns:
        the report; None where it could not be written.
    """
    evaluation, page = score_run(settings, run, request)
    if settings.json:
        document(plain_evaluation(run, evaluation, page))
    else:
        show_evaluation(evaluation, page, settings, full=full)
    return page


def score_run(
    settings: Settings, run: Run | Part, request: Request | None = None
) -> tuple[Evaluation | PanelEvaluation, Path | None]:
    """Score and write the report, with progress on stderr.

    Returns:
        the evaluation, and the report; None where it could not be written.
    """
    from rnnforecast.pipeline.evaluate import evaluate
    from rnnforecast.pipeline.price_checks import run_price_notes
    from rnnforecast.pipeline.report import write_report
    from rnnforecast.pipeline.score import Request

    notes(run_price_notes(run), settings)
    page = None
    with _progress(settings) as tell:
        evaluation = evaluate(run, replace(request or Request(), tell=tell))
        tell("drawing the report", 0, 0)
        with warn_on_failure("the report could not be written"):
            page = write_report(run, settings.store)
    return evaluation, page


def show_evaluation(
    evaluation: Evaluation | PanelEvaluation,
    page: Path | None,
    settings: Settings,
    *,
    full: bool = False,
) -> None:
    """Print the verdict, the report card and where the report is."""
    _show(evaluation, settings, full=full)
    if page is not None:
        say_file("report", page)


P_MEANS = (
    "p: one-sided Diebold-Mariano (DM) test that the network is better; above 0.95 it is worse"
)


def _show(evaluation: Evaluation | PanelEvaluation, settings: Settings, *, full: bool) -> None:
    """Print the verdict, then the report card: its most important lines, or all of it."""
    from rnnforecast.forecast.baselines.registry import model_title
    from rnnforecast.report.tables.scorecard import brief_card, report_card

    verdict, protocol = evaluation.verdict, evaluation.protocol
    say(f"{verdict.headline}. {verdict.summary}".strip())
    apart()
    if full:
        for sheet in report_card(evaluation.scores, evaluation.comparisons):
            table(*sheet)
            apart()
    else:
        table(*brief_card(evaluation.scores, evaluation.comparisons))
        apart()
    if evaluation.comparisons["p"].notna().any():
        say(P_MEANS)
        apart()
    if evaluation.symbols is not None:
        show_symbols(evaluation.symbols)
    if evaluation.ranks is not None:
        from rnnforecast.report.panel import ranks_sheet

        table(*ranks_sheet(evaluation.ranks), title=RANKS_TITLE)
        apart()
    if evaluation.cross_section is not None:
        show_cross_section(evaluation.cross_section)
    if full:
        _show_details(evaluation)
    for name, reason in evaluation.failures.items():
        note(f"baseline {model_title(name)} failed: {reason}", settings)
    if evaluation.economics is not None:
        from rnnforecast.report.tables.scorecard import economics_card

        table(*economics_card(evaluation.economics))
        apart()
    say(verdict.sentence)
    if protocol.fits > 1:
        how = f"{protocol.window}, warm" if protocol.warm else protocol.window
        say(f"Refitted every {protocol.refit_every} bars: {protocol.fits} fits, {how}.")
    for flag in verdict.flags:
        say(f"- {flag}")
    if not full:
        note(
            "for every metric and model, see the report or run: rnnforecast evaluate --full",
            settings,
        )
        note("for every forecast as a table, run: rnnforecast export --table backtest", settings)


def _show_details(evaluation: Evaluation | PanelEvaluation) -> None:
    """Print every model, and what the seeds differ in."""
    from rnnforecast.report.tables.scorecard import models_card, seeds_line

    models = models_card(evaluation.scores, evaluation.comparisons, evaluation.model_set)
    if models is not None:
        table(*models)
        apart()
    if line := seeds_line(evaluation.seeds):
        say(line)
        apart()


@contextmanager
def _progress(settings: Settings) -> Iterator[Callable[[str, int, int], None]]:
    """Show how many fits are done."""
    with progress(settings) as display:
        task = display.add_task("evaluating", total=None, detail="")

        def tell(stage: str, done: int, total: int) -> None:
            display.update(task, description=stage, completed=done, total=total or None)

        yield tell

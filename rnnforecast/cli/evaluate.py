"""``evaluate``: a run's test part, scored beside naive, with a verdict and a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.settings import Settings, settings_of
from rnnforecast.runs import Run

if TYPE_CHECKING:
    import pandas as pd


@app.command()
def evaluate(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(help="A run's name or a part of it; by default the newest.")] = None,
) -> None:
    """Score the test part beside yesterday's price, and say what that means."""
    from rnnforecast import runs

    settings = settings_of(context)
    evaluate_run(settings, runs.find(settings.runs, run))


def evaluate_run(settings: Settings, run: Run) -> None:
    """Score, report, and print the report card, the verdict and where the report is."""
    from rnnforecast import runs, workflow
    from rnnforecast.report.card import report_card

    verdict = workflow.evaluate(run)
    page = workflow.write_report(run)
    scores, comparisons = run.table(runs.SCORES), run.table(runs.COMPARISONS)
    assert scores is not None and comparisons is not None  # evaluate has just written them
    if settings.json:
        tables = {"scores": _records(scores), "comparisons": _records(comparisons)}
        document({"schema": 1, "run": run.name, "verdict": verdict.to_dict(), **tables, "report": str(page)})
        return
    for sheet in report_card(scores, comparisons):
        table(*sheet)
    for reason in run.record()["failed_baselines"].values():
        note(f"a baseline failed: {reason}", settings)
    say(f"{verdict.headline}. {verdict.sentence}")
    for flag in verdict.flags:
        say(f"- {flag}")
    say(f"report: {page}")


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as JSON values; what is not known is null."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]

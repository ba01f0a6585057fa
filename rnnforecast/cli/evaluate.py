"""``evaluate``: a run's test part, scored beside naive, with a verdict and a page."""

from __future__ import annotations

from typing import Annotated

import typer

from rnnforecast.cli.console import document, say, table
from rnnforecast.cli.main import app
from rnnforecast.cli.settings import Settings, settings_of
from rnnforecast.runs import Run


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
    from rnnforecast.report.card import score_rows

    verdict = workflow.evaluate(run)
    page = workflow.write_report(run)
    scores = run.table(runs.SCORES)
    assert scores is not None  # evaluate has just written it
    if settings.json:
        rows = scores.astype(object).where(scores.notna(), None).to_dict("records")
        document({"schema": 1, "run": run.name, "verdict": verdict.to_dict(), "scores": rows, "report": str(page)})
        return
    table(["all steps", "network", "naive", "skill", "p", "n"], [list(row.values()) for row in score_rows(scores)])
    say(f"{verdict.headline}. {verdict.sentence}")
    say(f"report: {page}")

"""``runs``: what has been trained."""

from __future__ import annotations

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.settings import settings_of

runs_app = typer.Typer(name="runs", help="What has been trained.", no_args_is_help=True)
app.add_typer(runs_app)


@runs_app.command("list")
def list_runs(context: typer.Context) -> None:
    """List runs, oldest first."""
    import json

    from rnnforecast import runs

    settings = settings_of(context)
    found = runs.all_runs(settings.runs)
    rows = []
    for run in found:
        data, verdict = run.record()["data"], run.path / runs.VERDICT
        headline = json.loads(verdict.read_text("utf-8"))["headline"] if verdict.exists() else "not evaluated"
        rows.append([run.name, data["symbol"], data["last"], headline])
    if settings.json:
        names = ("name", "symbol", "last", "verdict")
        document({"schema": 1, "runs": [dict(zip(names, row, strict=True)) for row in rows]})
    elif rows:
        table(["run", "symbol", "prices to", "verdict"], rows, left=4)
    else:
        say("no runs yet; make one: rnnforecast train --config lstm.yaml")
    for path in runs.unfinished(settings.runs):
        name = runs.run_name(path)
        state = (
            "in training" if runs.is_training(path) else f"unfinished; go on with: rnnforecast train --resume {name}"
        )
        note(f"{name}: {state}", settings)

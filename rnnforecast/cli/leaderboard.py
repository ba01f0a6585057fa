"""``leaderboard``: the evaluated runs of a symbol by their skill."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.comparison_view import OPTIMISTIC
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.options import Symbol
from rnnforecast.formatting import format_loss, format_p, format_percent

if TYPE_CHECKING:
    from rnnforecast.evaluation.significance.paired_runs import Metric
    from rnnforecast.pipeline.compare import Standing


@app.command()
def leaderboard(
    context: typer.Context,
    symbol: Symbol,
    metric: Annotated[
        Literal["crps", "mae", "mse", "rmse"],
        typer.Option(help="The loss whose skill vs naive ranks."),
    ] = "crps",
) -> None:
    """Rank the evaluated runs of a symbol by their skill vs naive, and count how many were tried.

    \b
    For example:
      rnnforecast leaderboard BTC-USD --metric rmse
    """
    from rnnforecast.pipeline.compare import standings
    from rnnforecast.runs.summaries import overview, tried

    settings = settings_of(context)
    ranking = standings(settings.runs, symbol, metric)
    configs, (all_runs, damaged) = tried(settings.runs, symbol), overview(settings.runs, symbol)
    looks = sum(run.looks for run in all_runs)
    if settings.json:
        ranked = [
            {
                **standing.run.to_dict(),
                **asdict(standing.score),
                "corrected_p": standing.corrected_p,
            }
            for standing in ranking
        ]
        counted = {"configs_tried": configs, "runs": len(all_runs), "looks_at_test": looks}
        problems = {"damaged": {run.name: run.problem for run in damaged}} if damaged else {}
        named = {"symbol": symbol, "metric": metric, **counted, **problems}
        document({"schema": 1, **named, "ranking": ranked, "caution": OPTIMISTIC})
        return
    _show_standings(ranking, metric)
    for run in damaged:
        say(f"{run.name} damaged: {run.problem}")
    configurations = f"{configs} configuration{'' if configs == 1 else 's'}"
    runs = f"{len(all_runs)} run{'' if len(all_runs) == 1 else 's'}"
    say(
        f"{configurations} tried in {runs}, {looks} look{'' if looks == 1 else 's'} at test parts; "
        f"{OPTIMISTIC}"
    )
    _suggest(ranking, settings)


def _show_standings(ranking: list[Standing], metric: Metric) -> None:
    from rnnforecast.runs.summaries import short_names

    names = short_names([standing.run.name for standing in ranking])
    rows = [
        [
            names[standing.run.name],
            standing.run.architecture,
            standing.run.target,
            str(standing.run.steps or ""),
            standing.run.last,
            format_loss(standing.score.value or 0.0),
            format_percent(standing.score.skill or 0.0, signed=True),
            _p(standing.score.p),
            _p(standing.corrected_p),
        ]
        for standing in ranking
    ]
    details = ["network", "target", "steps", "prices to"]
    columns = ["run", *details, metric.upper(), "skill vs naive", "p", "p (Holm)"]
    table(columns, rows, left=3, optional=[["prices to", "target"], ["network"], ["p"]])


def _p(p: float | None) -> str:
    return "" if p is None else format_p(p).removeprefix("= ")


def _suggest(ranking: list[Standing], settings: Settings) -> None:
    """Suggest a paired comparison: each skill is of the run's own test part."""
    if len(ranking) > 1 and ranking[0].kind == ranking[1].kind:
        first, second = ranking[0].run.name, ranking[1].run.name
        note(f"paired on the origins they share: rnnforecast compare {first} {second}", settings)

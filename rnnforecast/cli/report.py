"""``report`` and ``plot``: what a run's evaluation found, as pages and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, say
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import NewestRun
from rnnforecast.cli.show import open_file, say_file
from rnnforecast.report.figure_kinds import Format, Kind

if TYPE_CHECKING:
    from rnnforecast.runs import Part, Run

STDOUT = Path("-")


@app.command()
def report(
    context: typer.Context,
    run: NewestRun = None,
    format: Annotated[Format, typer.Option(help="A page, Markdown, or JSON.")] = "html",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="File to write, - for stdout; by default inside the run."
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
) -> None:
    """Write a run's report again, as HTML, Markdown or JSON.

    \b
    For example:
      rnnforecast report --open
      rnnforecast report --format md --out -
    """
    from rnnforecast.pipeline.report import page_text, write_page

    settings = settings_of(context)
    chosen = _find(settings, run)
    if out == STDOUT:
        say(page_text(chosen, format, settings.store), end="", whole=True)
        return
    page = write_page(chosen, format, out, settings.store)
    if show:
        open_file(page, settings)
    if settings.json:
        document({"schema": 1, "run": chosen.name, "format": format, "report": str(page)})
    else:
        say_file("report", page)


@app.command()
def plot(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN|KIND",
            help="A run's name or part of it, by default the newest; or a kind of figure.",
            autocompletion=completion.run_names,
        ),
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="Which figure; by default forecast.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="File to write: .png, .svg or .pdf; by default KIND.png."
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Show the picture.")] = False,
) -> None:
    """Draw one figure of a run as PNG, SVG or PDF.

    \b
    For example:
      rnnforecast plot skill
      rnnforecast plot BTC-USD --kind actual --out actual.svg
    """
    from rnnforecast.pipeline.report import draw_figure

    settings = settings_of(context)
    if kind is None and run in get_args(Kind):
        run, kind = None, cast("Kind", run)
    kind = kind or "forecast"
    chosen = _find(settings, run)
    picture = draw_figure(chosen, kind, out or Path(f"{kind}.png"))
    if show:
        open_file(picture, settings)
    if settings.json:
        document({"schema": 1, "run": chosen.name, "kind": kind, "picture": str(picture)})
    else:
        say_file("picture", picture)


def _find(settings: Settings, name: str | None) -> Run | Part:

    return find_named(settings, name)

"""``report`` and ``plot``: what a run's evaluation found, as pages and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.atomic import check_suffix
from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, say
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.likeness import nearest_choice
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import NewestRun
from rnnforecast.cli.show import open_file, say_file
from rnnforecast.errors import RunError, UsageError
from rnnforecast.report.figure_kinds import KINDS, Format, Kind

if TYPE_CHECKING:
    from rnnforecast.runs import Part, Run

STDOUT = Path("-")
ENDINGS: dict[Format, tuple[str, ...]] = {
    "html": (".html", ".htm"), "md": (".md", ".markdown", ".txt"), "json": (".json",),
}  # fmt: skip
"""How the file of each form may end."""


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
    chosen = find_named(settings, run)
    if out == STDOUT:
        if settings.json and format != "json":
            raise UsageError(
                "--json and --out - both print on stdout", "leave one out, or say --format json"
            )
        say(page_text(chosen, format, settings.store), end="", whole=True)
        return
    check_suffix(out, ENDINGS[format])
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
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN] [KIND]",
            help="A run's name or part of it, by default the newest; a kind of figure.",
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
      rnnforecast plot BTC-USD actual
      rnnforecast plot BTC-USD --kind actual --out actual.svg
    """
    from rnnforecast.pipeline.report import draw_figure

    settings = settings_of(context)
    run, named = _run_and_kind(words or [])
    kind = kind or named or "forecast"
    chosen = _find_to_draw(settings, run)
    picture = draw_figure(chosen, kind, out or Path(f"{kind}.png"))
    if show:
        open_file(picture, settings)
    if settings.json:
        document({"schema": 1, "run": chosen.name, "kind": kind, "picture": str(picture)})
    else:
        say_file("picture", picture)


def _run_and_kind(words: list[str]) -> tuple[str | None, Kind | None]:
    """Tell a run and a kind of figure apart, in whatever order they stand.

    Raises:
        UsageError: if there are more words than one of each.
    """
    kinds = [word for word in words if word in KINDS]
    others = [word for word in words if word not in KINDS]
    if len(kinds) > 1 or len(others) > 1:
        meant = next(filter(None, (nearest_choice(word, KINDS) for word in others)), "")
        hint = f"did you mean {meant}? " if meant else ""
        raise UsageError(
            f"{' '.join(words)!r} is not one run and one kind of figure",
            f"{hint}kinds are: {', '.join(KINDS)}",
        )
    return next(iter(others), None), next(iter(kinds), None)


def _find_to_draw(settings: Settings, name: str | None) -> Run | Part:
    """Find a run; a word that none matches may be a kind of figure.

    Raises:
        RunError: if no run matches.
    """
    try:
        return find_named(settings, name)
    except RunError as error:
        meant = nearest_choice(name or "", KINDS)
        if not meant or "no run matches" not in error.problem:
            raise
        raise RunError(error.problem, f"did you mean rnnforecast plot {meant}?") from None

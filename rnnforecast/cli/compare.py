"""``compare``: runs beside each other, paired on their common origins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnforecast.atomic import write_atomic
from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.comparison_view import (
    OPTIMISTIC,
    describe_method,
    plain_comparison,
    superiority,
)
from rnnforecast.cli.console import apart, document, note, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import SomeRuns, check_words
from rnnforecast.cli.show import open_file, say_file
from rnnforecast.errors import UsageError

if TYPE_CHECKING:
    from rnnforecast.pipeline.compare import Compared
    from rnnforecast.report.tables.cells import Sheet
    from rnnforecast.runs import Part, Run

EXERCISE = "Train and compare"
PAGE = Path("comparison.html")
"""Where --open writes the page if --html names no other file."""


@app.command()
def compare(
    context: typer.Context,
    names: SomeRuns = None,
    train: Annotated[
        str | None,
        typer.Option(
            metavar="CONFIG,...",
            help="First train and evaluate these presets or YAML files under the same settings.",
            rich_help_panel=EXERCISE,
        ),
    ] = None,
    symbols: Annotated[
        list[str] | None,
        typer.Option(
            "--symbol",
            metavar="SYMBOL",
            help="With --train: the symbol to train on.",
            autocompletion=completion.symbols,
            rich_help_panel=EXERCISE,
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="With --train: override a setting of all of them.",
            rich_help_panel=EXERCISE,
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="With --train: networks of each kind; by default 3.",
            rich_help_panel=EXERCISE,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --train: folder for table, picture and page; by default in comparisons/.",
            rich_help_panel=EXERCISE,
        ),
    ] = None,
    metric: Annotated[
        Literal["crps", "mae", "mse", "rmse"], typer.Option(help="Which loss to compare.")
    ] = "crps",
    test: Annotated[str, typer.Option(hidden=True, help="Removed: dm is the only test.")] = "dm",
    correction: Annotated[
        Literal["holm", "none"],
        typer.Option(help="Multiple-comparison correction of the p-values."),
    ] = "holm",
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write a page with tables and the chart."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the chart, as PNG or SVG.")
    ] = None,
    show: Annotated[
        bool,
        typer.Option("--open", help=f"Show the page in the browser (without --html: {PAGE})."),
    ] = False,
) -> None:
    """Compare evaluated runs of one symbol, paired on their common origins.

    \b
    For example:
      rnnforecast compare BTC-USD_lstm BTC-USD_gru --html comparison.html
      rnnforecast compare BTC-USD
      rnnforecast compare --train rnn,lstm,gru,cnn,transformer --symbol BTC-USD

    A symbol stands for its evaluated runs, the newest of each config. Of three or more, each
    two are compared, all on the origins that every one of them has forecast. What --train trains
    is kept as ordinary runs, so the same command does not train it again.
    """
    from rnnforecast.pipeline.compare import compare_runs

    if test != "dm":
        raise UsageError(
            f"--test {test} is no longer offered: resampled blocks of origins named a winner among "
            "equally good runs in up to 25 of 100 samples",
            "leave --test out",
        )
    settings = settings_of(context)
    if train is not None:
        from rnnforecast.cli.contest import show_contest

        if html or plot:
            raise UsageError(
                "--train takes no --html and no --plot", "it writes both: name a folder with --out"
            )
        configs = [name.strip() for name in train.split(",") if name.strip()]
        symbols = [*(symbols or []), *_symbols_among(names or [], configs, settings)]
        tested = (metric, correction)
        page = show_contest(settings, configs, symbols, overrides or [], seeds, out, tested)
        if show:
            open_file(page, settings)
        return
    if symbols or overrides or seeds or out:
        raise UsageError(
            "--symbol, --set, --seeds and --out go with --train",
            "name configs: --train rnn,lstm,gru",
        )
    compared = compare_runs(_chosen(settings, names or []), metric, correction)
    html = html or (PAGE if show else None)
    _draw(compared, html, plot)
    if show and html:
        open_file(html, settings)
    if settings.json:
        files = {"html": html and str(html), "picture": plot and str(plot)}
        document({"schema": 1, **plain_comparison(compared), **files})
        return
    _show(compared)
    for name, file in (("page", html), ("picture", plot)):
        if file:
            say_file(name, file)
    if len(compared.pairing.runs) > 2:
        note(OPTIMISTIC, settings)


def _symbols_among(words: list[str], configs: list[str], settings: Settings) -> list[str]:
    """Return the words behind ``--train`` as symbols.

    Raises:
        UsageError: if one is a preset: configs are separated by commas.
    """
    from rnnforecast.config.presets import presets

    if any(word.lower() in presets() for word in words):
        together = ",".join([*configs, *words])
        raise UsageError("configs are separated by commas", f"did you mean --train {together}?")
    check_words(words, settings)
    return words


def _chosen(settings: Settings, names: list[str]) -> list[Run | Part]:
    """Return the runs that are named; one symbol alone stands for the runs on it.

    Raises:
        UsageError: if nothing is named.
        RunError: if a name fits no run, or a symbol has fewer than two evaluated runs.
    """
    from rnnforecast.pipeline.compare import evaluated_on
    from rnnforecast.runs.summaries import runs_on

    if not names:
        raise UsageError(
            "no run is named", "name runs or a symbol, or configs: --train rnn,lstm,gru"
        )
    if len(names) == 1 and runs_on(settings.runs, names[0]):
        return evaluated_on(settings.runs, names[0])
    return [find_named(settings, name) for name in names]


def _show(compared: Compared) -> None:
    from rnnforecast.report.comparison import conclude

    means, pairs = _sheets(compared).values()
    table(*means)
    apart()
    table(*pairs, left=2)
    apart()
    say(conclude(compared.pairing, compared.pairs))
    say(superiority(compared))


def _draw(compared: Compared, html: Path | None, plot: Path | None) -> None:
    """Write the files that were asked for."""
    if not html and not plot:
        return
    from rnnforecast.report.charts.files import save
    from rnnforecast.report.charts.render_matplotlib import draw
    from rnnforecast.report.charts.skill import skill_of_runs
    from rnnforecast.report.comparison import comparison_page, conclude

    title = f"Runs on {compared.symbol}, {compared.interval} bars"
    chart = skill_of_runs(compared.means, title)
    if html:
        page = comparison_page(
            title,
            conclude(compared.pairing, compared.pairs),
            _sheets(compared),
            {"skill": chart},
            describe_method(compared),
        )
        with _writing(html):
            write_atomic(html, page.encode())
    if plot:
        with _writing(plot):
            save(draw(chart), plot)


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    """Report what cannot be written as a mistake of the command line."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot write {file} ({reason})", "name another file; a chart is .png or .svg"
        ) from None


def _sheets(compared: Compared) -> dict[str, Sheet]:
    from rnnforecast.report.comparison import mean_sheet, pair_sheet

    pairing, quantity = compared.pairing, compared.quantity
    return {
        "By run": mean_sheet(pairing, compared.means, quantity),
        "Each pair of runs": pair_sheet(
            compared.pairs, pairing.metric, quantity, compared.correction == "holm"
        ),
    }

"""``compare`` and ``leaderboard``: runs beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rnnforecast.atomic import write_atomic
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, narrow, note, records, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import SomeRuns, Symbol
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.significance.decisions import METHOD, SIGNIFICANT
from rnnforecast.formatting import format_p, format_percent, format_price

if TYPE_CHECKING:
    from rnnforecast.pipeline.compare import Compared, Standing
    from rnnforecast.report.tables.cells import Sheet

TESTS = {
    "dm": METHOD,
    "bootstrap": "stationary bootstrap, blocks by the difference's own autocorrelation",
}
OPTIMISTIC = (
    "the best of many is optimistic: some of its lead is luck, and new prices will take that back"
)


@app.command()
def compare(
    context: typer.Context,
    names: SomeRuns,
    metric: Annotated[
        Literal["crps", "mae", "rmse"], typer.Option(help="What to compare.")
    ] = "crps",
    test: Annotated[
        Literal["dm", "bootstrap"],
        typer.Option(
            help="Behind each p: Diebold-Mariano, or resampled blocks of origins, which are too "
            "sure where one run is better for weeks."
        ),
    ] = "dm",
    correction: Annotated[
        Literal["holm", "none"],
        typer.Option(help="Multiple-comparison correction of the p-values."),
    ] = "holm",
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a page with tables and chart.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the chart, as PNG or SVG.")
    ] = None,
) -> None:
    """Compare evaluated runs of one symbol, paired on their common origins.

    \b
    For example:
      rnnforecast compare BTC-USD_lstm BTC-USD_gru --html comparison.html
    """
    from rnnforecast.pipeline.compare import compare_runs

    settings = settings_of(context)
    compared = compare_runs(
        [find_named(settings, name) for name in names], metric, test, correction
    )
    _draw(compared, html, plot)
    if settings.json:
        document(
            {
                "schema": 1,
                **_plain(compared),
                "html": html and str(html),
                "picture": plot and str(plot),
            }
        )
        return
    _show(compared)
    for name, file in (("page", html), ("picture", plot)):
        if file:
            say(f"{name}: {file}")
    if len(compared.pairing.runs) > 2:
        note(OPTIMISTIC, settings)


def _show(compared: Compared) -> None:
    from rnnforecast.report.comparison import conclude

    means, pairs = _sheets(compared)
    table(*means)
    table(*pairs, left=2)
    say(conclude(compared.pairing, compared.pairs))
    say(superiority(compared))


def superiority(compared: Compared) -> str:
    """Say whether the best of the runs beats naive, given how many there are."""
    count, p = len(compared.pairing.runs), compared.superior_p
    if math.isnan(p):
        return f"too few forecasts to tell whether the best of {count} beats naive"
    beats = "beats naive" if p < SIGNIFICANT else "is not shown to beat naive"
    return f"the best of {count} {beats} (SPA p {format_p(p)}, corrected for having {count})"


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
            chart,
            _method(compared),
        )
        with _writing(html):
            write_atomic(html, page.encode())
    if plot:
        with _writing(plot):
            save(draw(chart), plot)


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    """What cannot be written is a mistake of the command line."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"cannot write {file} ({reason})", "name another file; a chart is .png or .svg"
        ) from None


def _sheets(compared: Compared) -> list[Sheet]:
    from rnnforecast.report.comparison import mean_sheet, pair_sheet

    pairs = pair_sheet(compared.pairs, compared.quantity, compared.correction == "holm")
    return [mean_sheet(compared.pairing, compared.means, compared.quantity), pairs]


def _method(compared: Compared) -> str:
    corrected = ", corrected by Holm" if compared.correction == "holm" else ""
    caution = f"{OPTIMISTIC[:1].upper()}{OPTIMISTIC[1:]}"
    return f"p: {TESTS[compared.test]}, two-sided{corrected}. {caution}."


def _plain(compared: Compared) -> dict[str, object]:
    """A comparison as JSON values."""
    from rnnforecast.report.comparison import conclude

    pairing = compared.pairing
    return {
        "symbol": compared.symbol,
        "interval": compared.interval,
        "quantity": compared.quantity.name,
        "runs": compared.runs,
        "metric": pairing.metric,
        "test": compared.test,
        "correction": compared.correction,
        "origins": len(pairing.losses),
        "steps": list(pairing.steps),
        "first_target": pairing.first,
        "last_target": pairing.last,
        "means": records(compared.means),
        "pairs": records(compared.pairs),
        "superior_p": None if compared.superior_p != compared.superior_p else compared.superior_p,
        "conclusion": conclude(pairing, compared.pairs),
    }


@app.command()
def leaderboard(context: typer.Context, symbol: Symbol) -> None:
    """Rank the evaluated runs of a symbol by their skill on naive, beside how many were tried.

    \b
    For example:
      rnnforecast leaderboard BTC-USD
    """
    from rnnforecast.pipeline.compare import standings
    from rnnforecast.runs.summaries import summaries, tried

    settings = settings_of(context)
    ranking = standings(settings.runs, symbol)
    configs, all_runs = tried(settings.runs, symbol), summaries(settings.runs, symbol)
    looks = sum(run.looks for run in all_runs)
    if settings.json:
        ranked = [
            {**standing.run.to_dict(), "corrected_p": standing.corrected_p} for standing in ranking
        ]
        counted = {"configs_tried": configs, "runs": len(all_runs), "looks_at_test": looks}
        document(
            {"schema": 1, "symbol": symbol, **counted, "ranking": ranked, "caution": OPTIMISTIC}
        )
        return
    _show_standings(ranking)
    count = f"{configs} configuration{'' if configs == 1 else 's'}"
    say(f"{count} tried in {len(all_runs)} runs, {looks} looks at test parts; {OPTIMISTIC}")
    _suggest(ranking, settings)


def _show_standings(ranking: list[Standing]) -> None:
    from rnnforecast.runs.summaries import short_names

    names, brief = short_names([standing.run.name for standing in ranking]), narrow()
    details = [] if brief else ["network", "target", "prices to"]
    rows = [
        [
            names[standing.run.name],
            *([] if brief else [standing.run.architecture, standing.run.target, standing.run.last]),
            format_price(standing.run.crps or 0.0),
            format_percent(standing.run.skill or 0.0, signed=True),
            _p(standing.run.p), _p(standing.corrected_p),
        ]
        for standing in ranking
    ]  # fmt: skip
    table(["run", *details, "CRPS", "skill on naive", "p", "p (Holm)"], rows, left=1 + len(details))


def _p(p: float | None) -> str:
    return "" if p is None else format_p(p).removeprefix("= ")


def _suggest(ranking: list[Standing], settings: Settings) -> None:
    """Each skill is of the run's own test part; a comparison takes what they share."""
    if len(ranking) > 1:
        first, second = ranking[0].run.name, ranking[1].run.name
        note(f"paired on the origins they share: rnnforecast compare {first} {second}", settings)

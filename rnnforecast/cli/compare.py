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
    test: Annotated[str, typer.Option(hidden=True, help="Removed: dm is the only test.")] = "dm",
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

    if test != "dm":
        raise UsageError(
            f"--test {test} is no longer offered: resampled blocks of origins named a winner among "
            "equally good runs in up to 25 of 100 samples",
            "leave --test out",
        )
    settings = settings_of(context)
    found = compare_runs([find_named(settings, name) for name in names], metric, correction)
    _draw(found, html, plot)
    if settings.json:
        document(
            {
                "schema": 1,
                **_plain(found),
                "html": html and str(html),
                "picture": plot and str(plot),
            }
        )
        return
    _show(found)
    for name, file in (("page", html), ("picture", plot)):
        if file:
            say(f"{name}: {file}")
    if len(found.pairing.runs) > 2:
        note(OPTIMISTIC, settings)


def _show(found: Compared) -> None:
    from rnnforecast.report.comparison import conclude

    means, pairs = _sheets(found)
    table(*means)
    table(*pairs, left=2)
    say(conclude(found.pairing, found.pairs))
    say(superiority(found))


def superiority(found: Compared) -> str:
    """Say whether the best of the runs beats naive, given how many there are."""
    count, p = len(found.pairing.runs), found.superior_p
    if math.isnan(p):
        return f"too few forecasts to tell whether the best of {count} beats naive"
    beats = "beats naive" if p < SIGNIFICANT else "is not shown to beat naive"
    return f"the best of {count} {beats} (SPA p {format_p(p)}, corrected for having {count})"


def _draw(found: Compared, html: Path | None, plot: Path | None) -> None:
    """Write the files that were asked for."""
    if not html and not plot:
        return
    from rnnforecast.report.charts.files import save
    from rnnforecast.report.charts.render_matplotlib import draw
    from rnnforecast.report.charts.skill import skill_of_runs
    from rnnforecast.report.comparison import comparison_page, conclude

    title = f"Runs on {found.symbol}, {found.interval} bars"
    chart = skill_of_runs(found.means, title)
    if html:
        page = comparison_page(
            title, conclude(found.pairing, found.pairs), _sheets(found), chart, _method(found)
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


def _sheets(found: Compared) -> list[Sheet]:
    from rnnforecast.report.comparison import mean_sheet, pair_sheet

    pairs = pair_sheet(found.pairs, found.quantity, found.correction == "holm")
    return [mean_sheet(found.pairing, found.means, found.quantity), pairs]


def _method(found: Compared) -> str:
    corrected = ", corrected by Holm" if found.correction == "holm" else ""
    return f"p: {METHOD}, two-sided{corrected}. {OPTIMISTIC[:1].upper()}{OPTIMISTIC[1:]}."


def _plain(found: Compared) -> dict[str, object]:
    """A comparison as JSON values."""
    from rnnforecast.report.comparison import conclude

    pairing = found.pairing
    return {
        "symbol": found.symbol,
        "interval": found.interval,
        "quantity": found.quantity.name,
        "runs": found.runs,
        "metric": pairing.metric,
        "test": "dm",
        "correction": found.correction,
        "origins": len(pairing.losses),
        "steps": list(pairing.steps),
        "first_target": pairing.first,
        "last_target": pairing.last,
        "means": records(found.means),
        "pairs": records(found.pairs),
        "superior_p": None if found.superior_p != found.superior_p else found.superior_p,
        "conclusion": conclude(pairing, found.pairs),
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
    found = standings(settings.runs, symbol)
    configs, every = tried(settings.runs, symbol), summaries(settings.runs, symbol)
    looks = sum(one.looks for one in every)
    if settings.json:
        ranked = [{**one.run.to_dict(), "corrected_p": one.corrected_p} for one in found]
        counted = {"configs_tried": configs, "runs": len(every), "looks_at_test": looks}
        document(
            {"schema": 1, "symbol": symbol, **counted, "ranking": ranked, "caution": OPTIMISTIC}
        )
        return
    _show_standings(found)
    count = f"{configs} configuration{'' if configs == 1 else 's'}"
    say(f"{count} tried in {len(every)} runs, {looks} looks at test parts; {OPTIMISTIC}")
    _suggest(found, settings)


def _show_standings(found: list[Standing]) -> None:
    from rnnforecast.runs.summaries import short_names

    names, brief = short_names([one.run.name for one in found]), narrow()
    about = [] if brief else ["network", "target", "prices to"]
    rows = [
        [
            names[one.run.name], *([] if brief else [one.run.architecture, one.run.target, one.run.last]),
            format_price(one.run.crps or 0.0), format_percent(one.run.skill or 0.0, signed=True),
            _p(one.run.p), _p(one.corrected_p),
        ]
        for one in found
    ]  # fmt: skip
    table(["run", *about, "CRPS", "skill on naive", "p", "p (Holm)"], rows, left=1 + len(about))


def _p(p: float | None) -> str:
    return "" if p is None else format_p(p).removeprefix("= ")


def _suggest(found: list[Standing], settings: Settings) -> None:
    """Each skill is of the run's own test part; a comparison takes what they share."""
    if len(found) > 1:
        first, second = found[0].run.name, found[1].run.name
        note(f"paired on the origins they share: rnnforecast compare {first} {second}", settings)

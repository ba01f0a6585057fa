"""From a run to its pages and pictures: files are read and drawn, no dataset is prepared.

So no code of a user's own features is run: a run that came from somebody else can be looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from matplotlib.figure import Figure

from rnnforecast import runs
from rnnforecast.atomic import write_output
from rnnforecast.data.quality import inspect
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import used_bars
from rnnforecast.errors import DataError
from rnnforecast.pipeline.track_storage import load_track, succession, track_record
from rnnforecast.report import json_document, markdown, panel
from rnnforecast.report.charts.files import save, settled, to_png, to_svg
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.charts.still import still_figure
from rnnforecast.report.figure_kinds import KINDS, Format, Kind
from rnnforecast.report.html import plotly_href_of, plotly_sheet, render, self_contained
from rnnforecast.report.panel import Panel
from rnnforecast.report.report_data import Material
from rnnforecast.report.track import TrackPicture, picture_of
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_history, load_table, read_experiment
from rnnforecast.runs.folder import load_document

log = logging.getLogger(__name__)

TABLES = {
    "forecast": runs.FORECAST,
    "backtest": runs.BACKTEST,
    "scores": runs.SCORES,
    "comparisons": runs.COMPARISONS,
    "fit": runs.FIT,
    "gradients": runs.GRADIENTS,
    "equity": runs.EQUITY,
    "seeds": runs.SEEDS,
    "model_set": runs.MODEL_SET,
}
"""What figures and tables are made of, and where a run keeps it."""
PAGES: dict[Format, str] = {"html": runs.REPORT, "md": runs.REPORT_TEXT, "json": runs.REPORT_DATA}
FEW_SYMBOLS = 12
"""Symbols up to which each has its own page beside that of all."""


def material_of(run: Run | Part, store: Store | None = None) -> Material:
    """Read a run; of one on several symbols what they share, and the first one's bars.

    Args:
        run: which.
        store: with the newest prices, to score the track record by; without one it is left out.

    Raises:
        RunError: if it is incomplete.
    """
    first, experiment = run.parts[0], read_experiment(run.parts[0])
    history = load_history(first)
    used, _ = used_bars(experiment, history)
    tables = {name: load_table(run, file) for name, file in TABLES.items()}
    return Material(
        name=run.name,
        quantity=experiment.window.quantity,
        history=used,
        record=run.manifest.to_dict(),
        config=run.read(runs.CONFIG),
        tables={name: table for name, table in tables.items() if table is not None},
        verdict=load_document(run, runs.VERDICT),
        economics=load_document(run, runs.ECONOMICS),
        findings=() if run.is_panel else tuple(inspect(history)),
        network=experiment.model.architecture,
        track=None if run.is_panel or store is None else _track(first, store),
    )


def _track(part: Part, store: Store) -> TrackPicture | None:
    """Draw the track record of a run and its predecessors; None where there is none to show."""
    parts = succession(part)
    if not any(track_record(part).path.exists() for part in parts):
        return None
    try:
        return picture_of(load_track(parts, store))
    except DataError as error:  # the prices since are not there: the rest of the page is
        log.warning("the report is without its track record: %s", error)
        return None


def panel_of(run: Run | Part) -> Panel:
    """Read a run on several symbols."""
    there = {
        part.symbol: (part.path / runs.REPORT).relative_to(run.path).as_posix()
        for part in run.parts
        if part.has(runs.REPORT)
    }
    tables = [load_table(run, name) for name in (runs.PANEL, runs.RANKS, runs.CROSS_SECTION)]
    return Panel(material_of(run), tables[0], there, *tables[1:])


def write_report(run: Run | Part, store: Store | None = None) -> Path:
    """Draw every figure that the run's tables allow, as PNG, and write ``report.html``.

    Few symbols have a page each beside that of all.

    Args:
        run: which.
        store: with the newest prices, for the section on its track record.
    """
    if run.is_panel:
        return _write_panel(run, store)
    material = material_of(run, store)
    with run.together():
        drawn = _draw(run, material, material.kinds)
        href = _share_plotly(run)
        page = run.write(runs.REPORT, render(material, drawn, plotly_href=href))
    log.info("drew %s and the report", ", ".join(drawn))
    return page


def _write_panel(run: Run | Part, store: Store | None) -> Path:
    """Write the page of a run on several symbols."""
    for part in run.parts if len(run.symbols) <= FEW_SYMBOLS else ():
        write_report(part, store)
    shared = panel_of(run)
    with run.together():
        drawn = _draw(run, shared.common, shared.kinds)
        symbols = None
        if shared.chart is not None:
            _save(run, "symbols", draw(shared.chart))
            symbols = still_figure(shared.chart, "symbols")
        text = panel.to_page(shared, drawn, symbols, plotly_href=_share_plotly(run))
        return run.write(runs.REPORT, text)


def _share_plotly(run: Run | Part) -> str | None:
    """Put Plotly where all pages of a run on several symbols find it.

    Returns:
        where it lies, relative to the page of ``run``; None where the page is the only one.
    """
    if not run.run.is_panel:
        return None
    name, sheet = plotly_sheet()
    if not run.run.has(f"{runs.ASSETS}/{name}"):
        run.run.write(f"{runs.ASSETS}/{name}", sheet)
    up = "../" * len(run.path.relative_to(run.run.path).parts)
    return f"{up}{runs.ASSETS}/{name}"


def portable_page(run: Run | Part) -> str:
    """Return a run's page as a file that can lie anywhere: with all that it needs in it.

    Raises:
        RunError: if the page, or what it shares with others, is missing or damaged.
    """
    page = run.read(runs.REPORT)
    href = plotly_href_of(page)
    if href is None:
        return page
    return self_contained(page, run.run.read(f"{runs.ASSETS}/{PurePosixPath(href).name}"))


def _draw(run: Run | Part, material: Material, kinds: Sequence[Kind]) -> dict[Kind, str]:
    """Draw figures into the run's folder; return them as SVG documents."""
    drawn = {kind: _save(run, kind, draw(chart_of(material, kind))) for kind in kinds}
    for stale in set(KINDS) - set(drawn):  # of an earlier evaluation
        run.discard(f"{runs.FIGURES}/{stale}.png")
    return drawn


def _save(run: Run | Part, name: str, figure: Figure) -> str:
    """Write a figure as PNG; return it as an SVG document, for the page."""
    with settled(figure):
        document, picture = to_svg(figure), to_png(figure)
    run.discard(f"{runs.FIGURES}/{name}.svg")  # which versions before 0.2 wrote
    run.write(f"{runs.FIGURES}/{name}.png", picture)
    return document


def write_page(
    run: Run | Part, format: Format, out: Path | None = None, store: Store | None = None
) -> Path:
    """Write a run's report in one of its forms.

    Args:
        run: which.
        format: ``html`` for people, ``md`` for text, ``json`` for programs.
        out: file to write; by default into the run.
        store: with the newest prices, for the section on its track record.

    Raises:
        UsageError: if the file cannot be written.
    """
    if format == "html":
        page = write_report(run, store)
        return page if out is None else write_output(out, portable_page(run).encode())
    text = page_text(run, format)
    return run.write(PAGES[format], text) if out is None else write_output(out, text.encode())


def page_text(run: Run | Part, format: Format, store: Store | None = None) -> str:
    """Return a run's report as a text."""
    if format == "html":
        write_report(run, store)
        return portable_page(run)
    if run.is_panel:
        return (panel.to_json if format == "json" else panel.to_markdown)(panel_of(run))
    return (json_document.to_json if format == "json" else markdown.to_markdown)(material_of(run))


def draw_figure(run: Run | Part, kind: Kind, out: Path) -> Path:
    """Draw one figure of a run into a file.

    Raises:
        RunError: if the run lacks what it is drawn from.
        UsageError: if the file's name ends otherwise, or it cannot be written.
    """
    return save(draw(chart_of(material_of(run), kind)), out)

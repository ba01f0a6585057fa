"""From a run to its pages and pictures: files are read and drawn, no dataset is prepared.

So no code of a user's own features is run: a run that came from somebody else can be looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from rnnforecast import runs
from rnnforecast.atomic import write_output
from rnnforecast.data.quality import inspect
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import used_bars
from rnnforecast.errors import DataError
from rnnforecast.parallel import spread
from rnnforecast.pipeline.track_loading import load_track
from rnnforecast.pipeline.track_storage import succession, track_record
from rnnforecast.report import json_document, markdown, panel
from rnnforecast.report.charts.files import save
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.charts.still import still_figure
from rnnforecast.report.drawing import Picture, draw_page, draw_pictures, picture_of
from rnnforecast.report.figure_kinds import KINDS, Format, Kind
from rnnforecast.report.html import plotly_href_of, plotly_sheet, self_contained
from rnnforecast.report.panel import Panel
from rnnforecast.report.report_data import Material
from rnnforecast.report.track import TrackPicture
from rnnforecast.report.track import picture_of as track_picture_of
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_history, load_table, read_experiment
from rnnforecast.runs.folder import load_document
from rnnforecast.workers import ready

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
        return track_picture_of(load_track(parts, store))
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
    (part,) = run.parts
    _, drawn, page = draw_page(part.symbol, material_of(run, store), _share_plotly(run))
    return _keep(run, drawn, page)


def _keep(run: Run | Part, drawn: Mapping[Kind, Picture], page: str) -> Path:
    """Write a page and its pictures into a run; those of an earlier evaluation go."""
    with run.together():
        for kind, picture in drawn.items():
            _save(run, kind, picture)
        for stale in set(KINDS) - set(drawn):
            run.discard(f"{runs.FIGURES}/{stale}.png")
        path = run.write(runs.REPORT, page)
    log.info("drew %s and the report", ", ".join(drawn))
    return path


def _write_panel(run: Run | Part, store: Store | None) -> Path:
    """Write the page of a run on several symbols."""
    if len(run.symbols) <= FEW_SYMBOLS:
        _write_parts(run, store)
    shared = panel_of(run)
    drawn, symbols = draw_pictures(shared.common, shared.kinds), None
    if shared.chart is not None:
        _save(run, "symbols", picture_of(draw(shared.chart)))
        symbols = still_figure(shared.chart, "symbols")
    svgs = {kind: picture.svg for kind, picture in drawn.items()}
    return _keep(run, drawn, panel.to_page(shared, svgs, symbols, plotly_href=_share_plotly(run)))


def _write_parts(run: Run | Part, store: Store | None) -> None:
    """Write the page of each symbol; on all cores, where workers are there already."""
    by_symbol = {part.symbol: part for part in run.parts}
    pages = ((part.symbol, material_of(part, store), _share_plotly(part)) for part in run.parts)
    for symbol, drawn, page in spread(draw_page, pages, None if ready() else 1):
        _keep(by_symbol[symbol], drawn, page)


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


def _save(run: Run | Part, name: str, picture: Picture) -> None:
    """Write a figure as PNG."""
    run.discard(f"{runs.FIGURES}/{name}.svg")  # which versions before 0.2 wrote
    run.write(f"{runs.FIGURES}/{name}.png", picture.png)


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
    """Return a run's report as a text.

    Args:
        run: which.
        format: ``html``, ``md`` or ``json``.
        store: with the newest prices, for the section on its track record.
    """
    if format == "html":
        write_report(run, store)
        return portable_page(run)
    if run.is_panel:
        return (panel.to_json if format == "json" else panel.to_markdown)(panel_of(run))
    return (json_document.to_json if format == "json" else markdown.to_markdown)(material_of(run))


def draw_figure(run: Run | Part, kind: Kind, out: Path) -> Path:
    """Draw one figure of a run into a file.

    Args:
        run: which.
        kind: of figure.
        out: file to write; its suffix decides on PNG, SVG or PDF.

    Returns:
        the file.

    Raises:
        RunError: if the run lacks what it is drawn from.
        UsageError: if the file's name ends otherwise, or it cannot be written.
    """
    return save(draw(chart_of(material_of(run), kind)), out)

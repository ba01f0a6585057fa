"""From a run to its pages and pictures."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rnnforecast import runs
from rnnforecast.data.quality import inspect
from rnnforecast.errors import UsageError
from rnnforecast.pipeline.refit import dataset_of
from rnnforecast.report.figure_kinds import KINDS, Format, Kind
from rnnforecast.report.report_data import Material
from rnnforecast.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rnnforecast.report.panel import Panel

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
"""What figures and sheets are made of, and where a run keeps it."""
PAGES: dict[Format, str] = {"html": runs.REPORT, "md": runs.REPORT_TEXT, "json": runs.REPORT_DATA}


FEW = 12
"""Symbols up to which each has its own page beside that of all."""


def material_of(run: Run) -> Material:
    """Read a run; of one on several symbols what they share, and the first one's bars.

    Raises:
        RunError: if it is incomplete.
    """
    first = run.parts[0]
    history, dataset = first.history(), dataset_of(first)
    tables = {name: run.table(file) for name, file in TABLES.items()}
    return Material(
        name=run.name,
        quantity=dataset.experiment.window.quantity,
        history=dataset.history,
        record=run.record(),
        config=run.read(runs.CONFIG),
        tables={name: table for name, table in tables.items() if table is not None},
        verdict=_document(run, runs.VERDICT),
        economics=run.economics(),
        findings=() if run.symbols else tuple(inspect(history)),
        network=dataset.experiment.model.architecture,
    )


def panel_of(run: Run) -> Panel:
    """Read a run on several symbols."""
    from rnnforecast.report.panel import Panel

    pages = {part.path.name: f"{runs.PARTS}/{part.path.name}/{runs.REPORT}" for part in run.parts}
    there = {symbol: page for symbol, page in pages.items() if (run.path / page).exists()}
    return Panel(material_of(run), run.table(runs.PANEL), there)


def _document(run: Run, name: str) -> dict[str, object] | None:
    return dict(json.loads(run.read(name))) if (run.path / name).exists() else None


def write_report(run: Run) -> Path:
    """Draw every figure that the run's tables allow, as PNG and SVG, and write ``report.html``.

    Few symbols have a page each beside that of all.
    """
    from rnnforecast.report.html import render

    if run.symbols:
        return _write_panel(run)
    material = material_of(run)
    drawn = _draw(run, material, material.kinds)
    log.info("drew %s and the report", ", ".join(drawn))
    return run.write(runs.REPORT, render(material, drawn))


def _write_panel(run: Run) -> Path:
    """The page of a run on several symbols."""
    from rnnforecast.report.charts.render_matplotlib import draw
    from rnnforecast.report.panel import to_page

    for part in run.parts if len(run.symbols) <= FEW else ():
        write_report(part)
    panel = panel_of(run)
    drawn = _draw(run, panel.common, panel.kinds)
    symbols = None if panel.chart is None else _save(run, "symbols", draw(panel.chart))
    return run.write(runs.REPORT, to_page(panel, drawn, symbols))


def _draw(run: Run, material: Material, kinds: Sequence[Kind]) -> dict[Kind, str]:
    """Figures into the run's folder; as SVG documents."""
    from rnnforecast.report.charts.registry import chart_of
    from rnnforecast.report.charts.render_matplotlib import draw

    drawn = {kind: _save(run, kind, draw(chart_of(material, kind))) for kind in kinds}
    for stale in set(KINDS) - set(drawn):  # of an earlier evaluation
        for ending in ("svg", "png"):
            (run.path / runs.FIGURES / f"{stale}.{ending}").unlink(missing_ok=True)
    return drawn


def _save(run: Run, name: str, figure: Figure) -> str:
    """A figure as PNG and SVG; the SVG document."""
    from rnnforecast.report.charts.files import save, to_svg

    document = to_svg(figure)
    run.write(f"{runs.FIGURES}/{name}.svg", document)
    save(figure, run.path / runs.FIGURES / f"{name}.png")
    return document


def write_page(run: Run, format: Format, out: Path | None = None) -> Path:
    """Write a run's report in one of its forms.

    Args:
        run: which.
        format: ``html`` for people, ``md`` for text, ``json`` for programs.
        out: file to write; by default into the run.

    Raises:
        UsageError: if the file cannot be written.
    """
    if format == "html":
        page = write_report(run)
        return page if out is None else _write(out, page.read_text("utf-8"))
    text = page_text(run, format)
    return run.write(PAGES[format], text) if out is None else _write(out, text)


def page_text(run: Run, format: Format) -> str:
    """A run's report as a text."""
    from rnnforecast.report import json_document, markdown, panel

    if format == "html":
        return write_report(run).read_text("utf-8")
    if run.symbols:
        return (panel.to_json if format == "json" else panel.to_markdown)(panel_of(run))
    return (json_document.to_json if format == "json" else markdown.to_markdown)(material_of(run))


def draw_figure(run: Run, kind: Kind, out: Path) -> Path:
    """Draw one figure of a run into a file.

    Raises:
        RunError: if the run lacks what it is drawn from.
        UsageError: if the file's name ends otherwise, or it cannot be written.
    """
    from rnnforecast.report.charts.files import save
    from rnnforecast.report.charts.registry import chart_of
    from rnnforecast.report.charts.render_matplotlib import draw

    return save(draw(chart_of(material_of(run), kind)), out)


def _write(path: Path, text: str) -> Path:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"cannot write {path} ({error.strerror})", "name another file with --out"
        ) from None
    return path

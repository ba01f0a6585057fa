"""From a run to its pages and pictures."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from rnnforecast import runs
from rnnforecast.data.quality import inspect
from rnnforecast.errors import UsageError
from rnnforecast.report.kinds import KINDS, Format, Kind
from rnnforecast.report.material import Material
from rnnforecast.runs import Run
from rnnforecast.workflow.refitting import dataset_of

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


def material_of(run: Run) -> Material:
    """Read a run.

    Raises:
        RunError: if it is incomplete.
    """
    history = run.history()
    dataset = dataset_of(run)
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
        findings=tuple(inspect(history)),
    )


def _document(run: Run, name: str) -> dict[str, object] | None:
    return dict(json.loads(run.read(name))) if (run.path / name).exists() else None


def write_report(run: Run) -> Path:
    """Draw every figure that the run's tables allow, as PNG and SVG, and write ``report.html``."""
    from rnnforecast.report.figures.drawing import draw
    from rnnforecast.report.figures.style import save, to_svg
    from rnnforecast.report.html import render

    material, drawn = material_of(run), {}
    for kind in material.kinds:
        figure = draw(material, kind)
        drawn[kind] = to_svg(figure)
        run.write(f"{runs.FIGURES}/{kind}.svg", drawn[kind])
        save(figure, run.path / runs.FIGURES / f"{kind}.png")
    for stale in set(KINDS) - set(drawn):  # of an earlier evaluation
        for ending in ("svg", "png"):
            (run.path / runs.FIGURES / f"{stale}.{ending}").unlink(missing_ok=True)
    log.info("drew %s and the report", ", ".join(drawn))
    return run.write(runs.REPORT, render(material, drawn))


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
    from rnnforecast.report.data import to_json
    from rnnforecast.report.text import to_markdown

    if format == "html":
        return write_report(run).read_text("utf-8")
    return (to_json if format == "json" else to_markdown)(material_of(run))


def draw_figure(run: Run, kind: Kind, out: Path) -> Path:
    """Draw one figure of a run into a file.

    Raises:
        RunError: if the run lacks what it is drawn from.
        UsageError: if the file's name ends otherwise, or it cannot be written.
    """
    from rnnforecast.report.figures.drawing import draw
    from rnnforecast.report.figures.style import save

    return save(draw(material_of(run), kind), out)


def _write(path: Path, text: str) -> Path:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror})", "name another file with --out") from None
    return path

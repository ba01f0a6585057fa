"""From a run's tables to its page and pictures."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from rnnforecast import runs
from rnnforecast.runs import Run
from rnnforecast.workflow.refitting import dataset_of

log = logging.getLogger(__name__)


def write_report(run: Run) -> Path:
    """Draw every figure that the run's tables allow, and write ``report.html``."""
    from rnnforecast.report.html import render
    from rnnforecast.report.plots import figures, save

    history = run.history()
    dataset = dataset_of(run)
    drawn = figures(
        closes=dataset.history.bars["close"],
        forecast=run.table(runs.FORECAST),
        backtest=run.table(runs.BACKTEST),
        comparisons=run.table(runs.COMPARISONS),
        fit=run.table(runs.FIT),
        symbol=history.symbol,
        currency=history.currency,
        target=history.target,
        quantity=dataset.experiment.window.quantity,
    )
    for name, figure in drawn.items():
        save(figure, run.path / runs.FIGURES / f"{name}.png")
    page = render(
        name=run.name,
        quantity=dataset.experiment.window.quantity,
        record=run.record(),
        config=run.read(runs.CONFIG),
        verdict=json.loads(run.read(runs.VERDICT)) if (run.path / runs.VERDICT).exists() else None,
        forecast=run.table(runs.FORECAST),
        scores=run.table(runs.SCORES),
        comparisons=run.table(runs.COMPARISONS),
        figures=drawn,
    )
    log.info("drew %s and the report", ", ".join(drawn))
    return run.write(runs.REPORT, page)

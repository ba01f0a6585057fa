"""Every figure of a run by name."""

from __future__ import annotations

from collections.abc import Callable

from rnnforecast.report.charts.accuracy import actual, error, residuals
from rnnforecast.report.charts.calibration import coverage, pit, reliability
from rnnforecast.report.charts.forecast import forecast
from rnnforecast.report.charts.learning import equity, gradients, training
from rnnforecast.report.charts.skill import skill
from rnnforecast.report.charts.spec import Chart
from rnnforecast.report.figure_kinds import Kind
from rnnforecast.report.report_data import Material

CHARTS: dict[Kind, Callable[[Material], Chart]] = {
    "forecast": forecast,
    "skill": skill,
    "reliability": reliability,
    "pit": pit,
    "coverage": coverage,
    "actual": actual,
    "error": error,
    "residuals": residuals,
    "training": training,
    "gradients": gradients,
    "equity": equity,
}


def chart_of(material: Material, kind: Kind) -> Chart:
    """Describe one figure of a run.

    Raises:
        RunError: if the run lacks what it is drawn from.
    """
    material.demand(kind)
    return CHARTS[kind](material)

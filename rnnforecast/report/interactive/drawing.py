"""Every figure of a run, on the screen."""

from __future__ import annotations

from collections.abc import Callable

from rnnforecast.report.figure_kinds import Kind
from rnnforecast.report.interactive.calibration import coverage, pit, reliability
from rnnforecast.report.interactive.errors import actual, error, residuals
from rnnforecast.report.interactive.forecasts import forecast
from rnnforecast.report.interactive.plotly import Spec
from rnnforecast.report.interactive.skill import skill
from rnnforecast.report.interactive.training import equity, gradients, training
from rnnforecast.report.report_data import Material

_CHARTS: dict[Kind, Callable[[Material], Spec]] = {
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


def chart_of(material: Material, kind: Kind) -> Spec:
    """One figure of a run.

    Raises:
        RunError: if the run lacks what it is drawn from.
    """
    material.demand(kind)
    return _CHARTS[kind](material)

"""Every figure of a run, on paper."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.figure import Figure

from rnnforecast.report.figure_kinds import Kind
from rnnforecast.report.figures.calibration import coverage, pit, reliability
from rnnforecast.report.figures.economics import equity
from rnnforecast.report.figures.errors import actual, error, residuals
from rnnforecast.report.figures.forecasts import forecast
from rnnforecast.report.figures.skill import skill
from rnnforecast.report.figures.style import styled
from rnnforecast.report.figures.training import gradients, training
from rnnforecast.report.report_data import Material

_FIGURES: dict[Kind, Callable[[Material], Figure]] = {
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


def draw(material: Material, kind: Kind) -> Figure:
    """One figure of a run.

    Raises:
        RunError: if the run lacks what it is drawn from.
    """
    material.demand(kind)
    with styled():
        return _FIGURES[kind](material)

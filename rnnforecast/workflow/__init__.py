"""The stages in a row: from stored prices to a run, a forecast, a verdict and a report."""

from rnnforecast.workflow.evaluating import evaluate, write_report
from rnnforecast.workflow.forecasting import draw_forecast, evaluated, predict
from rnnforecast.workflow.training import Hooks, explain_gradients, resume, train

__all__ = [
    "Hooks",
    "draw_forecast",
    "evaluate",
    "evaluated",
    "explain_gradients",
    "predict",
    "resume",
    "train",
    "write_report",
]

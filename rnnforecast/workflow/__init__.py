"""The stages in a row: from stored prices to a run, a forecast, a verdict and a report."""

from rnnforecast.workflow.auditing import audit_config, audit_run
from rnnforecast.workflow.evaluating import Request, evaluate
from rnnforecast.workflow.forecasting import draw_forecast, evaluated, predict
from rnnforecast.workflow.reporting import write_report
from rnnforecast.workflow.training import Hooks, explain_gradients, resume, train

__all__ = [
    "Hooks",
    "Request",
    "audit_config",
    "audit_run",
    "draw_forecast",
    "evaluate",
    "evaluated",
    "explain_gradients",
    "predict",
    "resume",
    "train",
    "write_report",
]
